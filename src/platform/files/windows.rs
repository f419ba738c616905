//! Folders by handle on Windows. While a folder is open here nobody can move it or delete it, nor any folder between it
//! and the home, so that a path below it leads where it led when each name on it was looked at.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place where Windows' files are changed"
)]

mod attributes;
mod replace;
mod streams;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_NO_RECALL, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES,
    FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_TRAVERSE, FILE_WRITE_ATTRIBUTES, READ_CONTROL,
    WRITE_DAC, WRITE_OWNER,
};

pub use self::attributes::Attributes;
#[cfg(test)]
pub(crate) use self::replace::halfway;
use super::{FileFault, Identity, Opened, plain_names, spelling};
use crate::platform::holders::{PAUSES, is_held, patiently};
use crate::platform::{access, handles, profiles};

/// `ReplaceFileW` moves the old file away before it gives the new one its name.
pub const REPLACE_CAN_STOP_HALFWAY: bool = true;

impl Identity {
    fn of(information: &BY_HANDLE_FILE_INFORMATION) -> Self {
        Self {
            volume: information.dwVolumeSerialNumber.into(),
            number: u64::from(information.nFileIndexHigh) << 32
                | u64::from(information.nFileIndexLow),
        }
    }
}

/// A folder that was reached through no link, and stays where it is while this value lives.
#[derive(Debug)]
pub struct Folder {
    handle: Arc<File>,
    /// Those between the first that was opened and this one.
    above: Vec<Arc<File>>,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at `path`, whose last name must not be a link.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn open(path: &Path) -> Result<Self, FileFault> {
        let handle = open_folder(path)?;
        // Of any length, and without the links that led to it.
        let path = handles::final_path(&handle).unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            handle: Arc::new(handle),
            above: Vec::new(),
            path,
        })
    }

    /// Opens a folder below this one; no name on the way may be a link.
    ///
    /// # Errors
    /// A [`FileFault`]; [`FileFault::Link`] where the path is not made of plain names.
    pub fn below(&self, relative: &Path) -> Result<Self, FileFault> {
        let here = Self {
            handle: Arc::clone(&self.handle),
            above: self.above.clone(),
            path: self.path.clone(),
        };
        let names = plain_names(relative)?;
        names.iter().try_fold(here, |mut folder, name| {
            let path = folder.named(name)?;
            let handle = Arc::new(open_folder(&path)?);
            folder.above.push(folder.handle);
            Ok(Self {
                handle,
                path,
                above: folder.above,
            })
        })
    }

    /// Opens a folder right here, and makes it where there is none.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn make(&self, name: &OsStr) -> Result<Self, FileFault> {
        match std::fs::create_dir(self.named(name)?) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            _ => self.below(Path::new(name)),
        }
    }

    /// Whether the folder belongs to this user: by its owner, and by whose profile it is in, since Windows itself
    /// makes profiles and most of them belong to SYSTEM.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn is_mine(&self) -> Result<bool, FileFault> {
        Ok(access::is_mine(&self.handle)? && !profiles::is_anothers(&self.path))
    }

    /// Shuts everybody else but SYSTEM out, here and in what is made below.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn make_private(&self) -> Result<(), FileFault> {
        let folder = handles::look(&self.path, WRITE_DAC)?;
        Ok(access::make_private(&folder)?)
    }

    /// Opens the regular file of that name for reading.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn file(&self, name: &OsStr) -> Result<Opened, FileFault> {
        let path = self.named(name)?;
        refuse_odd(&std::fs::symlink_metadata(&path)?)?;
        let open = |flags| {
            patiently(&path, || {
                let mut options = OpenOptions::new();
                options.read(true);
                options.custom_flags(flags | FILE_FLAG_OPEN_NO_RECALL);
                options.open(&path)
            })
        };
        let mut file = open(FILE_FLAG_OPEN_REPARSE_POINT)?;
        let mut metadata = file.metadata()?;
        refuse_odd(&metadata)?;
        let identity = Identity::of(&handles::information(&file)?);
        if metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
            // Compressed or deduplicated: its bytes are to be had only by what stands in between.
            let through = open(0)?;
            // It may have become a link since.
            if Identity::of(&handles::information(&through)?) != identity {
                return Err(FileFault::Link);
            }
            metadata = through.metadata()?;
            file = through;
        }
        let information = handles::information(&file)?;
        Ok(Opened {
            identity,
            links: information.nNumberOfLinks.into(),
            mine: access::is_mine(&file)?,
            file,
            metadata,
        })
    }

    /// Whether an open file is the one of that name here, and no link has led elsewhere.
    pub(crate) fn has(&self, name: &OsStr, file: &File) -> bool {
        let real = handles::final_path(file);
        real.is_ok_and(|real| spelling::key(&real) == spelling::key(&self.path.join(name)))
    }

    /// Makes a file that nobody else may read, where nothing has that name. While it is open nobody opens it.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn create(&self, name: &OsStr) -> Result<File, FileFault> {
        let path = self.named(name)?;
        let open = |rights| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).share_mode(0);
            options.access_mode(FILE_GENERIC_READ | FILE_GENERIC_WRITE | WRITE_DAC | rights);
            options.open(&path)
        };
        let file = match open(WRITE_OWNER) {
            // Network folders may keep the owner to themselves.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open(0)?,
            opened => opened?,
        };
        access::make_private(&file)?;
        Ok(file)
    }

    /// Opens a file for appending and reading, and makes it where there is none.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn append(&self, name: &OsStr) -> Result<File, FileFault> {
        let mut options = OpenOptions::new();
        // Cutting a torn line off needs more than the right to append, so the end is sought instead.
        options.read(true).write(true).create(true).truncate(false);
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        let file = options.open(self.named(name)?)?;
        refuse_odd(&file.metadata()?)?;
        Ok(file)
    }

    /// Puts the file `temporary` in place of `name`; the streams of `name` stay.
    ///
    /// # Errors
    /// A [`FileFault`]; `name` is then as it was, or nothing has it and the file `temporary` is whole.
    pub fn replace(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        let (from, to) = (self.named(temporary)?, self.named(name)?);
        let read_only = is_read_only(&to)?;
        if read_only {
            set_read_only(&from, false)?;
            set_read_only(&to, false)?;
        }
        let result = replace::replace(&from, &to);
        if read_only {
            // A flag less is no reason to say that the new file is not there. The other name is there where it failed.
            let _ = set_read_only(&to, true);
            let _ = set_read_only(&from, true);
        }
        Ok(result?)
    }

    /// Gives the file `temporary` the name `name`, unless something has it.
    ///
    /// # Errors
    /// [`FileFault::Taken`], or another [`FileFault`].
    pub fn put_new(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        let (from, to) = (self.named(temporary)?, self.named(name)?);
        Ok(patiently(&from, || replace::put_new(&from, &to))?)
    }

    /// Removes one file.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn unlink(&self, name: &OsStr) -> Result<(), FileFault> {
        let path = self.named(name)?;
        match patiently(&path, || std::fs::remove_file(&path)) {
            // Elsewhere it is the folder that says whether a name may go, not the file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                if !is_read_only(&path)? {
                    return Err(error.into());
                }
                set_read_only(&path, false)?;
                let result = patiently(&path, || std::fs::remove_file(&path));
                if result.is_err() {
                    let _ = set_read_only(&path, true);
                }
                Ok(result?)
            }
            result => Ok(result?),
        }
    }

    /// Removes one empty folder.
    ///
    /// # Errors
    /// A [`FileFault`]; a folder that holds anything stays.
    pub fn remove_empty(&self, name: &OsStr) -> Result<(), FileFault> {
        let path = self.named(name)?;
        // The name of a removed file stays until a scanner that still has it open lets go.
        let is_closing =
            |error: &io::Error| is_held(error) || error.kind() == io::ErrorKind::DirectoryNotEmpty;
        for pause in PAUSES {
            match std::fs::remove_dir(&path) {
                Err(error) if is_closing(&error) => std::thread::sleep(pause),
                result => return Ok(result?),
            }
        }
        Ok(std::fs::remove_dir(&path)?)
    }

    /// The names in this folder, sorted.
    ///
    /// # Errors
    /// [`FileFault::Refused`].
    pub fn names(&self) -> Result<Vec<OsString>, FileFault> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            names.push(entry?.file_name());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The file system keeps its folders in step by its own log.
    ///
    /// # Errors
    /// None.
    pub fn sync(&self) -> Result<(), FileFault> {
        Ok(())
    }

    /// The path of a name in this folder. `name:stream` is a stream of a file, and no name.
    fn named(&self, name: &OsStr) -> Result<PathBuf, FileFault> {
        if name.as_encoded_bytes().contains(&b':') {
            return Err(FileFault::NotRegular);
        }
        Ok(self.path.join(name))
    }
}

