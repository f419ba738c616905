//! Which hosts git reaches over SSH, and with which command, by the rules of git-config(1).

use std::collections::HashMap;
use std::path::Path;

use super::command::Command;
use super::connection::{Origin, Spot, Typed};
use super::pattern::{self, Case};
use crate::stores::Finder;
use crate::stores::git::config_file::Entry;
use crate::stores::git::configs::{Config, Configs, resolve};

/// git(1) stops at this depth of includes too.
const DEPTH: usize = 10;
/// Files that one repository's settings are gathered from.
const FILES: usize = 256;

/// A remote that is reached over SSH, perhaps through an alias.
#[derive(Debug)]
pub(super) struct Remote<'c> {
    pub(super) typed: Typed,
    pub(super) path: String,
    pub(super) command: Option<Started<'c>>,
}

/// The command that git starts, and who says so.
#[derive(Debug, Clone)]
pub(super) struct Started<'c> {
    /// Where it stands among [`Remotes::commands`].
    pub(super) index: usize,
    pub(super) origin: Origin<'c>,
}

/// What git's settings say of SSH.
#[derive(Debug, Default)]
pub(super) struct Remotes<'c> {
    pub(super) all: Vec<Remote<'c>>,
    /// The command for what is no repository's.
    pub(super) everywhere: Option<Started<'c>>,
    /// Each command once.
    pub(super) commands: Vec<Command>,
}

/// Reads the settings of the machine, the person and every repository.
pub(super) fn read<'a>(finder: &Finder<'a>) -> Remotes<'a> {
    let configs = finder.settings();
    let files = Files::of(configs, finder.home());
    let mut common = Vec::new();
    // The strongest stands first there, and is read last here.
    for start in configs.starts().iter().rev() {
        files.gather(start, &mut common);
    }
    let mut commands = Commands::new(finder);
    let mut remotes = Vec::new();
    for git_dir in configs.repositories() {
        let mut own = Vec::new();
        for name in ["config", "config.worktree"] {
            files.gather(&git_dir.join(name), &mut own);
        }
        if own.is_empty() {
            continue;
        }
        let mut urls: Vec<&str> = Vec::new();
        urls.extend(own.iter().filter_map(|one| match one.says {
            Says::Url(url) => Some(url),
            _ => None,
        }));
        let git_dir = git_dir.to_string_lossy().replace('\\', "/");
        let applying: Vec<&Setting<'_>> = common
            .iter()
            .chain(&own)
            .filter(|one| one.applies(&git_dir, &urls))
            .collect();
        let found = urls.iter().map(|url| rewrite(url, &applying));
        let mut found = found.filter_map(|url| ssh_address(&url)).peekable();
        if found.peek().is_some() {
            let command = commands.started(&applying);
            remotes.extend(found.map(|(typed, path)| Remote {
                typed,
                path,
                command: command.clone(),
            }));
        }
    }
    let everywhere: Vec<_> = common
        .iter()
        .filter(|one| one.conditions.is_empty())
        .collect();
    Remotes {
        all: remotes,
        everywhere: commands.started(&everywhere),
        commands: commands.all,
    }
}

/// A setting that has to do with SSH.
#[derive(Debug)]
struct Setting<'c> {
    /// Those of the includes that lead to it; all must hold.
    conditions: Vec<String>,
    says: Says<'c>,
}

#[derive(Debug)]
enum Says<'c> {
    Url(&'c str),
    /// `url.<base>.insteadOf`: the base and the prefix that it replaces.
    Rewrite(&'c str, &'c str),
    Command(&'c str, Origin<'c>),
    Variant(&'c str),
}

impl Setting<'_> {
    fn applies(&self, git_dir: &str, urls: &[&str]) -> bool {
        self.conditions
            .iter()
            .all(|condition| match condition.split_once(':') {
                Some(("gitdir", wanted)) => is_folder(wanted, git_dir, Case::Exact),
                Some(("gitdir/i", wanted)) => is_folder(wanted, git_dir, Case::Any),
                Some(("hasconfig", rest)) => {
                    rest.strip_prefix("remote.*.url:").is_some_and(|wanted| {
                        let mut urls = urls.iter();
                        urls.any(|url| pattern::matches(wanted, url, Case::Exact))
                    })
                }
                _ => false,
            })
    }
}

