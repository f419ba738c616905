//! Pairs of a YAML file with their places, and what cuts one of them.
//!
//! Source: yaml.org, YAML 1.2.2. A cut is offered only where reading the text without it shows
//! that every other pair stayed as it was: white space, comments, anchors and flow style mean too much to be sure otherwise.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::{Cut, Text, whole_lines};

/// The largest file that is read, in bytes: settings that people and tools write are far smaller.
const LARGEST: usize = 256 * 1024;
/// Deeper than any settings file is.
const DEEPEST: usize = 64;
/// Bytes of all paths and values together: an alias repeats a value, and nesting repeats keys.
const MOST_READ: usize = 8 * 1024 * 1024;
/// What a key of a path takes beside its bytes.
const KEY: usize = size_of::<String>() + 8;

/// A key with a plain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The keys that lead to it, its own last. An item of a list counts as `-`.
    pub path: Vec<String>,
    /// The value, out of its quotes; what an alias stands for.
    pub value: String,
    /// The value as it stands there.
    pub range: Range<usize>,
    /// From the key to the end of the value.
    whole: Range<usize>,
    /// It stands in braces.
    flow: bool,
    /// Which mapping it stands in: its number in the file.
    mapping: usize,
    /// Where the key ends that the mapping is the value of.
    holder: Option<usize>,
}

/// A text that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Yaml {
    /// The pairs whose values are no collections, in their order.
    pub pairs: Vec<Pair>,
    /// How many keys each mapping has, by its number.
    sizes: Vec<usize>,
    /// Bytes of the paths and values.
    read: usize,
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no YAML from this offset on, or nested too deep.
    Malformed(usize),
    /// It has, or stands for, more bytes than are read.
    TooLarge,
}

impl Fault {
    /// What people are told of it.
    pub fn reason(self, text: &Text) -> String {
        match self {
            Self::Malformed(offset) => format!("line {} is no YAML", text.line(offset)),
            Self::TooLarge => {
                format!(
                    "it has more than {LARGEST} bytes, or aliases and nested keys that stand for many more"
                )
            }
        }
    }
}

/// A collection that is being read.
enum Open {
    Mapping {
        /// The key whose value comes next, and where it stands.
        key: Option<(String, Range<usize>)>,
        flow: bool,
        number: usize,
        holder: Option<usize>,
    },
    Sequence,
}

/// Reads a text.
///
/// # Errors
/// A [`Fault`].
pub fn parse(text: &str) -> Result<Yaml, Fault> {
    if text.len() > LARGEST {
        return Err(Fault::TooLarge);
    }
    let offsets = Offsets::of(text);
    let mut yaml = Yaml::default();
    let mut anchors: HashMap<usize, String> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Fault::Malformed(offsets.at(text, *error.marker())))?;
        let range = offsets.at(text, span.start)..offsets.at(text, span.end);
        let start = range.start;
        match event {
            Event::Scalar(value, style, anchor, _) => {
                if anchor != 0 {
                    anchors.insert(anchor, value.to_string());
                }
                let range = trimmed(text, range, style);
                scalar(&mut open, &mut yaml, value.into_owned(), range);
            }
            Event::Alias(anchor) => {
                let value = anchors.get(&anchor).cloned().unwrap_or_default();
                yaml.read += value.len();
                scalar(&mut open, &mut yaml, value, range);
            }
            Event::MappingStart(..) => {
                let holder = match open.last() {
                    Some(Open::Mapping {
                        key: Some((_, key)),
                        ..
                    }) => Some(key.end),
                    _ => None,
                };
                open.push(Open::Mapping {
                    key: None,
                    flow: text[start..].starts_with('{'),
                    number: yaml.sizes.len(),
                    holder,
                });
                yaml.sizes.push(0);
            }
            Event::SequenceStart(..) => open.push(Open::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                if matches!(open.last(), Some(Open::Mapping { key: Some(_), .. })) {
                    end_of_pair(&mut open);
                } else {
                    // A collection as a key: no setting has one.
                    begin_of_pair(&mut open, &mut yaml, "?".to_owned(), range);
                }
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            return Err(Fault::Malformed(start));
        }
        if yaml.read > MOST_READ {
            return Err(Fault::TooLarge);
        }
    }
    Ok(yaml)
}

fn begin_of_pair(open: &mut [Open], yaml: &mut Yaml, name: String, range: Range<usize>) {
    if let Some(Open::Mapping { key, number, .. }) = open.last_mut() {
        *key = Some((name, range));
        if let Some(size) = yaml.sizes.get_mut(*number) {
            *size += 1;
        }
    }
}

fn end_of_pair(open: &mut [Open]) {
    if let Some(Open::Mapping { key, .. }) = open.last_mut() {
        *key = None;
    }
}

