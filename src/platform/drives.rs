//! The letters that stand for folders of other machines, on Windows.

#![allow(
    unsafe_code,
    reason = "drives are told of by calls that have no safe wrapper"
)]

use windows_sys::Win32::Storage::FileSystem::{GetDriveTypeW, GetLogicalDrives, QueryDosDeviceW};

/// `DRIVE_REMOTE` of winbase.h.
const REMOTE: u32 = 4;

/// Each letter with the device behind it, which names the share. No server is asked.
pub(crate) fn remote() -> Vec<(char, String)> {
    // SAFETY: takes nothing and answers a number.
    let letters = unsafe { GetLogicalDrives() };
    (0..26_u8)
        .filter(|at| letters & 1 << at != 0)
        .map(|at| char::from(b'A' + at))
        .filter(|letter| {
            let root = wide(&format!("{letter}:\\"));
            // SAFETY: the text ends in NUL and lives through the call.
            unsafe { GetDriveTypeW(root.as_ptr()) == REMOTE }
        })
        .map(|letter| (letter, device(letter)))
        .collect()
}

/// Such as `\Device\LanmanRedirector\;Z:0000000000012345\server\share`; empty where Windows does not say.
fn device(letter: char) -> String {
    let name = wide(&format!("{letter}:"));
    let mut room = [0_u16; 1024];
    // SAFETY: the name ends in NUL, the room is as long as said, and both live through the call.
    let length = unsafe { QueryDosDeviceW(name.as_ptr(), room.as_mut_ptr(), 1024) };
    let length = usize::try_from(length).unwrap_or(0).min(room.len());
    // Several names follow each other, each with a NUL behind it; the first one holds.
    let first = room[..length].split(|unit| *unit == 0).next();
    String::from_utf16_lossy(first.unwrap_or_default())
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
