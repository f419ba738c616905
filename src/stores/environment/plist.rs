//! Agents of launchd: the variables of their `EnvironmentVariables` (launchd.plist(5)).

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use super::script::{Assignment, Statement};

/// Keys with their strings, wherever they stand.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn property_list(bytes: &[u8], text: &str) -> Result<Vec<Statement>, &'static str> {
    if bytes.starts_with(b"bplist") {
        return Err("it is a binary property list: plutil -convert xml1 FILE makes it readable");
    }
    let mut reader = Reader::from_str(text);
    let mut statements = Vec::new();
    let mut open = None;
    let mut key = None;
    loop {
        let start = offset(&reader, text);
        let event = reader.read_event();
        let end = offset(&reader, text);
        match event.map_err(|_| "it is no well-formed XML")? {
            Event::Start(tag) => {
                let name = tag.name();
                let name: &str = name.as_ref();
                open = matches!(name, "key" | "string").then(|| (name == "key", end));
            }
            Event::End(_) => {
                let Some((is_key, inside)) = open.take() else {
                    key = None;
                    continue;
                };
                let written = inside..start.max(inside);
                let value = text.get(written.clone()).unwrap_or_default();
                let value = unescape(value).map_or_else(|_| value.to_owned(), Into::into);
                if is_key {
                    key = Some(value);
                } else {
                    statements.push(string(key.take(), value, written));
                }
            }
            Event::Eof => return Ok(statements),
            _ => {}
        }
    }
}

/// A string is the value of the key before it, or one of a list.
fn string(key: Option<String>, value: String, written: Range<usize>) -> Statement {
    Statement {
        content: written.clone(),
        label: "an argument".to_owned(),
        assignments: vec![Assignment {
            name: key.unwrap_or_else(|| "an argument".to_owned()),
            value,
            written,
            removal: None,
        }],
        sources: Vec::new(),
    }
}

fn offset(reader: &Reader<&[u8]>, text: &str) -> usize {
    usize::try_from(reader.buffer_position()).map_or(text.len(), |offset| offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_and_arguments_are_read_and_comments_are_not() {
        let text = "<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
                    <plist version=\"1.0\"><dict>\n<key>EnvironmentVariables</key><dict>\n<key>A</key>\n<string>1&amp;2</string>\n\
                    <!-- <key>B</key><string>3</string> --></dict>\n<key>ProgramArguments</key><array><string>x</string></array></dict></plist>";
        let found = property_list(text.as_bytes(), text).unwrap_or_default();
        let shown: Vec<_> = (found.iter().flat_map(|it| &it.assignments))
            .map(|it| {
                (
                    it.name.as_str(),
                    it.value.as_str(),
                    &text[it.written.clone()],
                )
            })
            .collect();
        assert_eq!(
            shown,
            [("A", "1&2", "1&amp;2"), ("ProgramArguments", "x", "x")]
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(property_list(b"bplist00", "bplist00").is_err());
        assert!(property_list(b"<a></b>", "<a></b>").is_err());
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(<key>|</key>|<string>|</string>|<array>|<!--|-->|a|&amp;|&|é|<|>){0,30}") {
            for statement in property_list(b"", &text).unwrap_or_default() {
                prop_assert!(text.get(statement.content).is_some());
            }
        }
    }
}
