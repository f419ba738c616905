//! Two spellings of one path. Windows does not tell `C:\Users\Dev` from `c:/users/dev`, nor from `\\?\C:\Users\Dev`.

use std::borrow::Cow;
use std::path::Path;

use crate::model::unprefixed;

/// What is the same for every spelling of a path: on most systems it has one.
pub fn key(path: &Path) -> Cow<'_, Path> {
    if cfg!(windows) {
        Cow::Owned(folded(&path.to_string_lossy()).into())
    } else {
        Cow::Borrowed(path)
    }
}

/// The same for a path of Windows, or a name in one, wherever this runs.
pub fn folded(path: &str) -> String {
    let path = unprefixed(path);
    path.chars().map(folded_letter).collect()
}

/// Letter by letter, whatever stands beside it and whatever the language, as Windows does it: none becomes two (`ß`), and
/// none that is not ASCII becomes one that is (`ı`).
fn folded_letter(letter: char) -> char {
    if letter == '/' {
        return '\\';
    }
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) if letter.is_ascii() || !capital.is_ascii() => capital,
        _ => letter,
    }
}

/// The part of a path that is below a folder.
pub(in crate::platform) fn below<'p>(folder: &Path, path: &'p Path) -> Option<&'p Path> {
    if let Ok(relative) = path.strip_prefix(folder) {
        return Some(relative);
    }
    if !key(path).starts_with(key(folder)) {
        return None;
    }
    let mut parts = path.components();
    for _ in folder.components() {
        parts.next();
    }
    Some(parts.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_folded_as_windows_does_it() {
        for (one, other, same) in [
            (r"C:\Users\Dev", "c:/users/dev", true),
            (r"\\?\C:\Users\Dev", r"C:\users\dev", true),
            (r"\\?\UNC\Server\Homes", r"\\server\homes", true),
            ("JÖRG", "jörg", true),
            ("ΟΔΟΣ", "οδος", true),
            ("STRASSE", "straße", false),
            ("I", "ı", false),
            ("İ", "i", false),
        ] {
            assert_eq!(folded(one) == folded(other), same, "{one} {other}");
        }
    }

    #[test]
    fn what_is_below_a_folder_is_told_by_whole_names() {
        assert_eq!(
            below(Path::new("/a/b"), Path::new("/a/b/c/d")),
            Some(Path::new("c/d"))
        );
        assert_eq!(below(Path::new("/a/b"), Path::new("/a/bc")), None);
        assert_eq!(below(Path::new("/a/b"), Path::new("/a")), None);
        let other = below(Path::new("/a/b"), Path::new("/A/B/c"));
        assert_eq!(other, cfg!(windows).then_some(Path::new("c")));
    }
}
