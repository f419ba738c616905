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
        if gaps.iter().all(|gap| !gap.contains(['/', '#'])) {
            return Self::of_item(text, item);
        }
        Self::apart(text, item, before, after)
    }

    /// The same for a list whose other items nobody has the places of.
    ///
    /// Where the item begins a line, what ends the line before may be a comment, or all that parts it from its neighbour:
    /// it stays, and so does a comma there.
    pub fn beside_comments(text: &str, item: &Range<usize>) -> Self {
        let earlier = text[..item.start].trim_end();
        let after = item.end + gap(&text[item.end..]);
        if text[earlier.len()..item.start].contains(['\n', '\r']) {
            return Self::apart(text, item, earlier.len(), after);
        }
        let before = earlier.strip_suffix(',').unwrap_or(earlier).len();
        Self::among_comments(text, item, before, after)
    }

    /// What takes one comma with the item and leaves all else between it and its neighbours.
    pub(super) fn apart(text: &str, item: &Range<usize>, before: usize, after: usize) -> Self {
        let gaps = [&text[before..item.start], &text[item.end..after]];
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
        match comment(rest) {
            Some(length) => at += length,
            None if rest.starts_with(',') => return Some(at),
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    None
}

/// How far white space, comments and one comma reach.
fn gap(text: &str) -> usize {
    let mut at = 0;
    let mut comma = false;
    while let Some(next) = text[at..].chars().next() {
        let length = comment(&text[at..]);
        at += match length {
            Some(length) => length,
            None if next == ',' && !comma => {
                comma = true;
                1
            }
            None if next.is_whitespace() => next.len_utf8(),
            None => break,
        };
    }
    at
}

/// The length of the comment that begins here, without the line break behind it.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") || rest.starts_with('#') {
        return Some(rest.find(['\n', '\r']).unwrap_or(rest.len()));
    }
    let inside = rest.strip_prefix("/*")?;
    Some(inside.find("*/").map_or(rest.len(), |end| end + 4))
}
