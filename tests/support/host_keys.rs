//! Host keys, as OpenSSH and `PuTTY` keep them.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests stop at the first surprise"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The host key of Azure DevOps, as its documentation's fingerprints identify it.
pub const PUBLISHED: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7Hr1oTWqNqOlzGJOfGJ4NakVyIzf1rXYd4d7wo6jBlkLvCA4odBlL0mDUyZ0/QUfTTqeu+tm22gOsv+VrVTMk6vwRU75gY/y9ut5Mb3bR5BV58dKXyq9A9UeB5Cakehn5Zgm6x1mKoVyf+FFn26iYqXJRgzIZZcZ5V6hrE0Qg39kZm4az48o0AUbf6Sp4SLdvnuMa2sVNwHBboS7EJkm57XQPVU3/QpyNLHbWDdzwtrlS+ez30S3AdYhLKEOxAG8weOnyrtLJAUen9mTkol8oII1edf7mWWbWVf0nBmly21+nZcmCTISQBtdcyPaEno7fFQMDD26/s0lfKob4Kw8H";

/// Another RSA key: the published one with one bit changed.
pub fn other() -> String {
    let (kind, key) = PUBLISHED.split_once(' ').unwrap();
    let mut blob = STANDARD.decode(key).unwrap();
    let last = blob.len() - 1;
    blob[last] ^= 2;
    format!("{kind} {}", STANDARD.encode(blob))
}

/// An RSA key of a `.pub` file as `PuTTY` remembers it: exponent and modulus in hexadecimal digits.
pub fn putty(public: &str) -> String {
    let key = public.split_whitespace().nth(1).unwrap();
    let blob = STANDARD.decode(key).unwrap();
    // Three fields: the type, the exponent and the modulus, each behind its length.
    let mut rest = blob.as_slice();
    let mut numbers = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        let (field, behind) = behind.split_at(length);
        let digits: String = field.iter().map(|byte| format!("{byte:02x}")).collect();
        numbers.push(format!("0x{}", digits.trim_start_matches('0')));
        rest = behind;
    }
    numbers[1..].join(",")
}
