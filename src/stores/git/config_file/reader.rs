//! Reads git config character by character, and keeps where each came from.

use std::ops::Range;

/// Text out of its quotes and escapes, with the way back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spanned {
    pub(super) text: String,
    runs: Vec<Run>,
}

/// Characters that stand together in the source: byte for byte, or one character as an escape.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// Where it stands in the text.
    text: Range<usize>,
    source: Range<usize>,
}

impl Run {
    /// Whether each byte stands for itself.
    fn is_plain(&self) -> bool {
        self.text.len() == self.source.len()
    }

    /// The source of the part of it that is in the range.
    fn part(&self, range: &Range<usize>) -> Range<usize> {
        if !self.is_plain() {
            return self.source.clone();
        }
        let skipped = range.start.saturating_sub(self.text.start);
        let left_out = self.text.end.saturating_sub(range.end);
        self.source.start + skipped..self.source.end - left_out
    }
}

impl Spanned {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a range of it stands, in pieces: quotes and line breaks between them belong to no character.
    pub fn pieces(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let meets = |run: &&Run| run.text.start < range.end && run.text.end > range.start;
        for source in self.runs.iter().filter(meets).map(|run| run.part(&range)) {
            match pieces.last_mut() {
                Some(last) if source.start == last.end => last.end = source.end,
                _ => pieces.push(source),
            }
        }
        pieces
    }

    /// Where the character at this place of the text begins.
    pub fn start(&self, at: usize) -> Option<usize> {
        let index = self.runs.partition_point(|run| run.text.end <= at);
        let run = self.runs.get(index)?;
        Some(run.part(&(at..run.text.end)).start)
    }

    fn push(&mut self, character: char, source: Range<usize>) {
        let start = self.text.len();
        self.text.push(character);
        let text = start..self.text.len();
        let is_plain = text.len() == source.len();
        match self.runs.last_mut() {
            Some(last) if is_plain && last.is_plain() && last.source.end == source.start => {
                last.text.end = text.end;
                last.source.end = source.end;
            }
            _ => self.runs.push(Run { text, source }),
        }
    }

    fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
        self.clip(0..length);
    }

    pub(super) fn tail(mut self, start: usize) -> Self {
        self.clip(start..self.text.len());
        self.text.drain(..start);
        for run in &mut self.runs {
            run.text = run.text.start - start..run.text.end - start;
        }
        self
    }

    fn clip(&mut self, range: Range<usize>) {
        self.runs
            .retain(|run| run.text.start < range.end && run.text.end > range.start);
        for run in &mut self.runs {
            run.source = run.part(&range);
            run.text = run.text.start.max(range.start)..run.text.end.min(range.end);
        }
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
