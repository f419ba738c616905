//! The netrc format (netrc(5), as curl and Python's `netrc` read it) with the place of each token.

use std::ops::Range;

use super::room::Room;

/// One word, out of its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// One `machine` or `default` with what belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// `None` for `default`.
    pub(super) machine: Option<Token>,
    pub(super) login: Option<Token>,
    pub(super) password: Option<Token>,
    /// Where its words stand, in their order.
    words: Vec<Range<usize>>,
}

/// A parsed file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Netrc {
    pub(super) entries: Vec<Entry>,
    /// Where a quote begins that does not end.
    pub(super) fault: Option<usize>,
}

impl Netrc {
    pub(super) fn parse(text: &str) -> Self {
        let mut netrc = Self::default();
        let mut reader = Reader { text, position: 0 };
        let fault = netrc.read(&mut reader).err();
        Self { fault, ..netrc }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), usize> {
        let mut open = false;
        while let Some(word) = reader.next()? {
            match word.text.as_str() {
                // Anything at the place of a keyword that begins so is a comment.
                comment if comment.starts_with('#') => {
                    reader.position = word.span.start;
                    reader.skip_line();
                }
                "machine" | "default" => {
                    let machine = match word.text.as_str() {
                        "machine" => reader.next()?,
                        _ => None,
                    };
                    let words = [
                        Some(word.span),
                        machine.as_ref().map(|name| name.span.clone()),
                    ];
                    open = true;
                    self.entries.push(Entry {
                        machine,
                        words: words.into_iter().flatten().collect(),
                        ..Entry::default()
                    });
                }
                // Its body ends with an empty line, and what stands in it means nothing here.
                "macdef" => {
                    open = false;
                    reader.skip_macro();
                }
                "login" | "user" | "password" | "passwd" | "account" | "port" | "protocol" => {
                    let value = reader.next()?;
                    if let Some(entry) = self.entries.last_mut().filter(|_| open) {
                        entry.words.push(word.span);
                        entry
                            .words
                            .extend(value.as_ref().map(|value| value.span.clone()));
                        match word.text.as_str() {
                            "login" | "user" => entry.login = value,
                            "password" | "passwd" => entry.password = value,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Entry {
    /// What to cut to remove it: whole lines where it fills them, comments and blank lines within it stay.
    pub(super) fn cuts(&self, text: &str) -> Vec<Range<usize>> {
        let mut groups: Vec<Range<usize>> = Vec::new();
        for word in &self.words {
            match groups.last_mut() {
                Some(group) if !text[group.end..word.start].contains('\n') => group.end = word.end,
                _ => groups.push(word.clone()),
            }
        }
        let cut = |group: Range<usize>| {
            let room = Room::around(text, &group);
            if !room.ends_line {
                return group.start..room.end;
            }
            if room.starts_line {
                return room.start..(room.end + 1).min(text.len());
            }
            let carriage = usize::from(text[group.end..room.end].ends_with('\r'));
            room.start..room.end - carriage
        };
        groups.into_iter().map(cut).collect()
    }
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.position += rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    }

    /// Skips a macro's name and its body.
    fn skip_macro(&mut self) {
        self.skip_line();
        while !self.rest().is_empty() {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let is_end = line.trim_end_matches('\r').is_empty();
            self.skip_line();
            if is_end {
                return;
            }
        }
    }

    /// The next word; the error is where a quote begins that does not end.
    fn next(&mut self) -> Result<Option<Token>, usize> {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
        let start = self.position;
        let quoted = self.rest().starts_with('"');
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(usize::from(quoted));
        let mut end = None;
        while let Some((at, character)) = characters.next() {
            match character {
                '"' if quoted => {
                    end = Some(at + 1);
                    break;
                }
                _ if !quoted && character.is_whitespace() => {
                    end = Some(at);
                    break;
                }
                '\\' if quoted => text.extend(characters.next().map(|(_, escaped)| escaped)),
                _ => text.push(character),
            }
        }
        let length = match end {
            Some(end) => end,
            None if quoted => return Err(start),
            None => self.rest().len(),
        };
        self.position += length;
        let span = start..self.position;
        Ok((!span.is_empty()).then_some(Token { text, span }))
    }
}
