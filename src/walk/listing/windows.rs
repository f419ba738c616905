//! On Windows a listing says all of an entry; nothing is opened but the folder.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use super::Kind;
use crate::platform::enumeration::Directory;
pub(in crate::walk) use crate::platform::enumeration::Room;
use crate::platform::read::{self, ReadFault};

/// A folder that is open.
pub(in crate::walk) struct Folder<'p> {
    opened: Directory,
    path: &'p Path,
}

impl<'p> Folder<'p> {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's.
    pub(in crate::walk) fn open(path: &'p Path, follow: bool) -> io::Result<Self> {
        let opened = Directory::open(path, follow)?;
        Ok(Self { opened, path })
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
        self.opened
            .list(room, |name, entry| each(name, Kind::from(entry)))
    }

    /// Opens a regular file of the folder.
    ///
    /// # Errors
    /// A [`ReadFault`]; whatever has become something else since it was listed is refused.
    pub(in crate::walk) fn file(&self, name: &OsStr) -> Result<(File, Metadata), ReadFault> {
        read::open_plain(&self.path.join(name))
    }
}
