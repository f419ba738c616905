//! What Windows says of an open handle, and handles of names themselves: a link is never followed.

#![allow(unsafe_code, reason = "the standard library has no such calls")]

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_READ_ATTRIBUTES, GetFileInformationByHandle, GetFinalPathNameByHandleW, READ_CONTROL,
};

/// The longest path that Windows knows, in units of UTF-16.
const LONGEST: usize = 32_768;

/// Opens whatever has this name, a folder or a link too, to ask about it and with these further rights.
pub(super) fn look(path: &Path, rights: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.access_mode(FILE_READ_ATTRIBUTES | READ_CONTROL | rights);
    options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    options.open(path)
}

/// Volume, number on it, number of names, and so on.
pub(super) fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut information = MaybeUninit::uninit();
    // SAFETY: the handle is open, and the pointer is to room for the answer.
    succeeded(unsafe {
        GetFileInformationByHandle(file.as_raw_handle(), information.as_mut_ptr())
    })?;
    // SAFETY: the call succeeded, so it filled the answer.
    Ok(unsafe { information.assume_init() })
}

/// Where it really is, in the form `\\?\C:\…` or `\\?\UNC\…` that may be as long as it likes.
pub(super) fn final_path(file: &File) -> io::Result<PathBuf> {
    let mut room = vec![0_u16; LONGEST];
    let size = u32::try_from(room.len()).map_err(io::Error::other)?;
    // SAFETY: the handle is open, and the room is as large as is said.
    let length =
        unsafe { GetFinalPathNameByHandleW(file.as_raw_handle(), room.as_mut_ptr(), size, 0) };
    match room.get(..length as usize) {
        Some(path) if length > 0 => Ok(OsString::from_wide(path).into()),
        _ => Err(io::Error::last_os_error()),
    }
}

pub(super) fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A path as Windows' own functions want it.
pub(super) fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
