//! Whether a file is part of what a repository shares.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{gitfile, index};

/// The largest index that is read, in bytes. Some two million files have one of this size.
const LARGEST_INDEX: u64 = 256 * 1024 * 1024;

/// Whether a repository between the file and the home tracks the file. Both paths are canonical.
///
/// Only the index is read: no configuration, so no filter, hook or check of the owner takes part.
/// What cannot be told counts as tracked, because such a file is then only shown and never changed.
pub fn is_tracked(file: &Path, home: &Path) -> bool {
    let Ok(below_home) = file.strip_prefix(home) else {
        return false;
    };
    // git refuses such a path in an index, whatever its case.
    if below_home
        .iter()
        .any(|name| name.eq_ignore_ascii_case(".git"))
    {
        return false;
    }
    // A repository inside another does not hide what the outer one tracks.
    file.ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(home))
        .any(|folder| match enclosing(&folder.join(".git")) {
            Enclosing::Nothing => false,
            Enclosing::Unclear => true,
            Enclosing::Index(index) => file
                .strip_prefix(folder)
                .map_or(true, |path| has(&index, path)),
        })
}

enum Enclosing {
    /// git sees no repository here.
    Nothing,
    /// A repository whose index cannot be found.
    Unclear,
    /// Where the repository has its index, once anything was added.
    Index(PathBuf),
}

fn enclosing(git: &Path) -> Enclosing {
    let metadata = match git.metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Enclosing::Nothing,
        Err(_) => return Enclosing::Unclear,
    };
    let git_dir = if metadata.is_dir() {
        if !git
            .join("HEAD")
            .symlink_metadata()
            .is_ok_and(|head| !head.is_dir())
        {
            return Enclosing::Nothing;
        }
        git.to_owned()
    } else if metadata.is_file() {
        match gitfile::target(git) {
            Ok(Some(target)) if target.is_dir() => target,
            Ok(None) => return Enclosing::Nothing,
            // A work tree whose repository has moved.
            Ok(Some(_)) | Err(_) => return Enclosing::Unclear,
        }
    } else {
        return Enclosing::Nothing;
    };
    Enclosing::Index(git_dir.join("index"))
}

/// Whether the index has the path at any stage of a merge.
fn has(index: &Path, path: &Path) -> bool {
    match index.metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST_INDEX => {}
        Err(error) if is_absent(&error) => return false,
        _ => return true,
    }
    let Some(path) = listed_as(path) else {
        return true;
    };
    // The same in another case is the same file on these systems.
    let same = |name: &[u8]| {
        if cfg!(any(windows, target_os = "macos")) {
            name.eq_ignore_ascii_case(&path)
        } else {
            name == path
        }
    };
    index::lists(index, same, &path).unwrap_or(true)
}

/// The path as an index has it; `None` where an index cannot have it.
fn listed_as(path: &Path) -> Option<Vec<u8>> {
    if cfg!(windows) {
        Some(path.to_str()?.replace('\\', "/").into_bytes())
    } else {
        Some(path.as_os_str().as_encoded_bytes().to_vec())
    }
}

/// Without the prefix `\\?\`, which libgit2 does not know.
pub(crate) fn plain(path: &Path) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(text) if cfg!(windows) && !text.starts_with("UNC") => PathBuf::from(text),
        _ => path.to_owned(),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
