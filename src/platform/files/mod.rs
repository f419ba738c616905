//! The few ways in which a file is changed, all by handle: a path that is swapped for a link meanwhile leads nowhere.
//!
//! There is no recursive delete: one file is unlinked, or one empty folder removed.

#[cfg(unix)]
mod attributes;
pub mod spelling;
#[cfg(any(windows, test))]
mod stream_list;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};

#[cfg(unix)]
pub use attributes::Attributes;
#[cfg(windows)]
use stream_list::stream_list;
#[cfg(unix)]
pub use unix::{
    Folder, REPLACE_CAN_STOP_HALFWAY, make_private_folders, path_bytes, path_from_bytes,
};
#[cfg(all(windows, test))]
pub(crate) use windows::halfway;
#[cfg(windows)]
pub use windows::{
    Attributes, Folder, REPLACE_CAN_STOP_HALFWAY, make_private_folders, path_bytes, path_from_bytes,
};

/// Why a file was not opened or changed, in words that end a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// There is none.
    #[error("it is not there")]
    Absent,
    /// Something with that name is there already.
    #[error("something else stands there")]
    Taken,
    /// A link, or a file in place of a folder.
    #[error("a link, or something that is no folder, stands in its path")]
    Link,
    /// A folder, a pipe, a device or a socket; or its content is in the cloud.
    #[error("it is not a regular file of this computer")]
    NotRegular,
    /// It is too large for what it should be.
    #[error("it is too large")]
    TooLarge,
    /// The system refused.
    #[error("{0}")]
    Refused(String),
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::AlreadyExists => Self::Taken,
            io::ErrorKind::NotADirectory => Self::Link,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Refused("the disk is full".to_owned())
            }
            io::ErrorKind::PermissionDenied => {
                Self::Refused(format!("the system does not allow it: {error}"))
            }
            io::ErrorKind::ReadOnlyFilesystem => Self::Refused("the disk is read-only".to_owned()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Which file it is, whatever its name: the volume and the number on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    volume: u64,
    number: u64,
}

/// A regular file that was opened for reading, through no link.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub file: File,
    /// What the system said of it before anything was read.
    pub metadata: Metadata,
    /// Which file it is.
    pub identity: Identity,
    /// How many names it has.
    pub links: u64,
    /// It belongs to the user that this process runs as.
    pub mine: bool,
}

impl Opened {
    /// All its bytes, from the first.
    ///
    /// # Errors
    /// [`FileFault::TooLarge`] above `limit`; [`FileFault::Refused`].
    pub fn read(&self, limit: u64) -> Result<Vec<u8>, FileFault> {
        let mut handle = &self.file;
        handle.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        handle
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(FileFault::TooLarge);
        }
        Ok(bytes)
    }
}

/// A new name for a file that is written beside the one it will replace. It is hidden, and ends in
/// nothing that a tool would read as settings.
pub fn temporary_name() -> OsString {
    format!(".rekey-{}.tmp", uuid::Uuid::now_v7().simple()).into()
}

/// Whether [`temporary_name`] made this name: nothing else is ever removed as a leftover.
pub fn is_temporary_name(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix(".rekey-")?.strip_suffix(".tmp"))
        .is_some_and(|middle| middle.len() == 32 && middle.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The names of a relative path, where it has nothing but names.
fn plain_names(relative: &Path) -> Result<Vec<&OsStr>, FileFault> {
    relative
        .components()
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(FileFault::Link),
        })
        .collect()
}

/// Splits a path below a folder into the folder's part and the file's name; `None` where it is not below it.
pub fn below(root: &Path, path: &Path) -> Option<(PathBuf, OsString)> {
    let relative = spelling::below(root, path)?;
    plain_names(relative).ok()?;
    let name = relative.file_name()?.to_owned();
    Some((relative.parent()?.to_owned(), name))
}

// Not on Windows: links as Unix makes them; `windows/tests.rs` asks the same there.
#[cfg(all(test, unix))]
mod tests;
