//! Keys in memory, for tests on every system.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::{Dpapi, DpapiFault};

/// How every blob of Windows begins.
const HEAD: &[u8] = b"\x01\0\0\0\xd0\x8c\x9d\xdf\x01\x15\xd1\x11\x8c\x7a\0\xc0\x4f\xc2\x97\xeb";

/// A person at a computer, by a number.
#[derive(Debug, Default)]
pub(crate) struct MemoryDpapi {
    person: u8,
    sealed: AtomicU8,
    refuses: AtomicBool,
}

impl MemoryDpapi {
    pub(crate) fn of(person: u8) -> Self {
        Self {
            person,
            ..Self::default()
        }
    }

    /// From now on nothing is sealed or opened.
    pub(crate) fn refuse(&self) {
        self.refuses.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), DpapiFault> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(DpapiFault::Refused("no key is to be had".to_owned()));
        }
        Ok(())
    }

    /// The same bytes never give the same blob twice, as with the real one.
    fn stream(&self, salt: u8, entropy: &[u8]) -> impl Iterator<Item = u8> {
        let seed = [&[self.person, salt], entropy].concat();
        let key = digest(&SHA256, &seed).as_ref().to_vec();
        key.into_iter().cycle()
    }
}

impl Dpapi for MemoryDpapi {
    fn protect(&self, bytes: &[u8], entropy: &[u8]) -> Result<Vec<u8>, DpapiFault> {
        self.check()?;
        let salt = self.sealed.fetch_add(1, Ordering::Relaxed);
        let check = digest(&SHA256, bytes);
        let stream = self.stream(salt, entropy);
        let plain = [check.as_ref(), bytes].concat();
        let hidden = plain.iter().zip(stream).map(|(byte, key)| byte ^ key);
        Ok(HEAD.iter().copied().chain([salt]).chain(hidden).collect())
    }

    fn unprotect(&self, sealed: &[u8], entropy: &[u8]) -> Result<Zeroizing<Vec<u8>>, DpapiFault> {
        self.check()?;
        let (salt, hidden) = sealed
            .strip_prefix(HEAD)
            .and_then(<[u8]>::split_first)
            .ok_or(DpapiFault::NotTheirs)?;
        let stream = self.stream(*salt, entropy);
        let plain: Vec<_> = hidden
            .iter()
            .zip(stream)
            .map(|(it, key)| it ^ key)
            .collect();
        match plain.split_at_checked(32) {
            Some((check, bytes)) if digest(&SHA256, bytes).as_ref() == check => {
                Ok(Zeroizing::new(bytes.to_vec()))
            }
            _ => Err(DpapiFault::NotTheirs),
        }
    }
}
