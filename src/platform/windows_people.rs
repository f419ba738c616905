//! Who is signed in to this machine, by its sessions and the parts of the registry that are loaded.

use std::path::PathBuf;

use windows_registry::USERS;
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_SESSION_INFOW, WTSActive, WTSEnumerateSessionsW, WTSFreeMemory,
    WTSGetActiveConsoleSessionId, WTSQueryUserToken,
};

use super::profiles::{profile_of_sid, sid_of};
use super::signed_in::{People, SignedIn};

/// This machine.
pub(super) struct ThisMachine;

impl People for ThisMachine {
    fn active(&self) -> Vec<SignedIn> {
        let console = console();
        let sessions = sessions().into_iter();
        let signed_in = sessions.filter_map(|session| {
            Some(SignedIn {
                sid: user_of(session)?,
                at_console: session == console,
            })
        });
        signed_in.collect()
    }

    fn loaded(&self) -> Vec<String> {
        USERS.keys().into_iter().flatten().collect()
    }

    fn profile(&self, sid: &str) -> Option<PathBuf> {
        profile_of_sid(sid)
    }
}

#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn console() -> u32 {
    // SAFETY: it takes nothing and answers a number.
    unsafe { WTSGetActiveConsoleSessionId() }
}

/// The numbers of the sessions in which somebody works.
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn sessions() -> Vec<u32> {
    let mut first: *mut WTS_SESSION_INFOW = std::ptr::null_mut();
    let mut count = 0;
    // SAFETY: the answers go to live variables; 0 and 1 are what its documentation wants.
    let listed = unsafe {
        WTSEnumerateSessionsW(
            WTS_CURRENT_SERVER_HANDLE,
            0,
            1,
            &raw mut first,
            &raw mut count,
        )
    };
    if listed == 0 || first.is_null() {
        return Vec::new();
    }
    let mut active = Vec::new();
    for index in 0..count as usize {
        // SAFETY: the call succeeded, so that many sessions stand there.
        let session = unsafe { *first.add(index) };
        if session.State == WTSActive {
            active.push(session.SessionId);
        }
    }
    // SAFETY: by its documentation the list is freed so; it is not used again.
    unsafe { WTSFreeMemory(first.cast()) };
    active
}

/// The SID of a session's user; only the system itself is told.
#[allow(unsafe_code, reason = "tokens have no safe wrapper")]
fn user_of(session: u32) -> Option<String> {
    let mut token: HANDLE = std::ptr::null_mut();
    // SAFETY: the answer goes to a live variable.
    if unsafe { WTSQueryUserToken(session, &raw mut token) } == 0 {
        return None;
    }
    let sid = sid_of(token);
    // SAFETY: the token was opened above and is not used again.
    unsafe { CloseHandle(token) };
    sid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::signed_in::profile_of_person;

    #[test]
    fn the_machine_can_be_asked_and_lets_nobody_else_know_who_works() {
        let found = profile_of_person(&ThisMachine);
        assert!(found.is_none_or(|home| home.is_absolute()));
        assert!(!ThisMachine.loaded().is_empty());
    }
}
