//! Pairs of a YAML file with their places, and what cuts one of them.
//!
//! Source: yaml.org, YAML 1.2.2. A cut is offered only where reading the text without it shows
//! that every other pair stayed as it was: white space, comments, anchors and flow style mean too much to be sure otherwise.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::{Cut, Text};

/// The largest file that is read, in bytes: settings that people and tools write are far smaller.
const LARGEST: usize = 256 * 1024;
/// Deeper than any settings file is.
const DEEPEST: usize = 64;

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
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no YAML from this offset on, or nested too deep.
    Malformed(usize),
    /// It has more bytes than are read.
    TooLarge,
}

impl Fault {
    /// What people are told of it.
    pub fn reason(self, text: &Text) -> String {
        match self {
            Self::Malformed(offset) => format!("line {} is no YAML", text.line(offset)),
            Self::TooLarge => format!("it has more than {LARGEST} bytes"),
        }
    }
}

/// A collection that is being read.
enum Open {
    Mapping {
        /// The key whose value comes next, and where it begins.
        key: Option<(String, usize)>,
        flow: bool,
    },
    Sequence,
}

/// The pairs of a text whose values are no collections, in their order.
///
/// # Errors
/// A [`Fault`].
pub fn pairs(text: &str) -> Result<Vec<Pair>, Fault> {
    if text.len() > LARGEST {
        return Err(Fault::TooLarge);
    }
    let offsets = Offsets::of(text);
    let mut found = Vec::new();
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
                scalar(&mut open, &mut found, value.into_owned(), range);
            }
            Event::Alias(anchor) => {
                let value = anchors.get(&anchor).cloned().unwrap_or_default();
                scalar(&mut open, &mut found, value, range);
            }
            Event::MappingStart(..) => {
                let flow = text[start..].starts_with('{');
                open.push(Open::Mapping { key: None, flow });
            }
            Event::SequenceStart(..) => open.push(Open::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                match open.last_mut() {
                    Some(Open::Mapping { key: Some(_), .. }) => end_of_pair(&mut open),
                    // A collection as a key: no setting has one.
                    Some(Open::Mapping { key, .. }) => *key = Some(("?".to_owned(), start)),
                    _ => {}
                }
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            return Err(Fault::Malformed(start));
        }
    }
    Ok(found)
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

fn scalar(open: &mut [Open], found: &mut Vec<Pair>, value: String, range: Range<usize>) {
    if let Some(Open::Mapping { key, .. }) = open.last_mut()
        && key.is_none()
    {
        *key = Some((value, range.start));
        return;
    }
    let path = open.iter().map(|each| match each {
        Open::Mapping { key, .. } => key.as_ref().map_or("", |(key, _)| key).to_owned(),
        Open::Sequence => "-".to_owned(),
    });
    let path: Vec<_> = path.collect();
    if let Some(Open::Mapping {
        key: Some((_, start)),
        flow,
    }) = open.last()
    {
        found.push(Pair {
            path,
            value,
            whole: *start..range.end.max(*start),
            range,
            flow: *flow,
        });
    }
    end_of_pair(open);
}

/// What cuts the pair, one of [`pairs`] of this text; `None` where the rest would not stay what it is.
pub fn cut(text: &str, all: &[Pair], pair: &Pair) -> Option<Cut> {
    let cut = if pair.flow {
        Cut::of_item(text, &pair.whole)
    } else {
        Cut::exactly(lines_of(text, &pair.whole)?)
    };
    let left = [
        &text[..cut.range.start],
        cut.separator,
        &text[cut.range.end..],
    ]
    .concat();
    let parent = pair.path.split_last().map(|(_, parent)| parent);
    let told = |pair: &Pair| (pair.path.clone(), pair.value.clone());
    let expected = all.iter().filter(|each| *each != pair).map(told);
    let left = pairs(&left).ok()?;
    let actual = left
        .iter()
        // A mapping that lost its only pair is an empty value now.
        .filter(|each| !(Some(each.path.as_slice()) == parent && each.range.is_empty()))
        .map(told);
    actual.eq(expected).then_some(cut)
}

