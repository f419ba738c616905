//! Finds tokens in bytes of any kind, in time that grows with the bytes alone.
//!
//! Every form of token, raw or encoded, is a run of at least 52 letters, digits and `+/-_.`. Such runs
//! are rare, and most bytes need not be read to find them (see [`runs`]). Only inside of one it
//! is looked at closely.

mod buried;
#[cfg(test)]
mod reference;
mod runs;
#[cfg(test)]
mod tests;
mod wide;
mod wrapped;

use std::cmp::Reverse;
use std::ops::Range;

use memchr::{memchr, memmem};

use self::runs::{Class, both, class, runs};
use self::wrapped::Rows;
use super::{Token, encoded, jwt, pat52, pat84};
use crate::model::Secret;

/// Base64 of the shorter token has this many characters.
const SHORTEST_BASE64: usize = 70;
/// The shortest run that can hold a token.
const SHORTEST: usize = pat52::LENGTH;
/// Longer runs of letters in a program's data are no names with a token between them.
const LONGEST_DENSE: usize = 4096;
/// No header of a JWT is longer.
const LONGEST_HEAD: usize = 512;
/// How many encodings may lie around each other.
const DEPTH: u8 = 5;

static BASE32: Class = class(b"abcdefghijklmnopqrstuvwxyz234567");
static ALPHANUMERIC: Class =
    class(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
static OF_JWT: Class = both(&ALPHANUMERIC, &class(b"-_."));
static OF_BASE64: Class = both(&ALPHANUMERIC, &class(b"-_+/"));
static OF_ANY: Class = both(&OF_JWT, &OF_BASE64);

static OF_ESCAPED: Class = both(&OF_ANY, &class(b"%="));

/// Every run of characters that is long enough for a token in any encoding, in order: most files and most lines hold
/// none, and this tells it by looking at few bytes.
pub fn long_runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(text.as_bytes(), &OF_ESCAPED, SHORTEST)
}

/// A token that stands in bytes.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The bytes that it takes, with the encoding around it.
    pub range: Range<usize>,
    /// Where the token itself begins, or what encodes it: inside of `range`, which may be far longer.
    pub at: usize,
    /// What it is.
    pub token: Token,
    /// The token out of its encodings.
    pub secret: Secret,
    /// The bytes hold this token and perhaps its user name, so that nothing else goes with them: they are a value
    /// for [`super::open`].
    pub whole: bool,
}

/// Every token in the text, in order; their bytes do not overlap, or are the same. A token in base64, alone or in
/// other text, takes the bytes of the whole encoded value.
pub fn find_all(text: &str) -> Vec<Sighting> {
    let mut last = 0..0;
    let mut found = sight(text.as_bytes());
    found.retain(|sighting| {
        let apart = sighting.range.start >= last.end;
        if apart {
            last = sighting.range.clone();
        }
        apart || sighting.range == last
    });
    found
}

/// Every token in the bytes, in order: raw, in base64, in UTF-16, and these inside of each other.
///
/// Base64 that encodes several tokens gives as many, with the same range.
pub fn sight(bytes: &[u8]) -> Vec<Sighting> {
    let mut seen = Vec::new();
    search(bytes, DEPTH, &mut seen);
    seen.sort_unstable_by_key(|sighting| {
        (
            sighting.range.start,
            Reverse(sighting.range.end),
            sighting.at,
        )
    });
    let mut end = 0;
    let mut kept: Vec<Sighting> = Vec::with_capacity(seen.len());
    for sighting in seen {
        let apart = sighting.range.start >= end;
        end = end.max(sighting.range.end);
        let again = |known: &Sighting| known.secret == sighting.secret;
        if apart || !kept.iter().rev().take(8).any(again) {
            kept.push(sighting);
        }
    }
    kept
}

fn search(bytes: &[u8], depth: u8, seen: &mut Vec<Sighting>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    // As git tells text from what a program wrote.
    let binary = memchr(0, bytes).is_some();
    let mut rows = Rows::default();
    for run in runs(bytes, &OF_ANY, SHORTEST) {
        let from = seen.len();
        let place = Place { bytes, run };
        place.find_pat84(seen);
        place.find_pat52(binary, seen);
        place.find_jwt(binary, seen);
        let taken = seen.iter().skip(from).map(|token| token.range.clone());
        let mut taken: Vec<_> = taken.collect();
        taken.sort_unstable_by_key(|token| token.start);
        place.find_base64(&taken, depth, seen);
        rows.take(bytes, &place.run, from, depth, seen);
    }
    rows.end(bytes, depth, seen);
    if binary {
        wide::search(bytes, depth, seen);
    }
}

/// A run that may hold tokens, and the bytes around it.
struct Place<'b> {
    bytes: &'b [u8],
    run: Range<usize>,
}

