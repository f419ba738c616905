//! Where the standard library lists: macOS.

use std::ffi::OsStr;
use std::fs::{DirEntry, File, Metadata};
use std::io;
use std::path::Path;

use super::Kind;
use crate::platform::read::{self, ReadFault};

/// Room for the entries of a folder: none is needed here.
#[derive(Default)]
pub(in crate::walk) struct Room();

/// A folder by its path.
pub(in crate::walk) struct Folder<'p> {
    path: &'p Path,
}

impl<'p> Folder<'p> {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's.
    pub(in crate::walk) fn open(path: &'p Path, follow: bool) -> io::Result<Self> {
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
    pub(in crate::walk) fn list(
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
                Kind::CloudFolder
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
    pub(in crate::walk) fn file(&self, name: &OsStr) -> Result<(File, Metadata), ReadFault> {
        read::open_plain(&self.path.join(name))
    }
}

/// Also on the desktop and among documents, which macOS may keep in its cloud.
fn is_placeholder(entry: &DirEntry) -> bool {
    let metadata = entry.metadata();
    metadata.is_ok_and(|metadata| read::is_placeholder(&metadata))
}
