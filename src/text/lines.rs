//! Lines with the places that they came from.

use std::ops::Range;

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'t> {
    /// The line with its break; cutting it leaves no gap.
    pub range: Range<usize>,
    /// The line without its break.
    pub text: &'t str,
}

impl Line<'_> {
    /// Whether it is empty or begins with one of these after white space.
    pub fn is_comment(&self, signs: &[char]) -> bool {
        let text = self.text.trim_start();
        text.is_empty() || text.starts_with(signs)
    }
}

/// The lines of a text; they end with LF, CRLF or CR.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &text[start..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line_break = match rest.as_bytes().get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let line = Line {
            range: start..start + length + line_break,
            text: &rest[..length],
        };
        start = line.range.end;
        Some(line)
    })
}

/// The lines that the range touches, with the last one's break; cutting them leaves no gap.
pub fn whole_lines(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text[..range.start]
        .rfind(['\n', '\r'])
        .map_or(0, |end| end + 1);
    let rest = &text[range.end..];
    let end = match rest.find(['\n', '\r']) {
        Some(length) if rest[length..].starts_with("\r\n") => range.end + length + 2,
        Some(length) => range.end + length + 1,
        None => text.len(),
    };
    start..end
}

/// The range of a part of a text, which must be a slice of that very text.
pub fn range_in(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize)
        .wrapping_sub(text.as_ptr() as usize)
        .min(text.len());
    start..(start + part.len()).min(text.len())
}

/// A part with its indentation and line break, where it has its lines to itself; else the part alone.
pub fn with_lines(text: &str, part: &Range<usize>) -> Range<usize> {
    let blank = [' ', '\t'];
    let start = text[..part.start].trim_end_matches(blank).len();
    let rest = text[part.end..].trim_start_matches(blank);
    let line_break = ["\r\n", "\n"]
        .into_iter()
        .find(|sign| rest.starts_with(sign));
    match line_break {
        Some(line_break) if start == 0 || text[..start].ends_with('\n') => {
            start..text.len() - rest.len() + line_break.len()
        }
        _ => part.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_break_ends_a_line() {
        let text = "a\nb\r\n\r\nc\rd";
        let read: Vec<_> = lines(text).collect();
        let texts: Vec<_> = read.iter().map(|line| line.text).collect();
        assert_eq!(texts, ["a", "b", "", "c", "d"]);
        let whole: String = read.iter().map(|line| &text[line.range.clone()]).collect();
        assert_eq!(whole, text);
        assert_eq!(lines("").count(), 0);
    }

    #[test]
    fn whole_lines_have_their_break() {
        for (text, range, whole) in [
            ("a\nbcd\ne", 3..4, "bcd\n"),
            ("a\r\nbcd\r\ne", 3..6, "bcd\r\n"),
            ("a\rb\rc", 2..3, "b\r"),
            ("a\nb\nc\nd", 2..5, "b\nc\n"),
            ("abc", 1..2, "abc"),
            ("abc", 3..3, "abc"),
        ] {
            assert_eq!(&text[whole_lines(text, &range)], whole, "{text:?}");
        }
    }

    #[test]
    fn a_part_knows_its_place() {
        let text = "key = value ";
        let value = text[5..].trim();
        assert_eq!(range_in(text, value), 6..11);
    }
}
