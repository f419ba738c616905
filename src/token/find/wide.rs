//! Tokens in UTF-16 of either byte order, wherever it begins: whole files, and texts in a program's data.

use super::runs::runs_by;
use super::{OF_ANY, SHORTEST, Sighting, search as narrow_search};

/// How many characters around a run are looked at too: an escape before it, padding after it.
const AROUND: usize = 6;

/// Every token whose characters have a zero byte between them.
pub(super) fn search(bytes: &[u8], depth: u8, seen: &mut Vec<Sighting>) {
    for parity in 0..2 {
        let place = |unit: usize| parity + 2 * unit;
        // The character of a unit, where it is ASCII and not NUL.
        let character = |unit: usize| {
            let byte = bytes.get(place(unit)).copied().unwrap_or_default();
            // The last unit of a file in big-endian order has nothing behind it.
            let narrow = bytes.get(place(unit) + 1).is_none_or(|byte| *byte == 0);
            (narrow && byte != 0).then_some(byte)
        };
        let count = bytes.len().saturating_sub(parity).div_ceil(2);
        let belongs = |unit: usize| character(unit).is_some_and(|byte| OF_ANY[usize::from(byte)]);
        for units in runs_by(count, SHORTEST, belongs) {
            let start = units.start.saturating_sub(AROUND);
            let end = (units.end + AROUND).min(count);
            let narrow: Vec<u8> = (start..end)
                .map(|unit| character(unit).unwrap_or(u8::MAX))
                .collect();
            let from = seen.len();
            narrow_search(&narrow, depth, seen);
            for sighting in seen.iter_mut().skip(from) {
                let wide = |at: usize| place(start + at).min(bytes.len());
                sighting.at = wide(sighting.at);
                sighting.range = wide(sighting.range.start)..wide(sighting.range.end);
            }
        }
    }
}
