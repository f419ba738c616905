//! Who sits before this Mac. No Mac has run this yet: docs/testing.md.

#![allow(
    unsafe_code,
    reason = "the user's folder is known to the system's directory alone, whose function has no safe wrapper"
)]

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// People have numbers from here on (developer.apple.com, "Managing users"); below are services, and who sets a new Mac up.
const FIRST_PERSON: u32 = 500;
/// Room for what the directory says of one user, in bytes.
const ROOM: usize = 16 * 1024;

/// The home of the person who is signed in at the screen: the console is theirs.
pub(super) fn home_at_console() -> Option<PathBuf> {
    let owner = std::fs::metadata("/dev/console").ok()?.uid();
    home_of((owner >= FIRST_PERSON).then_some(owner)?)
}

fn home_of(user: u32) -> Option<PathBuf> {
    let mut room = vec![c_char::default(); ROOM];
    let mut found = std::ptr::null_mut();
    let mut record = std::mem::MaybeUninit::<libc::passwd>::uninit();
    // SAFETY: record, room and result are ours and live through the call, which is told how much room there is.
    let status = unsafe {
        libc::getpwuid_r(
            user,
            record.as_mut_ptr(),
            room.as_mut_ptr(),
            room.len(),
            &raw mut found,
        )
    };
    if status != 0 || found.is_null() {
        return None;
    }
    // SAFETY: a user was found, so that the record is filled in.
    let folder = unsafe { (*found).pw_dir };
    if folder.is_null() {
        return None;
    }
    // SAFETY: the text ends in NUL and lies in the room above.
    let folder = unsafe { CStr::from_ptr(folder) };
    let home = PathBuf::from(OsStr::from_bytes(folder.to_bytes()));
    home.is_absolute().then_some(home)
}
