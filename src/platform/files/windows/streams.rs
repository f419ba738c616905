//! Streams that a file has beside its content, such as `Zone.Identifier` of what was downloaded.

#![allow(unsafe_code, reason = "the standard library does not list them")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::mem::size_of_val;
use std::os::windows::io::AsRawHandle as _;
use std::path::PathBuf;

use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_HANDLE_EOF, ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER,
    ERROR_NOT_SUPPORTED,
};
use windows_sys::Win32::Storage::FileSystem::{FileStreamInfo, GetFileInformationByHandleEx};

use crate::platform::files::stream_list;
use crate::platform::handles::{final_path, succeeded};
use crate::platform::read::LIMIT;

/// What all streams of a file may have together. They are kept as base64 in a record that is read with [`LIMIT`], so
/// that more could be written down and not read again.
pub(super) const LARGEST: u64 = LIMIT / 2;

/// Name (`:name:$DATA`) and content of each.
///
/// # Errors
/// Where they cannot be read, or are larger than what is kept of a file.
pub(super) fn of(file: &File) -> io::Result<Vec<(String, Vec<u8>)>> {
    let names = names(file)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut left = LARGEST;
    let path = final_path(file)?;
    let read = |name: String| {
        let mut bytes = Vec::new();
        let stream = File::open(named(&path, &name))?;
        stream.take(left + 1).read_to_end(&mut bytes)?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| io::Error::other("its other streams are too large to be kept"))?;
        Ok((name, bytes))
    };
    names.into_iter().map(read).collect()
}

/// Writes a stream beside the content of a new file.
pub(super) fn write(file: &File, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = named(&final_path(file)?, name);
    let mut options = OpenOptions::new();
    let mut stream = options.write(true).create(true).truncate(true).open(path)?;
    stream.write_all(bytes)?;
    stream.sync_all()
}

fn names(file: &File) -> io::Result<Vec<String>> {
    // As words, for the alignment that the call asks for.
    let mut room = vec![0_u64; 8 * 1024];
    let size = u32::try_from(size_of_val(room.as_slice())).map_err(io::Error::other)?;
    // SAFETY: the handle is open, and the room is as large as is said and aligned.
    let listed = succeeded(unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileStreamInfo,
            room.as_mut_ptr().cast(),
            size,
        )
    });
    match listed {
        Ok(()) => {
            let bytes: Vec<u8> = room.into_iter().flat_map(u64::to_ne_bytes).collect();
            Ok(stream_list(&bytes))
        }
        // Not every file system has streams.
        Err(error)
            if matches!(
                error.raw_os_error().map(i32::cast_unsigned),
                Some(
                    ERROR_HANDLE_EOF
                        | ERROR_INVALID_PARAMETER
                        | ERROR_INVALID_FUNCTION
                        | ERROR_NOT_SUPPORTED
                        | ERROR_CALL_NOT_IMPLEMENTED
                )
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn named(path: &std::path::Path, name: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(name);
    path.into()
}
