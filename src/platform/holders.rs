//! Which program holds a file open, as Windows' Restart Manager knows it.

#![allow(unsafe_code, reason = "the Restart Manager has no safe wrapper")]

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::path::Path;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_LOCK_VIOLATION, ERROR_SHARING_VIOLATION, ERROR_UNABLE_TO_MOVE_REPLACEMENT,
    ERROR_UNABLE_TO_REMOVE_REPLACED, ERROR_USER_MAPPED_FILE,
};
use windows_sys::Win32::System::RestartManager::{
    CCH_RM_SESSION_KEY, RM_PROCESS_INFO, RmEndSession, RmGetList, RmRegisterResources,
    RmStartSession,
};
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_NAME_WIN32, PROCESS_QUERY_LIMITED_INFORMATION, QueryFullProcessImageNameW,
};

use super::handles::wide;
use crate::model::unprefixed;

/// How long a file that another program holds open is waited for, each time before it is tried again.
pub(super) const PAUSES: [Duration; 4] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(60),
    Duration::from_millis(80),
];
/// No more programs are named.
const MOST: u32 = 16;

/// Tries again while another program (a scanner, an editor) holds the file for a moment; where it does not
/// let go, the error names the program.
pub(super) fn patiently<T>(path: &Path, attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for pause in PAUSES {
        match attempt() {
            Err(error) if is_held(&error) => std::thread::sleep(pause),
            result => return result,
        }
    }
    attempt().map_err(|error| {
        if is_held(&error) {
            return io::Error::other(sentence(&holders(path)));
        }
        error
    })
}

pub(super) fn is_held(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(
        code,
        Some(
            ERROR_SHARING_VIOLATION
                | ERROR_LOCK_VIOLATION
                | ERROR_UNABLE_TO_REMOVE_REPLACED
                | ERROR_UNABLE_TO_MOVE_REPLACEMENT
                | ERROR_USER_MAPPED_FILE
        )
    )
}

fn sentence(holders: &[(String, u32)]) -> String {
    let named = |(name, process): &(String, u32)| format!("{name} (process {process})");
    let who = holders.iter().map(named).collect::<Vec<_>>().join(" and ");
    match holders {
        [] => "another program has it open: close it, then run rekey again".to_owned(),
        [_] => format!("it is open in {who}: close it, then run rekey again"),
        _ => format!("it is open in {who}: close them, then run rekey again"),
    }
}

/// Name and number of each program that has the file open; none where Windows cannot tell.
fn holders(path: &Path) -> Vec<(String, u32)> {
    let mut session = 0;
    let mut key = [0_u16; CCH_RM_SESSION_KEY as usize + 1];
    // SAFETY: the answers go to live variables; the key has the size that the documentation names.
    if unsafe { RmStartSession(&raw mut session, 0, key.as_mut_ptr()) } != 0 {
        return Vec::new();
    }
    let found = ask(session, path);
    // SAFETY: the session was begun above and is not used again.
    unsafe { RmEndSession(session) };
    let mine = std::process::id();
    found.into_iter().filter(|(_, it)| *it != mine).collect()
}

fn ask(session: u32, path: &Path) -> Vec<(String, u32)> {
    // It knows files by their usual names.
    let path = path.to_string_lossy();
    let name = wide(Path::new(unprefixed(&path).as_ref()));
    let names = [name.as_ptr()];
    // SAFETY: the session is open; one name that ends in NUL is given, and no programs and services.
    let registered = unsafe {
        RmRegisterResources(
            session,
            1,
            names.as_ptr(),
            0,
            std::ptr::null(),
            0,
            std::ptr::null(),
        )
    };
    let mut list = [RM_PROCESS_INFO::default(); MOST as usize];
    let (mut needed, mut count, mut reasons) = (0, MOST, 0);
    // SAFETY: the session is open; the list has room for as many as is said; the answers go to live variables.
    let listed = registered == 0
        && unsafe {
            RmGetList(
                session,
                &raw mut needed,
                &raw mut count,
                list.as_mut_ptr(),
                &raw mut reasons,
            )
        } == 0;
    let count = if listed { count as usize } else { 0 };
    list.iter()
        .take(count)
        .map(|program| {
            let process = program.Process.dwProcessId;
            let name = file_of(process).unwrap_or_else(|| text(&program.strAppName));
            (name, process)
        })
        .collect()
}

/// The name of a running program's file, such as `Code.exe`.
fn file_of(process: u32) -> Option<String> {
    const ROOM: u32 = 1024;

    // SAFETY: the call takes plain numbers.
    let handle = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process) };
    if handle.is_null() {
        return None;
    }
    let mut room = [0_u16; ROOM as usize];
    let mut length = ROOM;
    // SAFETY: the handle is open, and the room is as large as is said.
    let known = unsafe {
        QueryFullProcessImageNameW(
            handle,
            PROCESS_NAME_WIN32,
            room.as_mut_ptr(),
            &raw mut length,
        )
    };
    // SAFETY: the handle was opened above and is not used again.
    unsafe { CloseHandle(handle) };
    let path = OsString::from_wide(room.get(..length as usize)?);
    let name = Path::new(&path).file_name()?.to_string_lossy().into_owned();
    (known != 0).then_some(name)
}

fn text(units: &[u16]) -> String {
    let units = units.split(|unit| *unit == 0).next().unwrap_or_default();
    String::from_utf16_lossy(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_with_what_to_do() {
        let one = ("Code.exe".to_owned(), 1234);
        let two = ("OUTLOOK.EXE".to_owned(), 77);
        assert_eq!(
            sentence(std::slice::from_ref(&one)),
            "it is open in Code.exe (process 1234): close it, then run rekey again"
        );
        assert_eq!(
            sentence(&[one, two]),
            "it is open in Code.exe (process 1234) and OUTLOOK.EXE (process 77): close them, then run rekey again"
        );
        assert!(sentence(&[]).starts_with("another program has it open"));
    }

    #[test]
    fn a_running_program_has_a_file() {
        let name = file_of(std::process::id());
        assert!(name.is_some_and(|name| name.to_lowercase().contains(".exe")));
        assert_eq!(file_of(0), None);
    }
}
