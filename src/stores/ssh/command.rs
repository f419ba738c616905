//! The command that git starts for SSH: `core.sshCommand`, `GIT_SSH_COMMAND`, `GIT_SSH` (git-config(1), git(1)).

use std::path::{Path, PathBuf};

use super::{config_file, paths};
use crate::stores::Finder;

/// Flags of ssh(1) that take a value, beside `-o`, which is read.
const WITH_VALUE: &str = "bceilmopBDEFIJLOPQRSwW";

/// One such command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// It starts `PuTTY`'s plink, which reads no `ssh_config` and offers no usual keys.
    pub(super) is_plink: bool,
    /// Where the settings come from.
    pub(super) configuration: Configuration,
    /// What it sets before any file does: keywords in lower case with their arguments.
    pub(super) options: Vec<(String, Vec<String>)>,
}

/// Which files of settings ssh(1) reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Configuration {
    /// The person's and the machine's.
    #[default]
    Usual,
    /// None at all: `-F none`.
    None,
    /// This one alone: `-F FILE`.
    File(PathBuf),
}

impl Command {
    /// Reads the words of a command; `variant` is what `ssh.variant` says.
    pub(super) fn read(text: &str, variant: Option<&str>, finder: &Finder<'_>) -> Self {
        let words = config_file::arguments(text);
        // Before the program there may be `env NAME=VALUE`.
        let program = words.iter().position(|word| is_program(word)).unwrap_or(0);
        let is_plink = match variant.map(str::to_ascii_lowercase).as_deref() {
            Some("plink" | "putty" | "tortoiseplink") => true,
            Some("ssh" | "simple") => false,
            _ => words.get(program).is_some_and(|word| is_plink(word)),
        };
        let mut command = Self {
            is_plink,
            configuration: Configuration::Usual,
            options: Vec::new(),
        };
        let arguments = words.get(program + 1..).unwrap_or_default();
        if is_plink {
            command.read_plink(arguments, finder);
        } else {
            command.read_ssh(arguments, finder);
        }
        command
    }

    /// A program without arguments, as `GIT_SSH` names it.
    pub(super) fn program(path: &str, variant: Option<&str>, finder: &Finder<'_>) -> Self {
        let mut command = Self::read("ssh", variant, finder);
        command.is_plink |= variant.is_none() && is_plink(path);
        command
    }

    /// getopt(3) with the flags of ssh(1): several in one word, a value in the same word or the next.
    fn read_ssh(&mut self, arguments: &[String], finder: &Finder<'_>) {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(flags) = word.strip_prefix('-') else {
                continue;
            };
            if flags == "-" {
                return;
            }
            let Some(at) = flags.find(|flag| WITH_VALUE.contains(flag)) else {
                continue;
            };
            let (flag, value) = flags[at..].split_at(1);
            let value = if value.is_empty() {
                words.next().map(String::as_str)
            } else {
                Some(value)
            };
            if let Some(value) = value {
                self.flag(flag, value, finder);
            }
        }
    }

    fn flag(&mut self, flag: &str, value: &str, finder: &Finder<'_>) {
        let mut set = |keyword: &str, value: &str| {
            let arguments = vec![value.to_owned()];
            self.options.push((keyword.to_owned(), arguments));
        };
        match flag {
            "i" => {
                let value = without_shell(value);
                // ssh(1) warns of a file that is not there and goes on without it.
                let path = paths::expand(&value, finder, None);
                if path.is_some_and(|path| !finder.is_absent(&path)) {
                    set("identityfile", &value);
                }
            }
            "l" => set("user", value),
            "p" => set("port", value),
            "I" => set("pkcs11provider", value),
            "P" => set("tag", value),
            "F" if value.eq_ignore_ascii_case("none") => self.configuration = Configuration::None,
            "F" => {
                let path = paths::expand(&without_shell(value), finder, None);
                if let Some(path) = path.filter(|path| path.is_absolute()) {
                    self.configuration = Configuration::File(path);
                }
            }
            "o" => {
                let read = config_file::parse(value).next();
                self.options.extend(read.map(|(_, keyword, arguments)| {
                    let arguments = arguments.iter().map(|word| without_shell(word));
                    (keyword, arguments.collect())
                }));
            }
            _ => {}
        }
    }

    fn read_plink(&mut self, arguments: &[String], finder: &Finder<'_>) {
        for pair in arguments.windows(2) {
            let [flag, value] = pair else { continue };
            let keyword = match flag.as_str() {
                "-i" => "identityfile",
                "-l" => "user",
                "-P" => "port",
                _ => continue,
            };
            let value = without_shell(value);
            let is_key = keyword != "identityfile"
                || paths::expand(&value, finder, None).is_some_and(|path| path.is_absolute());
            if is_key {
                self.options.push((keyword.to_owned(), vec![value]));
            }
        }
    }
}

/// git has a shell read the command, so the home may stand there as a variable.
fn without_shell(word: &str) -> String {
    for home in ["$HOME/", "${HOME}/", "%USERPROFILE%\\", "%USERPROFILE%/"] {
        if let Some(rest) = word.strip_prefix(home) {
            return format!("~/{rest}");
        }
    }
    word.to_owned()
}

fn stem(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.to_ascii_lowercase();
    let stem = Path::new(&name).file_stem().unwrap_or_default();
    match name.strip_suffix(".exe") {
        Some(_) => stem.to_string_lossy().into_owned(),
        None => name,
    }
}

fn is_plink(word: &str) -> bool {
    ["plink", "tortoiseplink", "tortoisegitplink"].contains(&&*stem(word))
}

fn is_program(word: &str) -> bool {
    stem(word) == "ssh" || is_plink(word)
}
