//! Long stretches of bytes of one kind, found without looking at most of the bytes.

use std::ops::Range;

/// Which bytes belong to a kind.
pub(super) type Class = [bool; 256];

/// The kind of byte for which `belongs` answers yes.
pub(super) const fn class(belongs: &[u8]) -> Class {
    let mut class = [false; 256];
    let mut at = 0;
    while at < belongs.len() {
        class[belongs[at] as usize] = true;
        at += 1;
    }
    class
}

/// Both kinds together.
pub(super) const fn both(one: &Class, other: &Class) -> Class {
    let mut class = *one;
    let mut at = 0;
    while at < 256 {
        class[at] |= other[at];
        at += 1;
    }
    class
}

/// Every maximal run of at least `least` bytes of the kind, in order.
pub(super) fn runs<'b>(
    bytes: &'b [u8],
    class: &'b Class,
    least: usize,
) -> impl Iterator<Item = Range<usize>> + 'b {
    runs_by(bytes.len(), least, move |at| {
        bytes.get(at).is_some_and(|byte| class[usize::from(*byte)])
    })
}

/// Every maximal run of at least `least` of the places `0..count` that belong, in order.
///
/// A run of `least` places covers the last place of the first window of that length. So windows are
/// read from their end, and what stands before a place that does not belong is never read: in
/// ordinary text that is six places of seven. No place is read more than twice.
pub(super) fn runs_by(
    count: usize,
    least: usize,
    belongs: impl Fn(usize) -> bool,
) -> impl Iterator<Item = Range<usize>> {
    let least = least.max(1);
    let mut from: usize = 0;
    std::iter::from_fn(move || {
        loop {
            let window = from..from.checked_add(least)?;
            if window.end > count {
                return None;
            }
            if let Some(at) = window.clone().rev().find(|at| !belongs(*at)) {
                from = at + 1;
                continue;
            }
            let end = (window.end..count).find(|at| !belongs(*at));
            let end = end.unwrap_or(count);
            from = end + 1;
            return Some(window.start..end);
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by looking at every byte.
    fn plainly(bytes: &[u8], class: &Class, least: usize) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        let mut start = 0;
        for at in 0..=bytes.len() {
            if bytes.get(at).is_some_and(|byte| class[usize::from(*byte)]) {
                continue;
            }
            if at - start >= least {
                all.push(start..at);
            }
            start = at + 1;
        }
        all
    }

    proptest! {
        #[test]
        fn the_runs_are_those_that_a_plain_search_finds(text in "[ab]{0,80}", least in 1..9_usize) {
            let class = class(b"a");
            let found: Vec<_> = runs(text.as_bytes(), &class, least).collect();
            prop_assert_eq!(found, plainly(text.as_bytes(), &class, least));
        }
    }
}
