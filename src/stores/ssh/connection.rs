//! What `ssh_config(5)` says of one host, as `ssh -G` would answer it, except that nothing is run.

use std::path::PathBuf;

use super::config_file::{ConfigFile, Line, Says};
use super::{paths, pattern};
use crate::stores::Finder;
use crate::text::Document;

/// A host as it is typed, with the user where the address names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Typed {
    pub(super) host: String,
    pub(super) user: Option<String>,
}

/// What applies to a connection.
#[derive(Debug)]
pub(super) struct Connection<'c> {
    /// The host that is called, in lower case.
    pub(super) host: String,
    /// The user on the other side.
    pub(super) user: Option<String>,
    /// Private keys that are offered, in this order; none means the usual ones.
    pub(super) identities: Vec<Identity<'c>>,
    /// First settings of signature and host key algorithms.
    pub(super) algorithms: Vec<(Origin<'c>, String)>,
    /// A block names this host more closely than with `*`.
    pub(super) named: bool,
}

/// A line that says something of a connection.
#[derive(Debug, Clone)]
pub(super) struct Origin<'c> {
    pub(super) document: &'c Document,
    pub(super) offset: usize,
    /// The block's first line and the line itself, in one.
    pub(super) entry: String,
}

/// An `IdentityFile`.
#[derive(Debug)]
pub(super) struct Identity<'c> {
    /// `None` where it has a token that is not known here.
    pub(super) path: Option<PathBuf>,
    pub(super) origin: Origin<'c>,
}

/// Whether a block applies. What only running a program would tell is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Applies {
    No,
    Unknown,
    Yes,
}

#[derive(Debug, Clone)]
struct Block {
    applies: Applies,
    /// It names the host more closely than with `*`.
    named: bool,
    header: String,
}

/// Keywords whose first value holds for algorithms; each pair is one setting under two names.
const ALGORITHMS: [(&str, &str); 3] = [
    ("hostkeyalgorithms", "hostkeyalgorithms"),
    ("pubkeyacceptedalgorithms", "pubkeyacceptedalgorithms"),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"),
];

/// Evaluates the files in the order of precedence.
pub(super) fn evaluate<'c>(
    files: &'c [ConfigFile],
    typed: &Typed,
    finder: &Finder<'_>,
) -> Connection<'c> {
    let mut evaluation = Evaluation {
        typed,
        host: None,
        user: typed.user.clone(),
        identities: Vec::new(),
        algorithms: Vec::new(),
        named: false,
    };
    for file in files {
        let block = Block {
            applies: Applies::Yes,
            named: false,
            header: String::new(),
        };
        evaluation.read(file, block);
    }
    let host = evaluation.host_now();
    let tokens = paths::Connection {
        typed: &typed.host,
        host: &host,
        user: evaluation.user.as_deref(),
    };
    let identities = evaluation
        .identities
        .into_iter()
        .filter(|(text, _)| !text.eq_ignore_ascii_case("none"))
        .map(|(text, origin)| Identity {
            path: paths::expand(&text, finder, Some(tokens)).filter(|path| path.is_absolute()),
            origin,
        })
        .collect();
    Connection {
        identities,
        host: host.clone(),
        user: evaluation.user.clone(),
        algorithms: evaluation
            .algorithms
            .into_iter()
            .map(|(_, origin, value)| (origin, value))
            .collect(),
        named: evaluation.named,
    }
}

struct Evaluation<'c, 't> {
    typed: &'t Typed,
    host: Option<String>,
    user: Option<String>,
    identities: Vec<(String, Origin<'c>)>,
    algorithms: Vec<(&'static str, Origin<'c>, String)>,
    named: bool,
}

impl<'c> Evaluation<'c, '_> {
    fn host_now(&self) -> String {
        let host = match &self.host {
            Some(name) => name.replace("%h", &self.typed.host).replace("%%", "%"),
            None => self.typed.host.clone(),
        };
        host.to_ascii_lowercase()
    }

    /// An included file applies at most as far as the block that includes it.
    fn read(&mut self, file: &'c ConfigFile, outer: Block) {
        let ceiling = outer.applies;
        let mut block = outer;
        for line in &file.lines {
            match &line.says {
                Says::Host(patterns) => block = self.host_block(patterns, ceiling),
                Says::Match(words) => block = self.match_block(words, ceiling),
                Says::Include(files) => {
                    for file in files {
                        self.read(file, block.clone());
                    }
                }
                Says::Setting(keyword, arguments) => {
                    self.named |= block.named;
                    self.setting(file, line, keyword, arguments, &block);
                }
            }
        }
    }

    fn host_block(&self, patterns: &[String], ceiling: Applies) -> Block {
        let matches = pattern::list_matches(patterns.iter().map(String::as_str), &self.typed.host);
        let named = patterns
            .iter()
            .any(|one| !pattern::matches_all(one) && pattern::matches(one, &self.typed.host));
        let applies = if matches { ceiling } else { Applies::No };
        Block {
            applies,
            named: named && applies != Applies::No,
            header: format!("Host {}", patterns.join(" ")),
        }
    }

