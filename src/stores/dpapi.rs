//! Opens what Windows has sealed for the person (DPAPI), where the person's own key may be asked.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize as _, Zeroizing};

use super::Finder;
use crate::model::{PlaceState, Secret};
use crate::platform::Platform;
use crate::platform::dpapi::{Dpapi, DpapiFault};

/// How base64 of a blob begins, which is its version.
const BEGINNING: &str = "AQAAA";
/// The longest value of a setting that is taken for one.
const LONGEST: usize = 64 * 1024;

/// Whether a value of a setting has the form of a blob in base64.
pub(super) fn is_sealed(value: &str) -> bool {
    value.starts_with(BEGINNING)
}

/// Opens the values of one file, and remembers why one stayed closed.
pub(super) struct Opener {
    keys: Option<Arc<dyn Dpapi>>,
    closed: RefCell<Option<Closed>>,
}

/// Why a value stayed closed.
enum Closed {
    NotAsked,
    Refused(DpapiFault),
}

impl Opener {
    /// With the keys of this platform, if it has any to ask.
    pub(super) fn of(platform: &dyn Platform) -> Self {
        Self {
            keys: platform.dpapi(),
            closed: RefCell::new(None),
        }
    }

    /// The same keys for a value of which nothing need be said where it stays closed.
    pub(super) fn quiet(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            closed: RefCell::new(None),
        }
    }

    /// What was sealed.
    pub(super) fn open(&self, blob: &[u8], entropy: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let opened = match &self.keys {
            Some(keys) => keys.unprotect(blob, entropy).map_err(Closed::Refused),
            None => Err(Closed::NotAsked),
        };
        match opened {
            Ok(bytes) => Some(bytes),
            Err(closed) => {
                self.closed.borrow_mut().get_or_insert(closed);
                None
            }
        }
    }

    /// The text that was sealed, of a blob in base64.
    pub(super) fn open_text(&self, base64: &str, entropy: &[u8]) -> Option<Secret> {
        let blob = Some(base64.trim()).filter(|text| text.len() <= LONGEST);
        let Some(Ok(blob)) = blob.map(|text| STANDARD.decode(text)) else {
            let fault = Closed::Refused(DpapiFault::NotTheirs);
            self.closed.borrow_mut().get_or_insert(fault);
            return None;
        };
        let mut bytes = self.open(&blob, entropy)?;
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Some(Secret::new(text)),
            Err(odd) => {
                odd.into_bytes().zeroize();
                let fault = DpapiFault::Refused("what it holds is no text".to_owned());
                self.closed
                    .borrow_mut()
                    .get_or_insert(Closed::Refused(fault));
                None
            }
        }
    }

    /// Says of the place why something in it stayed closed, if anything did.
    pub(super) fn tell(self, finder: &mut Finder<'_>, path: &Path) {
        const BY_TIME: &str = "so it is judged by its time alone";
        let (state, reason) = match self.closed.into_inner() {
            None => return,
            // Nothing is wrong with the place: it was not to be asked.
            Some(Closed::NotAsked) => (
                PlaceState::Read,
                format!("Windows sealed what it holds, and no key is asked for here, {BY_TIME}"),
            ),
            Some(Closed::Refused(fault)) => (
                PlaceState::Locked,
                format!("Windows does not open what is sealed in it ({fault}), {BY_TIME}"),
            ),
        };
        finder.place(path, state, Some(reason));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::platform::dpapi::memory::MemoryDpapi;
    use crate::testing::{Pretended, TestHome};

    fn opener(home: &TestHome) -> Opener {
        let keys = Arc::new(MemoryDpapi::of(1));
        Opener::of(&Pretended::hermetic(home).with_dpapi(&keys))
    }

    #[test]
    fn what_is_sealed_in_base64_is_known_by_its_beginning() {
        let sealed = MemoryDpapi::of(1).protect(b"x", b"").unwrap();
        assert!(is_sealed(&STANDARD.encode(sealed)));
        assert!(!is_sealed("hunter2"));
    }

    #[test]
    fn a_text_opens_with_its_entropy_alone() {
        let home = TestHome::new();
        let sealed = MemoryDpapi::of(1).protect(b"hunter2", b"NuGet").unwrap();
        let sealed = STANDARD.encode(sealed);
        let opened = opener(&home).open_text(&sealed, b"NuGet");
        assert_eq!(opened.unwrap().expose(), "hunter2");
        assert!(opener(&home).open_text(&sealed, b"").is_none());
    }

    proptest! {
        #[test]
        fn any_value_can_be_tried(value: String, bytes: Vec<u8>) {
            let home = TestHome::new();
            prop_assert!(opener(&home).open_text(&value, b"").is_none());
            let sealed = MemoryDpapi::of(1).protect(&bytes, b"").unwrap();
            let opened = opener(&home).open_text(&STANDARD.encode(sealed), b"");
            prop_assert_eq!(opened.is_some(), String::from_utf8(bytes).is_ok());
        }
    }
}
