//! Texts with marks in which a test puts secrets, and homes that are laid from them.
//!
//! A mark is a word between `«` and `»`:
//!
//! | mark | becomes |
//! |---|---|
//! | `token` | the planted secret |
//! | `base64 PREFIX` | base64 of `PREFIX` and the secret: `base64 `, `base64 :`, `base64 dev:` |
//! | `percent` | the secret with its first letter in percent-encoding |
//! | `tenant` | the planted tenant |
//! | `feed` | `pkgs.dev.azure.com/contoso/_packaging/web` |

use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const FEED: &str = "pkgs.dev.azure.com/contoso/_packaging/web";

/// A text with marks.
#[derive(Debug, Clone)]
pub struct Text(String);

/// A text whose marks are filled in.
#[derive(Debug, Clone)]
pub struct Filled {
    pub text: String,
    /// The secret's first place: the line, and the very characters that stand there.
    pub planted: Option<(usize, String)>,
}

impl Text {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Puts the secret, and whatever other marks mean, into the text.
    pub fn fill(&self, secret: &str, other: impl Fn(&str) -> Option<String>) -> Filled {
        let mut text = String::new();
        let mut planted = None;
        let mut rest = self.0.as_str();
        while let Some((before, behind)) = rest.split_once('«') {
            let (mark, after) = behind.split_once('»').unwrap();
            text += before;
            let (value, is_secret) = match mark {
                "feed" => (FEED.to_owned(), false),
                "token" => (secret.to_owned(), true),
                "percent" => (percent(secret), true),
                _ => match mark.strip_prefix("base64 ") {
                    Some(prefix) => (STANDARD.encode(format!("{prefix}{secret}")), true),
                    None => (other(mark).unwrap_or_else(|| panic!("«{mark}»")), false),
                },
            };
            if is_secret && planted.is_none() {
                planted = Some((text.matches('\n').count() + 1, value.clone()));
            }
            text += &value;
            rest = after;
        }
        text += rest;
        Filled { text, planted }
    }
}

fn percent(secret: &str) -> String {
    format!("%{:02x}{}", secret.as_bytes()[0], &secret[1..])
}

/// A time of before the connection.
pub fn before() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// A time of after it.
pub fn after() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_577_600)
}

/// Writes a file of that time, and what makes a folder a repository where it is git's own.
pub fn write(home: &Path, path: &str, text: &str, time: SystemTime) {
    let file = home.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    let written = std::fs::File::options().write(true).open(&file).unwrap();
    written.set_modified(time).unwrap();
    if let Some((repository, _)) = path.split_once(".git/") {
        let git = home.join(repository).join(".git");
        for folder in ["objects", "refs"] {
            std::fs::create_dir_all(git.join(folder)).unwrap();
        }
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }
}
