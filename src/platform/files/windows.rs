//! Folders and files on Windows, by path: each name on the way is looked at for links first.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place where Windows' files are changed"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::windows::io::AsRawHandle as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use windows_sys::Win32::Foundation::{
    ERROR_LOCK_VIOLATION, ERROR_SHARING_VIOLATION, ERROR_UNABLE_TO_MOVE_REPLACEMENT_2,
    ERROR_UNABLE_TO_REMOVE_REPLACED,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_NORMAL, FILE_BASIC_INFO,
    FILE_FLAG_OPEN_REPARSE_POINT, FileBasicInfo, GetFileInformationByHandle,
    MOVEFILE_WRITE_THROUGH, MoveFileExW, ReplaceFileW, SetFileInformationByHandle,
};

use super::{FileFault, Identity, Opened, plain_names};

/// `ReplaceFileW` moves the old file away before it gives the new one its name.
pub const REPLACE_CAN_STOP_HALFWAY: bool = true;

/// How often a file that another program holds open is tried.
const TRIES: u32 = 5;

/// A folder that was reached through no link.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at `path`, whose last name must not be a link.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn open(path: &Path) -> Result<Self, FileFault> {
        let metadata = std::fs::symlink_metadata(path)?;
        if metadata.is_symlink() || !metadata.is_dir() {
            return Err(FileFault::Link);
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Opens a folder below this one; no name on the way may be a link.
    ///
    /// # Errors
    /// A [`FileFault`]; [`FileFault::Link`] where the path is not made of plain names.
    pub fn below(&self, relative: &Path) -> Result<Self, FileFault> {
        let here = Self::open(&self.path)?;
        plain_names(relative)?
            .iter()
            .try_fold(here, |folder, name| Self::open(&folder.path.join(name)))
    }

    /// Opens a folder right here, and makes it where there is none.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn make(&self, name: &OsStr) -> Result<Self, FileFault> {
        match std::fs::create_dir(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            _ => self.below(Path::new(name)),
        }
    }

    /// Whether the folder belongs to this user. The profile's own access list says so.
    ///
    /// # Errors
    /// None yet.
    pub fn is_mine(&self) -> Result<bool, FileFault> {
        Ok(true)
    }

    /// The profile's access list shuts others out already.
    ///
    /// # Errors
    /// None yet.
    pub fn make_private(&self) -> Result<(), FileFault> {
        Ok(())
    }

    /// Opens the regular file of that name for reading.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn file(&self, name: &OsStr) -> Result<Opened, FileFault> {
        let path = self.path.join(name);
        refuse_odd(&std::fs::symlink_metadata(&path)?)?;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(&path)?;
        let metadata = file.metadata()?;
        refuse_odd(&metadata)?;
        let information = information(&file)?;
        Ok(Opened {
            file,
            metadata,
            identity: Identity {
                volume: information.dwVolumeSerialNumber.into(),
                number: u64::from(information.nFileIndexHigh) << 32
                    | u64::from(information.nFileIndexLow),
            },
            links: information.nNumberOfLinks.into(),
            mine: true,
        })
    }

    /// Makes a file where nothing has that name.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn create(&self, name: &OsStr) -> Result<File, FileFault> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        Ok(options.open(self.path.join(name))?)
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
        let file = options.open(self.path.join(name))?;
        refuse_odd(&file.metadata()?)?;
        Ok(file)
    }

    /// Puts the file `temporary` in place of `name`; the access list and the streams of `name` stay.
    ///
    /// # Errors
    /// A [`FileFault`]; `name` is then as it was.
    pub fn replace(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        let (from, to) = (self.path.join(temporary), self.path.join(name));
        let read_only = std::fs::metadata(&to)?.permissions().readonly();
        if read_only {
            set_read_only(&from, false)?;
            set_read_only(&to, false)?;
        }
        let result = patiently(|| replace_file(&from, &to));
        if read_only {
            set_read_only(&to, true)?;
        }
        Ok(result?)
    }

    /// Gives the file `temporary` the name `name`, unless something has it.
    ///
    /// # Errors
    /// [`FileFault::Taken`], or another [`FileFault`].
    pub fn put_new(&self, temporary: &OsStr, name: &OsStr) -> Result<(), FileFault> {
        let (from, to) = (self.path.join(temporary), self.path.join(name));
        Ok(patiently(|| move_new(&from, &to))?)
    }

    /// Removes one file.
    ///
    /// # Errors
    /// A [`FileFault`].
    pub fn unlink(&self, name: &OsStr) -> Result<(), FileFault> {
        let path = self.path.join(name);
        match patiently(|| std::fs::remove_file(&path)) {
            // Elsewhere it is the folder that says whether a name may go, not the file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                if !std::fs::symlink_metadata(&path)?.permissions().readonly() {
                    return Err(error.into());
                }
                set_read_only(&path, false)?;
                Ok(patiently(|| std::fs::remove_file(&path))?)
            }
            result => Ok(result?),
        }
    }

    /// Removes one empty folder.
    ///
    /// # Errors
    /// A [`FileFault`]; a folder that holds anything stays.
    pub fn remove_empty(&self, name: &OsStr) -> Result<(), FileFault> {
        Ok(std::fs::remove_dir(self.path.join(name))?)
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
}

