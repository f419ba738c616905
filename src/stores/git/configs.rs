//! Every git config file that a scan meets, read once for all the stores that look into them.

mod collect;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use self::collect::Collector;
use super::config_file::{ConfigFile, Entry, Section};
use super::{old_address, ssh_address, stray};
use crate::model::{Address, Kind, OrganizationName, Place, PlaceState, Question};
use crate::stores::Finder;
use crate::text::{Document, Draft, is_token_like};

/// Whose settings a config file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The machine's.
    Machine,
    /// The person's.
    Person,
    /// One repository's, by its index.
    Repository(usize),
    /// Included from more than one of these.
    Several,
}

/// One config file.
#[derive(Debug)]
pub struct Config {
    /// The file.
    pub document: Document,
    /// What it says.
    pub parsed: ConfigFile,
    /// Whose settings it holds.
    pub reach: Reach,
    /// Another file names it; git does not look for it by itself.
    pub(super) included: bool,
    /// Its lines are rekey's own, since what it holds is in no file.
    pub(super) made_up: bool,
}

impl Config {
    /// Parses a file.
    pub fn new(document: Document, reach: Reach) -> Self {
        let parsed = ConfigFile::parse(document.as_str());
        Self {
            document,
            parsed,
            reach,
            included: false,
            made_up: false,
        }
    }

    /// Settings that are in no file.
    pub(super) fn made_up(document: Document, reach: Reach) -> Self {
        Self {
            made_up: true,
            ..Self::new(document, reach)
        }
    }

    /// Starts a credential that is one entry of the file.
    pub(super) fn draft(&self, store: &'static str, kind: Kind, entry: &Entry) -> Draft<'_> {
        let draft = self
            .document
            .draft(store, kind)
            .entry(stray::without_tokens(&self.parsed.name(self.text(), entry)))
            .in_git_config();
        if self.made_up {
            return draft;
        }
        draft.at(entry.key_span.start)
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        self.document.as_str()
    }

    /// The file that an entry has git read too.
    pub(super) fn include(&self, entry: &Entry, home: &Path) -> Option<PathBuf> {
        let section = self.parsed.section_of(entry)?;
        let is_include = entry.key == "path" && matches!(section.name(), "include" | "includeif");
        let base = self.document.path().parent();
        is_include
            .then(|| resolve(entry.value(), home, base))
            .flatten()
    }

    /// Whether any store could find something here; most repositories' files are let go at once.
    fn is_of_interest(&self) -> bool {
        let text = self.text();
        let long_word = || {
            text.split(|character: char| !character.is_ascii_alphanumeric())
                .any(|word| word.len() >= 40)
        };
        self.reach == Reach::Person
            || self.parsed.fault.is_some()
            || text.contains('@')
            || old_address::is_in(text)
            || self
                .parsed
                .sections
                .iter()
                .any(|section| matches!(section.name(), "credential" | "include" | "includeif"))
            || self
                .parsed
                .entries
                .iter()
                .any(|entry| matches!(entry.key.as_str(), "extraheader" | "askpass" | "cookiefile"))
            || self.tells_of_ssh()
            || long_word()
    }

    /// Whether it may say how git reaches a host over SSH, which may have any name there.
    fn tells_of_ssh(&self) -> bool {
        self.parsed.entries.iter().any(|entry| {
            let section = self.parsed.section_of(entry).map(Section::name);
            match (section, entry.key.as_str()) {
                (Some("core"), "sshcommand")
                | (Some("ssh"), "variant")
                | (Some("url"), "insteadof" | "pushinsteadof")
                | (Some("include" | "includeif"), "path") => true,
                (Some("remote"), "url" | "pushurl") => !entry.value().starts_with("http"),
                _ => false,
            }
        })
    }
}

/// Where a repository's remotes lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remotes {
    /// The Azure DevOps organizations among them.
    pub organizations: Vec<OrganizationName>,
    /// Whether one leads elsewhere.
    pub elsewhere: bool,
    /// What git asks its helpers for on their behalf.
    pub questions: Vec<Question>,
    /// Their repositories as SSH reaches them, and whose they are.
    pub repositories: Vec<(OrganizationName, String)>,
    /// The git folder.
    pub git_dir: PathBuf,
}

