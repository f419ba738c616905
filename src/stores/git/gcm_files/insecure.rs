//! The plain XML store of the older Java tool, and what it leaves after a migration
//! (Git-Credential-Manager-for-Mac-and-Linux, InsecureStore.java).
//!
//! `insecureStore/{Credentials,Tokens}/entry` with `key` and `value/{Username,Password}` or `value/{Type,Value}`.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::model::{Address, Kind, Remedy};
use crate::stores::Finder;
use crate::stores::git::room::Room;
use crate::stores::git::stray;
use crate::text::Document;

const ODD: &str = "Nothing can read this file: delete it, as the tool that wrote it is retired";
/// How deep elements may be nested; the format needs five.
const DEPTH: usize = 32;

/// One `entry` element.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    span: Range<usize>,
    key: String,
    secret: String,
    secret_at: usize,
}

pub(super) fn find(finder: &mut Finder<'_>) {
    let bases = finder.folders();
    let mut folders = vec![&bases.home, &bases.data];
    folders.dedup();
    for folder in folders {
        for name in ["insecureStore.xml", "insecureStore.xml.old"] {
            let path = folder.join("git-credential-manager").join(name);
            if let Some(document) = finder.open(&path) {
                read(finder, &document);
            }
        }
    }
}

fn read(finder: &mut Finder<'_>, document: &Document) {
    let text = document.as_str();
    if text.trim().is_empty() {
        return;
    }
    let entries = match parse(text) {
        Ok(entries) => entries,
        Err(reason) => {
            finder.unreadable(document.path(), reason);
            return stray::enter(finder, document, ODD);
        }
    };
    if entries.is_empty() {
        return stray::enter(finder, document, ODD);
    }
    for entry in entries {
        // Keys are `git:https://host/path`, with another prefix before it on macOS.
        let url = entry.key.find("http").map(|start| &entry.key[start..]);
        let Some(url) = url.filter(|url| Address::parse(url).is_some()) else {
            continue;
        };
        if entry.secret.is_empty() {
            continue;
        }
        let draft = document
            .draft(finder.store(), Kind::Password)
            .organization(super::organization(finder.scope(), url, ""))
            .entry(stray::without_tokens(&entry.key))
            .at(entry.secret_at)
            .value(&entry.secret)
            .remedy(Remedy::Automatic)
            .cut(whole_lines(text, entry.span));
        finder.add(draft.finish());
    }
}

/// The entries with their places; the error says why the text is not such a file.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    loop {
        let start = position(&reader);
        let event = reader
            .read_event()
            .map_err(|error| format!("it is not XML: {error}"))?;
        let end = position(&reader);
        match event {
            Event::Start(element) => {
                if path.len() == DEPTH {
                    return Err("its elements are nested too deep".to_owned());
                }
                path.push(element.name().as_ref().to_owned());
                if is(&path, &["entry"]) {
                    entry = Entry {
                        span: start..start,
                        ..Entry::default()
                    };
                }
                entry.secret_at = if holds_secret(&path) {
                    end
                } else {
                    entry.secret_at
                };
            }
            Event::End(_) => {
                if is(&path, &["entry"]) {
                    entry.span.end = end;
                    entries.push(std::mem::take(&mut entry));
                }
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(entries),
            Event::Eof => return Err("it is cut short".to_owned()),
            // A document type could declare entities; the tool never writes one.
            Event::DocType(_) => return Err("it declares a document type".to_owned()),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                let target = if is(&path, &["entry", "key"]) {
                    &mut entry.key
                } else if holds_secret(&path) {
                    &mut entry.secret
                } else {
                    continue;
                };
                let source = text.get(start..end).unwrap_or_default();
                match event {
                    Event::Text(_) => target.push_str(source),
                    Event::CData(_) => {
                        let inner = source.strip_prefix("<![CDATA[");
                        let inner = inner.and_then(|inner| inner.strip_suffix("]]>"));
                        target.push_str(inner.unwrap_or_default());
                    }
                    _ => target.push_str(&reference(source)?),
                }
            }
            _ => {}
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Whether the path is that of these elements below one of the two lists.
fn is(path: &[String], below: &[&str]) -> bool {
    let Some((root, rest)) = path.split_first() else {
        return false;
    };
    let Some((list, rest)) = rest.split_first() else {
        return false;
    };
    root == "insecureStore" && matches!(list.as_str(), "Credentials" | "Tokens") && rest == below
}

fn holds_secret(path: &[String]) -> bool {
    is(path, &["entry", "value", "Password"]) || is(path, &["entry", "value", "Value"])
}

/// A predefined entity or a character's number; XML needs no others.
fn reference(text: &str) -> Result<String, String> {
    quick_xml::escape::unescape(text)
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| format!("it is not XML: {error}"))
}

/// The element with its indentation and line break where it has its lines to itself.
fn whole_lines(text: &str, span: Range<usize>) -> Range<usize> {
    let room = Room::around(text, &span);
    if room.starts_line && room.ends_line {
        room.start..(room.end + 1).min(text.len())
    } else {
        span
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_and_sections_are_taken_out() {
        let text = "<insecureStore><Credentials><entry><key>a&amp;b</key>\
                    <value><Password>x&lt;<![CDATA[y>]]>&#122;</Password></value></entry></Credentials></insecureStore>";
        let entries = parse(text).unwrap_or_default();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            (entries[0].key.as_str(), entries[0].secret.as_str()),
            ("a&b", "x<y>z")
        );
        assert_eq!(&text[entries[0].secret_at..][..2], "x&");
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        for text in [
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><insecureStore/>",
            "<insecureStore><Tokens>",
            "<a></b>",
            "<insecureStore><Tokens><entry><key>&nope;</key></entry></Tokens></insecureStore>",
            &"<a>".repeat(100_000),
        ] {
            assert!(parse(text).is_err(), "{}", &text[..text.len().min(60)]);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(<|>|/|&|;|entry|key|value|Password|insecureStore|Tokens|é|\n|<!--|-->){0,30}") {
            for entry in parse(&text).unwrap_or_default() {
                prop_assert!(text.get(whole_lines(&text, entry.span)).is_some());
            }
        }
    }
}
