//! The plain way to find tokens, byte by byte, which the fast one must equal.

use std::ops::Range;

use crate::token::{Token, encoded, jwt, pat52, pat84, recognize};

/// Base64 of the shorter token has this many characters.
const SHORTEST_BASE64: usize = 70;

/// Every token in the text with the bytes that it takes, in order and without overlap. A token in
/// base64, alone or as `user:token`, takes the bytes of the whole encoded value.
pub(super) fn find_all(text: &str) -> Vec<(Range<usize>, Token)> {
    let mut found = Vec::new();
    find_pat84(text, &mut found);
    for run in runs(text, |byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')) {
        find_pat52(text, run, &mut found);
    }
    for run in runs(text, |byte| jwt::is_digit(byte) || byte == b'.') {
        find_jwt(text, run, &mut found);
    }
    for run in runs(text, |byte| {
        jwt::is_digit(byte) || matches!(byte, b'+' | b'/')
    }) {
        find_base64(text, run, &mut found);
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|(range, _)| {
        let apart = range.start >= end;
        end = end.max(range.end);
        apart
    });
    found
}

type Tokens = Vec<(Range<usize>, Token)>;

/// Needs no boundary: the checksum tells where a token ends, and `%3A` may stand right before it.
fn find_pat84(text: &str, found: &mut Tokens) {
    for (at, _) in text.match_indices(pat84::SIGNATURE) {
        let Some(start) = at.checked_sub(pat84::SIGNATURE_AT) else {
            continue;
        };
        let range = start..start + pat84::LENGTH;
        if let Some(token) = text.get(range.clone()).and_then(pat84::parse) {
            found.push((range, token));
        }
    }
}

/// A whole run of the alphabet.
fn find_pat52(text: &str, run: Range<usize>, found: &mut Tokens) {
    for start in starts(text, run.start) {
        if let Some(token) = text.get(start..run.end).and_then(pat52::parse) {
            found.push((start..run.end, token));
        }
    }
}

/// Three parts of a run of parts; a fourth would make it another thing.
fn find_jwt(text: &str, run: Range<usize>, found: &mut Tokens) {
    let after_dots = text[run.clone()].match_indices('.');
    let after_dots = after_dots.map(|(at, _)| run.start + at + 1);
    for start in starts(text, run.start).chain(after_dots) {
        let rest = text.get(start..run.end).unwrap_or_default();
        if !rest.starts_with("eyJ") {
            continue;
        }
        let end = rest
            .match_indices('.')
            .nth(2)
            .map_or(rest.len(), |(at, _)| at);
        // A full stop after the token ends a sentence.
        let is_whole = rest.len() <= end + 1;
        if let Some(token) = rest.get(..end).filter(|_| is_whole).and_then(jwt::parse) {
            found.push((start..start + end, token));
        }
    }
}

/// A whole run of the alphabet with the padding after it.
fn find_base64(text: &str, run: Range<usize>, found: &mut Tokens) {
    if run.len() < SHORTEST_BASE64 {
        return;
    }
    let padding = text[run.end..]
        .bytes()
        .take(2)
        .take_while(|byte| *byte == b'=');
    // A bare token is no base64, and what stands behind it is no padding.
    if recognize(&text[run.clone()]).is_some() {
        return;
    }
    if let Some(token) = encoded::open(&text[run.clone()]).token {
        found.push((run.start..run.end + padding.count(), token));
    }
}

/// Where a token may start in a run: at its start, or after what is the tail of an escape (`%3a`, `\n`).
fn starts(text: &str, run: usize) -> impl Iterator<Item = usize> {
    let tail = match text.as_bytes()[..run].last() {
        Some(b'%') => Some(run + 2),
        Some(b'\\') => Some(run + 1),
        _ => None,
    };
    std::iter::once(run).chain(tail)
}

/// Maximal ranges of bytes that all belong; such bytes must be ASCII.
fn runs(text: &str, belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| belongs(*byte))?;
        let length = bytes[start..].iter().position(|byte| !belongs(*byte));
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
}
