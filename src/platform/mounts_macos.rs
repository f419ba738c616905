//! What is mounted on this Mac. No Mac has run this yet: docs/testing.md.

#![allow(
    unsafe_code,
    reason = "the list of mounts has no safe wrapper that waits for no server"
)]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Room for what is mounted between the two calls.
const SPARE: usize = 8;

/// Mount points with their kind of file system, as macOS remembers them: no server is asked (getfsstat(2), `MNT_NOWAIT`).
pub(crate) fn mounts() -> Vec<(PathBuf, String)> {
    // SAFETY: without room it only counts.
    let count = unsafe { libc::getfsstat(std::ptr::null_mut(), 0, libc::MNT_NOWAIT) };
    let count = usize::try_from(count).unwrap_or_default() + SPARE;
    let mut all: Vec<libc::statfs> = Vec::with_capacity(count);
    let size = count * size_of::<libc::statfs>();
    let Ok(size) = c_int::try_from(size) else {
        return Vec::new();
    };
    // SAFETY: there is room for as many bytes as it is told.
    let written = unsafe { libc::getfsstat(all.as_mut_ptr(), size, libc::MNT_NOWAIT) };
    let written = usize::try_from(written).unwrap_or_default().min(count);
    // SAFETY: so many were written.
    unsafe { all.set_len(written) };
    let mounts = all.iter().map(|mount| {
        let point = PathBuf::from(OsStr::from_bytes(text(&mount.f_mntonname)));
        let kind = String::from_utf8_lossy(text(&mount.f_fstypename)).into_owned();
        (point, kind)
    });
    mounts.collect()
}

/// The bytes up to the first NUL.
fn text(field: &[c_char]) -> &[u8] {
    // SAFETY: it is the same memory, as bytes.
    let bytes = unsafe { std::slice::from_raw_parts(field.as_ptr().cast::<u8>(), field.len()) };
    CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes)
}
