//! The entries of one folder, with as few system calls as the system allows.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod this;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod this;
#[cfg(windows)]
#[path = "windows.rs"]
mod this;
#[cfg(any(windows, test))]
mod told;

use std::io;

pub(super) use this::{Folder, Room};

/// What an entry is, without following it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, a junction.
    Link,
    /// A file whose content is in the cloud: reading it would fetch it.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "only a listing of Windows says so")
    )]
    CloudFile,
    /// A folder whose content is in the cloud: listing it would fetch it.
    #[cfg_attr(
        target_os = "linux",
        allow(dead_code, reason = "no listing of Linux says so")
    )]
    CloudFolder,
    /// A pipe, a socket, a device.
    Other,
}

/// Whether a folder is no more, or has become something else, since it was listed: no fault of anybody.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