/// The lines of a pair that shares them with nothing but a comment behind it.
fn lines_of(text: &str, pair: &Range<usize>) -> Option<Range<usize>> {
    let start = text[..pair.start]
        .rfind(['\n', '\r'])
        .map_or(0, |at| at + 1);
    let rest = &text[pair.end..];
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let (behind, after) = rest.split_at(length);
    let alone = text[start..pair.start].trim().is_empty()
        && (behind.trim().is_empty() || behind.trim_start().starts_with('#'));
    let line_break = if after.starts_with("\r\n") {
        2
    } else {
        after.len().min(1)
    };
    alone.then_some(start..pair.end + length + line_break)
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Splice, splice};

    fn told(text: &str) -> Vec<(String, String, &str)> {
        let pairs = pairs(text).unwrap();
        pairs
            .into_iter()
            .map(|pair| (pair.path.join("/"), pair.value, &text[pair.range]))
            .collect()
    }

    fn without(text: &str, value: &str) -> Option<String> {
        let all = pairs(text).unwrap();
        let pair = all.iter().find(|pair| pair.value == value).unwrap();
        let cut = cut(text, &all, pair)?;
        let splice = splice(
            text.as_bytes(),
            vec![Splice {
                range: cut.range,
                replacement: cut.separator.into(),
            }],
        );
        Some(String::from_utf8(splice.unwrap()).unwrap())
    }

    #[test]
    fn pairs_are_read_in_every_style() {
        let text = "# é\r\na: \"x y\" # note\r\nb:\r\n  c: 'd''e'\r\n  f: {g: 1, h: [2, {i: 3}]}\r\n  j:\r\nk: &n v w\r\nl: *n\r\nm: |\r\n  long\r\n  text\r\n";
        let of = |path: &str, value: &str, raw| (path.to_owned(), value.to_owned(), raw);
        assert_eq!(
            told(text),
            [
                of("a", "x y", "\"x y\""),
                of("b/c", "d'e", "'d''e'"),
                of("b/f/g", "1", "1"),
                of("b/f/h/-/i", "3", "3"),
                of("b/j", "", ""),
                of("k", "v w", "&n v w"),
                of("l", "v w", "*n"),
                of("m", "long\ntext\n", "long\r\n  text"),
            ]
        );
    }

    #[test]
    fn a_pair_goes_with_its_lines_and_the_rest_stays() {
        for (text, left) in [
            ("a: 1\nb: cut\nc: 3\n", Some("a: 1\nc: 3\n")),
            ("a:\n  b: cut", Some("a:\n")),
            (
                "a:\r\n  b: \"cut\" # note\r\n  c: 3\r\n",
                Some("a:\r\n  c: 3\r\n"),
            ),
            ("b: 'cut' # it's\n# c\nd: 4", Some("# c\nd: 4")),
            ("a:\n  b:\n    cut\n  c: 3\n", Some("a:\n  c: 3\n")),
            ("a: {b: cut}\n", Some("a: {}\n")),
            ("a: {b: cut, c: 3}\n", Some("a: { c: 3}\n")),
            ("a: {c: 3, 'b': \"cut\"}\n", Some("a: {c: 3}\n")),
            ("{b: cut}", Some("{}")),
            ("é: 1\nb: cut\nü: 3\n", Some("é: 1\nü: 3\n")),
            // What cannot be cut without touching something else.
            ("- b: cut\n  c: 3\n", None),
            ("a: {c: 3, # note\n  b: cut, d: 4}\n", None),
            ("? b\n: cut\nc: 3\n", None),
            ("b: &n cut\nc: *n\n", None),
            ("--- {b: cut}\n", Some("--- {}\n")),
        ] {
            assert_eq!(without(text, "cut").as_deref(), left, "{text}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_said() {
        for text in ["a: b: c", "a:\n\tb: c", "{a: b", "a: \"b", "a: *b", "%"] {
            assert!(
                matches!(pairs(text), Err(Fault::Malformed(at)) if at <= text.len()),
                "{text}"
            );
        }
        for deep in ["[", "{a: ", "- ", "? "] {
            assert!(pairs(&deep.repeat(100_000)).is_err(), "{deep}");
        }
        assert_eq!(pairs(&" ".repeat(LARGEST + 1)), Err(Fault::TooLarge));
        assert_eq!(pairs(""), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(
            text in "(a|b: |- |\n|\n  | |:|\"|'|\\{|\\}|\\[|\\]|,|#|&a |\\*a|!|\\||>|---|\t|\r|é|\\?|%|\u{85}){0,24}",
        ) {
            if let Ok(all) = pairs(&text) {
                for pair in &all {
                    prop_assert!(text.get(pair.range.clone()).is_some());
                    if let Some(cut) = cut(&text, &all, pair) {
                        prop_assert!(text.get(cut.range).is_some());
                    }
                }
            }
        }

        #[test]
        fn any_pair_can_go_and_all_others_stay(
            names in proptest::collection::vec("[a-z]{1,3}", 1..6),
            nested in any::<bool>(),
            cut_one: prop::sample::Index,
        ) {
            let indent = if nested { "  " } else { "" };
            let head = if nested { "top:\n" } else { "" };
            let lines: Vec<_> = names.iter().enumerate().map(|(at, name)| format!("{indent}{name}{at}: v{at}\n")).collect();
            let text = format!("{head}{}", lines.concat());
            let at = cut_one.index(names.len());
            let rest: String = lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| line.as_str()).collect();
            prop_assert_eq!(without(&text, &format!("v{at}")), Some(format!("{head}{rest}")));
        }
    }
}
