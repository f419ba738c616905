//! Paths as `ssh_config(5)` writes them: `~`, `%` tokens and `${VARIABLES}`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use crate::platform::System;
use crate::stores::Finder;

/// What the `%` tokens of a connection stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'c> {
    /// `%n`: the host as it was typed.
    pub(super) typed: &'c str,
    /// `%h`: the host that is called.
    pub(super) host: &'c str,
    /// `%r`: the user on the other side.
    pub(super) user: &'c str,
    /// `%p`: the port.
    pub(super) port: &'c str,
    /// `%k`: the name of the host's key; the host as it was typed where nothing sets it.
    pub(super) key_alias: &'c str,
}

/// The path with everything in place; `None` where a token is not known here.
pub(super) fn expand(
    text: &str,
    finder: &Finder<'_>,
    tokens: Option<Tokens<'_>>,
) -> Option<PathBuf> {
    let home = finder.home();
    let rest = match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => Some(rest),
        Some(_) => return None,
        None => None,
    };
    let mut path = String::new();
    let mut characters = rest.unwrap_or(text).chars();
    while let Some(next) = characters.next() {
        match next {
            '%' => path.push_str(&token(characters.next()?, finder, tokens)?),
            '$' if characters.as_str().starts_with('{') => {
                let (name, after) = characters.as_str().get(1..)?.split_once('}')?;
                path.push_str(finder.platform().variable(name)?.to_str()?);
                characters = after.chars();
            }
            '\\' if finder.platform().system() == System::Windows => path.push('/'),
            other => path.push(other),
        }
    }
    Some(match rest {
        Some(_) => home.join(path.trim_start_matches(['/', '\\'])),
        None => PathBuf::from(path),
    })
}

fn token(letter: char, finder: &Finder<'_>, tokens: Option<Tokens<'_>>) -> Option<String> {
    match letter {
        '%' => Some("%".to_owned()),
        'd' => finder.home().to_str().map(str::to_owned),
        'i' => user_id(finder.home()),
        'u' => Some(finder.platform().person()),
        'l' => machine(finder),
        'L' => Some(machine(finder)?.split('.').next()?.to_owned()),
        // Only a jump host would fill it, and then the way to Azure DevOps is not told by names alone.
        'j' => Some(String::new()),
        'h' => Some(tokens?.host.to_owned()),
        'n' => Some(tokens?.typed.to_owned()),
        'k' => Some(tokens?.key_alias.to_owned()),
        'r' => Some(tokens?.user.to_owned()),
        'p' => Some(tokens?.port.to_owned()),
        'C' => {
            let tokens = tokens?;
            let text = [&*machine(finder)?, tokens.host, tokens.port, tokens.user].concat();
            let mut hash = String::with_capacity(40);
            for byte in Sha1::digest(text) {
                write!(hash, "{byte:02x}").ok()?;
            }
            Some(hash)
        }
        _ => None,
    }
}

/// The machine's name; it tells nothing of a home that may come from another one.
fn machine(finder: &Finder<'_>) -> Option<String> {
    if finder.platform().hermetic() {
        return None;
    }
    gethostname::gethostname().into_string().ok()
}

/// rekey works only in a home that its user owns, so the owner is that user.
#[cfg(unix)]
fn user_id(home: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    Some(std::fs::metadata(home).ok()?.uid().to_string())
}

#[cfg(not(unix))]
fn user_id(_home: &Path) -> Option<String> {
    None
}

/// The file of the public half beside a private key.
pub(super) fn public_beside(private: &Path) -> PathBuf {
    private.with_added_extension("pub")
}
