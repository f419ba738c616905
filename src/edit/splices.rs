//! What a file will hold: its own bytes with the splices made, or those that Windows has sealed in it.

use zeroize::Zeroizing;

use crate::model::{Splice, splice};
use crate::platform::dpapi::Dpapi;

/// Splices of one file.
#[derive(Default)]
pub(super) struct Splices {
    pub(super) all: Vec<Splice>,
    /// They are of what is sealed inside.
    pub(super) sealed: bool,
}

impl Splices {
    /// The file's new bytes; `None` where they would be the same.
    ///
    /// # Errors
    /// Why they cannot be made: the end of a sentence.
    pub(super) fn made(
        self,
        bytes: &[u8],
        dpapi: Option<&dyn Dpapi>,
    ) -> Result<Option<Vec<u8>>, String> {
        if !self.sealed {
            let made = splice(bytes, self.all).map_err(|overlap| overlap.to_string())?;
            return Ok((made != bytes).then_some(made));
        }
        let dpapi = dpapi.ok_or("Windows has sealed it, and no key is asked for here")?;
        let inside = dpapi
            .unprotect(bytes, b"")
            .map_err(|fault| fault.to_string())?;
        let made = splice(&inside, self.all).map_err(|overlap| overlap.to_string())?;
        let made = Zeroizing::new(made);
        if *made == *inside {
            return Ok(None);
        }
        let sealed = dpapi.protect(&made, b"");
        sealed.map(Some).map_err(|fault| fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::platform::dpapi::memory::MemoryDpapi;

    fn splices(range: std::ops::Range<usize>) -> Splices {
        let replacement = Vec::new();
        Splices {
            all: vec![Splice {
                range,
                replacement: replacement.into(),
            }],
            sealed: true,
        }
    }

    #[test]
    fn what_is_sealed_is_opened_cut_and_sealed_again() {
        let dpapi = MemoryDpapi::of(1);
        let sealed = dpapi.protect(b"one two three", b"").unwrap();
        let made = splices(3..7).made(&sealed, Some(&dpapi)).unwrap().unwrap();
        assert_ne!(made, sealed);
        assert_eq!(*dpapi.unprotect(&made, b"").unwrap(), b"one three");
    }

    #[test]
    fn nothing_to_cut_is_no_change_although_the_seal_would_be_another() {
        let dpapi = MemoryDpapi::of(1);
        let sealed = dpapi.protect(b"one", b"").unwrap();
        assert_eq!(splices(1..1).made(&sealed, Some(&dpapi)), Ok(None));
    }

    #[test]
    fn what_does_not_open_is_not_changed_and_said() {
        let sealed = MemoryDpapi::of(1).protect(b"one", b"").unwrap();
        let other = MemoryDpapi::of(2);
        assert!(splices(0..1).made(&sealed, Some(&other)).is_err());
        assert!(splices(0..1).made(&sealed, None).is_err());
        assert!(
            splices(0..9)
                .made(&sealed, Some(&MemoryDpapi::of(1)))
                .is_err()
        );
    }
}
