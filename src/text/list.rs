//! What cuts an item of a list, with its separators, byte for byte.

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
        Self::parted_by(",", text, item)
    }

    /// The same for a list with another separator.
    pub fn parted_by(separator: &'static str, text: &str, item: &Range<usize>) -> Self {
        let width = separator.len();
        let before = text[..item.start].trim_end();
        let after = text[item.end..].trim_start();
        let after_start = text.len() - after.len();
        let parted = (before.ends_with(separator), after.starts_with(separator));
        let (range, separator) = match parted {
            (false, false) => (before.len()..after_start, ""),
            (false, true) => (before.len()..after_start + width, ""),
            (true, false) => (before.len() - width..item.end, ""),
            (true, true) => (before.len() - width..after_start + width, separator),
        };
        Self { range, separator }
    }

    /// The same cut in a text that has the list this far from its start.
    #[must_use]
    pub fn moved(self, offset: usize) -> Self {
        Self {
            range: self.range.start + offset..self.range.end + offset,
            ..self
        }
    }

    /// Adds it to what removes the draft's credential.
    #[must_use]
    pub fn cut_from(self, draft: Draft<'_>) -> Draft<'_> {
        draft.replace(self.range, self.separator)
    }
}
