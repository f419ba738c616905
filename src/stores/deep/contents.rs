//! Searches one file of any size in room that does not grow with it.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::credentials::organization_near;
use crate::model::{OrganizationName, Scope, Secret};
use crate::platform::read::{self, LIMIT};
use crate::token::{self, Sighting};
use crate::walk::{LATE, Pulse};

/// How many bytes are searched at once.
const SIZE: usize = 512 * 1024;
/// How many bytes the next piece repeats: more than any token takes, in any encoding.
const OVERLAP: usize = 128 * 1024;
/// How many bytes before a token are looked at.
const BEFORE: usize = 64;
/// No token is shorter.
const SHORTEST: u64 = token::pat52::LENGTH as u64;
/// A file that begins like this long without a NUL is text, as git sees it.
const BEGINNING: usize = 8000;
/// How far around a token its organization is looked for.
const AROUND: usize = 2048;
/// More tokens of one file than this are told by their number alone.
pub(super) const MOST: usize = 1000;
/// How often the same token of one file is told: a log may repeat it in every line.
const REPEATS: usize = 8;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Holds {
    /// Tokens in a text that can be read whole.
    Text,
    /// These, in what a program wrote, or in a text that is too large.
    Data(Hits),
}

/// Tokens in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) list: Vec<Hit>,
    /// There are more tokens than are listed.
    pub(super) more: bool,
}

/// What is told of a place with more tokens than are listed.
pub(super) fn too_many() -> String {
    format!("it has more than {MOST} tokens; the rest is not listed")
}

/// How often each token was told.
#[derive(Default)]
pub(super) struct Told {
    counts: HashMap<Secret, usize>,
    /// Tokens were left out because there are too many.
    pub(super) more: bool,
}

impl Told {
    pub(super) fn is_news(&mut self, secret: &Secret) -> bool {
        if let Some(count) = self.counts.get_mut(secret) {
            *count += 1;
            return *count <= REPEATS;
        }
        self.more |= self.counts.len() == MOST;
        if !self.more {
            self.counts.insert(secret.clone(), 1);
        }
        !self.more
    }
}

/// Bytes that are read from their beginning on, without holes.
pub(super) trait Source: Read {
    /// The next of the first `length` bytes that are no hole, from `from` on; the next read begins with them.
    ///
    /// # Errors
    /// The system's.
    fn next_data(&mut self, from: u64, length: u64) -> io::Result<Option<Range<u64>>> {
        Ok((from < length).then_some(from..length))
    }
}

impl Source for &[u8] {}

/// A file that may have holes: a disk of a virtual machine has terabytes of them.
pub(super) struct Sparse<'f> {
    pub(super) file: &'f File,
    pub(super) metadata: &'f Metadata,
}

impl Read for Sparse<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.file.read(room)
    }
}

impl Source for Sparse<'_> {
    fn next_data(&mut self, from: u64, _length: u64) -> io::Result<Option<Range<u64>>> {
        read::next_data(self.file, self.metadata, from)
    }
}

/// A token in a file.
#[derive(Debug)]
pub(super) struct Hit {
    /// Where it begins.
    pub(super) offset: u64,
    /// On which line, where the file is text.
    pub(super) line: Option<u32>,
    pub(super) organization: Option<OrganizationName>,
    pub(super) secret: Secret,
}

/// Room for a piece of a file, used again from file to file.
pub(super) struct Room(Vec<u8>);

impl Default for Room {
    fn default() -> Self {
        Self(vec![0; SIZE])
    }
}

/// What a file of this length holds, if anything. What is written behind its end meanwhile is not read.
///
/// # Errors
/// The system's, and that there was no time for all of it.
pub(super) fn search(
    file: &mut impl Source,
    length: u64,
    room: &mut Room,
    scope: &Scope,
    pulse: &Pulse,
) -> io::Result<Option<Holds>> {
    pieces(file, length, room, scope, length > LIMIT, &|| pulse.beat())
}

/// The tokens in bytes of any kind.
pub(super) fn search_bytes(mut bytes: &[u8], room: &mut Room, scope: &Scope) -> Hits {
    let length = bytes.len() as u64;
    // Memory is always readable.
    match pieces(&mut bytes, length, room, scope, true, &|| true) {
        Ok(Some(Holds::Data(hits))) => hits,
        Ok(Some(Holds::Text) | None) | Err(_) => Hits::default(),
    }
}

