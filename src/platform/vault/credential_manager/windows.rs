//! The calls themselves.

#![allow(
    unsafe_code,
    reason = "the functions of wincred.h have no safe wrapper that keeps all that a credential has"
)]

use std::ptr;
use std::sync::Arc;

use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::Security::Credentials::{
    CRED_TYPE_GENERIC, CREDENTIAL_ATTRIBUTEW, CREDENTIALW, CredDeleteW, CredEnumerateW, CredFree,
    CredReadW, CredWriteW,
};
use zeroize::{Zeroize as _, Zeroizing};

use super::form::{CONTENT, Stored};
use super::{Calls, CredentialManager};
use crate::model::VaultSecret;
use crate::model::windows_credential::CredentialValue;
use crate::platform::vault::Vault;

/// The Credential Manager of the person who runs rekey.
pub(crate) fn native() -> Arc<dyn Vault> {
    Arc::new(CredentialManager(Advapi))
}

struct Advapi;

/// The longest text that Windows keeps (`CRED_MAX_GENERIC_TARGET_NAME_LENGTH`).
const LONGEST: usize = 32_767;

fn failed<T>() -> Result<T, u32> {
    // SAFETY: it takes nothing and looks at this thread alone.
    Err(unsafe { GetLastError() })
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// What Windows has allocated, until it is dropped.
struct Allocated(*const core::ffi::c_void);

impl Drop for Allocated {
    fn drop(&mut self) {
        // SAFETY: the pointer came from CredEnumerateW or CredReadW, and is freed once.
        unsafe { CredFree(self.0) };
    }
}

/// A text that ends in NUL, and whether it is Unicode.
///
/// # Safety
/// It is null, or points to such a text; in Wine it may be unaligned.
unsafe fn text(start: *const u16) -> Option<(String, bool)> {
    if start.is_null() {
        return None;
    }
    let mut units = Vec::new();
    for at in 0..LONGEST {
        // SAFETY: no unit before this one was NUL, so the text goes on.
        let unit = unsafe { start.add(at).read_unaligned() };
        if unit == 0 {
            break;
        }
        units.push(unit);
    }
    let exact = String::from_utf16(&units);
    Some(match exact {
        Ok(text) => (text, true),
        Err(_) => (String::from_utf16_lossy(&units), false),
    })
}

/// So many bytes.
///
/// # Safety
/// It is null, or points to at least so many.
unsafe fn bytes(start: *const u8, count: u32) -> Vec<u8> {
    if start.is_null() || count == 0 {
        return Vec::new();
    }
    // SAFETY: by this function's own condition; bytes have no alignment.
    unsafe { std::slice::from_raw_parts(start, count as usize) }.to_vec()
}

/// Copies what a credential says but for its secret.
///
/// # Safety
/// All its pointers are as Windows gives them.
unsafe fn copied(credential: &CREDENTIALW) -> Stored {
    let mut exact = true;
    let mut text_at = |start: *const u16| {
        // SAFETY: a text of a credential is null or ends in NUL.
        let (text, is_exact) = unsafe { text(start) }?;
        exact &= is_exact;
        Some(text)
    };
    let target = text_at(credential.TargetName).unwrap_or_default();
    let comment = text_at(credential.Comment);
    let alias = text_at(credential.TargetAlias);
    let user = text_at(credential.UserName);
    let count = if credential.Attributes.is_null() {
        0
    } else {
        credential.AttributeCount as usize
    };
    let values = (0..count).map(|at| {
        // SAFETY: so many stand there; in Wine they may be unaligned.
        let value = unsafe { credential.Attributes.add(at).read_unaligned() };
        CredentialValue {
            keyword: text_at(value.Keyword).unwrap_or_default(),
            flags: value.Flags,
            // SAFETY: an attribute says how many bytes its value has.
            value: unsafe { bytes(value.Value, value.ValueSize) },
        }
    });
    let values = values.collect();
    let time = credential.LastWritten;
    Stored {
        flags: credential.Flags,
        kind: credential.Type,
        target,
        comment,
        last_written: u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime),
        persist: credential.Persist,
        values,
        alias,
        user,
        exact,
    }
}

/// Overwrites a secret in memory that is about to be freed.
///
/// # Safety
/// The credential is one that Windows has just allocated for this process.
unsafe fn wipe(credential: &CREDENTIALW) {
    if !credential.CredentialBlob.is_null() {
        let count = credential.CredentialBlobSize as usize;
        // SAFETY: so many bytes stand there, and nobody else looks at them.
        unsafe { std::slice::from_raw_parts_mut(credential.CredentialBlob, count) }.zeroize();
    }
}

impl Calls for Advapi {
    fn enumerate(&self) -> Result<Vec<Stored>, u32> {
        let (mut count, mut list) = (0, ptr::null_mut());
        // SAFETY: without a filter and flags all are listed; both results are written before they are used.
        if unsafe { CredEnumerateW(ptr::null(), 0, &raw mut count, &raw mut list) } == 0 {
            return failed();
        }
        let _allocated = Allocated(list.cast_const().cast());
        let all = (0..count as usize).map(|at| {
            // SAFETY: so many pointers to credentials stand there; in Wine they may be unaligned.
            let credential = unsafe { list.add(at).read_unaligned().read_unaligned() };
            // SAFETY: it is as Windows gave it.
            let stored = unsafe { copied(&credential) };
            // SAFETY: the list was allocated for this call.
            unsafe { wipe(&credential) };
            stored
        });
        Ok(all.collect())
    }

