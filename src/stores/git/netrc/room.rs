//! What stands around a part of a line, so that a cut leaves tidy lines.

use std::ops::Range;

/// A part of a text with the blanks around it.
pub(super) struct Room {
    /// Where the blanks before it begin.
    pub(super) start: usize,
    /// Where the blanks after it end; a line break is none.
    pub(super) end: usize,
    /// Nothing else stands before it in its line.
    pub(super) starts_line: bool,
    /// Nothing else stands after it in its line.
    pub(super) ends_line: bool,
}

impl Room {
    /// Looks only as far as the blanks go: a hostile file is one line with very many entries.
    pub(super) fn around(text: &str, span: &Range<usize>) -> Self {
        let is_blank = |character: char| character.is_whitespace() && character != '\n';
        let before = text[..span.start].trim_end_matches(is_blank);
        let after = text[span.end..].trim_start_matches(is_blank);
        Self {
            start: before.len(),
            end: text.len() - after.len(),
            starts_line: before.is_empty() || before.ends_with('\n'),
            ends_line: after.is_empty() || after.starts_with('\n'),
        }
    }
}
