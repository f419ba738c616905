//! What `ssh_config(5)` says of one host, as `ssh -G` would answer it, except that nothing is run.

use std::path::PathBuf;

use super::command::Command;
use super::config_file::{ConfigFile, Line, Says};
use super::criteria::{Applies, Block, Target};
use super::{paths, pattern};
use crate::stores::Finder;
use crate::text::Document;

/// A host as it is typed, with the user and the port where the address names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Typed {
    pub(super) host: String,
    pub(super) user: Option<String>,
    pub(super) port: Option<String>,
}

impl Typed {
    /// A host alone.
    pub(super) fn host(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            user: None,
            port: None,
        }
    }
}

/// What applies to a connection.
#[derive(Debug)]
pub(super) struct Connection<'c> {
    /// The host that is called, in lower case.
    pub(super) host: String,
    /// The user on the other side, where something names one.
    pub(super) user: Option<String>,
    /// Where the host is called.
    pub(super) port: String,
    /// What names a key, in the order of offering; `none` is among them, and keeps the usual keys out.
    pub(super) identities: Vec<Identity<'c>>,
    /// First settings of what else is asked for here.
    settings: Vec<Setting<'c>>,
    /// A block names this host more closely than with `*`.
    pub(super) named: bool,
}

/// Where a setting stands.
#[derive(Debug, Clone)]
pub(super) struct Origin<'c> {
    pub(super) spot: Spot<'c>,
    /// The block's first line and the line itself, in one; or the name of the setting of git.
    pub(super) entry: String,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Spot<'c> {
    /// In this file, at this offset of its text.
    File(&'c Document, usize),
    /// In this variable of the environment.
    Variable(&'static str),
}

/// An `IdentityFile`.
#[derive(Debug)]
pub(super) struct Identity<'c> {
    /// As it is written.
    #[cfg_attr(
        not(all(test, unix)),
        allow(dead_code, reason = "tests compare it with ssh")
    )]
    pub(super) text: String,
    /// `None` for `none`, and where it has a token that is not known here.
    pub(super) path: Option<PathBuf>,
    /// `None` for the command that git starts.
    pub(super) origin: Option<Origin<'c>>,
}

/// The first setting of one keyword, which holds.
#[derive(Debug)]
pub(super) struct Setting<'c> {
    pub(super) keyword: &'static str,
    pub(super) arguments: Vec<String>,
    /// `None` for the command that git starts.
    pub(super) origin: Option<Origin<'c>>,
}

/// Keywords whose first value holds, with the name that each is known by here, and whether a block
/// counts that only perhaps applies.
const KEYWORDS: [(&str, &str, bool); 17] = [
    ("hostname", "hostname", false),
    ("user", "user", false),
    ("port", "port", false),
    ("tag", "tag", false),
    ("canonicalizehostname", "canonicalizehostname", false),
    ("hostkeyalias", "hostkeyalias", false),
    ("identitiesonly", "identitiesonly", false),
    ("identityagent", "identityagent", false),
    ("pubkeyauthentication", "pubkeyauthentication", false),
    ("pkcs11provider", "pkcs11provider", false),
    ("smartcarddevice", "pkcs11provider", false),
    ("userknownhostsfile", "userknownhostsfile", true),
    ("globalknownhostsfile", "globalknownhostsfile", true),
    ("stricthostkeychecking", "stricthostkeychecking", true),
    ("hostkeyalgorithms", "hostkeyalgorithms", true),
    ("pubkeyacceptedalgorithms", "pubkeyacceptedalgorithms", true),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms", true),
];

/// Evaluates the command that git starts, then the files in the order of precedence.
pub(super) fn evaluate<'c>(
    command: Option<&Command>,
    files: &'c [ConfigFile],
    typed: &Typed,
    finder: &Finder<'_>,
) -> Connection<'c> {
    let mut evaluation = Evaluation {
        target: Target {
            typed: typed.host.clone(),
            matched: typed.host.clone(),
            local_user: finder.platform().person(),
            final_pass: false,
        },
        wants_final_pass: false,
        identities: Vec::new(),
        settings: Vec::new(),
        named: false,
    };
    evaluation.read_options(command, typed);
    evaluation.read_files(files);
    if evaluation.wants_final_pass {
        // ssh(1) reads all again for the host that it found; what was set the first time stays.
        evaluation.target.matched = evaluation.host().to_ascii_lowercase();
        evaluation.target.final_pass = true;
        evaluation.read_files(files);
    }
    evaluation.finish(finder)
}

struct Evaluation<'c> {
    target: Target,
    wants_final_pass: bool,
    identities: Vec<(String, Option<Origin<'c>>)>,
    settings: Vec<Setting<'c>>,
    named: bool,
}

impl<'c> Evaluation<'c> {
    fn first(&self, keyword: &str) -> Option<&str> {
        let setting = self.settings.iter().find(|one| one.keyword == keyword)?;
        setting.arguments.first().map(String::as_str)
    }

    /// The host that is called, as far as it is known now.
    fn host(&self) -> String {
        match self.first("hostname") {
            _ if self.target.final_pass => self.target.matched.clone(),
            Some(name) => name.replace("%h", &self.target.typed).replace("%%", "%"),
            None => self.target.typed.clone(),
        }
    }

