//! Reads `ssh_config(5)` files: lines, blocks and what they include. Nothing is run.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use super::{glob, paths};
use crate::stores::Finder;
use crate::text::Document;

/// ssh(1) stops at this depth of includes too.
const DEPTH: usize = 16;
/// Together with the depth this bounds files that include each other.
const FILES: usize = 256;

/// One file and what it includes.
#[derive(Debug)]
pub(super) struct ConfigFile {
    pub(super) document: Document,
    pub(super) lines: Vec<Line>,
}

/// One line that says something.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it stands in the document's text.
    pub(super) offset: usize,
    pub(super) says: Says,
}

#[derive(Debug)]
pub(super) enum Says {
    /// `Host`, with its patterns.
    Host(Vec<String>),
    /// `Match`, with its words.
    Match(Vec<String>),
    /// The files of one `Include` that could be read.
    Include(Vec<ConfigFile>),
    /// Any other keyword, in lower case, with its arguments.
    Setting(String, Vec<String>),
}

/// Reads a file and what it includes. Relative includes start at `folder`; what is included lies below
/// `inside`, where that is given.
pub(super) fn load(
    finder: &mut Finder<'_>,
    path: &Path,
    folder: &Path,
    inside: Option<&Path>,
) -> Option<ConfigFile> {
    let loader = Loader {
        folder,
        inside,
        left: Cell::new(FILES),
    };
    loader.load(finder, path, 0)
}

struct Loader<'p> {
    folder: &'p Path,
    inside: Option<&'p Path>,
    left: Cell<usize>,
}

impl Loader<'_> {
    fn load(&self, finder: &mut Finder<'_>, path: &Path, depth: usize) -> Option<ConfigFile> {
        self.left.set(self.left.get().checked_sub(1)?);
        let document = finder.open(path)?;
        let mut lines = Vec::new();
        for (offset, keyword, arguments) in parse(document.as_str()) {
            let says = match keyword.as_str() {
                "host" => Says::Host(arguments),
                "match" => Says::Match(arguments),
                "include" => {
                    let wanted = arguments.iter();
                    // Listing folders costs as much as reading files: neither is done past the bounds.
                    let wanted: Vec<_> = wanted
                        .take_while(|_| depth < DEPTH && self.left.get() > 0)
                        .flat_map(|pattern| self.included(finder, pattern))
                        .collect();
                    let files = wanted
                        .iter()
                        .filter_map(|path| self.load(finder, path, depth + 1))
                        .collect();
                    Says::Include(files)
                }
                _ => Says::Setting(keyword, arguments),
            };
            lines.push(Line { offset, says });
        }
        Some(ConfigFile { document, lines })
    }

    fn included(&self, finder: &mut Finder<'_>, pattern: &str) -> Vec<PathBuf> {
        let Some(path) = paths::expand(pattern, finder, None) else {
            return Vec::new();
        };
        let path = self.folder.join(path);
        let root = path.ancestors().last().unwrap_or(&path);
        glob::expand(&path, self.inside.unwrap_or(root), finder)
    }
}

/// Each line that says something: where, the keyword in lower case, its arguments.
pub(super) fn parse(text: &str) -> impl Iterator<Item = (usize, String, Vec<String>)> {
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let start = next;
        next += whole.len();
        let line = whole.trim_start();
        let offset = start + (whole.len() - line.len());
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let end = line.find(|character: char| character == '=' || character.is_whitespace());
        let (keyword, rest) = line.split_at(end.unwrap_or(line.len()));
        let rest = rest.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest);
        Some((offset, keyword.to_ascii_lowercase(), arguments(rest)))
    })
}

/// Words with quotes and the few escapes of ssh(1); `#` before a word ends the line.
pub(super) fn arguments(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|next| next.is_whitespace()).is_some() {}
        if characters.peek().is_none_or(|next| *next == '#') {
            return words;
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(next) = characters.next_if(|next| quote.is_some() || !next.is_whitespace()) {
            match next {
                '\\' => {
                    let escaped = characters.next_if(|after| {
                        matches!(after, '"' | '\'' | '\\') || (quote.is_none() && *after == ' ')
                    });
                    word.push(escaped.unwrap_or('\\'));
                }
                '"' | '\'' if quote == Some(next) => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(next),
                other => word.push(other),
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        parse(text)
            .map(|(_, keyword, arguments)| (keyword, arguments))
            .collect()
    }

    #[test]
    fn every_way_of_writing_a_line_is_read() {
        for line in [
            "IdentityFile ~/.ssh/a b",
            "  identityfile=~/.ssh/a b",
            "IDENTITYFILE = \"~/.ssh/a\" 'b'\r",
            "IdentityFile\t~/.ssh/a b # why",
            "IdentityFile \"~/\".ssh/a b",
        ] {
            assert_eq!(
                read(line),
                [(
                    "identityfile".to_owned(),
                    vec!["~/.ssh/a".to_owned(), "b".to_owned()]
                )],
                "{line}"
            );
        }
        assert_eq!(read("# IdentityFile x\n\n   \n"), []);
    }

    #[test]
    fn quotes_and_escapes_keep_blanks() {
        for (text, words) in [
            (r#""a b" c"#, vec!["a b", "c"]),
            (r"a\ b", vec!["a b"]),
            (r"C:\Users\dev\.ssh\id", vec![r"C:\Users\dev\.ssh\id"]),
            (r#"a\"b"#, vec!["a\"b"]),
            ("a#b #c", vec!["a#b"]),
            (r#""open"#, vec!["open"]),
            (r#""""#, vec![""]),
        ] {
            assert_eq!(arguments(text), words, "{text}");
        }
    }

    #[test]
    fn offsets_lead_to_the_keywords() {
        let text = "Host a\n\tUser é\r\n  Port 22";
        let starts: Vec<_> = parse(text)
            .map(|(offset, ..)| &text[offset..][..4])
            .collect();
        assert_eq!(starts, ["Host", "User", "Port"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text: String) {
            for (offset, keyword, _) in parse(&text) {
                prop_assert!(text[offset..].to_ascii_lowercase().starts_with(&keyword));
            }
        }
    }
}
