//! `PuTTY`'s private key files (the `PuTTY` manual, appendix C): the public half stands there in clear. And the host keys
//! that it remembers (its `crypto/rsa.c`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_key::PublicKey;

use super::ssh::{KeyFile, PublicHalf, facts, of_numbers};

/// No number of a key has more digits: 16,384 bits.
const MOST_DIGITS: usize = 4096;

/// Reads an RSA key, `0x<exponent>,0x<modulus>`.
pub(super) fn host_key(text: &str) -> Option<PublicHalf> {
    let (exponent, modulus) = text.trim().split_once(',')?;
    of_numbers(&number(exponent)?, &number(modulus)?)
}

/// The bytes of a number in hexadecimal digits, the highest first.
fn number(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    if digits.is_empty() || digits.len() > MOST_DIGITS {
        return None;
    }
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16)?).ok();
    // An odd digit stands alone at the beginning.
    let (first, pairs) = digits.split_at(digits.len() % 2);
    let first = first.iter().map(digit);
    let pairs = pairs.chunks_exact(2).map(|pair| match pair {
        [high, low] => Some((digit(high)? << 4) | digit(low)?),
        _ => None,
    });
    first.chain(pairs).collect()
}

/// Reads version 2 and 3.
pub(super) fn read(text: &str) -> Option<KeyFile> {
    let mut lines = text.lines();
    let algorithm = lines.next()?.split_once(": ")?.1.trim().to_owned();
    let mut encrypted = false;
    let mut comment = String::new();
    let mut blob = None;
    while let Some((name, value)) = lines.next().and_then(|line| line.split_once(": ")) {
        match name {
            "Encryption" => encrypted = value.trim() != "none",
            "Comment" => value.trim().clone_into(&mut comment),
            "Public-Lines" => {
                let count = value.trim().parse().ok()?;
                let digits: String = lines.by_ref().take(count).map(str::trim).collect();
                blob = STANDARD.decode(digits).ok();
                break;
            }
            _ => {}
        }
    }
    let public = blob
        .and_then(|blob| PublicKey::from_bytes(&blob).ok())
        .and_then(|mut key| {
            key.set_comment(comment);
            facts(&key)
        });
    Some(KeyFile {
        algorithm: Some(algorithm),
        encrypted,
        public,
        is_public: false,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::testing::host_keys::{PUBLISHED, other, putty};
    use crate::token::ssh::public_half;

    #[test]
    fn a_remembered_host_key_is_the_key_that_openssh_writes_otherwise() {
        for public in [PUBLISHED, &other()] {
            let remembered = host_key(&putty(public)).unwrap();
            assert_eq!(remembered, public_half(public).unwrap());
        }
    }

    #[test]
    fn what_is_no_pair_of_numbers_is_no_key() {
        for text in [
            "",
            ",",
            "0x,0x",
            "0x10001",
            "0x10001,",
            "10001,ab",
            "0x1000g,0xab",
            "0x10001,0x",
        ] {
            assert!(host_key(text).is_none(), "{text}");
        }
        let long = format!("0x10001,0x{}", "f".repeat(MOST_DIGITS + 1));
        assert!(host_key(&long).is_none());
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text: String, digits in "[0-9a-f]{0,40}") {
            let _ = host_key(&text);
            let _ = host_key(&format!("0x{digits},0x{text}"));
        }
    }
}