    fn read(&self, target: &str, kind: u32) -> Result<(Stored, VaultSecret), u32> {
        let target = wide(target);
        let mut found = ptr::null_mut();
        // SAFETY: the name ends in NUL and lives through the call; the result is written before it is used.
        if unsafe { CredReadW(target.as_ptr(), kind, 0, &raw mut found) } == 0 {
            return failed();
        }
        let _allocated = Allocated(found.cast_const().cast());
        // SAFETY: one credential stands there; in Wine it may be unaligned.
        let credential = unsafe { found.read_unaligned() };
        // SAFETY: it is as Windows gave it.
        let stored = unsafe { copied(&credential) };
        // Windows gives no program the password that it signs in with by itself; Wine does.
        let secret = if credential.Type == CRED_TYPE_GENERIC {
            // SAFETY: a credential says how many bytes its secret has.
            unsafe { bytes(credential.CredentialBlob, credential.CredentialBlobSize) }
        } else {
            Vec::new()
        };
        // SAFETY: it was allocated for this call.
        unsafe { wipe(&credential) };
        Ok((stored, VaultSecret::new(secret, CONTENT)))
    }

    fn write(&self, stored: &Stored, secret: &VaultSecret) -> Result<(), u32> {
        let mut target = wide(&stored.target);
        let mut comment = stored.comment.as_deref().map(wide);
        let mut alias = stored.alias.as_deref().map(wide);
        let mut user = stored.user.as_deref().map(wide);
        let mut blob = Zeroizing::new(secret.expose().to_vec());
        let mut values: Vec<_> = stored
            .values
            .iter()
            .map(|value| (wide(&value.keyword), value.flags, value.value.clone()))
            .collect();
        let mut attributes: Vec<_> = values
            .iter_mut()
            .map(|(keyword, flags, value)| CREDENTIAL_ATTRIBUTEW {
                Keyword: keyword.as_mut_ptr(),
                Flags: *flags,
                ValueSize: length(value),
                Value: value.as_mut_ptr(),
            })
            .collect();
        let start = |text: &mut Option<Vec<u16>>| {
            let text = text.as_mut();
            text.map_or(ptr::null_mut(), Vec::as_mut_ptr)
        };
        let credential = CREDENTIALW {
            Flags: stored.flags,
            Type: stored.kind,
            TargetName: target.as_mut_ptr(),
            Comment: start(&mut comment),
            CredentialBlobSize: length(&blob),
            CredentialBlob: blob.as_mut_ptr(),
            Persist: stored.persist,
            AttributeCount: u32::try_from(attributes.len()).unwrap_or(u32::MAX),
            Attributes: if attributes.is_empty() {
                ptr::null_mut()
            } else {
                attributes.as_mut_ptr()
            },
            TargetAlias: start(&mut alias),
            UserName: start(&mut user),
            ..CREDENTIALW::default()
        };
        // SAFETY: every pointer is null or leads to a value above, which lives through the call; texts end in NUL.
        if unsafe { CredWriteW(&raw const credential, 0) } == 0 {
            return failed();
        }
        Ok(())
    }

    fn delete(&self, target: &str, kind: u32) -> Result<(), u32> {
        let target = wide(target);
        // SAFETY: the name ends in NUL and lives through the call.
        if unsafe { CredDeleteW(target.as_ptr(), kind, 0) } == 0 {
            return failed();
        }
        Ok(())
    }
}

/// Windows itself refuses what is too long.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_credential_says_is_copied_in_whole() {
        let mut texts = ["target", "comment", "alias", "user", "keyword"].map(wide);
        let [target, comment, alias, user, keyword] = &mut texts;
        let mut value = [0, 255];
        let mut attribute = CREDENTIAL_ATTRIBUTEW {
            Keyword: keyword.as_mut_ptr(),
            Flags: 1,
            ValueSize: 2,
            Value: value.as_mut_ptr(),
        };
        let mut credential = CREDENTIALW {
            Flags: 4,
            Type: 1,
            TargetName: target.as_mut_ptr(),
            Comment: comment.as_mut_ptr(),
            Persist: 3,
            AttributeCount: 1,
            Attributes: &raw mut attribute,
            TargetAlias: alias.as_mut_ptr(),
            UserName: user.as_mut_ptr(),
            ..CREDENTIALW::default()
        };
        credential.LastWritten.dwHighDateTime = 1;
        let some = |text: &str| Some(text.to_owned());
        let expected = Stored {
            flags: 4,
            kind: 1,
            target: "target".to_owned(),
            comment: some("comment"),
            last_written: 1 << 32,
            persist: 3,
            values: vec![CredentialValue {
                keyword: "keyword".to_owned(),
                flags: 1,
                value: vec![0, 255],
            }],
            alias: some("alias"),
            user: some("user"),
            exact: true,
        };
        // SAFETY: every pointer leads to a value above.
        assert_eq!(unsafe { copied(&credential) }, expected);
        let mut half = [0xD800, 0];
        credential.UserName = half.as_mut_ptr();
        // SAFETY: the same.
        let odd = unsafe { copied(&credential) };
        assert!(!odd.exact && odd.user == some("\u{fffd}"));
    }
}
