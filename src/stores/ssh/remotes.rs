//! SSH addresses and `core.sshCommand` in git's settings, read lightly: only to learn which keys are
//! offered to whom.

use std::path::{Path, PathBuf};

use super::{config_file, paths, pattern};
use crate::stores::Finder;

/// git(1) stops at this depth of includes too.
const DEPTH: usize = 10;

/// A remote that is reached over SSH, perhaps through an alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Remote {
    pub(super) host: String,
    pub(super) user: Option<String>,
    pub(super) path: String,
    /// Private keys that git tells ssh to offer.
    pub(super) identities: Vec<PathBuf>,
}

/// What git's settings say of SSH.
#[derive(Debug, Default)]
pub(super) struct Remotes {
    pub(super) remotes: Vec<Remote>,
    /// Private keys that git offers everywhere.
    pub(super) identities: Vec<PathBuf>,
}

/// Reads the global settings and those of every repository.
pub(super) fn read(finder: &Finder<'_>) -> Remotes {
    let mut global = Vec::new();
    for file in [
        finder.folders().xdg_config.join("git/config"),
        finder.home().join(".gitconfig"),
    ] {
        load(finder, &file, &[], 0, &mut global);
    }
    let environment = finder.platform().variable("GIT_SSH_COMMAND");
    let environment = environment.as_deref().and_then(|command| command.to_str());
    let command = |settings: &[&Settings]| {
        let configured = settings
            .iter()
            .rev()
            .find_map(|settings| settings.command.as_deref());
        environment
            .or(configured)
            .map_or_else(Vec::new, |command| identities(command, finder))
    };
    let everywhere: Vec<_> = global
        .iter()
        .filter(|one| one.conditions.is_empty())
        .collect();
    let mut remotes = Vec::new();
    for repository in finder.repositories() {
        let Some(bytes) = finder.peek(&repository.git_dir.join("config")) else {
            continue;
        };
        let own = parse(&String::from_utf8_lossy(&bytes));
        let mut settings: Vec<_> = global
            .iter()
            .filter(|one| one.applies(&repository.git_dir, &own.urls))
            .collect();
        settings.push(&own);
        let urls = own.urls.iter().map(|url| rewrite(url, &settings));
        let mut found = urls.filter_map(|url| ssh_address(&url)).peekable();
        if found.peek().is_some() {
            let identities = command(&settings);
            remotes.extend(found.map(|remote| Remote {
                identities: identities.clone(),
                ..remote
            }));
        }
    }
    remotes.sort();
    remotes.dedup();
    Remotes {
        remotes,
        identities: command(&everywhere),
    }
}

/// One git config file.
#[derive(Debug, Default)]
struct Settings {
    /// Under which it was included; all must hold.
    conditions: Vec<String>,
    urls: Vec<String>,
    /// `url.<base>.insteadOf`: the base and the prefix that it replaces.
    rewrites: Vec<(String, String)>,
    command: Option<String>,
    includes: Vec<(Option<String>, String)>,
}

impl Settings {
    fn applies(&self, git_dir: &Path, urls: &[String]) -> bool {
        self.conditions.iter().all(|condition| {
            let git_dir = git_dir.to_string_lossy().replace('\\', "/");
            match condition.split_once(':') {
                Some(("gitdir" | "gitdir/i", wanted)) => {
                    pattern::matches(wanted, &git_dir)
                        || pattern::matches(wanted, &format!("{git_dir}/"))
                }
                Some(("hasconfig", rest)) => rest
                    .strip_prefix("remote.*.url:")
                    .is_some_and(|wanted| urls.iter().any(|url| pattern::matches(wanted, url))),
                _ => false,
            }
        })
    }
}

fn load(
    finder: &Finder<'_>,
    file: &Path,
    conditions: &[String],
    depth: usize,
    into: &mut Vec<Settings>,
) {
    let Some(bytes) = finder
        .peek(file)
        .filter(|_| depth < DEPTH && into.len() < 256)
    else {
        return;
    };
    let mut settings = parse(&String::from_utf8_lossy(&bytes));
    let includes = std::mem::take(&mut settings.includes);
    settings.conditions = conditions.to_vec();
    into.push(settings);
    let folder = file.parent().unwrap_or(file);
    for (condition, path) in includes {
        let Some(path) = paths::expand(&path, finder, None).map(|path| folder.join(path)) else {
            continue;
        };
        if !path.starts_with(finder.home()) {
            continue;
        }
        let mut conditions = conditions.to_vec();
        conditions.extend(condition.map(|condition| absolute(&condition, finder.home(), folder)));
        load(finder, &path, &conditions, depth + 1, into);
    }
}

