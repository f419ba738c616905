//! The credential helpers that git asks for Azure DevOps, as its settings stand (gitcredentials(7)).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::config_file::is_true;
use super::configs::{Config, Configs, Reach, resolve};
use super::helper_command::{HelperCommand, below_home};
use crate::model::{ConfigLevel, CredentialHelper, HelperKind, OrganizationName, Question, Scope};
use crate::platform::Platform;
use crate::stores::Finder;
use crate::text::is_token_like;
use crate::token;

/// git's own limit (`MAX_INCLUDE_DEPTH`).
const INCLUDE_DEPTH: u32 = 10;
/// How often files are read for all helpers: files that include each other many times have no end.
const READINGS: usize = 20_000;

/// One value of `credential.helper`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    /// What it names.
    pub command: HelperCommand,
    /// The address that it is set for, as it is written: a user in it decides for whom it holds.
    pub scope: Option<String>,
    /// Whose setting it is.
    pub level: ConfigLevel,
    /// The one repository where it is asked.
    pub repository: Option<PathBuf>,
    /// The file that sets it.
    pub path: PathBuf,
    /// The line there.
    pub line: u32,
    /// It holds in some repositories only, by a condition that is not looked at.
    pub conditional: bool,
}

impl Helper {
    /// As it is shown; of a command only its name, since the rest may hold a secret.
    pub fn shown(&self) -> CredentialHelper {
        CredentialHelper {
            kind: self.command.kind,
            name: self.command.name().map(token::shown),
            scope: self.scope.as_deref().map(token::shown),
            level: self.level,
            path: token::shown_path(&self.path),
            line: self.line,
            repository: self.repository.as_deref().map(token::shown_path),
        }
    }
}

/// The helpers of one organization, and what they are asked for on its behalf.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The organization.
    pub organization: OrganizationName,
    /// In git's order; those of single repositories come last.
    pub helpers: Vec<Helper>,
    /// Every form in which a tool asks for it, the exact ones first.
    pub questions: Vec<Question>,
}

/// What git asks which helpers for, for each organization in scope.
pub fn asked(finder: &Finder<'_>, scope: &Scope) -> Vec<Asked> {
    let settings = Settings::new(finder.settings(), finder.home());
    let organizations = scope.organizations.iter();
    organizations
        .map(|organization| settings.of(&organization.name))
        .collect()
}

/// Where git's cache listens: the older folder first, where there is one (builtin/credential-cache.c,
/// `get_socket_path`). A process of either may still run.
pub(super) fn usual_sockets(platform: &dyn Platform) -> Vec<PathBuf> {
    let home = platform.home();
    let moved = platform.variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = moved
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home.join(".cache"));
    let older = home.join(".git-credential-cache");
    let older = older.is_dir().then(|| older.join("socket"));
    let newer = cache.join("git/credential/socket");
    older.into_iter().chain([newer]).collect()
}

/// Where the cache of a setting listens.
pub fn socket(command: &HelperCommand, platform: &dyn Platform) -> Option<PathBuf> {
    match command.option("--socket") {
        Some(path) => file(path, platform.home()),
        None => usual_sockets(platform).into_iter().next(),
    }
}

/// A path in a setting, as a shell would hand it on.
pub fn file(path: &str, home: &Path) -> Option<PathBuf> {
    resolve(&below_home(path), home, None)
}

/// The helpers in effect for any of the organizations, each once, in git's order.
pub fn listed(asked: &[Asked]) -> Vec<CredentialHelper> {
    let mut listed: Vec<CredentialHelper> = Vec::new();
    for helper in asked.iter().flat_map(|one| &one.helpers) {
        let shown = helper.shown();
        if !listed.contains(&shown) {
            listed.push(shown);
        }
    }
    // Two organizations may be served by different ones.
    listed.sort_by_key(|helper| helper.repository.is_some());
    listed
}

/// What `credential` sections say of what git asks for (gitcredentials(7), CONFIGURATION OPTIONS).
#[derive(Debug)]
struct Setting {
    /// The address that it holds for, as it is written.
    scope: Option<String>,
    said: Said,
    /// It holds in some repositories only, by a condition that is not looked at.
    conditional: bool,
}

#[derive(Debug)]
enum Said {
    /// `useHttpPath`.
    KeepsPath(bool),
    /// `username`.
    User(String),
}

/// What one level of config files says.
#[derive(Debug, Default)]
struct Level {
    helpers: Vec<Helper>,
    settings: Vec<Setting>,
}

