//! Reads git config character by character, and keeps where each came from.

use std::ops::Range;

/// Text out of its quotes and escapes, with the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spanned {
    pub(super) text: String,
    /// For each byte of the text, what it was written as.
    sources: Vec<Range<usize>>,
}

impl Spanned {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a range of it stands, in pieces: quotes and line breaks between them belong to no character.
    pub fn pieces(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for source in self.sources.get(range).unwrap_or_default() {
            match pieces.last_mut() {
                Some(last) if source.start <= last.end => last.end = last.end.max(source.end),
                _ => pieces.push(source.clone()),
            }
        }
        pieces
    }

    /// Where the character at this place of the text begins.
    pub fn start(&self, at: usize) -> Option<usize> {
        self.sources.get(at).map(|source| source.start)
    }

    fn push(&mut self, character: char, source: Range<usize>) {
        self.text.push(character);
        self.sources.resize(self.text.len(), source);
    }

    fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
        self.sources.truncate(length);
    }

    pub(super) fn tail(mut self, start: usize) -> Self {
        self.text.drain(..start);
        self.sources.drain(..start);
        self
    }
}

pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

pub(super) fn is_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

/// Git's character source: CRLF is one line break, and the end of the file is a line break too.
pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) position: usize,
    /// Where the last character began.
    pub(super) last: usize,
    pub(super) ended: bool,
}

impl<'t> Reader<'t> {
    pub(super) fn at(text: &'t str, position: usize) -> Self {
        Self {
            text,
            position,
            last: position,
            ended: false,
        }
    }

    pub(super) fn next(&mut self) -> char {
        self.last = self.position;
        let mut rest = self.text[self.position..].chars();
        let Some(character) = rest.next() else {
            self.ended = true;
            return '\n';
        };
        self.position += character.len_utf8();
        if character == '\r' && rest.next() == Some('\n') {
            self.position += 1;
            return '\n';
        }
        character
    }

    fn source(&self) -> Range<usize> {
        self.last..self.position
    }

    /// Reads a header after its `[`, through its `]`; `None` where git would refuse it.
    pub(super) fn section(&mut self) -> Option<Spanned> {
        let mut base = Spanned::default();
        loop {
            let character = self.next();
            match character {
                _ if self.ended => return None,
                ']' => return (!base.text.is_empty()).then_some(base),
                _ if is_space(character) => return self.subsection(base, character),
                _ if is_key(character) || character == '.' => {
                    base.push(character.to_ascii_lowercase(), self.source());
                }
                _ => return None,
            }
        }
    }

    fn subsection(&mut self, mut base: Spanned, mut character: char) -> Option<Spanned> {
        while is_space(character) {
            if character == '\n' {
                return None;
            }
            character = self.next();
        }
        if character != '"' {
            return None;
        }
        base.push('.', self.source());
        loop {
            let start = self.position;
            let mut character = self.next();
            match character {
                '\n' => return None,
                '"' => break,
                '\\' => {
                    character = self.next();
                    if character == '\n' {
                        return None;
                    }
                }
                _ => {}
            }
            base.push(character, start..self.position);
        }
        (self.next() == ']').then_some(base)
    }

    /// Reads a value after its `=`, through the end of its line; `None` where git would refuse it.
    pub(super) fn value(&mut self) -> Option<Spanned> {
        let mut value = Spanned::default();
        let mut quoted = false;
        let mut in_comment = false;
        // The length without blanks at the end, while these may be the end.
        let mut trimmed = 0;
        loop {
            let start = self.position;
            let mut character = self.next();
            if character == '\n' {
                if quoted {
                    return None;
                }
                if trimmed > 0 {
                    value.truncate(trimmed);
                }
                return Some(value);
            }
            if in_comment {
                continue;
            }
            if is_space(character) && !quoted {
                if trimmed == 0 {
                    trimmed = value.text.len();
                }
                if !value.text.is_empty() {
                    value.push(character, self.source());
                }
                continue;
            }
            if !quoted && matches!(character, ';' | '#') {
                in_comment = true;
                continue;
            }
            trimmed = 0;
            match character {
                '"' => {
                    quoted = !quoted;
                    continue;
                }
                '\\' => {
                    character = match self.next() {
                        '\n' => continue,
                        't' => '\t',
                        'b' => '\u{8}',
                        'n' => '\n',
                        escaped @ ('\\' | '"') => escaped,
                        _ => return None,
                    }
                }
                _ => {}
            }
            value.push(character, start..self.position);
        }
    }
}
