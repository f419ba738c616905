//! Paths as people type them.

use std::borrow::Cow;
use std::path::Path;

/// The path as people type it on this system.
pub fn typed_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        as_typed(&text)
    } else {
        text.into_owned()
    }
}

/// A path of Windows as people type it; what is no path of a disk or a share stays as it is.
fn as_typed(text: &str) -> String {
    let typed = unprefixed(text);
    let drive = typed
        .get(1..3)
        .is_some_and(|rest| matches!(rest, r":\" | ":/"));
    // A value of the registry or an entry of a vault may be an address, which has slashes of its own.
    if drive || typed.starts_with(r"\\") {
        // No name there holds a slash: it is a separator that somebody wrote.
        typed.replace('/', r"\")
    } else {
        typed.into_owned()
    }
}

/// The path without what stands on Windows before paths of any length, and before all whose links are resolved.
pub fn unprefixed(path: &str) -> Cow<'_, str> {
    match path.strip_prefix(r"\\?\") {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => Cow::Borrowed(rest),
        Some(rest) if rest.starts_with(r"UNC\") => Cow::Owned(rest.replacen("UNC", "\\", 1)),
        _ => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_windows_is_shown_as_people_type_it_and_nothing_else_is_touched() {
        for (path, expected) in [
            (r"\\?\C:\Users\dev\.npmrc", r"C:\Users\dev\.npmrc"),
            (
                r"C:\Users\dev/.config/git/config",
                r"C:\Users\dev\.config\git\config",
            ),
            (r"\\?\UNC\server\share/dev", r"\\server\share\dev"),
            (r"\\?\Volume{0}\dev", r"\\?\Volume{0}\dev"),
            (r"\\?\C:\a. \con", r"C:\a. \con"),
            (
                "git:https://dev.azure.com/contoso",
                "git:https://dev.azure.com/contoso",
            ),
            ("/home/dev/.npmrc", "/home/dev/.npmrc"),
        ] {
            assert_eq!(as_typed(path), expected);
        }
    }
}
