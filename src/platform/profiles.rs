//! Whose profile a folder is in, on Windows.

use std::path::{Path, PathBuf};

use windows_registry::{Key, LOCAL_MACHINE};
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    CheckTokenMembership, GetTokenInformation, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::administrators::{ADMINISTRATORS, Descriptor};
use super::files::spelling::below;
use crate::model::typed_path;

const PROFILES: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";

/// SYSTEM, LOCAL SERVICE and NETWORK SERVICE.
const SERVICES: [&str; 3] = ["S-1-5-18", "S-1-5-19", "S-1-5-20"];

/// Safety rule 1. The profile decides, not the owner in the folder's access list: Windows itself makes
/// profiles, and most belong to SYSTEM by that list.
pub(super) fn may_change(home: &Path) -> Result<(), String> {
    std::fs::metadata(home).map_err(|error| {
        format!(
            "the home folder {} cannot be read: {error}",
            typed_path(home)
        )
    })?;
    let me = my_sid().ok_or("Windows does not say who this is: nothing is changed")?;
    if SERVICES.contains(&me.as_str()) {
        return Err(
            "this is a service account, not a person: run rekey in the person's own session"
                .to_owned(),
        );
    }
    let refusal = |whose: &str| {
        format!(
            "{} belongs to {whose}: run rekey as that person",
            typed_path(home)
        )
    };
    match profile_of(home) {
        Some(sid) if sid.eq_ignore_ascii_case(&me) => Ok(()),
        Some(sid) => Err(refusal(&format!("another user ({sid})"))),
        None if owner_is_me(home) => Ok(()),
        None => Err(refusal("another user")),
    }
}

/// Whether the folder is another person's profile, or is in one.
pub(super) fn is_anothers(folder: &Path) -> bool {
    profile_of(folder).is_some_and(|sid| !my_sid().is_some_and(|me| sid.eq_ignore_ascii_case(&me)))
}

/// The SID whose profile the folder is, or is in.
fn profile_of(folder: &Path) -> Option<String> {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let list = LOCAL_MACHINE.open(PROFILES).ok()?;
    let profiles = list.keys().ok()?.filter_map(|sid| {
        let path = profile_in(&list, &sid)?;
        let real = path.canonicalize().unwrap_or(path);
        Some((sid, real))
    });
    whose(&real, profiles, my_sid().as_deref())
}

/// The owner of the profile. Where a profile was handed from one account to another, as in moving from a domain to Entra
/// ID, or was set aside and made anew (`.bak`), several accounts have it: it is this user's where they are one of them.
fn whose(
    folder: &Path,
    profiles: impl Iterator<Item = (String, PathBuf)>,
    me: Option<&str>,
) -> Option<String> {
    // Services have theirs below the system's folder, which nobody's home is in.
    let is_person = |sid: &str| !SERVICES.contains(&sid);
    let of_folder = profiles.filter(|(sid, path)| is_person(sid) && below(path, folder).is_some());
    let account = |(sid, _): (String, PathBuf)| match sid.strip_suffix(".bak") {
        Some(account) => account.to_owned(),
        None => sid,
    };
    let mut accounts: Vec<String> = of_folder.map(account).collect();
    let is_me = |sid: &String| me.is_some_and(|me| sid.eq_ignore_ascii_case(me));
    let mine = accounts.iter().position(is_me).unwrap_or(0);
    (mine < accounts.len()).then(|| accounts.swap_remove(mine))
}

fn profile_in(list: &Key, sid: &str) -> Option<PathBuf> {
    let path = list.open(sid).ok()?.get_string("ProfileImagePath").ok()?;
    Some(expanded(&path, |name| std::env::var(name).ok()).into())
}

/// With the variable that the path may begin with, such as `%SystemDrive%`.
fn expanded(path: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let named = path.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    let known = named.and_then(|(name, rest)| Some(variable(name)? + rest));
    known.unwrap_or_else(|| path.to_owned())
}

/// The user of this process's token, such as `S-1-5-21-…-1001`; elevation does not change it.
#[allow(unsafe_code, reason = "the token has no safe wrapper")]
pub(super) fn my_sid() -> Option<String> {
    let mut token: HANDLE = std::ptr::null_mut();
    // SAFETY: the handle of this process needs no closing, and the answer goes to a live variable.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return None;
    }
    let sid = sid_of(token);
    // SAFETY: the token was opened above and is not used again.
    unsafe { CloseHandle(token) };
    sid
}

