//! The entries of one folder, with as few system calls as the system allows.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What an entry is, without following it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, a junction.
    Link,
    /// A folder whose content is in the cloud: listing it would fetch it.
    #[cfg_attr(
        target_os = "linux",
        allow(dead_code, reason = "no listing of Linux says so")
    )]
    Placeholder,
    /// A pipe, a socket, a device.
    Other,
}

/// Room for the entries of a folder, used again from folder to folder.
#[derive(Default)]
pub(super) struct Room(#[cfg(target_os = "linux")] Vec<u8>);

/// Tells `each` of every entry of `folder` but `.` and `..`.
///
/// `follow`: whether `folder` itself may be a link.
///
/// # Errors
/// The system's, at whatever entry it came.
#[cfg(target_os = "linux")]
pub(super) fn list(
    folder: &Path,
    follow: bool,
    room: &mut Room,
    mut each: impl FnMut(&OsStr, Kind),
) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;

    use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir};

    let kind = |file_type| match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    };
    // Most folders fit, so that the second call only hears that there is no more.
    room.0.reserve(64 * 1024);
    let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    flags.set(OFlags::NOFOLLOW, !follow);
    let opened = rustix::fs::open(folder, flags, Mode::empty())?;
    let mut entries = RawDir::new(&opened, room.0.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // Some file systems do not say.
            FileType::Unknown => {
                match rustix::fs::statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => kind(FileType::from_raw_mode(stat.st_mode)),
                    Err(_) => continue,
                }
            }
            known => kind(known),
        };
        each(OsStr::from_bytes(name.to_bytes()), kind);
    }
    Ok(())
}

/// Tells `each` of every entry of `folder` but `.` and `..`.
///
/// `follow`: whether `folder` itself may be a link.
///
/// # Errors
/// The system's, at whatever entry it came.
#[cfg(not(target_os = "linux"))]
pub(super) fn list(
    folder: &Path,
    follow: bool,
    _room: &mut Room,
    mut each: impl FnMut(&OsStr, Kind),
) -> io::Result<()> {
    // A folder may have become a link since its own folder was listed.
    if !follow && std::fs::symlink_metadata(folder)?.is_symlink() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(file_type) = entry.file_type() else {
            continue;
        };
        let kind = if file_type.is_file() {
            Kind::File
        } else if file_type.is_dir() && is_placeholder(&entry) {
            Kind::Placeholder
        } else if file_type.is_dir() {
            Kind::Folder
        } else if file_type.is_symlink() {
            Kind::Link
        } else {
            Kind::Other
        };
        each(&entry.file_name(), kind);
    }
    Ok(())
}

/// `FILE_ATTRIBUTE_RECALL_ON_OPEN` of winnt.h; the listing itself carries it.
#[cfg(windows)]
fn is_placeholder(entry: &std::fs::DirEntry) -> bool {
    use std::os::windows::fs::MetadataExt as _;

    entry
        .metadata()
        .is_ok_and(|metadata| metadata.file_attributes() & 0x4_0000 != 0)
}

/// Also on the desktop and among documents, which macOS may keep in its cloud.
#[cfg(not(any(windows, target_os = "linux")))]
fn is_placeholder(entry: &std::fs::DirEntry) -> bool {
    let metadata = entry.metadata();
    metadata.is_ok_and(|metadata| crate::platform::read::is_placeholder(&metadata))
}