/// Opens a folder, not what a link leads to, and lets nobody move or delete it meanwhile.
fn open_folder(path: &Path) -> Result<File, FileFault> {
    let handle = patiently(path, || {
        let mut options = OpenOptions::new();
        options
            .access_mode(FILE_LIST_DIRECTORY | FILE_TRAVERSE | READ_CONTROL | FILE_READ_ATTRIBUTES);
        options.share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE);
        options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
        options.open(path)
    })?;
    let metadata = handle.metadata()?;
    if metadata.is_symlink() || !metadata.is_dir() {
        return Err(FileFault::Link);
    }
    Ok(handle)
}

/// Makes a folder and those above it; the last one is for this user alone.
///
/// # Errors
/// A [`FileFault`].
pub fn make_private_folders(path: &Path) -> Result<(), FileFault> {
    std::fs::create_dir_all(path)?;
    Folder::open(path)?.make_private()
}

/// Names that are not Unicode have no bytes that could be read back.
pub fn path_bytes(_path: &Path) -> Option<Vec<u8>> {
    None
}

/// The path of [`path_bytes`].
pub fn path_from_bytes(_bytes: Vec<u8>) -> Option<PathBuf> {
    None
}

fn refuse_odd(metadata: &Metadata) -> Result<(), FileFault> {
    if metadata.is_symlink() {
        return Err(FileFault::Link);
    }
    if !metadata.is_file() || crate::platform::read::is_placeholder(metadata) {
        return Err(FileFault::NotRegular);
    }
    Ok(())
}

fn is_read_only(path: &Path) -> io::Result<bool> {
    Ok(std::fs::symlink_metadata(path)?.permissions().readonly())
}

/// By a handle of the name itself: what a link leads to is not touched.
fn set_read_only(path: &Path, read_only: bool) -> io::Result<()> {
    let file = handles::look(path, FILE_WRITE_ATTRIBUTES)?;
    let flags = file.metadata()?.file_attributes();
    let flags = if read_only {
        flags | FILE_ATTRIBUTE_READONLY
    } else {
        flags & !FILE_ATTRIBUTE_READONLY
    };
    attributes::set_flags(&file, flags)
}