/// The user of an open token.
#[allow(unsafe_code, reason = "the token has no safe wrapper")]
pub(super) fn sid_of(token: HANDLE) -> Option<String> {
    // A user with a SID of the largest size takes 88 bytes. Words, for the alignment of the pointer in it.
    let mut room = [0_u64; 32];
    let mut length = 0;
    // SAFETY: the room is as large as is said and aligned for TOKEN_USER; a token that is not open is an error.
    let known = unsafe {
        GetTokenInformation(
            token,
            TokenUser,
            room.as_mut_ptr().cast(),
            u32::try_from(size_of_val(&room)).unwrap_or(0),
            &raw mut length,
        )
    };
    (known != 0).then(|| {
        // SAFETY: the call succeeded, so the room starts with a TOKEN_USER whose SID is in the room too.
        unsafe { text_of((*room.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
    })?
}

/// Whether this process is a service's, which is no person.
pub(super) fn is_service() -> bool {
    my_sid().is_some_and(|me| SERVICES.contains(&me.as_str()))
}

/// The profile folder of a SID.
pub(super) fn profile_of_sid(sid: &str) -> Option<PathBuf> {
    profile_in(&LOCAL_MACHINE.open(PROFILES).ok()?, sid)
}

/// Whether a file with this owner is of the home's person, or of administrators, as what they make elevated is.
pub(super) fn is_of_home(owner: &str, home: &Path) -> bool {
    let person = profile_of(home).or_else(|| Descriptor::of(home)?.owner());
    ADMINISTRATORS.contains(&owner)
        || person.is_some_and(|person| person.eq_ignore_ascii_case(owner))
}

/// # Safety
/// `sid` must point to a valid SID.
#[allow(unsafe_code, reason = "SIDs have no safe wrapper")]
pub(super) unsafe fn text_of(sid: PSID) -> Option<String> {
    let mut text: *mut u16 = std::ptr::null_mut();
    // SAFETY: the caller vouches for the SID, and the answer goes to a live variable.
    if unsafe { ConvertSidToStringSidW(sid, &raw mut text) } == 0 {
        return None;
    }
    // No SID is longer as text than 15 parts of 10 digits and its head.
    // SAFETY: the call succeeded, so `text` ends in NUL, and the reading stops there.
    let wide = (0..256)
        .map(|at| unsafe { *text.add(at) })
        .take_while(|unit| *unit != 0);
    let owned = String::from_utf16(&wide.collect::<Vec<_>>()).ok();
    // SAFETY: by its documentation the text is freed with LocalFree; it is not used again.
    unsafe { LocalFree(text.cast()) };
    owned
}

/// Whether the folder's owner is this user, or a group that this token has enabled (an elevated
/// administrator's files can belong to all administrators).
#[allow(unsafe_code, reason = "tokens have no safe wrapper")]
fn owner_is_me(folder: &Path) -> bool {
    let Some(descriptor) = Descriptor::of(folder) else {
        return false;
    };
    let mut member = 0;
    // SAFETY: the owner points into the descriptor, which lives; no token means this one.
    let known =
        unsafe { CheckTokenMembership(std::ptr::null_mut(), descriptor.owner, &raw mut member) };
    known != 0 && member != 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_token_has_a_user() {
        assert!(my_sid().unwrap().starts_with("S-1-"));
    }

    #[test]
    fn a_folder_made_here_may_be_changed_and_one_that_is_not_there_may_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(may_change(folder.path()), Ok(()));
        assert!(may_change(&folder.path().join("gone")).is_err());
    }

    #[test]
    fn a_profile_that_several_accounts_have_is_this_users_where_they_are_one_of_them() {
        let (domain, entra, aside) = ("S-1-5-21-1-2-3-1001", "S-1-12-1-4-5-6-7", "S-1-12-1-8.bak");
        let of = |me, sids: &[&str]| {
            let profiles = sids.iter().map(|sid| {
                let path = if *sid == "S-1-5-21-9" { "x" } else { "dev" };
                ((*sid).to_owned(), Path::new(r"C:\Users").join(path))
            });
            whose(Path::new(r"\\?\c:\users\dev\appdata"), profiles, Some(me))
        };
        let all = ["S-1-5-18", "S-1-5-21-9", domain, entra, aside];
        assert_eq!(of(entra, &all).as_deref(), Some(entra));
        assert_eq!(of("S-1-12-1-8", &all).as_deref(), Some("S-1-12-1-8"));
        assert_eq!(of("S-1-5-21-9", &all).as_deref(), Some(domain));
        assert_eq!(of(entra, &all[..2]), None);
    }

    #[test]
    fn a_profile_may_be_named_by_a_variable() {
        let variable = |name: &str| (name == "SystemDrive").then(|| "D:".to_owned());
        for (path, expected) in [
            (r"%SystemDrive%\Users\dev", r"D:\Users\dev"),
            (r"%odd%\dev", r"%odd%\dev"),
            (r"C:\Users\100%", r"C:\Users\100%"),
        ] {
            assert_eq!(expanded(path, variable), expected);
        }
    }

    #[test]
    fn a_profile_holds_only_what_is_below_it() {
        let holds = |profile: &str, folder: &str| {
            let profiles = [("S-1-5-21-9".to_owned(), profile.into())].into_iter();
            whose(Path::new(folder), profiles, None).is_some()
        };
        assert!(holds(r"C:\Users\dev", r"\\?\c:\users\DEV"));
        assert!(holds(r"C:\Users\dev\", r"c:\users/dev\x"));
        assert!(!holds(r"C:\Users\dev", r"c:\users\devon"));
        assert!(holds(r"\\server\homes", r"\\?\UNC\Server\Homes\Dev"));
    }
}
