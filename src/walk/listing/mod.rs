//! The entries of one folder, with as few system calls as the system allows.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

#[cfg(not(target_os = "linux"))]
use crate::platform::read;
use crate::platform::read::ReadFault;

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

/// Whether a folder is no more, or has become something else, since it was listed: no fault of anybody.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// A folder that is open.
pub(super) struct Folder<'p> {
    #[cfg(target_os = "linux")]
    opened: rustix::fd::OwnedFd,
    #[cfg(target_os = "linux")]
    path: std::marker::PhantomData<&'p Path>,
    #[cfg(not(target_os = "linux"))]
    path: &'p Path,
}

#[cfg(target_os = "linux")]
impl<'p> Folder<'p> {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &'p Path, follow: bool) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};

        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follow);
        Ok(Self {
            opened: rustix::fs::open(path, flags, Mode::empty())?,
            path: std::marker::PhantomData,
        })
    }

    /// Tells `each` of every entry but `.` and `..`.
    ///
    /// # Errors
    /// The system's, at whatever entry it came.
    pub(super) fn list(
        &self,
        room: &mut Room,
        mut each: impl FnMut(&OsStr, Kind),
    ) -> io::Result<()> {
        use std::os::unix::ffi::OsStrExt as _;

        use rustix::fs::{AtFlags, FileType, RawDir};

        let kind = |file_type| match file_type {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        };
        // Most folders fit, so that the second call only hears that there is no more.
        room.0.reserve(64 * 1024);
        let mut entries = RawDir::new(&self.opened, room.0.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    match rustix::fs::statat(&self.opened, name, AtFlags::SYMLINK_NOFOLLOW) {
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

    /// Opens a regular file of the folder by its name alone, so that the system need not go down the path again.
    ///
    /// # Errors
    /// A [`ReadFault`]; whatever has become something else since it was listed is refused.
    pub(super) fn file(&self, name: &OsStr) -> Result<(File, Metadata), ReadFault> {
        let flags = crate::platform::read::plain_flags();
        let opened = rustix::fs::openat(&self.opened, name, flags, rustix::fs::Mode::empty());
        let file = File::from(opened.map_err(|error| ReadFault::of(error.into()))?);
        let metadata = file.metadata().map_err(ReadFault::of)?;
        if !metadata.is_file() {
            return Err(ReadFault::NotRegular);
        }
        Ok((file, metadata))
    }
}

#[cfg(not(target_os = "linux"))]
impl<'p> Folder<'p> {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &'p Path, follow: bool) -> io::Result<Self> {
        // A folder may have become a link since its own folder was listed.
        if !follow && std::fs::symlink_metadata(path)?.is_symlink() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { path })
    }

    /// Tells `each` of every entry but `.` and `..`.
    ///
    /// # Errors
    /// The system's, at whatever entry it came.
    pub(super) fn list(
        &self,
        _room: &mut Room,
        mut each: impl FnMut(&OsStr, Kind),
    ) -> io::Result<()> {
        for entry in std::fs::read_dir(self.path)? {
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

    /// Opens a regular file of the folder.
    ///
    /// # Errors
    /// A [`ReadFault`]; whatever has become something else since it was listed is refused.
    pub(super) fn file(&self, name: &OsStr) -> Result<(File, Metadata), ReadFault> {
        read::open_plain(&self.path.join(name))
    }
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
