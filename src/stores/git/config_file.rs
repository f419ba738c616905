//! Reads git-config(1) files the way git does, and knows where in the text everything stands.
//!
//! The grammar follows git's own parser: `[section "sub"]` with escapes, the deprecated
//! `[section.sub]`, keys without value, quotes, escapes, continuation lines, comments, CRLF.

mod reader;

use std::ops::Range;

pub use self::reader::Spanned;
use self::reader::{Reader, is_key, is_space};

/// A parsed file. Offsets are offsets in the text that it was parsed from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// Section headers in their order; one name may come several times.
    pub sections: Vec<Section>,
    /// Entries in their order.
    pub entries: Vec<Entry>,
    /// Where git would refuse the file; what stands before it was read.
    pub fault: Option<usize>,
}

/// A section header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name and, after a dot, the subsection: `remote.origin`.
    base: String,
    /// From `[` to after `]`.
    pub header: Range<usize>,
}

impl Section {
    /// The name in lower case.
    pub fn name(&self) -> &str {
        self.base
            .split_once('.')
            .map_or(self.base.as_str(), |(name, _)| name)
    }

    /// The subsection, out of its escapes.
    pub fn subsection(&self) -> Option<&str> {
        self.base.split_once('.').map(|(_, subsection)| subsection)
    }

    /// The subsection with the place of each of its characters in the text.
    pub fn spanned_subsection(&self, text: &str) -> Option<Spanned> {
        let mut reader = Reader::at(text, self.header.start + 1);
        let base = reader.section()?;
        let start = base.text.find('.')? + 1;
        Some(base.tail(start))
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which header it stands below; `None` before the first.
    pub section: Option<usize>,
    /// The key in lower case.
    pub key: String,
    /// Where the key stands.
    pub key_span: Range<usize>,
    /// The value out of its quotes and escapes; `None` for a key alone, which means true.
    pub value: Option<String>,
    /// Where the value begins, after the `=`.
    value_start: usize,
    /// What to cut to remove it: its lines, or what follows the header on the same line.
    pub extent: Range<usize>,
}

impl Entry {
    /// The value, empty where there is none.
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// The value with the place of each of its characters in the text.
    pub fn spanned_value(&self, text: &str) -> Spanned {
        if self.value.is_none() {
            return Spanned::default();
        }
        Reader::at(text, self.value_start)
            .value()
            .unwrap_or_default()
    }
}

impl ConfigFile {
    /// Reads a whole file. What follows a fault is not read, as git reads none of such a file.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut reader = Reader::at(text, 0);
        let mut in_comment = false;
        loop {
            let character = reader.next();
            match character {
                '\n' if reader.ended => return file,
                '\n' => in_comment = false,
                _ if in_comment || is_space(character) => {}
                '#' | ';' => in_comment = true,
                '[' => {
                    let start = reader.last;
                    let Some(base) = reader.section() else {
                        return file.with_fault(start);
                    };
                    file.sections.push(Section {
                        base: base.text,
                        header: start..reader.position,
                    });
                }
                _ => {
                    let start = reader.last;
                    if !file.read_entry(text, &mut reader) {
                        return file.with_fault(start);
                    }
                }
            }
        }
    }

    /// The header that an entry stands below.
    pub fn section_of(&self, entry: &Entry) -> Option<&Section> {
        self.sections.get(entry.section?)
    }

    /// The entries below one header.
    pub fn entries_of(&self, section: usize) -> impl Iterator<Item = &Entry> {
        let first = self
            .entries
            .partition_point(|entry| entry.section < Some(section));
        self.entries
            .iter()
            .skip(first)
            .take_while(move |entry| entry.section == Some(section))
    }

    /// An entry's name with its key as it is written: `remote.origin.pushUrl`.
    pub fn name(&self, text: &str, entry: &Entry) -> String {
        let key = text.get(entry.key_span.clone()).unwrap_or(&entry.key);
        match self.section_of(entry) {
            Some(section) => format!("{}.{key}", section.base),
            None => key.to_owned(),
        }
    }

    /// What to cut so that an entry and, where it is all that the header has, the header go.
    pub fn extent_with_header(&self, text: &str, entry: &Entry) -> Range<usize> {
        let extent = entry.extent.clone();
        let Some(index) = entry.section else {
            return extent;
        };
        let Some(section) = self.sections.get(index) else {
            return extent;
        };
        let line_start = line_start(text, section.header.start);
        let next = self
            .sections
            .get(index + 1)
            .map_or(text.len(), |next| line_start_or(text, next.header.start));
        let blank =
            |range: Range<usize>| text.get(range).is_some_and(|text| text.trim().is_empty());
        let alone = blank(line_start..section.header.start)
            && blank(section.header.end..extent.start.max(section.header.end))
            && blank(extent.end..next.max(extent.end));
        if !alone {
            return extent;
        }
        let end = extent.end + newline_len(&text[extent.end..]);
        let on_header_line = extent.start == section.header.end;
        line_start..if on_header_line { end } else { extent.end }
    }

    fn with_fault(mut self, offset: usize) -> Self {
        self.fault = Some(offset);
        self
    }

    /// Reads an entry whose first character was just read; `false` where git would refuse it.
    fn read_entry(&mut self, text: &str, reader: &mut Reader<'_>) -> bool {
        let start = reader.last;
        if !text[start..].starts_with(|first: char| first.is_ascii_alphabetic()) {
            return false;
        }
        let mut character = reader.next();
        while !reader.ended && is_key(character) {
            character = reader.next();
        }
        let key_span = start..reader.last;
        while character == ' ' || character == '\t' {
            character = reader.next();
        }
        let value_start = reader.position;
        let value = match character {
            '\n' => None,
            '=' => match reader.value() {
                Some(value) => Some(value.text),
                None => return false,
            },
            _ => return false,
        };
        let line_start = line_start(text, start);
        let extent = if text[line_start..start].trim().is_empty() {
            line_start..reader.position
        } else {
            let header_end = self.sections.last().map_or(start, |last| last.header.end);
            header_end..reader.last
        };
        self.entries.push(Entry {
            section: self.sections.len().checked_sub(1),
            key: text[key_span.clone()].to_ascii_lowercase(),
            key_span,
            value,
            value_start,
            extent,
        });
        true
    }
}

/// Whether git takes a value for true (git-config(1), boolean).
pub(super) fn is_true(value: &str) -> bool {
    let number = value.trim_end_matches(['k', 'K', 'm', 'M', 'g', 'G']);
    let word = |word: &&str| value.eq_ignore_ascii_case(word);
    ["true", "yes", "on"].iter().any(word) || number.parse::<i64>().is_ok_and(|number| number != 0)
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The line's start where only blanks stand before the offset, else the offset.
fn line_start_or(text: &str, offset: usize) -> usize {
    let start = line_start(text, offset);
    let alone = text[start..offset].trim().is_empty();
    if alone { start } else { offset }
}

fn newline_len(text: &str) -> usize {
    if text.starts_with("\r\n") {
        2
    } else {
        usize::from(text.starts_with('\n'))
    }
}

#[cfg(test)]
#[path = "config_file_tests.rs"]
mod tests;