fn is_folder(wanted: &str, git_dir: &str, case: Case) -> bool {
    pattern::matches(wanted, git_dir, case)
        || pattern::matches(wanted, &format!("{git_dir}/"), case)
}

/// git's files by their paths.
struct Files<'c, 'h> {
    by_path: HashMap<&'c Path, &'c Config>,
    home: &'h Path,
}

impl<'c, 'h> Files<'c, 'h> {
    fn of(configs: &'c Configs, home: &'h Path) -> Self {
        let by_path = configs.readable().flat_map(|config| {
            let document = &config.document;
            [(document.path(), config), (document.target(), config)]
        });
        Self {
            by_path: by_path.collect(),
            home,
        }
    }

    /// Adds what a file and its includes say of SSH, in the order of reading.
    fn gather(&self, path: &Path, into: &mut Vec<Setting<'c>>) {
        let mut left = FILES;
        self.gather_one(path, &[], 0, &mut left, into);
    }

    fn gather_one(
        &self,
        path: &Path,
        conditions: &[String],
        depth: usize,
        left: &mut usize,
        into: &mut Vec<Setting<'c>>,
    ) {
        let Some(config) = self
            .by_path
            .get(path)
            .filter(|_| depth <= DEPTH && *left > 0)
        else {
            return;
        };
        *left -= 1;
        let folder = path.parent().unwrap_or(path);
        for entry in &config.parsed.entries {
            let Some(section) = config.parsed.section_of(entry) else {
                continue;
            };
            let subsection = section.subsection();
            let says = match (section.name(), entry.key.as_str()) {
                ("remote", "url" | "pushurl") => Says::Url(entry.value()),
                ("url", "insteadof" | "pushinsteadof") => {
                    Says::Rewrite(subsection.unwrap_or_default(), entry.value())
                }
                ("core", "sshcommand") => Says::Command(entry.value(), origin(config, entry)),
                ("ssh", "variant") => Says::Variant(entry.value()),
                ("include" | "includeif", "path") => {
                    let mut conditions = conditions.to_vec();
                    conditions
                        .extend(subsection.map(|condition| absolute(condition, self.home, folder)));
                    if let Some(path) = resolve(entry.value(), self.home, Some(folder)) {
                        self.gather_one(&path, &conditions, depth + 1, left, into);
                    }
                    continue;
                }
                _ => continue,
            };
            into.push(Setting {
                conditions: conditions.to_vec(),
                says,
            });
        }
    }
}

fn origin<'c>(config: &'c Config, entry: &Entry) -> Origin<'c> {
    Origin {
        spot: Spot::File(&config.document, entry.key_span.start),
        entry: config.parsed.name(config.text(), entry),
    }
}

/// A `gitdir` condition with its pattern made absolute, by the rules of git-config(1).
fn absolute(condition: &str, home: &Path, folder: &Path) -> String {
    let Some((name @ ("gitdir" | "gitdir/i"), wanted)) = condition.split_once(':') else {
        return condition.to_owned();
    };
    let all = if wanted.ends_with('/') { "**" } else { "" };
    let below = |folder: &Path, rest: &str| folder.join(rest).to_string_lossy().into_owned();
    let start = if let Some(rest) = wanted.strip_prefix("~/") {
        below(home, rest)
    } else if let Some(rest) = wanted.strip_prefix("./") {
        below(folder, rest)
    } else if wanted.starts_with('/') || wanted.contains(":/") {
        wanted.to_owned()
    } else {
        format!("**/{wanted}")
    };
    format!("{name}:{}{all}", start.replace('\\', "/"))
}

