//! Paths as `ssh_config(5)` writes them: `~`, `%` tokens and `${VARIABLES}`.

use std::path::{Path, PathBuf};

use crate::platform::System;
use crate::stores::Finder;

/// What the `%` tokens of a connection stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection<'c> {
    /// `%n`: the host as it was typed.
    pub(super) typed: &'c str,
    /// `%h`: the host that is called.
    pub(super) host: &'c str,
    /// `%r`: the user on the other side.
    pub(super) user: Option<&'c str>,
}

/// The path with everything in place; `None` where a token is not known here.
pub(super) fn expand(
    text: &str,
    finder: &Finder<'_>,
    connection: Option<Connection<'_>>,
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
            '%' => path.push_str(&token(characters.next()?, finder, connection)?),
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

fn token(letter: char, finder: &Finder<'_>, connection: Option<Connection<'_>>) -> Option<String> {
    match letter {
        '%' => Some("%".to_owned()),
        'd' => finder.home().to_str().map(str::to_owned),
        'u' => Some(finder.platform().person()),
        'h' => Some(connection?.host.to_owned()),
        'n' => Some(connection?.typed.to_owned()),
        'r' => connection?.user.map(str::to_owned),
        'p' => Some("22".to_owned()),
        _ => None,
    }
}

/// The file of the public half beside a private key.
pub(super) fn public_beside(private: &Path) -> PathBuf {
    private.with_added_extension("pub")
}
