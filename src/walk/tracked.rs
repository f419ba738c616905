//! Whether a file is part of what a repository shares.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{gitfile, index};
use crate::model::unprefixed;

/// The largest index that is read, in bytes. Some two million files have one of this size.
const LARGEST_INDEX: u64 = 256 * 1024 * 1024;

/// How many entries of a home may be repositories.
const MOST_LISTED: usize = 10_000;

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
    let folders = file.ancestors().skip(1);
    let mut around = folders.take_while(|folder| folder.starts_with(home));
    around.any(|folder| match enclosing(&folder.join(".git")) {
        Enclosing::Nothing => false,
        Enclosing::Unclear => true,
        Enclosing::Index(index) => file
            .strip_prefix(folder)
            .map_or(true, |path| has(&index, path)),
    }) || dotfiles(home).any(|index| has(&index, below_home))
}

/// The indexes of repositories that people keep in a folder of the home and work on the home with:
/// `git --git-dir ~/.cfg --work-tree ~`.
fn dotfiles(home: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    let folders = entries.take(MOST_LISTED).filter(|entry| {
        entry.file_type().is_ok_and(|known| !known.is_file()) && entry.file_name() != ".git"
    });
    folders.filter_map(|entry| {
        let git_dir = entry.path();
        let index = git_dir.join("index");
        let is_git_dir = index.is_file()
            && git_dir.join("objects").is_dir()
            && git_dir.join("HEAD").symlink_metadata().is_ok();
        is_git_dir.then_some(index)
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
        match git.join("HEAD").symlink_metadata() {
            Ok(head) if !head.is_dir() => git.to_owned(),
            Err(error) if !is_absent(&error) => return Enclosing::Unclear,
            Ok(_) | Err(_) => return Enclosing::Nothing,
        }
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
    match index::lists(index, same, &path) {
        // These systems take several spellings of such a name for one, in Unicode's order of marks or in either case.
        Some(false) => cfg!(any(windows, target_os = "macos")) && !path.is_ascii(),
        told => told.unwrap_or(true),
    }
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
    match path.to_str() {
        Some(text) if cfg!(windows) => PathBuf::from(unprefixed(text).as_ref()),
        _ => path.to_owned(),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