impl Place<'_> {
    /// The runs of a kind inside of this one.
    fn inner(&self, class: &'static Class, least: usize) -> impl Iterator<Item = Range<usize>> {
        let start = self.run.start;
        let inside = runs(&self.bytes[self.run.clone()], class, least);
        inside.map(move |inner| start + inner.start..start + inner.end)
    }

    /// Runs are ASCII.
    fn text(&self, range: Range<usize>) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(range)?).ok()
    }

    fn enter(
        &self,
        range: Range<usize>,
        parse: fn(&str) -> Option<Token>,
        seen: &mut Vec<Sighting>,
    ) {
        if let Some(text) = self.text(range.clone())
            && let Some(token) = parse(text)
        {
            seen.push(Sighting {
                at: range.start,
                range,
                token,
                secret: Secret::new(text),
                whole: true,
            });
        }
    }

    /// Needs no boundary: the checksum tells where a token ends, and `%3A` may stand right before it.
    fn find_pat84(&self, seen: &mut Vec<Sighting>) {
        for run in self.inner(&ALPHANUMERIC, pat84::LENGTH) {
            for at in memmem::find_iter(&self.bytes[run.clone()], pat84::SIGNATURE) {
                if let Some(start) = at.checked_sub(pat84::SIGNATURE_AT) {
                    let start = run.start + start;
                    self.enter(start..start + pat84::LENGTH, pat84::parse, seen);
                }
            }
        }
    }

    /// A whole run of the alphabet, or what is left of it after an escape.
    ///
    /// In a program's data the bytes around a text are no text, and may look like more of it: a length
    /// of 52 is the character `4`, and a table's next column begins where the last one ends. There
    /// the checksum alone decides.
    fn find_pat52(&self, binary: bool, seen: &mut Vec<Sighting>) {
        for run in self.inner(&BASE32, pat52::LENGTH) {
            let last = run.end - pat52::LENGTH;
            if last == run.start || ends_escape(self.bytes, last) {
                self.enter(last..run.end, pat52::parse, seen);
            } else if binary && run.len() <= LONGEST_DENSE {
                for start in run.start..=last {
                    self.enter(start..start + pat52::LENGTH, pat52::parse, seen);
                }
            }
        }
    }

    /// Three parts of a run of parts; a fourth would make it another thing.
    ///
    /// In a program's data it may begin right behind another text; there the token itself has the last word.
    fn find_jwt(&self, binary: bool, seen: &mut Vec<Sighting>) {
        for run in self.inner(&OF_JWT, SHORTEST) {
            for at in memmem::find_iter(&self.bytes[run.clone()], jwt::START) {
                let start = run.start + at;
                let rest = &self.bytes[start..run.end];
                let head = &rest[..rest.len().min(LONGEST_HEAD)];
                let begins = start == run.start
                    || self.bytes[start - 1] == b'.'
                    || ends_escape(self.bytes, start)
                    || binary && head.contains(&b'.');
                if !begins {
                    continue;
                }
                let end = memchr::memchr_iter(b'.', rest).nth(2);
                let end = end.unwrap_or(rest.len());
                // A full stop after the token ends a sentence.
                if rest.len() <= end + 1 {
                    self.enter(start..start + end, jwt::parse, seen);
                }
            }
        }
    }

    /// Runs of the alphabet with the padding after them, or a part of such a run, but for the tokens `taken` that stand
    /// in it as they are: `/` may be the end of a value before one, and what stands behind one is no padding.
    fn find_base64(&self, taken: &[Range<usize>], depth: u8, seen: &mut Vec<Sighting>) {
        let mut taken = taken.iter().peekable();
        for run in self.inner(&OF_BASE64, SHORTEST_BASE64) {
            let mut start = run.start;
            while let Some(token) = taken.peek().filter(|token| token.start < run.end) {
                if start < token.start {
                    self.open_base64(start..token.start, depth, seen);
                }
                start = start.max(token.end);
                // The parts of a JWT are runs of their own.
                if token.end > run.end {
                    break;
                }
                taken.next();
            }
            if start < run.end {
                self.open_base64(start..run.end, depth, seen);
            }
        }
    }

    fn open_base64(&self, run: Range<usize>, depth: u8, seen: &mut Vec<Sighting>) {
        if run.len() < SHORTEST_BASE64 {
            return;
        }
        let range = run.start..run.end + padding(self.bytes, run.end);
        let Some(digits) = self.text(run.clone()) else {
            return;
        };
        if buried::begins_as_text(digits.as_bytes()) {
            let opened = encoded::open(digits);
            if let Some(token) = opened.token {
                return seen.push(Sighting {
                    at: range.start,
                    range,
                    token,
                    secret: opened.secret,
                    whole: true,
                });
            }
        }
        let from = seen.len();
        buried::search(digits, depth, seen);
        for sighting in seen.iter_mut().skip(from) {
            sighting.at += run.start;
            sighting.range = range.clone();
            sighting.whole = false;
        }
    }
}

/// How many characters of padding stand behind base64 that ends here.
fn padding(bytes: &[u8], end: usize) -> usize {
    let behind = bytes.get(end..).unwrap_or_default().iter().take(2);
    behind.take_while(|byte| **byte == b'=').count()
}

/// Whether an escape ends right before `at`: `%3a`, `\n`, `\x22`, `\u0022`. Its last characters may look
/// like the first ones of a token.
fn ends_escape(bytes: &[u8], at: usize) -> bool {
    let before = |count: usize, mark: &[u8]| {
        at.checked_sub(count)
            .is_some_and(|start| bytes[start..].starts_with(mark))
    };
    before(3, b"%") || before(2, b"\\") || before(4, b"\\x") || before(6, b"\\u")
}