/// The commands that were met, and what the environment says in their place.
struct Commands<'f, 'a> {
    finder: &'f Finder<'a>,
    command: Option<String>,
    program: Option<String>,
    variant: Option<String>,
    /// By the text and the variant.
    known: HashMap<(String, Option<String>), usize>,
    all: Vec<Command>,
}

impl<'f, 'a> Commands<'f, 'a> {
    fn new(finder: &'f Finder<'a>) -> Self {
        let variable = |name: &str| finder.platform().variable(name)?.into_string().ok();
        Self {
            finder,
            command: variable("GIT_SSH_COMMAND"),
            program: variable("GIT_SSH"),
            variant: variable("GIT_SSH_VARIANT"),
            known: HashMap::new(),
            all: Vec::new(),
        }
    }

    /// What git would start under these settings, of which the last wins; `None` for plain ssh(1).
    fn started<'c>(&mut self, settings: &[&Setting<'c>]) -> Option<Started<'c>> {
        let mut last = settings.iter().rev();
        let configured = last.find_map(|setting| match &setting.says {
            Says::Command(text, origin) => Some((*text, origin.clone())),
            _ => None,
        });
        let mut last = settings.iter().rev();
        let variant = last.find_map(|setting| match setting.says {
            Says::Variant(text) => Some(text.to_owned()),
            _ => None,
        });
        let variant = self.variant.clone().or(variant);
        let variable = |name| Origin {
            spot: Spot::Variable(name),
            entry: name.to_owned(),
        };
        let (text, origin, is_program) = if let Some(text) = &self.command {
            (text.clone(), variable("GIT_SSH_COMMAND"), false)
        } else if let Some((text, origin)) = configured {
            (text.to_owned(), origin, false)
        } else {
            (self.program.clone()?, variable("GIT_SSH"), true)
        };
        let key = (text, variant);
        let (all, finder) = (&mut self.all, self.finder);
        let index = *self.known.entry(key).or_insert_with_key(|(text, variant)| {
            let variant = variant.as_deref();
            all.push(if is_program {
                Command::program(text, variant, finder)
            } else {
                Command::read(text, variant, finder)
            });
            all.len() - 1
        });
        Some(Started { index, origin })
    }
}

/// The address after `insteadOf`; the longest prefix wins.
fn rewrite(url: &str, settings: &[&Setting<'_>]) -> String {
    let rewrites = settings.iter().filter_map(|setting| match setting.says {
        Says::Rewrite(base, prefix) => Some((prefix.len(), base, url.strip_prefix(prefix)?)),
        _ => None,
    });
    let best = rewrites.max_by_key(|(length, ..)| *length);
    best.map_or_else(|| url.to_owned(), |(_, base, rest)| format!("{base}{rest}"))
}

/// `ssh://[user@]host[:port]/path` and `[user@]host:path`.
fn ssh_address(url: &str) -> Option<(Typed, String)> {
    let (authority, path) = if let Some((scheme, rest)) = url.split_once("://") {
        let is_ssh = matches!(
            scheme.to_ascii_lowercase().as_str(),
            "ssh" | "git+ssh" | "ssh+git"
        );
        is_ssh.then(|| rest.split_once('/').unwrap_or((rest, "")))?
    } else {
        // A slash before the colon makes it a path, one letter before it a drive.
        url.split_once(':')
            .filter(|(host, _)| host.len() > 1 && !host.contains(['/', '\\']))?
    };
    let (user, host) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = host
        .split_once(':')
        .map_or((host, None), |(host, port)| (host, Some(port)));
    if host.is_empty() {
        return None;
    }
    let typed = Typed {
        host: host.to_owned(),
        user: user
            .and_then(|user| user.split(':').next())
            .map(str::to_owned),
        port: port.filter(|port| !port.is_empty()).map(str::to_owned),
    };
    Some((typed, path.to_owned()))
}