/// Where a setting stands.
struct Origin<'o> {
    level: ConfigLevel,
    path: &'o Path,
    line: u32,
    conditional: bool,
}

impl Level {
    /// Takes an entry below `credential` in; without a value it means true.
    fn learn(&mut self, scope: Option<&str>, key: &str, value: Option<&str>, origin: &Origin<'_>) {
        let text = value.unwrap_or_default();
        let said = match key {
            "usehttppath" => Said::KeepsPath(value.is_none_or(is_true)),
            "username" if !is_token_like(text) => Said::User(text.to_owned()),
            "helper" => {
                return self.helpers.push(Helper {
                    command: HelperCommand::parse(text),
                    scope: scope.map(str::to_owned),
                    level: origin.level,
                    repository: None,
                    path: origin.path.to_owned(),
                    line: origin.line,
                    conditional: origin.conditional,
                });
            }
            _ => return,
        };
        self.settings.push(Setting {
            scope: scope.map(str::to_owned),
            said,
            conditional: origin.conditional,
        });
    }
}

/// How git's settings stand: who is asked, and for what.
pub(super) struct Settings<'c> {
    configs: &'c Configs,
    everywhere: Level,
    /// By the index of the repository.
    repositories: BTreeMap<usize, Level>,
}

impl<'c> Settings<'c> {
    pub(super) fn new(configs: &'c Configs, home: &Path) -> Self {
        let reader = Reader {
            configs,
            home,
            left: Cell::new(READINGS),
        };
        let own = |reach: Reach| {
            let files = configs.readable();
            files.filter(move |config| config.reach == reach && !config.included)
        };
        let mut everywhere = Level::default();
        for config in own(Reach::Machine) {
            reader.read(config, ConfigLevel::System, false, 0, &mut everywhere);
        }
        let mut person: Vec<&Config> = own(Reach::Person).collect();
        // git reads the older of the two names last.
        person.sort_by_key(|config| config.document.path().ends_with(".gitconfig"));
        for config in person {
            reader.read(config, ConfigLevel::Global, false, 0, &mut everywhere);
        }
        for given in configs.variables() {
            let origin = Origin {
                level: ConfigLevel::Global,
                path: Path::new(&given.variable),
                line: 1,
                conditional: false,
            };
            if given.section == "credential" {
                let scope = given.subsection.as_deref();
                everywhere.learn(scope, &given.key, Some(&given.value), &origin);
            }
        }
        let mut repositories: BTreeMap<usize, Level> = BTreeMap::new();
        for config in configs.readable().filter(|config| !config.included) {
            let Reach::Repository(index) = config.reach else {
                continue;
            };
            let level = if config.document.path().ends_with("config.worktree") {
                ConfigLevel::Worktree
            } else {
                ConfigLevel::Local
            };
            let known = repositories.entry(index).or_default();
            reader.read(config, level, false, 0, known);
        }
        Self {
            configs,
            everywhere,
            repositories,
        }
    }

    fn of(&self, name: &OrganizationName) -> Asked {
        // A setting holds for what the remote's address says, with its user and its path.
        let mut addresses: Vec<Question> = self.remotes_of(name).map(|(_, one)| one).collect();
        addresses.extend(Question::of_organization(name));
        let mut helpers: Vec<Helper> = in_effect(&self.everywhere.helpers, &addresses)
            .into_iter()
            .filter(|helper| helper.command.kind != HelperKind::None)
            .cloned()
            .collect();
        for (index, remotes) in self.configs.remotes_by_repository() {
            let Some(level) = self.repositories.get(&index) else {
                continue;
            };
            let theirs: Vec<Question> = remotes
                .questions
                .iter()
                .filter(|question| question.organization().as_ref() == Some(name))
                .cloned()
                .collect();
            let in_effect = in_effect(&level.helpers, &theirs).into_iter();
            helpers.extend(in_effect.map(|helper| Helper {
                repository: Some(work_tree(&remotes.git_dir)),
                ..helper.clone()
            }));
        }
        Asked {
            organization: name.clone(),
            helpers,
            questions: self.questions(name),
        }
    }

    /// The remotes of an organization, each with the index of its repository.
    fn remotes_of(&self, name: &OrganizationName) -> impl Iterator<Item = (usize, Question)> {
        let remotes = self.configs.remotes_by_repository();
        remotes.flat_map(move |(index, remotes)| {
            let questions = remotes.questions.iter();
            questions
                .filter(move |question| question.organization().as_ref() == Some(name))
                .map(move |question| (index, question.clone()))
        })
    }

