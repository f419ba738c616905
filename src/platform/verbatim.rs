//! Paths that Windows takes as they are: of any length, with any name.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Component, Path, Prefix};

/// The path with `\\?\` before it: more than 260 characters, a dot or a blank at a name's end, and names
/// such as `con` then mean what the listing meant by them. A path that is not absolute stays as it is.
pub(crate) fn verbatim(path: &Path) -> Cow<'_, Path> {
    written(path).map_or(Cow::Borrowed(path), Cow::Owned)
}

fn written(path: &Path) -> Option<std::path::PathBuf> {
    let mut components = path.components();
    let Some(Component::Prefix(prefix)) = components.next() else {
        return None;
    };
    let mut text = OsString::from(r"\\?\");
    match prefix.kind() {
        Prefix::Disk(letter) => text.push(format!("{}:", char::from(letter))),
        Prefix::UNC(server, share) => {
            text.push(r"UNC\");
            text.push(server);
            text.push(r"\");
            text.push(share);
        }
        _ => return None,
    }
    if components.next() != Some(Component::RootDir) {
        return None;
    }
    let before = text.len();
    for component in components {
        let Component::Normal(name) = component else {
            return None;
        };
        text.push(r"\");
        text.push(name);
    }
    if text.len() == before {
        text.push(r"\");
    }
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_is_taken_as_it_is() {
        for (path, expected) in [
            (r"C:\Users\dev", r"\\?\C:\Users\dev"),
            (r"c:/Users/./dev/", r"\\?\c:\Users\dev"),
            (r"C:\", r"\\?\C:\"),
            (r"C:\a. \con", r"\\?\C:\a. \con"),
            (r"\\server\share\dev", r"\\?\UNC\server\share\dev"),
            (r"\\server\share", r"\\?\UNC\server\share\"),
            (r"\\?\C:\dev", r"\\?\C:\dev"),
            (r"C:dev", r"C:dev"),
            (r"dev", r"dev"),
            (r"C:\a\..\b", r"C:\a\..\b"),
        ] {
            assert_eq!(verbatim(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