    fn match_block(&self, words: &[String], ceiling: Applies) -> Block {
        let mut applies = ceiling;
        let mut named = false;
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let (negated, word) = word
                .strip_prefix('!')
                .map_or((false, word), |word| (true, word));
            let (criterion, joined) = word
                .split_once('=')
                .map_or((word, None), |(word, value)| (word, Some(value)));
            let criterion = criterion.to_ascii_lowercase();
            let mut value = || {
                joined
                    .or_else(|| rest.next())
                    .unwrap_or_default()
                    .split(',')
            };
            let on_list = |patterns: std::str::Split<'_, char>, text: &str| {
                if pattern::list_matches(patterns, text) {
                    Applies::Yes
                } else {
                    Applies::No
                }
            };
            let holds = match criterion.as_str() {
                "all" => Applies::Yes,
                "host" | "originalhost" => {
                    let host = if criterion == "host" {
                        self.host_now()
                    } else {
                        self.typed.host.clone()
                    };
                    let patterns = value();
                    named |= !negated && !patterns.clone().any(pattern::matches_all);
                    on_list(patterns, &host)
                }
                "user" => {
                    let patterns = value();
                    self.user
                        .as_deref()
                        .map_or(Applies::Unknown, |user| on_list(patterns, user))
                }
                // These take no value; whether ssh reads its files again is not known here.
                "canonical" | "final" => Applies::Unknown,
                // `exec` above all: nothing is run.
                _ => {
                    let _ = value();
                    Applies::Unknown
                }
            };
            applies = applies.min(match (holds, negated) {
                (Applies::Yes, true) => Applies::No,
                (Applies::No, true) => Applies::Yes,
                (holds, _) => holds,
            });
        }
        Block {
            applies,
            named: named && applies != Applies::No,
            header: format!("Match {}", words.join(" ")),
        }
    }

    fn setting(
        &mut self,
        file: &'c ConfigFile,
        line: &Line,
        keyword: &str,
        arguments: &[String],
        block: &Block,
    ) {
        let certain = block.applies == Applies::Yes;
        let perhaps = block.applies == Applies::Unknown && block.named;
        // A block that may apply counts for what it adds, where it is meant for this very host.
        if !certain && !perhaps {
            return;
        }
        let Some(value) = arguments.first() else {
            return;
        };
        let origin = || Origin {
            document: &file.document,
            offset: line.offset,
            entry: entry(file.document.as_str(), line.offset, &block.header),
        };
        match keyword {
            "hostname" if certain && self.host.is_none() => self.host = Some(value.clone()),
            "user" if certain && self.user.is_none() => self.user = Some(value.clone()),
            "identityfile" => self.identities.push((value.clone(), origin())),
            _ => {
                let known = ALGORITHMS.iter().find(|(name, _)| *name == keyword);
                if let Some((_, setting)) = known
                    && !self.algorithms.iter().any(|(name, ..)| name == setting)
                {
                    self.algorithms.push((setting, origin(), value.clone()));
                }
            }
        }
    }
}

/// `Host devops: IdentityFile ~/.ssh/id`, from the line as it stands there.
fn entry(text: &str, offset: usize, header: &str) -> String {
    let line = text
        .get(offset..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let line = line.trim();
    if header.is_empty() {
        line.to_owned()
    } else {
        format!("{header}: {line}")
    }
}

/// Hosts that the files name without wildcards.
pub(super) fn literal_hosts(files: &[ConfigFile]) -> Vec<String> {
    let mut hosts = Vec::new();
    for line in files.iter().flat_map(|file| &file.lines) {
        match &line.says {
            Says::Host(patterns) => hosts.extend(
                patterns
                    .iter()
                    .filter(|one| pattern::is_literal(one))
                    .cloned(),
            ),
            Says::Match(words) => {
                let values = words.windows(2).filter(|pair| {
                    ["host", "originalhost"]
                        .iter()
                        .any(|name| pair[0].eq_ignore_ascii_case(name))
                });
                let values = values.flat_map(|pair| pair[1].split(','));
                hosts.extend(
                    values
                        .filter(|one| pattern::is_literal(one))
                        .map(str::to_owned),
                );
            }
            Says::Include(files) => hosts.extend(literal_hosts(files)),
            Says::Setting(..) => {}
        }
    }
    hosts
}

/// How long the files are together, in bytes.
pub(super) fn length(files: &[ConfigFile]) -> usize {
    let lengths = files.iter().map(|file| {
        let included = file.lines.iter().map(|line| match &line.says {
            Says::Include(files) => length(files),
            _ => 0,
        });
        file.document.bytes().len() + included.sum::<usize>()
    });
    lengths.sum()
}
