//! The plain XML store of the older Java tool, and what it leaves after a migration
//! (Git-Credential-Manager-for-Mac-and-Linux, InsecureStore.java).
//!
//! `insecureStore/{Credentials,Tokens}/entry` with `key` and `value/{Username,Password}` or `value/{Type,Value}`.

use std::ops::Range;

use crate::model::{Address, Kind, Remedy};
use crate::stores::Finder;
use crate::stores::git::stray;
use crate::text::xml::{self, Fault};
use crate::text::{Document, with_lines};

const ODD: &str = "Nothing can read this file: delete it, as the tool that wrote it is retired";

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
        Err(fault) => {
            finder.unreadable(document.path(), fault.reason(document.text()));
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
            .cut(with_lines(text, &entry.span));
        finder.add(draft.finish());
    }
}

/// The entries with their places.
fn parse(text: &str) -> Result<Vec<Entry>, Fault> {
    let root = xml::parse(text)?;
    let lists = root.children.iter().filter(|list| {
        root.name == "insecureStore" && matches!(list.name.as_str(), "Credentials" | "Tokens")
    });
    let entries = lists.flat_map(|list| list.all("entry")).map(|entry| {
        let value = entry.child("value");
        let secret = value.and_then(|value| value.child("Password").or(value.child("Value")));
        Entry {
            span: entry.range.clone(),
            key: entry.value("key").unwrap_or_default().to_owned(),
            secret: secret.map_or_else(String::new, |secret| secret.text.clone()),
            secret_at: secret.map_or(entry.range.start, |secret| secret.inner.start),
        }
    });
    Ok(entries.collect())
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
        for text in ["<insecureStore><Tokens>", "<a></b>", &"<a>".repeat(100_000)] {
            assert!(parse(text).is_err(), "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn an_entity_that_a_file_declares_is_not_resolved() {
        let text = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><insecureStore><Tokens><entry>\
                    <key>&e;</key><value><Value>&e;</Value></value></entry></Tokens></insecureStore>";
        let entries = parse(text).unwrap_or_default();
        assert_eq!(entries[0].key, "&e;");
        assert_eq!(entries[0].secret, "&e;");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(<|>|/|&|;|entry|key|value|Password|insecureStore|Tokens|é|\n|<!--|-->){0,30}") {
            for entry in parse(&text).unwrap_or_default() {
                prop_assert!(text.get(with_lines(&text, &entry.span)).is_some());
            }
        }
    }
}
