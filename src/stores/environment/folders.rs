//! Which files a folder or a variable brings.

use std::path::{Path, PathBuf};

use crate::stores::Finder;

/// More files than a person keeps in such a folder.
const MOST: usize = 200;

/// The files of a folder whose names end so, by name; all of them where no ending is given.
pub(super) fn files_in(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.path())
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            let fits = |wanted: &&str| extension.is_some_and(|it| it.eq_ignore_ascii_case(wanted));
            extensions.is_empty() || extensions.iter().any(fits)
        })
        .collect();
    files.sort();
    files.truncate(MOST);
    files
}

/// The regular file that a variable names by its whole path.
pub(super) fn absolute_file(finder: &Finder<'_>, variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(finder.platform().variable(variable)?);
    (path.is_absolute() && path.is_file()).then_some(path)
}
