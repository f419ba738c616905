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
    /// Where the separator stands that goes with it, if a comment parts the two.
    pub comma: Option<usize>,
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
        Self {
            range,
            separator,
            comma: None,
        }
    }

    /// What cuts this range and nothing else.
    pub fn exactly(range: Range<usize>) -> Self {
        Self {
            range,
            separator: "",
            comma: None,
        }
    }

    /// The same where comments may stand in the gaps at its sides; they all stay.
    ///
    /// A gap reaches to the neighbour or to the list's bracket. Where the last items go and comments stand between
    /// them, a comma may be left before the bracket: who allows comments allows that too.
    pub fn among_comments(text: &str, item: &Range<usize>, before: usize, after: usize) -> Self {
        let gaps = [&text[before..item.start], &text[item.end..after]];
        if gaps.iter().all(|gap| !gap.contains('/')) {
            return Self::of_item(text, item);
        }
        let [earlier, later] = gaps.map(comma);
        let later = later.map(|at| item.end + at);
        let comma = later.or(earlier.map(|at| before + at));
        let joined = later.filter(|at| text[item.end..*at].trim_end().is_empty());
        let end = joined.map_or(item.end, |at| at + 1);
        let start = own_space(text, before, item.start, end);
        Self {
            range: start..end,
            separator: "",
            comma: comma.filter(|_| joined.is_none()),
        }
    }

    /// The parts that go, each with what takes its place.
    pub fn parts(&self) -> impl Iterator<Item = (Range<usize>, &'static str)> {
        let comma = self.comma.map(|at| (at..at + 1, ""));
        std::iter::once((self.range.clone(), self.separator)).chain(comma)
    }

    /// The same cut in a text that has the list this far from its start.
    #[must_use]
    pub fn moved(self, offset: usize) -> Self {
        Self {
            range: self.range.start + offset..self.range.end + offset,
            separator: self.separator,
            comma: self.comma.map(|at| at + offset),
        }
    }

    /// Adds it to what removes the draft's credential.
    #[must_use]
    pub fn cut_from(self, draft: Draft<'_>) -> Draft<'_> {
        let mut draft = draft;
        for (range, separator) in self.parts() {
            draft = draft.replace(range, separator);
        }
        draft
    }
}

/// Where the white space before an item begins that goes with it. A break before it goes only where another follows:
/// it may be what ends a comment.
fn own_space(text: &str, limit: usize, start: usize, end: usize) -> usize {
    let after = text[end..].trim_start_matches([' ', '\t']);
    let before = &text[limit..start];
    let kept = if after.starts_with(['\n', '\r']) {
        before.trim_end()
    } else {
        before.trim_end_matches([' ', '\t'])
    };
    limit + kept.len()
}

/// Where the comma stands in a gap that else has white space and comments.
fn comma(gap: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = gap.get(at..).filter(|rest| !rest.is_empty()) {
        let comment = if rest.starts_with("//") {
            Some(rest.find(['\n', '\r']).unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            let end = rest.get(2..).and_then(|inside| inside.find("*/"));
            Some(end.map_or(rest.len(), |end| end + 4))
        } else {
            None
        };
        if comment.is_none() && rest.starts_with(',') {
            return Some(at);
        }
        at += comment.unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
    }
    None
}