/// The value alone: its span may reach over the white space behind it and, of quoted ones, over a comment there.
fn trimmed(text: &str, span: Range<usize>, style: ScalarStyle) -> Range<usize> {
    let quote = match style {
        ScalarStyle::SingleQuoted => '\'',
        ScalarStyle::DoubleQuoted => '"',
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => '\0',
    };
    let source = &text[span.clone()];
    let length = source.find(quote).and_then(|open| {
        let mut characters = source.char_indices().skip_while(|(at, _)| *at <= open);
        loop {
            match characters.next()? {
                (_, '\\') if quote == '"' => {
                    characters.next();
                }
                (at, character) if character == quote => {
                    // Two single quotes stand for one.
                    if quote == '\'' && source[at + 1..].starts_with(quote) {
                        characters.next();
                    } else {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
    });
    span.start..span.start + length.unwrap_or(source.trim_end().len())
}

fn scalar(open: &mut [Open], yaml: &mut Yaml, value: String, range: Range<usize>) {
    if matches!(open.last(), Some(Open::Mapping { key: None, .. })) {
        begin_of_pair(open, yaml, value, range);
        return;
    }
    if let Some(Open::Mapping {
        key: Some((_, key)),
        flow,
        number,
        holder,
    }) = open.last()
    {
        let path = open.iter().map(|each| match each {
            Open::Mapping { key, .. } => key.as_ref().map_or("", |(key, _)| key).to_owned(),
            Open::Sequence => "-".to_owned(),
        });
        let path: Vec<_> = path.collect();
        yaml.read += path.iter().map(|key| key.len() + KEY).sum::<usize>();
        yaml.pairs.push(Pair {
            path,
            value,
            whole: key.start..range.end.max(key.start),
            range,
            flow: *flow,
            mapping: *number,
            holder: *holder,
        });
    }
    end_of_pair(open);
}

impl Pair {
    /// What it says, wherever it stands.
    fn told(&self) -> (&[String], &str) {
        (&self.path, &self.value)
    }
}

impl Yaml {
    /// The mappings, by their numbers, all of whose pairs are among these.
    pub fn filled<'y>(&'y self, chosen: impl Iterator<Item = &'y Pair>) -> Vec<bool> {
        let mut counts = vec![0; self.sizes.len()];
        for pair in chosen {
            if let Some(count) = counts.get_mut(pair.mapping) {
                *count += 1;
            }
        }
        counts
            .iter()
            .zip(&self.sizes)
            .map(|(count, size)| count == size)
            .collect()
    }

    /// What removes a pair of this text; `None` where the rest would not stay what it is. It reads the whole text once more.
    ///
    /// A mapping without any pair would be an empty value, which is another thing than an empty mapping: one that loses its only pair
    /// becomes `{}`, and where all pairs of one may go, each in its own edit, they lose their values alone: see [`filled`](Self::filled).
    pub fn cut(&self, text: &str, pair: &Pair, filled: &[bool]) -> Option<Vec<Cut>> {
        let size = self.sizes.get(pair.mapping).copied().unwrap_or_default();
        let all_may_go = filled.get(pair.mapping).copied().unwrap_or_default();
        let cut = |range, separator| Cut {
            range,
            separator,
            comma: None,
        };
        let mut emptied = false;
        let cuts = match pair.holder {
            _ if pair.flow => vec![Cut::of_item(text, &pair.whole)],
            Some(holder) if size == 1 => {
                let colon =
                    holder + text[holder..].find(|character: char| !character.is_whitespace())?;
                let behind = text[colon..].starts_with(':').then_some(colon + 1)?;
                let lines = lines_of(text, &pair.whole)?;
                vec![cut(behind..behind, " {}"), cut(lines, "")]
            }
            Some(_) if all_may_go => {
                emptied = true;
                vec![cut(pair.range.clone(), "\"\"")]
            }
            _ => vec![cut(lines_of(text, &pair.whole)?, "")],
        };
        self.stays(text, pair, &cuts, emptied).then_some(cuts)
    }

    /// Whether all other pairs are what they were once these cuts, in their order, are made.
    fn stays(&self, text: &str, pair: &Pair, cuts: &[Cut], emptied: bool) -> bool {
        let mut left = String::with_capacity(text.len());
        let mut from = 0;
        for cut in cuts {
            left.push_str(text.get(from..cut.range.start).unwrap_or_default());
            left.push_str(cut.separator);
            from = cut.range.end;
        }
        left.push_str(&text[from..]);
        let Ok(left) = parse(&left) else {
            return false;
        };
        let expected = self
            .pairs
            .iter()
            .filter_map(|each| match (each == pair, emptied) {
                (false, _) => Some(each.told()),
                (true, true) => Some((each.path.as_slice(), "")),
                (true, false) => None,
            });
        left.pairs.iter().map(Pair::told).eq(expected)
    }
}

/// The lines of a pair that shares them with nothing but a comment behind it.
fn lines_of(text: &str, pair: &Range<usize>) -> Option<Range<usize>> {
    let lines = whole_lines(text, pair);
    let behind = text[pair.end..lines.end].trim();
    let alone = text[lines.start..pair.start].trim().is_empty()
        && (behind.is_empty() || behind.starts_with('#'));
    alone.then_some(lines)
}

/// From the parser's count of characters to offsets.
struct Offsets(Option<Vec<u32>>);

impl Offsets {
    fn of(text: &str) -> Self {
        let counted = || {
            text.char_indices()
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
        };
        Self((!text.is_ascii()).then(|| counted().collect()))
    }

    fn at(&self, text: &str, marker: Marker) -> usize {
        let index = marker.index();
        let offset = match &self.0 {
            None => Some(index),
            Some(offsets) => offsets
                .get(index)
                .and_then(|offset| usize::try_from(*offset).ok()),
        };
        offset.map_or(text.len(), |offset| offset.min(text.len()))
    }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
