//! Every git config file that a scan meets, read once for all the stores that look into them.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::config_file::{ConfigFile, Entry};
use super::stray;
use crate::model::{Address, Kind, OrganizationName, Place, PlaceState};
use crate::platform::System;
use crate::stores::Finder;
use crate::text::{Document, Draft};

/// git's own limit (`MAX_INCLUDE_DEPTH`).
const INCLUDE_DEPTH: u32 = 10;
/// How many includes of one file are followed.
const INCLUDES: usize = 500;
/// How deep below `modules` a submodule's git folder may be.
const MODULE_DEPTH: u32 = 10;
/// How many entries of one folder are looked at.
const FOLDER_LIMIT: usize = 10_000;

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
}

impl Config {
    /// Parses a file.
    pub fn new(document: Document, reach: Reach) -> Self {
        let parsed = ConfigFile::parse(document.as_str());
        Self {
            document,
            parsed,
            reach,
        }
    }

    /// Starts a credential that is one entry of the file.
    pub(super) fn draft(&self, store: &'static str, kind: Kind, entry: &Entry) -> Draft<'_> {
        self.document
            .draft(store, kind)
            .entry(stray::without_tokens(&self.parsed.name(self.text(), entry)))
            .at(entry.key_span.start)
            .in_git_config()
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        self.document.as_str()
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
            || self
                .parsed
                .sections
                .iter()
                .any(|section| section.name() == "credential")
            || self
                .parsed
                .entries
                .iter()
                .any(|entry| entry.key == "extraheader")
            || long_word()
    }
}

/// Where a repository's remotes lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remotes {
    /// The Azure DevOps organizations among them.
    pub organizations: Vec<OrganizationName>,
    /// Whether one leads elsewhere.
    pub elsewhere: bool,
}

