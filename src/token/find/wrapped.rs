//! Base64 that is broken into rows of one length, as in mail and in what `base64` prints.

use std::collections::HashSet;
use std::ops::Range;

use super::{OF_BASE64, SHORTEST, Sighting, buried, padding};

/// Nobody breaks base64 into shorter rows.
const SHORTEST_ROW: usize = 60;

/// Long runs that stand one below the other. All are of one length but the last, and the first where a part of a
/// file is searched.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<Range<usize>>,
    /// How many tokens were seen before these rows.
    from: usize,
}

impl Rows {
    /// Takes the next long run, in which what stands from `from` on in `seen` was found.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        run: &Range<usize>,
        from: usize,
        depth: u8,
        seen: &mut Vec<Sighting>,
    ) {
        if !self.rows.is_empty() && !self.goes_on(bytes, run) {
            self.end(bytes, depth, seen);
        }
        let is_value = seen.iter().skip(from).any(|sighting| sighting.whole);
        let goes_on = !self.rows.is_empty();
        if is_value || !goes_on && line_break(bytes, run.end).is_none() {
            return self.end(bytes, depth, seen);
        }
        if is_base64(&bytes[run.clone()]) {
            if !goes_on {
                self.from = from;
            }
            self.rows.push(run.clone());
        }
    }

    /// The length of all rows but the first and the last.
    fn length(&self) -> usize {
        let first = self.rows.iter().take(2);
        first.map(Range::len).max().unwrap_or_default()
    }

    fn goes_on(&self, bytes: &[u8], run: &Range<usize>) -> bool {
        let Some(last) = self.rows.last() else {
            return false;
        };
        let length = self.length();
        let fits = match self.rows.len() {
            1 => length.max(run.len()) >= SHORTEST_ROW,
            _ => last.len() == length && run.len() <= length,
        };
        fits && line_break(bytes, last.end) == Some(run.start) && is_base64(&bytes[run.clone()])
    }

    /// Looks into the rows together, and begins anew.
    pub(super) fn end(&mut self, bytes: &[u8], depth: u8, seen: &mut Vec<Sighting>) {
        let length = self.length();
        let Some(last) = self.rows.last().filter(|_| length >= SHORTEST_ROW) else {
            return self.rows.clear();
        };
        if last.len() == length
            && let Some(start) = line_break(bytes, last.end)
        {
            // A last row may be too short to be a long run.
            let digits = bytes.iter().skip(start).take(SHORTEST);
            let count = digits.take_while(|digit| OF_BASE64[usize::from(**digit)]);
            let short = start..start + count.count();
            if !short.is_empty() && short.len() < SHORTEST {
                self.rows.push(short);
            }
        }
        if self.rows.len() > 1 {
            self.search(bytes, depth, seen);
        }
        self.rows.clear();
    }

    fn search(&self, bytes: &[u8], depth: u8, seen: &mut Vec<Sighting>) {
        let [first, .., last] = self.rows.as_slice() else {
            return;
        };
        let mut digits = String::new();
        // Where each row begins in the digits.
        let mut starts = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            starts.push(digits.len());
            // Digits of base64 are ASCII.
            digits.extend(bytes[row.clone()].iter().copied().map(char::from));
        }
        let mut found = Vec::new();
        buried::search(&digits, depth, &mut found);
        let known = seen.iter().skip(self.from);
        let known: HashSet<_> = known.map(|known| known.secret.expose()).collect();
        found.retain(|found| !known.contains(found.secret.expose()));
        for sighting in &mut found {
            let row = starts.partition_point(|start| *start <= sighting.at) - 1;
            sighting.at = self.rows[row].start + (sighting.at - starts[row]);
            sighting.range = first.start..last.end + padding(bytes, last.end);
            sighting.whole = false;
        }
        seen.append(&mut found);
    }
}

fn is_base64(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| OF_BASE64[usize::from(*byte)])
}

/// Where the next line begins, behind its blanks, if the line ends here.
fn line_break(bytes: &[u8], at: usize) -> Option<usize> {
    let at = at + usize::from(bytes.get(at) == Some(&b'\r'));
    bytes.get(at).filter(|byte| **byte == b'\n')?;
    let behind = bytes.iter().skip(at + 1);
    let blanks = behind.take_while(|byte| matches!(byte, b' ' | b'\t'));
    Some(at + 1 + blanks.count())
}