/// A `gitdir` condition with its pattern made absolute, by the rules of git-config(1).
fn absolute(condition: &str, home: &Path, folder: &Path) -> String {
    let Some((name @ ("gitdir" | "gitdir/i"), wanted)) = condition.split_once(':') else {
        return condition.to_owned();
    };
    let all = if wanted.ends_with('/') { "**" } else { "" };
    let start = if let Some(rest) = wanted.strip_prefix("~/") {
        home.join(rest).to_string_lossy().into_owned()
    } else if let Some(rest) = wanted.strip_prefix("./") {
        folder.join(rest).to_string_lossy().into_owned()
    } else if wanted.starts_with('/') || wanted.contains(":/") {
        wanted.to_owned()
    } else {
        format!("**/{wanted}")
    };
    format!("{name}:{}{all}", start.replace('\\', "/"))
}

fn parse(text: &str) -> Settings {
    let mut settings = Settings::default();
    let (mut section, mut name) = (String::new(), String::new());
    for line in text.lines() {
        let mut line = line.trim();
        if let Some(rest) = line.strip_prefix('[') {
            let (header, rest) = header(rest);
            (section, name) = header;
            line = rest.trim();
        }
        let Some((key, written)) = line.split_once('=') else {
            continue;
        };
        let written = value(written);
        match (section.as_str(), key.trim().to_ascii_lowercase().as_str()) {
            ("remote", "url" | "pushurl") => settings.urls.push(written),
            ("url", "insteadof" | "pushinsteadof") => {
                settings.rewrites.push((name.clone(), written));
            }
            ("core", "sshcommand") => settings.command = Some(written),
            ("include", "path") => settings.includes.push((None, written)),
            ("includeif", "path") => settings.includes.push((Some(name.clone()), written)),
            _ => {}
        }
    }
    settings
}

/// The section in lower case with its subsection, and what follows on the line.
fn header(text: &str) -> ((String, String), &str) {
    let (section, rest) = text.split_at(text.find([' ', '"', ']']).unwrap_or(text.len()));
    let rest = rest.trim_start();
    let section = section.to_ascii_lowercase();
    let Some(quoted) = rest.strip_prefix('"') else {
        return (
            (section, String::new()),
            rest.split_once(']').map_or("", |(_, rest)| rest),
        );
    };
    let (name, rest) = quoted.split_once("\"]").unwrap_or((quoted, ""));
    (
        (section, name.replace("\\\"", "\"").replace("\\\\", "\\")),
        rest,
    )
}

/// A value out of quotes, escapes and comments.
fn value(text: &str) -> String {
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = text.trim().chars();
    while let Some(next) = characters.next() {
        match next {
            '"' => quoted = !quoted,
            '\\' => value.extend(characters.next()),
            '#' | ';' if !quoted => break,
            other => value.push(other),
        }
    }
    value.trim_end().to_owned()
}

/// The address after `insteadOf`; the longest prefix wins.
fn rewrite(url: &str, settings: &[&Settings]) -> String {
    let rewrites = settings.iter().flat_map(|settings| &settings.rewrites);
    let best = rewrites
        .filter_map(|(base, prefix)| Some((prefix.len(), base, url.strip_prefix(prefix.as_str())?)))
        .max_by_key(|(length, ..)| *length);
    best.map_or_else(|| url.to_owned(), |(_, base, rest)| format!("{base}{rest}"))
}

/// `ssh://[user@]host[:port]/path` and `[user@]host:path`.
fn ssh_address(url: &str) -> Option<Remote> {
    let (authority, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let is_ssh = matches!(
                scheme.to_ascii_lowercase().as_str(),
                "ssh" | "git+ssh" | "ssh+git"
            );
            is_ssh.then(|| rest.split_once('/').unwrap_or((rest, "")))?
        }
        // A slash before the colon makes it a path, one letter before it a drive.
        None => url
            .split_once(':')
            .filter(|(host, _)| host.len() > 1 && !host.contains(['/', '\\']))?,
    };
    let (user, host) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(user, host)| (Some(user), host));
    let host = host.split(':').next().filter(|host| !host.is_empty())?;
    Some(Remote {
        host: host.to_owned(),
        user: user
            .and_then(|user| user.split(':').next())
            .map(str::to_owned),
        path: path.to_owned(),
        identities: Vec::new(),
    })
}

/// The keys of `ssh -i KEY`, `-iKEY` and `-o IdentityFile=KEY`.
fn identities(command: &str, finder: &Finder<'_>) -> Vec<PathBuf> {
    let words = config_file::arguments(command);
    let mut words = words.iter().map(String::as_str);
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let path = match word.strip_prefix("-i") {
            Some("") => words.next(),
            Some(path) => Some(path),
            None => match word.strip_prefix("-o") {
                Some("") => words.next().and_then(identity_option),
                Some(option) => identity_option(option),
                None => None,
            },
        };
        let path = path.and_then(|path| {
            let path = path.replace("$HOME/", "~/").replace("${HOME}/", "~/");
            paths::expand(&path, finder, None)
        });
        found.extend(path.filter(|path| path.is_absolute()));
    }
    found
}

fn identity_option(option: &str) -> Option<&str> {
    let (name, value) = option.split_once(['=', ' '])?;
    name.eq_ignore_ascii_case("identityfile")
        .then(|| value.trim())
}
