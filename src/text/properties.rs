//! Java's properties files, with the place of every part.
//!
//! Source: docs.oracle.com, `java.util.Properties.load`.

use std::ops::Range;

use super::{Line, lines};

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its key, unescaped.
    pub key: String,
    /// Its value, unescaped.
    pub value: String,
    /// The value as it stands there, over all its lines.
    pub value_range: Range<usize>,
    /// All its lines with their breaks.
    pub range: Range<usize>,
}

impl Property {
    /// Where a part of the value stands in the text that it was read from.
    pub fn place_of(&self, text: &str, part: &Range<usize>) -> Range<usize> {
        let raw = text.get(self.value_range.clone()).unwrap_or_default();
        let mut place = self.value_range.end..self.value_range.end;
        let mut length = 0;
        let mut ended = false;
        unescape(raw, |at, character| {
            if length == part.start {
                place.start = self.value_range.start + at;
            }
            if length == part.end && !ended {
                place.end = self.value_range.start + at;
                ended = true;
            }
            length += character.len_utf8();
        });
        place.start..place.end.max(place.start)
    }
}

/// The properties of a text. It never fails: every line that is no comment is one.
pub fn properties(text: &str) -> Vec<Property> {
    let mut found = Vec::new();
    let mut lines = lines(text);
    while let Some(line) = lines.next() {
        if line.is_comment(&['#', '!']) {
            continue;
        }
        let mut range = line.range.clone();
        let mut end = end_of(&line);
        let mut continued = is_continued(line.text);
        while continued && let Some(next) = lines.next() {
            range.end = next.range.end;
            end = end_of(&next);
            continued = is_continued(next.text);
        }
        found.push(property(text, range, end));
    }
    found
}

fn end_of(line: &Line<'_>) -> usize {
    line.range.start + line.text.len()
}

/// An odd number of backslashes at the end: the last one escapes the line break.
fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{c}')
}

fn property(text: &str, range: Range<usize>, end: usize) -> Property {
    let whole = &text[range.start..end];
    let key_start = whole.len() - whole.trim_start_matches(is_blank).len();
    let mut escaped = false;
    let key_length = whole[key_start..].find(|character: char| {
        let ends = !escaped && (matches!(character, '=' | ':') || is_blank(character));
        escaped = character == '\\' && !escaped;
        ends
    });
    let key_end = key_length.map_or(whole.len(), |length| key_start + length);
    let rest = whole[key_end..].trim_start_matches(is_blank);
    let rest = rest
        .strip_prefix(['=', ':'])
        .unwrap_or(rest)
        .trim_start_matches(is_blank);
    let value_range = end - rest.len()..end;
    let plain = |raw: &str| {
        let mut plain = String::with_capacity(raw.len());
        unescape(raw, |_, character| plain.push(character));
        plain
    };
    Property {
        key: plain(&whole[key_start..key_end]),
        value: plain(rest),
        value_range,
        range,
    }
}

/// Tells of each character that a text stands for, with the place where it is written.
fn unescape(raw: &str, mut each: impl FnMut(usize, char)) {
    let mut characters = raw.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\\' {
            each(at, character);
            continue;
        }
        let Some((_, escaped)) = characters.next() else {
            return;
        };
        match escaped {
            // The line goes on after its blanks.
            '\n' | '\r' => {
                while characters
                    .next_if(|(_, next)| is_blank(*next) || matches!(next, '\n' | '\r'))
                    .is_some()
                {}
            }
            't' => each(at, '\t'),
            'n' => each(at, '\n'),
            'r' => each(at, '\r'),
            'f' => each(at, '\u{c}'),
            'u' => {
                let digits: String = characters.clone().take(4).map(|(_, digit)| digit).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                if let Some(code) = code.filter(|_| digits.len() == 4) {
                    each(
                        at,
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                    );
                    characters.nth(3);
                } else {
                    each(at, 'u');
                }
            }
            other => each(at, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_property_is_read() {
        let text = "# c\n! c\na=1\n  b : 2 \nc 3\nd\n\ne\\ f\\=g = h\\:i\\u0041\\\n   \t j\\n\nk=\\\r\n  l\r\nm=n\\\\\no";
        let read: Vec<_> = properties(text)
            .into_iter()
            .map(|property| (property.key, property.value))
            .collect();
        let expected = [
            ("a", "1"),
            ("b", "2 "),
            ("c", "3"),
            ("d", ""),
            ("e f=g", "h:iAj\n"),
            ("k", "l"),
            ("m", "n\\"),
            ("o", ""),
        ];
        assert_eq!(
            read,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_part_of_a_value_knows_its_place() {
        let text = "x=https\\://u\\:p@h\\\n  /a";
        let read = properties(text);
        let [property] = read.as_slice() else {
            panic!("one property");
        };
        assert_eq!(property.value, "https://u:p@h/a");
        for (part, raw) in [
            (0..5, "https"),
            (8..12, "u\\:p@"),
            (13..15, "/a"),
            (0..15, "https\\://u\\:p@h\\\n  /a"),
        ] {
            let place = property.place_of(text, &part);
            assert_eq!(&text[place], raw);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[a=: \\\\\n\ru0é#\t]{0,40}") {
            for property in properties(&text) {
                prop_assert!(text.get(property.range.clone()).is_some());
                prop_assert!(text.get(property.value_range.clone()).is_some());
                let whole = 0..property.value.len();
                prop_assert!(text.get(property.place_of(&text, &whole)).is_some());
            }
        }

        #[test]
        fn without_one_property_the_others_stay(count in 1..6_usize, cut: prop::sample::Index) {
            let text: String = (0..count).map(|at| format!("k{at}=a\\\n  b{at}\n")).collect();
            let read = properties(&text);
            let at = cut.index(count);
            let range = read[at].range.clone();
            let left = [&text[..range.start], &text[range.end..]].concat();
            let rest: Vec<_> = properties(&left).into_iter().map(|property| (property.key, property.value)).collect();
            let expected: Vec<_> = read.into_iter().enumerate().filter(|(other, _)| *other != at).map(|(_, property)| (property.key, property.value)).collect();
            prop_assert_eq!(rest, expected);
        }
    }
}