fn pieces(
    file: &mut impl Source,
    length: u64,
    room: &mut Room,
    scope: &Scope,
    apart: bool,
    go_on: &dyn Fn() -> bool,
) -> io::Result<Option<Holds>> {
    if length < SHORTEST {
        return Ok(None);
    }
    let mut search = Search {
        scope,
        apart,
        text: true,
        base: 0,
        lines: 1,
        hits: Vec::new(),
        told: Told::default(),
        end: 0,
    };
    let mut from = 0;
    while let Some(span) = file.next_data(from, length)? {
        from = span.end.max(from + 1);
        // A hole is full of NULs.
        search.text &= span.start == search.base;
        if search.span(file, span, &mut room.0, go_on)? {
            return Ok(Some(Holds::Text));
        }
        if search.told.more {
            break;
        }
    }
    let hits = Hits {
        list: search.hits,
        more: search.told.more,
    };
    Ok((!hits.list.is_empty()).then_some(Holds::Data(hits)))
}

/// Reads until the room is full; true where the file ended before.
fn fill(file: &mut impl Read, room: &mut [u8], filled: &mut usize) -> io::Result<bool> {
    while *filled < room.len() {
        match file.read(&mut room[*filled..]) {
            Ok(0) => return Ok(true),
            Ok(count) => *filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn is_text(beginning: &[u8]) -> bool {
    let marks: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    let beginning = &beginning[..beginning.len().min(BEGINNING)];
    marks.iter().any(|mark| beginning.starts_with(mark)) || memchr(0, beginning).is_none()
}

struct Search<'s> {
    scope: &'s Scope,
    /// Even a text is not read whole later.
    apart: bool,
    text: bool,
    /// Where the piece begins in the file.
    base: u64,
    /// The line that the piece begins on.
    lines: u32,
    hits: Vec<Hit>,
    told: Told,
    /// Where the last hit ends in the file.
    end: u64,
}

impl Search<'_> {
    /// Searches what has no hole in it, and answers whether it has tokens and is to be read whole.
    fn span(
        &mut self,
        file: &mut impl Read,
        span: Range<u64>,
        room: &mut [u8],
        go_on: &dyn Fn() -> bool,
    ) -> io::Result<bool> {
        self.base = span.start;
        let mut filled = 0;
        loop {
            if !go_on() {
                return Err(io::Error::new(ErrorKind::TimedOut, LATE));
            }
            let wanted = usize::try_from(span.end - self.base).unwrap_or(SIZE);
            let ended = fill(file, &mut room[..wanted.min(SIZE)], &mut filled)?;
            let last = ended || wanted <= SIZE;
            let piece = &room[..filled];
            if self.base == 0 {
                self.text = is_text(piece);
            }
            let found = self.take(piece, self.base == span.start, last);
            if found && self.text && !self.apart {
                return Ok(true);
            }
            if last || self.told.more {
                self.pass(piece);
                return Ok(false);
            }
            let next = filled - OVERLAP;
            self.pass(&piece[..next]);
            room.copy_within(next..filled, 0);
            filled = OVERLAP;
        }
    }

    /// Takes the tokens that begin in this piece, and answers whether there are any. Those near its end
    /// belong to the next one, which has what stands before and behind them.
    fn take(&mut self, piece: &[u8], first: bool, last: bool) -> bool {
        let from = if first { 0 } else { BEFORE };
        let to = if last {
            piece.len()
        } else {
            piece.len() - OVERLAP + BEFORE
        };
        let mut any = false;
        for sighting in token::sight(piece) {
            if (from..to).contains(&sighting.at) {
                any = true;
                self.enter(piece, sighting);
            }
        }
        any
    }

    fn enter(&mut self, piece: &[u8], sighting: Sighting) {
        let Sighting {
            range, at, secret, ..
        } = sighting;
        let again = self.hits.last().is_some_and(|last| {
            last.secret == secret && self.base + (range.start as u64) < self.end
        });
        // Base64 that is longer than a piece shows what is in it twice.
        if again {
            return;
        }
        self.end = self.base + range.end as u64;
        if !self.told.is_news(&secret) {
            return;
        }
        let near = at.saturating_sub(AROUND)..(at + AROUND).min(piece.len());
        let start = near.start;
        let near: String = piece[near].iter().copied().map(ascii).collect();
        let own = range.start.saturating_sub(start)..(range.end - start).min(near.len());
        let organization = organization_near(&near, own, self.scope)
            .or_else(|| crate::text::only_organization(&near));
        // In a program's data the next value may stand right behind an address: a name that nobody knows may be none.
        self.hits.push(Hit {
            offset: self.base + at as u64,
            line: self.text.then(|| self.lines + breaks(&piece[..at])),
            organization: organization.filter(|name| self.text || self.scope.has(name)),
            secret,
        });
    }

    /// Goes on behind these bytes.
    fn pass(&mut self, bytes: &[u8]) {
        self.base += bytes.len() as u64;
        if self.text {
            self.lines = self.lines.saturating_add(breaks(bytes));
        }
    }
}

/// A program's data as text: addresses are ASCII, and what is not ends them.
fn ascii(byte: u8) -> char {
    if byte.is_ascii() && byte != 0 {
        char::from(byte)
    } else {
        '\n'
    }
}

fn breaks(bytes: &[u8]) -> u32 {
    u32::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{entra_jwt, pat52, pat84, scope};
    use crate::walk::Budget;

    /// Gives a few bytes at a time, as some file systems do.
    struct Slow<'b>(&'b [u8], usize);

    impl Source for Slow<'_> {}

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(room.len());
            self.0.read(&mut room[..count])
        }
    }

    fn hits(bytes: &[u8], step: usize) -> Vec<(u64, String)> {
        let length = bytes.len() as u64;
        let found = search(
            &mut Slow(bytes, step),
            length,
            &mut Room::default(),
            &scope(&["contoso"]),
            &Pulse::new(Budget::unlimited()),
        );
        match found.unwrap() {
            Some(Holds::Data(hits)) => hits
                .list
                .into_iter()
                .map(|hit| (hit.offset, hit.secret.expose().to_owned()))
                .collect(),
            Some(Holds::Text) => panic!("it has NULs"),
            None => Vec::new(),
        }
    }

    #[test]
    fn a_token_across_the_end_of_a_piece_is_found_once() {
        let (long, short) = (pat84('C', 'A', 1), pat52(1));
        let jwt = entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", 1);
        for token in [&long, &short, &jwt, &STANDARD.encode(format!("u:{short}"))] {
            let next = SIZE - OVERLAP;
            for end in [SIZE, next, next + BEFORE, SIZE + next, 2 * SIZE] {
                for before in [token.len() + 1, token.len(), token.len() - 1, 30, 1, 0] {
                    let mut file = vec![0_u8; end - before];
                    file.push(b'"');
                    let offset = file.len() as u64;
                    file.extend_from_slice(token.as_bytes());
                    file.resize(file.len() + 300_000, b' ');
                    let found = hits(&file, 100_000);
                    assert_eq!(found.len(), 1, "{end} {before} {token}");
                    assert_eq!(found[0].0, offset);
                }
            }
        }
    }

    #[test]
    fn base64_that_is_longer_than_a_piece_is_looked_into() {
        let tokens = [1, 2, 3].map(|seed| pat84('C', 'A', seed));
        let parts = tokens
            .each_ref()
            .map(|token| format!("{}\n{token}\n", "x y ".repeat(100_000)));
        let file = format!("\0data: {}\n", STANDARD.encode(parts.concat()));
        let found: Vec<_> = hits(file.as_bytes(), SIZE)
            .into_iter()
            .map(|(_, secret)| secret)
            .collect();
        assert_eq!(found, tokens);
    }

    #[test]
    fn the_line_of_a_large_text_is_counted_through_all_pieces() {
        let token = pat84('C', 'A', 1);
        let mut file = "0123456789abcde\n".repeat(2 * 1024 * 1024);
        let before = file.len();
        file.push_str(&format!("x={token}\n"));
        assert!(before as u64 > LIMIT);
        let length = file.len() as u64;
        let mut room = Room::default();
        let pulse = Pulse::new(Budget::unlimited());
        let found = search(&mut file.as_bytes(), length, &mut room, &scope(&[]), &pulse).unwrap();
        let Some(Holds::Data(hits)) = found else {
            panic!("{found:?}")
        };
        let places: Vec<_> = hits.list.iter().map(|hit| (hit.offset, hit.line)).collect();
        assert_eq!(places, [(before as u64 + 2, Some(2 * 1024 * 1024 + 1))]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn pieces_find_what_the_whole_finds(gaps in proptest::collection::vec(0..400_000_usize, 1..6), step in 1000..600_000_usize) {
            let mut file = vec![0_u8];
            for (seed, gap) in gaps.iter().enumerate() {
                file.resize(file.len() + gap, b'.');
                file.push(b' ');
                file.extend_from_slice(pat52(u8::try_from(seed).unwrap()).as_bytes());
                file.push(b' ');
            }
            let whole = token::sight(&file).into_iter();
            let whole: Vec<_> = whole
                .map(|one| (one.at as u64, one.secret.expose().to_owned()))
                .collect();
            prop_assert_eq!(hits(&file, step), whole);
        }
    }
}