impl Remotes {
    fn learn(&mut self, config: &Config) {
        for entry in &config.parsed.entries {
            let section = config.parsed.section_of(entry);
            let in_remote = section.is_some_and(|section| section.name() == "remote");
            if !in_remote || !matches!(entry.key.as_str(), "url" | "pushurl") {
                continue;
            }
            let new = ssh_address::of_remote(entry.value());
            let new = new.filter(|one| !self.repositories.contains(one));
            self.repositories.extend(new);
            match Address::parse(entry.value()) {
                Some(address) => {
                    let new = address.organization;
                    let new = new.filter(|name| !self.organizations.contains(name));
                    self.organizations.extend(new);
                    let asked = Question::of_url(entry.value()).map(|mut question| {
                        question.username = question.username.filter(|user| !is_token_like(user));
                        question
                    });
                    let asked = asked.filter(|question| !self.questions.contains(question));
                    self.questions.extend(asked);
                }
                None => self.elsewhere = true,
            }
        }
    }

    /// The organization, where they name exactly one.
    pub fn only(&self) -> Option<&OrganizationName> {
        match self.organizations.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A setting in variables of the environment (git-config(1), `GIT_CONFIG_COUNT`).
#[derive(Debug)]
pub(super) struct Given {
    /// The variable that has the value.
    pub(super) variable: String,
    /// In lower case.
    pub(super) section: String,
    pub(super) subsection: Option<String>,
    /// In lower case.
    pub(super) key: String,
    pub(super) value: String,
}

/// All config files of a scan.
#[derive(Debug, Default)]
pub struct Configs {
    files: Vec<Config>,
    /// Where each path, and what it leads to, stands in `files`.
    by_path: HashMap<PathBuf, usize>,
    /// What variables of the environment set.
    variables: Vec<Given>,
    git_dirs: Vec<PathBuf>,
    /// The machine's and the person's files that no other includes, in the order of reading.
    starts: Vec<PathBuf>,
    /// The git folder of each repository and submodule; [`Reach::Repository`] counts them.
    repositories: Vec<PathBuf>,
    remotes: Vec<Remotes>,
    places: Vec<Place>,
    /// How many of the places are the person's and the machine's own files.
    pub(super) own_places: usize,
}

impl Configs {
    /// Reads them: the person's, the machine's, every repository's, and what these include.
    pub fn collect(finder: Finder<'_>) -> Self {
        Collector::new(finder).collect()
    }

    /// The files that may hold something, each once.
    pub fn files(&self) -> &[Config] {
        &self.files
    }

    /// The file that is reached by this path.
    pub(super) fn at(&self, path: &Path) -> Option<&Config> {
        self.files.get(*self.by_path.get(path)?)
    }

    /// What variables of the environment set, in git's order.
    pub(super) fn variables(&self) -> &[Given] {
        &self.variables
    }

    /// Those of them that git itself would read.
    pub fn readable(&self) -> impl Iterator<Item = &Config> {
        let files = self.files.iter();
        files.filter(|config| config.parsed.fault.is_none())
    }

    /// Every git folder: of repositories, their work trees and their submodules.
    pub fn git_dirs(&self) -> &[PathBuf] {
        &self.git_dirs
    }

    /// The machine's and the person's files that were looked for, the strongest first; what they include is not among them.
    pub fn starts(&self) -> &[PathBuf] {
        &self.starts
    }

    /// The git folder of each repository and submodule.
    pub fn repositories(&self) -> &[PathBuf] {
        &self.repositories
    }

    /// What was looked at.
    pub(in crate::stores) fn places(&self) -> &[Place] {
        &self.places
    }

    /// What was looked at of the person and the machine, and whatever could not be read.
    pub(in crate::stores) fn notable_places(&self) -> impl Iterator<Item = &Place> {
        let own = self.own_places;
        let notable = move |(index, place): &(usize, &Place)| {
            *index < own || !matches!(place.state, PlaceState::Read | PlaceState::Absent)
        };
        self.places
            .iter()
            .enumerate()
            .filter(notable)
            .map(|(_, place)| place)
    }

    /// Every organization that a remote of any repository names.
    pub fn organizations(&self) -> impl Iterator<Item = &OrganizationName> {
        self.remotes
            .iter()
            .flat_map(|remotes| &remotes.organizations)
    }

    /// What git asks its helpers for on behalf of all remotes.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.remotes.iter().flat_map(|remotes| &remotes.questions)
    }

    /// Where each repository's remotes lead, with its index.
    pub fn remotes_by_repository(&self) -> impl Iterator<Item = (usize, &Remotes)> {
        self.remotes.iter().enumerate()
    }

    /// Where the remotes of the file's repository lead; `None` for a file of no single repository.
    pub fn remotes(&self, config: &Config) -> Option<&Remotes> {
        match config.reach {
            Reach::Repository(index) => self.remotes.get(index),
            Reach::Machine | Reach::Person | Reach::Several => None,
        }
    }

    /// The values that any file gives a key, such as `credential.helper`, whatever it is for.
    pub fn values<'c>(&'c self, section: &'c str, key: &'c str) -> impl Iterator<Item = &'c str> {
        self.readable().flat_map(move |config| {
            let wanted = move |entry: &&Entry| {
                let named = config.parsed.section_of(entry);
                entry.key == key && named.is_some_and(|named| named.name() == section)
            };
            config
                .parsed
                .entries
                .iter()
                .filter(wanted)
                .map(Entry::value)
        })
    }
}

