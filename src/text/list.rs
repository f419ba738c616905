//! What cuts an item of a list that is separated by commas, byte for byte.

use std::ops::Range;

use super::Draft;

/// The removal of one item, which any other items of its list may share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What goes: the item, the separators at its sides, and the white space that was its own.
    pub range: Range<usize>,
    /// What stays between its neighbours.
    pub separator: &'static str,
}

impl Cut {
    /// What cuts the item of this range. Any choice of items can be cut together: see [`splice`](crate::model::splice).
    pub fn of_item(text: &str, item: &Range<usize>) -> Self {
        let before = text[..item.start].trim_end();
        let after = text[item.end..].trim_start();
        let after_start = text.len() - after.len();
        let (range, separator) = match (before.ends_with(','), after.starts_with(',')) {
            (false, false) => (before.len()..after_start, ""),
            (false, true) => (before.len()..after_start + 1, ""),
            (true, false) => (before.len() - 1..item.end, ""),
            (true, true) => (before.len() - 1..after_start + 1, ","),
        };
        Self { range, separator }
    }

    /// Adds it to what removes the draft's credential.
    #[must_use]
    pub fn cut_from(self, draft: Draft<'_>) -> Draft<'_> {
        draft.replace(self.range, self.separator)
    }
}
