//! Folders by handle on Unix.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{FileFault, Identity, Opened, plain_names};

/// A kill leaves the old name or the new one: rename(2) is atomic.
pub const REPLACE_CAN_STOP_HALFWAY: bool = false;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// An open folder. Everything is done relative to the handle, so it stays the folder that was checked.
#[derive(Debug)]
pub struct Folder {
    handle: OwnedFd,
}

impl Folder {
    /// Opens the folder at `path`, whose last name must not be a link.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn open(path: &Path) -> Result<Self, FileFault> {
        let handle = rustix::fs::open(path, FOLDER, Mode::empty()).map_err(fault)?;
        Ok(Self { handle })
    }

    /// Opens a folder below this one; no name on the way may be a link.
    ///
    /// # Errors
    /// A [`FileFault`]; [`FileFault::Link`] where the path is not made of plain names.
    pub fn below(&self, relative: &Path) -> Result<Self, FileFault> {
        let names = plain_names(relative)?;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::ResolveFlags;

            let path = if names.is_empty() {
                Path::new(".")
            } else {
                relative
            };
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            match rustix::fs::openat2(&self.handle, path, FOLDER, Mode::empty(), resolve) {
                Ok(handle) => return Ok(Self { handle }),
                // Kernels before 5.6 lack it, and sandboxes of the time refuse what they do not know.
                Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {}
                Err(errno) => return Err(fault(errno)),
            }
        }
        self.name_by_name(&names)
    }

    pub(super) fn name_by_name(&self, names: &[&OsStr]) -> Result<Self, FileFault> {
        let here = rustix::fs::openat(&self.handle, ".", FOLDER, Mode::empty()).map_err(fault)?;
        names
            .iter()
            .try_fold(Self { handle: here }, |folder, name| {
                let handle = rustix::fs::openat(&folder.handle, *name, FOLDER, Mode::empty());
                Ok(Self {
                    handle: handle.map_err(fault)?,
                })
            })
    }

    /// Opens a folder right here, and makes it (for this user alone) where there is none.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn make(&self, name: &OsStr) -> Result<Self, FileFault> {
        match rustix::fs::mkdirat(&self.handle, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => self.below(Path::new(name)),
            Err(errno) => Err(fault(errno)),
        }
    }

    /// Whether the folder belongs to the user that this process runs as.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn is_mine(&self) -> Result<bool, FileFault> {
        let stat = rustix::fs::fstat(&self.handle).map_err(fault)?;
        Ok(stat.st_uid == rustix::process::geteuid().as_raw())
    }

    /// Shuts everybody else out.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn make_private(&self) -> Result<(), FileFault> {
        rustix::fs::fchmod(&self.handle, Mode::RWXU).map_err(fault)
    }

    /// Opens the regular file of that name for reading.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn file(&self, name: &OsStr) -> Result<Opened, FileFault> {
        let stat =
            rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fault)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Symlink => return Err(FileFault::Link),
            _ => return Err(FileFault::NotRegular),
        }
        // What was regular a moment ago may be a pipe now: never wait for its other end.
        let flags =
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&self.handle, name, flags, Mode::empty()).map_err(fault)?;
        let file = File::from(handle);
        let metadata = file.metadata()?;
        if !metadata.is_file() || crate::platform::read::is_placeholder(&metadata) {
            return Err(FileFault::NotRegular);
        }
        Ok(Opened {
            identity: Identity {
                volume: metadata.dev(),
                number: metadata.ino(),
            },
            links: metadata.nlink(),
            mine: metadata.uid() == rustix::process::geteuid().as_raw(),
            file,
            metadata,
        })
    }

    /// Makes a file that nobody else may read, where nothing has that name.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn create(&self, name: &OsStr) -> Result<File, FileFault> {
        self.open_to_write(name, OFlags::EXCL)
    }

    /// Opens a file for appending and reading, and makes it (for this user alone) where there is none.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn append(&self, name: &OsStr) -> Result<File, FileFault> {
        let file = self.open_to_write(name, OFlags::APPEND | OFlags::NONBLOCK)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(FileFault::NotRegular)
        }
    }

    fn open_to_write(&self, name: &OsStr, extra: OFlags) -> Result<File, FileFault> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | extra;
        let handle = rustix::fs::openat(&self.handle, name, flags, Mode::RUSR | Mode::WUSR);
        Ok(File::from(handle.map_err(fault)?))
    }

    /// Puts the file `temporary` in place of `name`, in one step.
    ///
    /// # Errors
    /// A [`FileFault`]; `name` is then as it was.
    pub fn replace(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        rustix::fs::renameat(&self.handle, temporary, &self.handle, name).map_err(fault)
    }

    /// Gives the file `temporary` the name `name`, unless something has it.
    ///
    /// # Errors
    /// [`FileFault::Taken`], or another [`FileFault`].
    pub fn put_new(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        let here = &self.handle;
        match rustix::fs::renameat_with(here, temporary, here, name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            // Not every file system can: a second name, then one name less, ends the same.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                rustix::fs::linkat(here, temporary, here, name, AtFlags::empty()).map_err(fault)?;
                self.unlink(temporary)
            }
            Err(errno) => Err(fault(errno)),
        }
    }

    /// Removes one file's name.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn unlink(&self, name: &OsStr) -> Result<(), FileFault> {
        rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()).map_err(fault)
    }

    /// Removes one empty folder.
    ///
    /// # Errors
    /// A [`FileFault`]; a folder that holds anything stays.
    pub fn remove_empty(&self, name: &OsStr) -> Result<(), FileFault> {
        rustix::fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR).map_err(fault)
    }

    /// The names in this folder, sorted.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn names(&self) -> Result<Vec<OsString>, FileFault> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Waits until the names in this folder are on the disk.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn sync(&self) -> Result<(), FileFault> {
        match rustix::fs::fsync(&self.handle) {
            // Some network file systems keep folders in step by themselves and say so like this.
            Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            Err(errno) => Err(fault(errno)),
        }
    }
}

/// Makes a folder and those above it, for this user alone.
///
/// # Errors
/// A [`FileFault`].
#[allow(clippy::disallowed_methods, reason = "the state writer's folders")]
pub fn make_private_folders(path: &Path) -> Result<(), FileFault> {
    Ok(DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

/// A path's bytes, for records.
pub fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    Some(path.as_os_str().as_bytes().to_vec())
}

/// The path of [`path_bytes`].
pub fn path_from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    Some(OsString::from_vec(bytes).into())
}

fn fault(errno: Errno) -> FileFault {
    match errno {
        // XDEV: it would leave the folder that it must stay below.
        Errno::LOOP | Errno::XDEV | Errno::NOTDIR => FileFault::Link,
        _ => io::Error::from(errno).into(),
    }
}