    /// What git and other tools ask for on behalf of an organization, the exact questions first.
    pub(super) fn questions(&self, name: &OrganizationName) -> Vec<Question> {
        let mut exact = BTreeSet::new();
        let mut wide = BTreeSet::new();
        for (index, remote) in self.remotes_of(name) {
            let question = self.as_git_asks(index, &remote);
            if question.path.is_none() {
                wide.insert(question.clone());
            }
            if remote.path.is_some() {
                exact.insert(Question {
                    path: remote.path.clone(),
                    ..question
                });
                // git may know the credential by another user than the address has.
                exact.insert(Question {
                    username: None,
                    ..remote
                });
            }
        }
        let usual = Question::of_organization(name);
        let mut questions: Vec<Question> = exact.into_iter().chain(wide).collect();
        questions.retain(|question| !usual.contains(question));
        questions.extend(usual);
        questions
    }

    /// A remote's address as git hands it to helpers: with a user that a setting adds, and without the path
    /// unless a setting keeps it.
    fn as_git_asks(&self, index: usize, remote: &Question) -> Question {
        let own = self.repositories.get(&index);
        let levels = std::iter::once(&self.everywhere).chain(own);
        let mut question = remote.clone();
        let mut keeps_path = false;
        for setting in levels.flat_map(|level| &level.settings) {
            let scope = setting.scope.as_deref();
            if !scope.is_none_or(|scope| remote.is_covered_by(scope)) {
                continue;
            }
            match &setting.said {
                // Elsewhere git asks without it.
                Said::KeepsPath(true) if setting.conditional => {}
                Said::KeepsPath(keeps) => keeps_path = *keeps,
                Said::User(user) if question.username.is_none() => {
                    question.username = Some(user.clone());
                }
                Said::User(_) => {}
            }
        }
        if !keeps_path {
            question.path = None;
        }
        question
    }
}

/// The settings that hold for one of the questions. An empty value stays in the list where it took
/// others away, or would take those of other levels.
fn in_effect<'h>(settings: &'h [Helper], questions: &[Question]) -> Vec<&'h Helper> {
    let mut kept = BTreeSet::new();
    for question in questions {
        let mut list = Vec::new();
        for (index, helper) in settings.iter().enumerate() {
            let scope = helper.scope.as_deref();
            if !scope.is_none_or(|scope| question.is_covered_by(scope)) {
                continue;
            }
            match helper.command.kind {
                HelperKind::None if helper.conditional => {}
                HelperKind::None => list = vec![index],
                _ => list.push(index),
            }
        }
        kept.extend(list);
    }
    kept.into_iter()
        .filter_map(|index| settings.get(index))
        .collect()
}

struct Reader<'c> {
    configs: &'c Configs,
    home: &'c Path,
    left: Cell<usize>,
}

impl Reader<'_> {
    /// Reads a file and, where it names them, what it includes.
    fn read(
        &self,
        config: &Config,
        level: ConfigLevel,
        conditional: bool,
        depth: u32,
        known: &mut Level,
    ) {
        let Some(left) = self.left.get().checked_sub(1) else {
            return;
        };
        self.left.set(left);
        for entry in &config.parsed.entries {
            let Some(section) = config.parsed.section_of(entry) else {
                continue;
            };
            if section.name() == "credential" {
                let origin = Origin {
                    level,
                    path: config.document.path(),
                    line: config.document.text().line(entry.key_span.start),
                    conditional,
                };
                known.learn(
                    section.subsection(),
                    &entry.key,
                    entry.value.as_deref(),
                    &origin,
                );
            } else if depth < INCLUDE_DEPTH
                && let Some(path) = config.include(entry, self.home)
                && let Some(included) = self.configs.at(&path)
                && included.parsed.fault.is_none()
            {
                let conditional = conditional || section.name() == "includeif";
                self.read(included, level, conditional, depth + 1, known);
            }
        }
    }
}

/// Where people see a repository: the folder that has the git folder.
pub(super) fn work_tree(git_dir: &Path) -> PathBuf {
    match git_dir.parent() {
        Some(parent) if git_dir.ends_with(".git") => parent.to_owned(),
        _ => git_dir.to_owned(),
    }
}

#[cfg(test)]
#[path = "helpers_tests.rs"]
mod tests;
