//! Two spellings of one path. Windows does not tell `C:\Users\Dev` from `c:\users\dev`.

use std::borrow::Cow;
use std::path::Path;

/// What is the same for every spelling of a path.
#[cfg(windows)]
pub fn key(path: &Path) -> Cow<'_, Path> {
    let text = path.to_string_lossy().to_lowercase();
    Cow::Owned(text.into())
}

/// What is the same for every spelling of a path: it has one.
#[cfg(not(windows))]
pub fn key(path: &Path) -> Cow<'_, Path> {
    Cow::Borrowed(path)
}

/// The part of a path that is below a folder.
pub(super) fn below<'p>(folder: &Path, path: &'p Path) -> Option<&'p Path> {
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
