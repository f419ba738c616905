//! Folders that are open, and their listings.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem::size_of;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_NO_MORE_FILES};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_TAG_INFO, FILE_BASIC_INFO, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_NO_RECALL,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_INFO_BY_HANDLE_CLASS, FILE_LIST_DIRECTORY,
    FileAttributeTagInfo, FileBasicInfo, FileFullDirectoryInfo, FileFullDirectoryRestartInfo,
    GetFileInformationByHandleEx,
};

use super::record::{self, Entry, Name};
use crate::platform::verbatim::verbatim;

/// Bytes of one answer: servers give no more at once.
const ANSWER: usize = 64 * 1024;

/// Room for answers, used again from folder to folder.
#[derive(Default)]
pub(crate) struct Room {
    /// Records stand at multiples of eight bytes.
    answer: Vec<u64>,
    name: Name,
}

/// A folder that is open.
pub(crate) struct Directory {
    handle: File,
}

impl Directory {
    /// Opens a folder. `follow`: whether it may be a link itself.
    ///
    /// # Errors
    /// The system's; of kind `NotADirectory` where it is none, or a link.
    pub(crate) fn open(path: &Path, follow: bool) -> io::Result<Self> {
        let mut flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_NO_RECALL;
        if !follow {
            flags |= FILE_FLAG_OPEN_REPARSE_POINT;
        }
        let handle = OpenOptions::new()
            .access_mode(FILE_LIST_DIRECTORY)
            .custom_flags(flags)
            .open(verbatim(path))?;
        // It may have become something else since its own folder was listed.
        let entry = entry(&handle)?;
        if !entry.is_folder() || !follow && entry.is_link() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { handle })
    }

    /// Tells `each` of every entry but `.` and `..`. No entry is opened.
    ///
    /// # Errors
    /// The system's, at whatever entry it came.
    pub(crate) fn list(
        &self,
        room: &mut Room,
        mut each: impl FnMut(&OsStr, Entry),
    ) -> io::Result<()> {
        room.answer.resize(ANSWER / size_of::<u64>(), 0);
        let mut class = FileFullDirectoryRestartInfo;
        loop {
            match ask(&self.handle, class, &mut room.answer) {
                Ok(()) => record::read(bytes(&room.answer), &mut room.name, &mut each),
                Err(error) => {
                    let code = error.raw_os_error().map(i32::cast_unsigned);
                    // The root of an empty disk has not even `.`.
                    let ended = matches!(code, Some(ERROR_NO_MORE_FILES | ERROR_FILE_NOT_FOUND));
                    return if ended { Ok(()) } else { Err(error) };
                }
            }
            class = FileFullDirectoryInfo;
        }
    }
}

/// What an open file or folder is.
fn entry(handle: &File) -> io::Result<Entry> {
    let mut basic = [FILE_BASIC_INFO::default()];
    ask(handle, FileBasicInfo, &mut basic)?;
    let mut entry = Entry {
        attributes: basic[0].FileAttributes,
        tag: 0,
    };
    // Some servers do not know this question, so it is put only where it matters.
    if entry.is_reparse_point() {
        let mut tag = [FILE_ATTRIBUTE_TAG_INFO::default()];
        ask(handle, FileAttributeTagInfo, &mut tag)?;
        entry.tag = tag[0].ReparseTag;
    }
    Ok(entry)
}

/// Values that Windows may write into: any bytes are one.
trait Plain {}

impl Plain for u64 {}
impl Plain for FILE_BASIC_INFO {}
impl Plain for FILE_ATTRIBUTE_TAG_INFO {}

#[allow(unsafe_code, reason = "the standard library lists by path only")]
fn ask<T: Plain>(
    handle: &File,
    class: FILE_INFO_BY_HANDLE_CLASS,
    room: &mut [T],
) -> io::Result<()> {
    let size = u32::try_from(size_of_val(room)).map_err(io::Error::other)?;
    // SAFETY: the handle is open, the pointer is to `size` bytes that live through the call, and any bytes are a `T`.
    let answer = unsafe {
        GetFileInformationByHandleEx(
            handle.as_raw_handle(),
            class,
            room.as_mut_ptr().cast(),
            size,
        )
    };
    if answer == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[allow(
    unsafe_code,
    reason = "the answer is asked for in whole numbers because of where it must begin"
)]
fn bytes(answer: &[u64]) -> &[u8] {
    // SAFETY: the same memory for as long, and bytes may stand anywhere.
    unsafe { std::slice::from_raw_parts(answer.as_ptr().cast(), size_of_val(answer)) }
}