    fn read_options(&mut self, command: Option<&Command>, typed: &Typed) {
        for (keyword, arguments) in command.iter().flat_map(|command| &command.options) {
            self.set(keyword, arguments, true, || None);
        }
        for (keyword, value) in [("user", &typed.user), ("port", &typed.port)] {
            if let Some(value) = value {
                self.set(keyword, std::slice::from_ref(value), true, || None);
            }
        }
    }

    fn read_files(&mut self, files: &'c [ConfigFile]) {
        for file in files {
            self.read(file, Block::all());
        }
    }

    /// An included file applies at most as far as the block that includes it.
    fn read(&mut self, file: &'c ConfigFile, outer: Block) {
        let ceiling = outer.applies;
        let mut block = outer;
        for line in &file.lines {
            match &line.says {
                Says::Host(patterns) => block = self.target.host_block(patterns, ceiling),
                Says::Match(words) => {
                    let known = super::criteria::Known {
                        host: self.host(),
                        user: self.first("user"),
                        tag: self.first("tag"),
                        canonicalizes: self
                            .first("canonicalizehostname")
                            .is_some_and(|value| !value.eq_ignore_ascii_case("no")),
                    };
                    let read = self.target.match_block(words, ceiling, &known);
                    self.wants_final_pass |= read.wants_final_pass;
                    block = read.block;
                }
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

    fn setting(
        &mut self,
        file: &'c ConfigFile,
        line: &Line,
        keyword: &str,
        arguments: &[String],
        block: &Block,
    ) {
        let certain = block.applies == Applies::Yes;
        // A block that may apply counts for what it adds, where it is meant for this very host.
        let perhaps = block.applies == Applies::Unknown && block.named;
        if certain || perhaps {
            self.set(keyword, arguments, certain, || {
                Some(Origin {
                    spot: Spot::File(&file.document, line.offset),
                    entry: entry(file.document.as_str(), line.offset, &block.header),
                })
            });
        }
    }

    fn set(
        &mut self,
        keyword: &str,
        arguments: &[String],
        certain: bool,
        origin: impl FnOnce() -> Option<Origin<'c>>,
    ) {
        let Some(value) = arguments.first() else {
            return;
        };
        if keyword == "identityfile" {
            if !self.identities.iter().any(|(known, _)| known == value) {
                self.identities.push((value.clone(), origin()));
            }
            return;
        }
        let known = KEYWORDS.iter().find(|(name, ..)| *name == keyword);
        if let Some((_, name, even_perhaps)) = known
            && (certain || *even_perhaps)
            && !self.settings.iter().any(|one| one.keyword == *name)
        {
            self.settings.push(Setting {
                keyword: name,
                arguments: arguments.to_vec(),
                origin: origin(),
            });
        }
    }

    fn finish(mut self, finder: &Finder<'_>) -> Connection<'c> {
        let identities = std::mem::take(&mut self.identities);
        let mut connection = Connection {
            host: self.host().to_ascii_lowercase(),
            user: self.first("user").map(str::to_owned),
            port: self.first("port").unwrap_or("22").to_owned(),
            identities: Vec::new(),
            named: self.named,
            settings: self.settings,
        };
        let (typed, local_user) = (&self.target.typed, &self.target.local_user);
        let tokens = connection.tokens(typed, local_user);
        let path = |text: &str| {
            let path = paths::expand(text, finder, Some(tokens));
            path.filter(|path| path.is_absolute() && !text.eq_ignore_ascii_case("none"))
        };
        connection.identities = identities
            .into_iter()
            .map(|(text, origin)| Identity {
                path: path(&text),
                text,
                origin,
            })
            .collect();
        connection
    }
}

impl<'c> Connection<'c> {
    /// The setting of that keyword.
    pub(super) fn setting(&self, keyword: &str) -> Option<&Setting<'c>> {
        self.settings.iter().find(|one| one.keyword == keyword)
    }

    /// Its first argument.
    pub(super) fn value(&self, keyword: &str) -> Option<&str> {
        let first = self.setting(keyword)?.arguments.first();
        first.map(String::as_str)
    }

    /// Whether it says so; `None` where nothing says anything.
    pub(super) fn flag(&self, keyword: &str) -> Option<bool> {
        let value = self.value(keyword)?;
        Some(
            !["no", "false"]
                .iter()
                .any(|no| value.eq_ignore_ascii_case(no)),
        )
    }

    /// What `%` tokens stand for.
    pub(super) fn tokens<'t>(&'t self, typed: &'t str, local_user: &'t str) -> paths::Tokens<'t> {
        paths::Tokens {
            typed,
            host: &self.host,
            user: self.user.as_deref().unwrap_or(local_user),
            port: &self.port,
            key_alias: self.value("hostkeyalias").unwrap_or(typed),
        }
    }

    /// The name that its key has in `known_hosts`.
    pub(super) fn known_as(&self) -> String {
        match self.value("hostkeyalias") {
            Some(alias) => alias.to_ascii_lowercase(),
            None if self.port == "22" => self.host.clone(),
            None => format!("[{}]:{}", self.host, self.port),
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