/// Attributes and times. The access list goes over by [`Folder::replace`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Read-only, hidden, and so on.
    flags: u32,
    /// In steps of 100 ns since 1601.
    modified: i64,
    accessed: i64,
}

impl Attributes {
    /// The attributes of a file, with the times that it had before rekey read it.
    ///
    /// # Errors
    /// None yet.
    pub fn of(opened: &Opened) -> io::Result<Self> {
        Ok(Self {
            flags: opened.metadata.file_attributes(),
            modified: opened.metadata.last_write_time().cast_signed(),
            accessed: opened.metadata.last_access_time().cast_signed(),
        })
    }

    /// Puts them on a new file.
    ///
    /// # Errors
    /// Where they cannot be set: the new file must then not take the old one's place.
    pub fn apply(&self, to: &File, _like: Option<&File>) -> io::Result<()> {
        set_basic_information(
            to,
            &FILE_BASIC_INFO {
                CreationTime: 0,
                LastAccessTime: self.accessed,
                LastWriteTime: self.modified,
                ChangeTime: 0,
                // Zero would mean "leave them"; "normal" counts only by itself.
                FileAttributes: match self.flags {
                    0 => FILE_ATTRIBUTE_NORMAL,
                    flags => flags,
                },
            },
        )
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// A [`FileFault`].
pub fn make_private_folders(path: &Path) -> Result<(), FileFault> {
    Ok(std::fs::create_dir_all(path)?)
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

fn set_read_only(path: &Path, read_only: bool) -> io::Result<()> {
    let mut permissions = std::fs::metadata(path)?.permissions();
    permissions.set_readonly(read_only);
    std::fs::set_permissions(path, permissions)
}

/// Tries again while another program (a scanner, an editor) holds the file for a moment.
fn patiently(attempt: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let mut tried = 1;
    loop {
        match attempt() {
            Err(error) if tried < TRIES && is_held(&error) => {
                std::thread::sleep(Duration::from_millis(20) * tried);
                tried += 1;
            }
            result => return result,
        }
    }
}

fn is_held(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(
        code,
        Some(ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION | ERROR_UNABLE_TO_REMOVE_REPLACED)
    )
}

#[allow(unsafe_code)]
fn set_basic_information(file: &File, information: &FILE_BASIC_INFO) -> io::Result<()> {
    let size = u32::try_from(size_of::<FILE_BASIC_INFO>()).map_err(io::Error::other)?;
    let pointer = std::ptr::from_ref(information).cast();
    // SAFETY: the handle is open, and the pointer is to a value of the class's type and size.
    succeeded(unsafe {
        SetFileInformationByHandle(file.as_raw_handle(), FileBasicInfo, pointer, size)
    })
}

#[allow(unsafe_code)]
fn replace_file(from: &Path, to: &Path) -> io::Result<()> {
    let (wide_from, wide_to) = (wide(from), wide(to));
    let none = std::ptr::null();
    // SAFETY: both names end in NUL and live through the call; the others may be null.
    let result = unsafe {
        ReplaceFileW(
            wide_to.as_ptr(),
            wide_from.as_ptr(),
            none,
            0,
            none.cast(),
            none.cast(),
        )
    };
    match succeeded(result) {
        // The old file has lost its name already: what is left is to give it to the new one.
        Err(error)
            if error.raw_os_error().map(i32::cast_unsigned)
                == Some(ERROR_UNABLE_TO_MOVE_REPLACEMENT_2) =>
        {
            move_new(from, to)
        }
        result => result,
    }
}

#[allow(unsafe_code)]
fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both names end in NUL and live through the call.
    succeeded(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) })
}

#[allow(unsafe_code)]
fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut information = MaybeUninit::uninit();
    // SAFETY: the handle is open, and the pointer is to room for the answer.
    succeeded(unsafe {
        GetFileInformationByHandle(file.as_raw_handle(), information.as_mut_ptr())
    })?;
    // SAFETY: the call succeeded, so it filled the answer.
    Ok(unsafe { information.assume_init() })
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
