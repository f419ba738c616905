//! The two ways in which a file gets a name.

#![allow(unsafe_code, reason = "the standard library has no such calls")]

use std::io;
use std::path::Path;

use windows_sys::Win32::Foundation::ERROR_UNABLE_TO_MOVE_REPLACEMENT_2;
use windows_sys::Win32::Storage::FileSystem::{MOVEFILE_WRITE_THROUGH, MoveFileExW, ReplaceFileW};

use crate::platform::handles::{succeeded, wide};

/// Puts `from` in the place of `to`, and keeps what the system knows of `to`: its access list, streams, number.
pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
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
            put_new(from, to)
        }
        result => result,
    }
}

/// Gives `from` the name `to`, unless something has it.
pub(super) fn put_new(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both names end in NUL and live through the call.
    succeeded(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) })
}
