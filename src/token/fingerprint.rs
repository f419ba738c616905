//! Tells secrets apart without telling anything of them.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroize as _;

use crate::model::Secret;

/// The key of this workstation's fingerprints. Without it a fingerprint cannot be tried offline.
#[derive(Clone)]
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// Takes the key over.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The first 12 hex digits of HMAC-SHA256: enough to tell one workstation's secrets apart.
    pub fn fingerprint(&self, secret: &Secret) -> String {
        // HMAC takes keys of any length; this one has the length of its block's half.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(secret.expose().as_bytes());
        hex(&mac.finalize().into_bytes()[..6])
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FingerprintKey(…)")
    }
}

impl Drop for FingerprintKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_the_key_and_the_secret_alone() {
        let secret = Secret::new("hunter2");
        let key = FingerprintKey::new([1; 32]);
        assert_eq!(key.fingerprint(&secret).len(), 12);
        assert_eq!(key.fingerprint(&secret), key.clone().fingerprint(&secret));
        assert_ne!(
            key.fingerprint(&secret),
            key.fingerprint(&Secret::new("hunter3"))
        );
        assert_ne!(
            key.fingerprint(&secret),
            FingerprintKey::new([2; 32]).fingerprint(&secret)
        );
    }

    #[test]
    fn it_is_hmac_sha256() {
        // RFC 4231, test case 1, has a key of 20 bytes; HMAC fills keys with zeros.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            FingerprintKey::new(key).fingerprint(&Secret::new("Hi There")),
            "b0344c61d8db"
        );
    }
}
