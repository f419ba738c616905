//! The calls themselves.

use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_INVALID_DATA, LocalFree, NTE_BAD_DATA, NTE_BAD_KEY_STATE,
};
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};
use windows_sys::core::BOOL;
use zeroize::{Zeroize as _, Zeroizing};

use super::{Dpapi, DpapiFault};

/// How every blob begins.
const VERSION: [u8; 4] = [1, 0, 0, 0];

/// Errors by which Windows says that it has no key for a blob, or that the blob is none.
const NOT_THEIRS: [u32; 4] = [
    ERROR_INVALID_DATA,
    // The person's own folder of keys lacks the one that the blob names.
    ERROR_FILE_NOT_FOUND,
    NTE_BAD_DATA.cast_unsigned(),
    NTE_BAD_KEY_STATE.cast_unsigned(),
];

/// The keys of the person who runs this process.
#[derive(Debug)]
pub(crate) struct CurrentUser;

impl Dpapi for CurrentUser {
    #[allow(unsafe_code, reason = "DPAPI has no safe wrapper")]
    fn protect(&self, bytes: &[u8], entropy: &[u8]) -> Result<Vec<u8>, DpapiFault> {
        // SAFETY: the blobs are as `asked` says; the description and the prompt may be null, the reserved one must be.
        let call = |input: Blob<'_>, entropy: Blob<'_>, output: &mut CRYPT_INTEGER_BLOB| unsafe {
            CryptProtectData(
                input,
                null(),
                entropy,
                null(),
                null(),
                CRYPTPROTECT_UI_FORBIDDEN,
                output,
            )
        };
        let sealed = asked(bytes, entropy, call, |error| {
            DpapiFault::Refused(format!("Windows does not seal it: {error}"))
        });
        let mut sealed = sealed?;
        Ok(std::mem::take(&mut *sealed))
    }

    #[allow(unsafe_code, reason = "DPAPI has no safe wrapper")]
    fn unprotect(&self, sealed: &[u8], entropy: &[u8]) -> Result<Zeroizing<Vec<u8>>, DpapiFault> {
        // What is no blob at all does not reach the system's parser.
        if !sealed.starts_with(&VERSION) {
            return Err(DpapiFault::NotTheirs);
        }
        // SAFETY: as in `protect`; nobody wants the description, so its pointer may be null.
        let call = |input: Blob<'_>, entropy: Blob<'_>, output: &mut CRYPT_INTEGER_BLOB| unsafe {
            CryptUnprotectData(
                input,
                null_mut(),
                entropy,
                null(),
                null(),
                CRYPTPROTECT_UI_FORBIDDEN,
                output,
            )
        };
        asked(sealed, entropy, call, unopened)
    }
}

/// What a call only reads.
type Blob<'b> = &'b CRYPT_INTEGER_BLOB;

/// What Windows gives for these bytes. Both blobs that the call gets point to slices that live through it; it answers
/// with 0 where it put nothing into the third.
fn asked(
    bytes: &[u8],
    entropy: &[u8],
    call: impl FnOnce(Blob<'_>, Blob<'_>, &mut CRYPT_INTEGER_BLOB) -> BOOL,
    refused: impl FnOnce(&std::io::Error) -> DpapiFault,
) -> Result<Zeroizing<Vec<u8>>, DpapiFault> {
    let (input, entropy) = (blob(bytes)?, blob(entropy)?);
    let mut output = CRYPT_INTEGER_BLOB {
        cbData: 0,
        pbData: null_mut(),
    };
    if call(&input, &entropy, &mut output) == 0 {
        return Err(refused(&std::io::Error::last_os_error()));
    }
    Ok(taken(output))
}

/// A slice as the calls want it. They do not write to it, whatever the type of the pointer.
fn blob(bytes: &[u8]) -> Result<CRYPT_INTEGER_BLOB, DpapiFault> {
    let length = u32::try_from(bytes.len())
        .map_err(|_| DpapiFault::Refused("it is far too large".to_owned()))?;
    Ok(CRYPT_INTEGER_BLOB {
        cbData: length,
        pbData: bytes.as_ptr().cast_mut(),
    })
}

/// What Windows gave, copied to memory of ours; its own is wiped and freed.
#[allow(unsafe_code, reason = "the system's memory has no safe wrapper")]
fn taken(output: CRYPT_INTEGER_BLOB) -> Zeroizing<Vec<u8>> {
    if output.pbData.is_null() {
        return Zeroizing::default();
    }
    let length = usize::try_from(output.cbData).unwrap_or(0);
    // SAFETY: the call succeeded, so `length` bytes are there, which nobody else has; they are freed only below.
    let given = unsafe { std::slice::from_raw_parts_mut(output.pbData, length) };
    let bytes = Zeroizing::new(given.to_vec());
    given.zeroize();
    // SAFETY: by its documentation the output is freed with LocalFree; it is not used again.
    unsafe { LocalFree(output.pbData.cast()) };
    bytes
}

/// Only what was sealed can be another's.
fn unopened(error: &std::io::Error) -> DpapiFault {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    if code.is_some_and(|code| NOT_THEIRS.contains(&code)) {
        return DpapiFault::NotTheirs;
    }
    DpapiFault::Refused(format!("Windows does not open it: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn what_was_sealed_opens_again_whatever_it_is() {
        let large = vec![7; 300_000];
        for bytes in [&b"hunter2"[..], b"", b"\0", &large] {
            for entropy in [&b""[..], b"NuGet"] {
                let sealed = CurrentUser.protect(bytes, entropy).unwrap();
                let opened = CurrentUser.unprotect(&sealed, entropy).unwrap();
                assert_eq!(opened.as_slice(), bytes);
            }
        }
    }

    #[test]
    fn a_blob_begins_with_its_version() {
        let sealed = CurrentUser.protect(b"hunter2", b"").unwrap();
        assert_eq!(sealed[..4], VERSION);
    }

    #[test]
    fn the_wrong_entropy_and_what_is_no_blob_do_not_open() {
        let sealed = CurrentUser.protect(b"hunter2", b"NuGet").unwrap();
        let opened = CurrentUser.unprotect(&sealed, b"nuget");
        assert_eq!(opened, Err(DpapiFault::NotTheirs));
        let cut = CurrentUser.unprotect(&sealed[..sealed.len() / 2], b"NuGet");
        assert_eq!(cut, Err(DpapiFault::NotTheirs));
        for bytes in [&b""[..], b"x", b"\x01\0\0\0", &[0xff; 200]] {
            assert!(CurrentUser.unprotect(bytes, b"").is_err());
        }
    }
}
