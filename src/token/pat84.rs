//! Personal access tokens of 84 characters (since 2024): 52 random ones, then
//! `JQQJ9`, kind, year, month, 16 reserved ones, `AZDO` and a checksum
//! (microsoft/security-utilities, `LegacyCommonAnnotatedSecurityKey.cs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;

use super::{Form, Token, marvin};

/// How many characters such a token has.
pub const LENGTH: usize = 84;
/// Where [`SIGNATURE`] stands.
pub(super) const SIGNATURE_AT: usize = 76;
/// Says whose token it is.
pub(super) const SIGNATURE: &str = "AZDO";
/// How many characters stand before the checksum.
const BODY: usize = 80;
/// `Default0` in ASCII, read as one big-endian number.
const SEED: u64 = 0x4465_6661_756C_7430;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Reads a value that is one such token and nothing else.
pub(super) fn parse(value: &str) -> Option<Token> {
    if value.len() != LENGTH || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (body, carried) = value.split_at_checked(BODY)?;
    let [b'9' | b'D' | b'H', year, month] = body.get(52..)?.strip_prefix("JQQJ9")?.as_bytes()[..3]
    else {
        return None;
    };
    let created = first_day(year, month)?;
    if !body.ends_with(SIGNATURE) || !checksums(body)?.iter().any(|sum| sum == carried) {
        return None;
    }
    Some(Token {
        form: Form::Pat84,
        created: Some(created),
        expires: None,
        tenant: None,
    })
}

/// `A` is 2024; `A` is January.
fn first_day(year: u8, month: u8) -> Option<Date> {
    if !year.is_ascii_uppercase() || !month.is_ascii_uppercase() {
        return None;
    }
    let month = i8::try_from(month - b'A' + 1).ok()?;
    Date::new(2024 + i16::from(year - b'A'), month, 1).ok()
}

/// The four characters that make the 80 before them a token; `None` where they are not 80 of base64.
pub fn checksum(body: &str) -> Option<String> {
    checksums(body).map(|[base62, _]| base62)
}

/// The checksum as it is written now, and as it was written at first.
fn checksums(body: &str) -> Option<[String; 2]> {
    if body.len() != BODY {
        return None;
    }
    let state = marvin::hash(&STANDARD.decode(body).ok()?, SEED);
    let folded = (((state >> 32) ^ state) & 0xffff_ffff) as u32;
    let bytes = folded.to_le_bytes();
    Some([base62(bytes), STANDARD.encode(&bytes[..3])])
}

/// The first four of six digits. Each leading zero byte is a digit of its own; the rest is one
/// number without leading zeros, and zeros fill the end (`Base62.cs`).
fn base62(bytes: [u8; 4]) -> String {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut number = u32::from_be_bytes(bytes);
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from(BASE62[(number % 62) as usize]));
        number /= 62;
    }
    let leading = std::iter::repeat_n('0', zeros);
    let filled = leading.chain(digits.into_iter().rev());
    filled.chain(std::iter::repeat('0')).take(4).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::pat84;

    #[test]
    fn the_synthetic_vectors_are_tokens_of_january_2026() {
        let alphabet = ('A'..='Z').chain('a'..='z').collect::<String>();
        let digits = "0123456789".repeat(5) + "01";
        for (random, sum) in [(alphabet, ["2m", "bL"]), (digits, ["1j", "PY"])] {
            let body = [&random, "JQQJ99CA", "ACAAAAAAAAAA", "AAAS", "AZDO"].concat();
            let token = parse(&(body + &sum.concat())).unwrap();
            assert_eq!(token.created, Some(Date::constant(2026, 1, 1)));
        }
    }

    #[test]
    fn the_month_is_read() {
        for (year, month, day) in [
            ('A', 'A', (2024, 1)),
            ('B', 'F', (2025, 6)),
            ('C', 'L', (2026, 12)),
        ] {
            let token = parse(&pat84(year, month, 7)).unwrap();
            assert_eq!(token.created, Date::new(day.0, day.1, 1).ok());
        }
        for (year, month) in [('C', 'M'), ('c', 'A'), ('9', 'A')] {
            assert_eq!(parse(&pat84(year, month, 7)), None);
        }
    }

    #[test]
    fn the_first_way_of_writing_the_checksum_counts_too() {
        let tokens = (0..50).filter_map(|seed| {
            let body = pat84('C', 'A', seed)[..BODY].to_owned();
            let [_, base64] = checksums(&body)?;
            Some(body + &base64)
                .filter(|token| token.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        });
        assert!(
            tokens
                .inspect(|token| assert!(parse(token).is_some()))
                .count()
                > 10
        );
    }

    #[test]
    fn leading_zero_bytes_are_digits_of_their_own() {
        assert_eq!(base62([0, 0, 0, 0]), "0000");
        assert_eq!(base62([0, 0, 0, 61]), "000z");
        assert_eq!(base62([0, 0, 1, 0]), "0048");
        assert_eq!(base62([255, 255, 255, 255]), "4gfF");
    }
}
