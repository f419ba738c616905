//! Personal access tokens of 52 characters: 32 bytes in lower-case base32, four of them a checksum
//! (microsoft/security-utilities, `SEC101_102_AdoPat.cs`).

use super::{Form, Token};

/// How many characters such a token has.
pub const LENGTH: usize = 52;

/// For whom a token was made. Each has its own constant in the checksum (`IdentifiableMetadata.cs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User,
    /// A registered application.
    Application,
}

impl Holder {
    fn magic(self) -> u32 {
        match self {
            Self::User => 0xE0B9_692D,
            Self::Application => 0x1019_F92E,
        }
    }
}

/// Where the checksum's bytes stand, lowest first.
pub const CHECKSUM_AT: [usize; 4] = [22, 8, 7, 2];

/// Reads a value that is one such token and nothing else.
pub(super) fn parse(value: &str) -> Option<Token> {
    let bytes = decode(value)?;
    let carried = u32::from_le_bytes(CHECKSUM_AT.map(|at| bytes[at]));
    let valid = [Holder::User, Holder::Application]
        .iter()
        .any(|holder| checksum(&bytes, *holder) == carried);
    valid.then_some(Token {
        form: Form::Pat52,
        created: None,
        expires: None,
        tenant: None,
    })
}

/// The checksum over the 28 bytes that are not the checksum's own.
pub fn checksum(bytes: &[u8; 32], holder: Holder) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for range in [0..2, 3..7, 9..22, 23..32] {
        crc.update(&bytes[range]);
    }
    crc.finalize() ^ holder.magic()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// Base32 without padding. The four bits that are left over must be zero, as every encoder writes them.
fn decode(value: &str) -> Option<[u8; 32]> {
    if value.len() != LENGTH {
        return None;
    }
    let mut bytes = [0; 32];
    let (mut bits, mut count, mut at) = (0_u16, 0, 0);
    for byte in value.bytes() {
        bits = bits << 5 | u16::from(digit(byte)?);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes[at] = ((bits >> count) & 0xff) as u8;
            bits &= (1 << count) - 1;
            at += 1;
        }
    }
    (bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: [&str; 2] = ["aaatwayeaudnhgajbifqydiob4", "ibceqtcqkucfyydenbwha5dypq"];
    const APPLICATION: [&str; 2] = ["aaa4wayeaudhgcajbifqydiob4", "ibceqtcqkuefyydenbwha5dypq"];

    #[test]
    fn the_synthetic_vectors_are_tokens() {
        for parts in [USER, APPLICATION] {
            assert_eq!(
                parse(&parts.concat()).map(|token| token.form),
                Some(Form::Pat52)
            );
        }
        assert_eq!(parse(&[USER[0], APPLICATION[1]].concat()), None);
    }

    #[test]
    fn only_lower_case_and_only_whole() {
        let token = USER.concat();
        assert_eq!(parse(&token.to_uppercase()), None);
        assert_eq!(parse(&token[1..]), None);
        assert_eq!(parse(&format!("{token}a")), None);
        assert_eq!(parse(&format!("{}é", &token[..50])), None);
    }

    #[test]
    fn bits_left_over_must_be_zero() {
        let token = USER.concat();
        assert!(token.ends_with('q'));
        assert_eq!(parse(&format!("{}r", &token[..51])), None);
    }
}