impl Remotes {
    /// The organization, where they name exactly one.
    pub fn only(&self) -> Option<&OrganizationName> {
        match self.organizations.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// All config files of a scan.
#[derive(Debug, Default)]
pub struct Configs {
    files: Vec<Config>,
    git_dirs: Vec<PathBuf>,
    remotes: Vec<Remotes>,
    places: Vec<Place>,
}

impl Configs {
    /// Reads them: the person's, the machine's, every repository's, and what these include.
    pub fn collect(finder: Finder<'_>) -> Self {
        let mut collector = Collector {
            finder,
            configs: Self::default(),
            known: HashMap::new(),
        };
        collector.person();
        collector.machine();
        for repository in collector.finder.repositories() {
            collector.repository(&repository.git_dir, 0);
        }
        collector.finish()
    }

    /// The files that may hold something, each once.
    pub fn files(&self) -> &[Config] {
        &self.files
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

    /// What was looked at.
    pub(in crate::stores) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Every organization that a remote of any repository names.
    pub fn organizations(&self) -> impl Iterator<Item = &OrganizationName> {
        self.remotes
            .iter()
            .flat_map(|remotes| &remotes.organizations)
    }

    /// Where the remotes of the file's repository lead; `None` for a file of no single repository.
    pub fn remotes(&self, config: &Config) -> Option<&Remotes> {
        match config.reach {
            Reach::Repository(index) => self.remotes.get(index),
            Reach::Machine | Reach::Person | Reach::Several => None,
        }
    }

    /// The values that the person's and the machine's files give a key, such as `credential.helper`.
    pub fn values<'c>(&'c self, section: &'c str, key: &'c str) -> impl Iterator<Item = &'c str> {
        let files = self
            .files
            .iter()
            .filter(|config| matches!(config.reach, Reach::Person | Reach::Machine));
        files.flat_map(move |config| {
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

/// Where a path in a setting leads: `~` is the home, anything relative starts at `base`.
pub(super) fn resolve(path: &str, home: &Path, base: Option<&Path>) -> Option<PathBuf> {
    let path = if path == "~" {
        home.to_owned()
    } else if let Some(rest) = path.strip_prefix("~/").or_else(|| path.strip_prefix("~\\")) {
        home.join(rest)
    } else if path.is_empty() || path.starts_with(['~', '%']) {
        return None;
    } else {
        let path = Path::new(path);
        if path.is_absolute() {
            path.to_owned()
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
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            use std::io::ErrorKind::{NotADirectory, NotFound};
            if !matches!(error.kind(), NotFound | NotADirectory) {
                finder.unreadable(folder, error.to_string());
            }
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for (count, entry) in entries.flatten().enumerate() {
        if count == FOLDER_LIMIT {
            let reason =
                format!("it has more than {FOLDER_LIMIT} entries; the rest was not looked at");
            finder.unreadable(folder, reason);
            break;
        }
        if entry.file_type().is_ok_and(|kind| wanted(&kind)) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    paths
}

struct Collector<'a> {
    finder: Finder<'a>,
    configs: Configs,
    /// Paths and targets that were read, with their index; `None` where nothing came of it.
    known: HashMap<PathBuf, Option<usize>>,
}

impl Collector<'_> {
    /// git-config(1), FILES; a variable that names another file does not make the usual ones safe.
    fn person(&mut self) {
        let folders = self.finder.folders();
        self.read(&folders.home.join(".gitconfig"), Reach::Person, 0);
        self.read(&folders.xdg_config.join("git/config"), Reach::Person, 0);
        self.variable("GIT_CONFIG_GLOBAL", Reach::Person);
    }

    fn machine(&mut self) {
        let platform = self.finder.platform();
        if platform.hermetic() {
            return;
        }
        let below = |variable: &str, path: &str| {
            let base = platform.variable(variable).map(PathBuf::from);
            base.map(|base| base.join(path))
        };
        let files = match platform.system() {
            System::Linux => vec![Some("/etc/gitconfig".into())],
            System::MacOs => vec![
                Some("/etc/gitconfig".into()),
                Some("/usr/local/etc/gitconfig".into()),
                Some("/opt/homebrew/etc/gitconfig".into()),
                Some("/Library/Developer/CommandLineTools/usr/share/git-core/gitconfig".into()),
            ],
            System::Windows => vec![
                below("ProgramFiles", "Git/etc/gitconfig"),
                below("ProgramData", "Git/config"),
            ],
        };
        for file in files.iter().flatten() {
            self.read(file, Reach::Machine, 0);
        }
        self.variable("GIT_CONFIG_SYSTEM", Reach::Machine);
    }

    fn variable(&mut self, name: &str, reach: Reach) {
        if let Some(path) = self.finder.platform().variable(name).map(PathBuf::from)
            && path.is_absolute()
        {
            self.read(&path, reach, 0);
        }
    }

    fn repository(&mut self, git_dir: &Path, depth: u32) {
        let reach = Reach::Repository(self.configs.remotes.len());
        self.configs.remotes.push(Remotes::default());
        self.configs.git_dirs.push(git_dir.to_owned());
        self.read(&git_dir.join("config"), reach, 0);
        self.read_if_there(&git_dir.join("config.worktree"), reach);
        for work_tree in folders(&mut self.finder, &git_dir.join("worktrees")) {
            self.read_if_there(&work_tree.join("config.worktree"), reach);
            self.configs.git_dirs.push(work_tree);
        }
        self.modules(&git_dir.join("modules"), depth + 1);
    }

    /// A submodule's name, and so its folder, may have slashes.
    fn modules(&mut self, folder: &Path, depth: u32) {
        if depth > MODULE_DEPTH {
            self.finder
                .unreadable(folder, "submodules are nested too deep to be looked at");
            return;
        }
        for folder in folders(&mut self.finder, folder) {
            if folder.join("HEAD").is_file() {
                self.repository(&folder, depth);
            } else {
                self.modules(&folder, depth + 1);
            }
        }
    }

    fn read_if_there(&mut self, path: &Path, reach: Reach) {
        if path.symlink_metadata().is_ok() {
            self.read(path, reach, 0);
        }
    }

    fn read(&mut self, path: &Path, reach: Reach, depth: u32) {
        if let Some(known) = self.known.get(path) {
            return self.reach_again(*known, reach, depth);
        }
        self.known.insert(path.to_owned(), None);
        if !self.may_look_at(path) {
            let reason = Some("it is outside the home folder".to_owned());
            self.finder.place(path, PlaceState::Skipped, reason);
            return;
        }
        let Some(document) = self.finder.open(path) else {
            return;
        };
        let target = document.target().to_owned();
        if let Some(known @ Some(_)) = self.known.get(&target).copied() {
            self.known.insert(path.to_owned(), known);
            return self.reach_again(known, reach, depth);
        }
        let config = Config::new(document, reach);
        if let Some(offset) = config.parsed.fault {
            let line = config.document.text().line(offset);
            let reason =
                format!("git cannot read it: line {line} is not git config; mend that line");
            self.finder.unreadable(path, reason);
        }
        let index = self.configs.files.len();
        self.configs.files.push(config);
        self.known.insert(target, Some(index));
        self.known.insert(path.to_owned(), Some(index));
        self.includes(index, reach, depth);
    }

    fn reach_again(&mut self, known: Option<usize>, reach: Reach, depth: u32) {
        if let Some(index) = known
            && let Some(config) = self.configs.files.get_mut(index)
            && config.reach != reach
            && config.reach != Reach::Several
        {
            config.reach = Reach::Several;
            self.includes(index, Reach::Several, depth);
        }
    }

    /// Follows includes whatever their conditions say: a token is a token in a file that is not used now.
    fn includes(&mut self, index: usize, reach: Reach, depth: u32) {
        let Some(config) = self.configs.files.get(index) else {
            return;
        };
        let home = self.finder.home();
        let base = config.document.path().parent();
        let is_include = |entry: &&Entry| {
            let section = config.parsed.section_of(entry);
            entry.key == "path"
                && section.is_some_and(|section| matches!(section.name(), "include" | "includeif"))
        };
        let entries = config.parsed.entries.iter().filter(is_include);
        let paths: Vec<PathBuf> = entries
            .filter_map(|entry| resolve(entry.value(), home, base))
            .take(INCLUDES)
            .collect();
        for path in paths {
            if depth < INCLUDE_DEPTH {
                self.read(&path, reach, depth + 1);
            } else {
                let reason = Some("includes are nested too deep; git refuses them too".to_owned());
                self.finder.place(&path, PlaceState::Skipped, reason);
            }
        }
    }

    fn may_look_at(&self, path: &Path) -> bool {
        !self.finder.platform().hermetic()
            || path.starts_with(self.finder.home())
            || path.starts_with(self.finder.real_home())
    }

    fn finish(mut self) -> Configs {
        for config in &self.configs.files {
            let Reach::Repository(index) = config.reach else {
                continue;
            };
            let Some(remotes) = self.configs.remotes.get_mut(index) else {
                continue;
            };
            for entry in &config.parsed.entries {
                let section = config.parsed.section_of(entry);
                let in_remote = section.is_some_and(|section| section.name() == "remote");
                if !in_remote || !matches!(entry.key.as_str(), "url" | "pushurl") {
                    continue;
                }
                match Address::parse(entry.value()) {
                    Some(Address {
                        organization: Some(name),
                        ..
                    }) if !remotes.organizations.contains(&name) => {
                        remotes.organizations.push(name)
                    }
                    Some(_) => {}
                    None => remotes.elsewhere = true,
                }
            }
        }
        self.configs.files.retain(Config::is_of_interest);
        self.configs.places = self.finder.finish().places;
        self.configs
    }
}

#[cfg(test)]
#[path = "configs_tests.rs"]
mod tests;
