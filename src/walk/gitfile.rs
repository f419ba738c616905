//! `.git` where it is a file: `gitdir: PATH`, by gitrepository-layout(5).

use std::path::{Path, PathBuf};

use crate::platform::read::{self, ReadFault};

/// Where the `.git` file of a linked work tree or a submodule leads, not resolved further.
///
/// `None`: it is something else than such a file, as git sees it.
///
/// # Errors
/// The file could not be read, or it leads to another machine.
pub(super) fn target(file: &Path) -> Result<Option<PathBuf>, ReadFault> {
    lead(file, Some(b"gitdir: "))
}

/// Where the `commondir` file in a work tree's own git folder leads: the main git folder.
///
/// # Errors
/// The file could not be read, or it leads to another machine.
pub(super) fn common(git_dir: &Path) -> Result<Option<PathBuf>, ReadFault> {
    match lead(&git_dir.join("commondir"), None) {
        Err(ReadFault::Absent) => Ok(None),
        other => other,
    }
}

fn lead(file: &Path, prefix: Option<&[u8]>) -> Result<Option<PathBuf>, ReadFault> {
    let real = file.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadFault::Absent,
        _ => ReadFault::Refused(error.to_string()),
    })?;
    let (Some(folder), Some(holder)) = (file.parent(), real.parent()) else {
        return Ok(None);
    };
    let bytes = read::regular(&real, holder)?.bytes;
    let text = match prefix {
        Some(prefix) => bytes.strip_prefix(prefix),
        None => Some(bytes.as_slice()),
    };
    let Some(text) = text.map(<[u8]>::trim_ascii_end) else {
        return Ok(None);
    };
    // No path of a file system is longer, or has a NUL.
    if text.is_empty() || text.len() > 32 * 1024 || text.contains(&0) {
        return Ok(None);
    }
    let Some(path) = path(text) else {
        return Ok(None);
    };
    let path = folder.join(path);
    if is_remote(&path) {
        return Err(ReadFault::LinkLeavesHome);
    }
    Ok(Some(path))
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "the same shape as on Windows")]
fn path(text: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;

    Some(PathBuf::from(std::ffi::OsStr::from_bytes(text)))
}

#[cfg(not(unix))]
fn path(text: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(text).ok().map(PathBuf::from)
}

/// A share of another machine: merely looking at it would send that machine a sign-in.
#[cfg(windows)]
fn is_remote(path: &Path) -> bool {
    use std::path::{Component, Prefix};

    match path.components().next() {
        Some(Component::Prefix(prefix)) => {
            !matches!(prefix.kind(), Prefix::Disk(_) | Prefix::VerbatimDisk(_))
        }
        _ => false,
    }
}

#[cfg(not(windows))]
fn is_remote(_path: &Path) -> bool {
    false
}