/// Opens a file that a setting names, unless it is outside a home that alone may be looked at.
pub(super) fn open_named(finder: &mut Finder<'_>, path: &Path) -> Option<Document> {
    if may_look_at(finder, path) {
        return finder.open(path);
    }
    outside(finder, path);
    None
}

/// Says of a place that it is not looked at, because a home alone may be.
pub(super) fn outside(finder: &mut Finder<'_>, path: &Path) {
    let reason = Some("it is outside the home folder".to_owned());
    finder.place(path, PlaceState::Skipped, reason);
}

/// Whether a path that a setting names may be looked at.
pub(super) fn may_look_at(finder: &Finder<'_>, path: &Path) -> bool {
    !finder.platform().hermetic() || is_below_home(finder, path)
}

/// Whether a path is below the home, however that is written.
pub(super) fn is_below_home(finder: &Finder<'_>, path: &Path) -> bool {
    path.starts_with(finder.home()) || path.starts_with(finder.real_home())
}

/// Where a path in a setting leads: `~` is the home, anything relative starts at `base`.
pub(in crate::stores) fn resolve(path: &str, home: &Path, base: Option<&Path>) -> Option<PathBuf> {
    let path = if path == "~" {
        home.to_owned()
    } else if let Some(rest) = path.strip_prefix("~/").or_else(|| path.strip_prefix("~\\")) {
        home.join(rest)
    } else if path.is_empty() || path.starts_with(['~', '%']) {
        return None;
    } else {
        let path = of_git_bash(path).unwrap_or_else(|| PathBuf::from(path));
        if path.has_root() {
            // Windows: `/x` is on the drive that one is on.
            home.join(path)
        } else {
            base?.join(path)
        }
    };
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    Some(plain)
}

/// What Git's shell on Windows calls `/c/Users/dev` is a path of drive C.
fn of_git_bash(path: &str) -> Option<PathBuf> {
    if !cfg!(windows) {
        return None;
    }
    let (drive, rest) = path.strip_prefix('/')?.split_once('/')?;
    let is_drive = drive.len() == 1 && drive.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_drive.then(|| format!("{drive}:/{rest}").into())
}

/// The folders in a folder, sorted; links are not followed.
pub(super) fn folders(finder: &mut Finder<'_>, folder: &Path) -> Vec<PathBuf> {
    list(finder, folder, std::fs::FileType::is_dir)
}

/// The entries of that type in a folder, sorted.
pub(super) fn list(
    finder: &mut Finder<'_>,
    folder: &Path,
    wanted: fn(&std::fs::FileType) -> bool,
) -> Vec<PathBuf> {
    if finder.is_absent(folder) {
        return Vec::new();
    }
    let mut paths = finder.list(folder);
    paths.retain(|path| {
        let metadata = path.symlink_metadata();
        metadata.is_ok_and(|metadata| wanted(&metadata.file_type()))
    });
    paths
}

/// Opens files that may be named twice, or lead to one another, each once.
pub(super) fn open_each(finder: &mut Finder<'_>, files: Vec<PathBuf>) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::new();
    for path in files {
        if let Some(document) = open_named(finder, &path)
            && !documents
                .iter()
                .any(|known| known.target() == document.target())
        {
            documents.push(document);
        }
    }
    documents
}

#[cfg(test)]
#[path = "configs_tests.rs"]
mod tests;
