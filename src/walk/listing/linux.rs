//! On Linux the folder is open, and its entries are reached from it.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::marker::PhantomData;
use std::path::Path;

use super::Kind;
use crate::platform::read::{ReadFault, plain_flags};

/// Room for the entries of a folder, used again from folder to folder.
#[derive(Default)]
pub(in crate::walk) struct Room(Vec<u8>);

/// A folder that is open.
pub(in crate::walk) struct Folder<'p> {
    opened: rustix::fd::OwnedFd,
    path: PhantomData<&'p Path>,
}

impl<'p> Folder<'p> {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's.
    pub(in crate::walk) fn open(path: &'p Path, follow: bool) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};

        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follow);
        Ok(Self {
            opened: rustix::fs::open(path, flags, Mode::empty())?,
            path: PhantomData,
        })
    }

    /// Tells `each` of every entry but `.` and `..`.
    ///
    /// # Errors
    /// The system's, at whatever entry it came.
    pub(in crate::walk) fn list(
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
    pub(in crate::walk) fn file(&self, name: &OsStr) -> Result<(File, Metadata), ReadFault> {
        let flags = plain_flags();
        let opened = rustix::fs::openat(&self.opened, name, flags, rustix::fs::Mode::empty());
        let file = File::from(opened.map_err(|error| ReadFault::of(error.into()))?);
        let metadata = file.metadata().map_err(ReadFault::of)?;
        if !metadata.is_file() {
            return Err(ReadFault::NotRegular);
        }
        Ok((file, metadata))
    }
}
