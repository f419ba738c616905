//! Tokens that stand somewhere in base64, which may be long and begin before what is encoded.

use super::runs::{Class, class, runs_by};
use super::{SHORTEST, Sighting};
use crate::token::encoded;

/// First digits of the groups of four that encode a character of a token (and two more), or the NUL of UTF-16:
/// such a digit is the first six bits of its byte.
static FIRST: Class = class(b"AKLMNOQRSTUVWXYZabcde");

/// Of 52 bytes in a row so many begin a group of three, wherever the first group begins.
const GROUPS: usize = SHORTEST / 3;

/// How many groups more are decoded on each side: a token may begin and end inside of one, and what
/// stands before it tells whether it begins there.
const AROUND: usize = 3;

/// Every token in base64 of anything, at whichever digit its groups begin. Places are those of digits.
///
/// Groups are told apart by their first digit, so that base64 of anything but long words is not decoded.
pub(super) fn search(digits: &str, depth: u8, seen: &mut Vec<Sighting>) {
    let bytes = digits.as_bytes();
    for phase in 0..4 {
        let first = |group: usize| phase + 4 * group;
        let count = bytes.len().saturating_sub(phase).div_ceil(4);
        let groups = runs_by(count, GROUPS, |group| {
            bytes
                .get(first(group))
                .is_some_and(|digit| FIRST[usize::from(*digit)])
        });
        for groups in groups {
            let start = first(groups.start.saturating_sub(AROUND));
            let end = first(groups.end + AROUND).min(bytes.len());
            // One digit alone encodes nothing.
            let end = end - usize::from((end - start) % 4 == 1);
            let Some(decoded) = digits.get(start..end).and_then(encoded::decode) else {
                continue;
            };
            let from = seen.len();
            super::search(&decoded, depth, seen);
            for sighting in seen.iter_mut().skip(from) {
                sighting.at = start + sighting.at / 3 * 4;
            }
        }
    }
}

/// Whether base64 may be one whole text, by its first group.
pub(super) fn begins_as_text(digits: &[u8]) -> bool {
    let first = digits.iter().take(4);
    let value = first.fold(0, |value: u32, digit| {
        value << 6 | u32::from(value_of(*digit))
    });
    let [_, bytes @ ..] = value.to_be_bytes();
    match std::str::from_utf8(&bytes) {
        Ok(text) => !text.contains(char::is_control),
        Err(error) => error.error_len().is_none(),
    }
}

fn value_of(digit: u8) -> u8 {
    match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    }
}
