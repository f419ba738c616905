//! Cuts a script into words and marks, as its shell would, with the place of each.
//!
//! Sources: POSIX, "Shell Command Language", 2.2 to 2.7; fishshell.com, "The fish language"; learn.microsoft.com,
//! "about Quoting Rules" and "about Special Characters"; nushell.sh, "Working with strings".

use std::ops::Range;

/// What sets a family of shells apart when it reads words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stores::environment) enum Grammar {
    /// sh, bash, zsh, ksh.
    Posix,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// Nushell.
    Nushell,
}

/// A word out of its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As it stands in the text.
    pub(super) range: Range<usize>,
    /// Without quotes and escapes; what the shell would put in the place of a variable or a command stays as written.
    pub(super) text: String,
}

/// What stands between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The end of a line.
    Newline,
    /// `;`
    Next,
    /// `&&`, `||`, `|`, `&`, `;;`
    Operator,
    /// `<`, `>` and their like.
    Redirect,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A text that a command reads as its input, up to the word that ends it.
    Body,
}

/// A part of a script. Blanks and comments are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word.
    Word(Word),
    /// A mark, and where it stands.
    Mark(Mark, Range<usize>),
}

/// The parts of a script in their order.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The parts.
    pub(super) all: Vec<Token>,
    /// Where a quote or bracket opens that never closes: what comes after it is one word.
    pub(super) broken: Option<usize>,
}

/// Reads a text. It never fails.
pub(super) fn read(text: &str, grammar: Grammar) -> Tokens {
    let mut lexer = Lexer {
        text,
        at: 0,
        grammar,
        tokens: Tokens::default(),
        bodies: Vec::new(),
        arithmetic: 0,
    };
    while lexer.step() {}
    lexer.tokens
}

/// How deep brackets are followed; nobody writes so many.
const DEEPEST: usize = 100;

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    grammar: Grammar,
    tokens: Tokens,
    /// Words that end the texts which begin after this line.
    bodies: Vec<String>,
    /// Where `((…))` ends that began last: in it, `<<` shifts a number.
    arithmetic: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// The length of a line break that stands here.
    fn line_break(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with("\r\n") {
            Some(2)
        } else {
            rest.starts_with('\n').then_some(1)
        }
    }

    fn escape(&self) -> Option<char> {
        match self.grammar {
            Grammar::Posix | Grammar::Fish => Some('\\'),
            Grammar::PowerShell => Some('`'),
            Grammar::Nushell => None,
        }
    }

    /// The length of an escaped line break, which joins two lines.
    fn joint(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix(self.escape()?)?;
        ["\r\n", "\n"]
            .iter()
            .find(|end| rest.starts_with(**end))
            .map(|end| 1 + end.len())
    }

    fn mark(&mut self, mark: Mark, length: usize) {
        let range = self.at..self.at + length;
        self.at = range.end;
        self.tokens.all.push(Token::Mark(mark, range));
    }

    fn step(&mut self) -> bool {
        if let Some(length) = self.joint() {
            self.at += length;
            return true;
        }
        if let Some(length) = self.line_break() {
            self.mark(Mark::Newline, length);
            self.read_bodies();
            return true;
        }
        let Some(next) = self.peek() else {
            return false;
        };
        let starts = |word: &str| self.rest().starts_with(word);
        match next {
            _ if next.is_whitespace() => self.at += next.len_utf8(),
            '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            '<' if self.grammar == Grammar::PowerShell && starts("<#") => {
                self.through("#>", "<#".len());
            }
            '<' if self.grammar == Grammar::Posix && starts("<<") && self.at < self.arithmetic => {
                self.mark(Mark::Redirect, 2);
            }
            '<' if self.grammar == Grammar::Posix && starts("<<") && !starts("<<<") => {
                self.body_begins();
            }
            '(' if self.grammar == Grammar::Posix && starts("((") => {
                let line = self.rest().split('\n').next().unwrap_or_default();
                self.arithmetic = line.find("))").map_or(0, |length| self.at + length);
                self.mark(Mark::Open, 1);
                self.mark(Mark::Open, 1);
            }
            '<' if starts("<<<") => self.mark(Mark::Redirect, 3),
            '<' | '>' => self.mark(Mark::Redirect, 1),
            ';' if starts(";;") || starts(";&") => self.mark(Mark::Operator, 2),
            ';' => self.mark(Mark::Next, 1),
            '&' | '|' if starts("&&") || starts("||") => self.mark(Mark::Operator, 2),
            '&' | '|' => self.mark(Mark::Operator, 1),
            '(' if self.grammar != Grammar::Fish => self.mark(Mark::Open, 1),
            ')' if self.grammar != Grammar::Fish => self.mark(Mark::Close, 1),
            _ => self.word(),
        }
        true
    }

    /// Passes over a comment or a string that ends with these characters.
    fn through(&mut self, end: &str, opening: usize) -> &'t str {
        let start = self.at + opening;
        let inside = self.text.get(start..).unwrap_or_default();
        let length = inside.find(end);
        if length.is_none() {
            self.tokens.broken.get_or_insert(self.at);
        }
        let inside = &inside[..length.unwrap_or(inside.len())];
        self.at = (start + inside.len() + length.map_or(0, |_| end.len())).min(self.text.len());
        inside
    }

    /// `<<WORD`, `<<-WORD`: the lines after this one are the input of its command.
    fn body_begins(&mut self) {
        let dash = usize::from(self.rest().starts_with("<<-"));
        self.mark(Mark::Redirect, 2 + dash);
        while self.peek().is_some_and(|next| matches!(next, ' ' | '\t')) {
            self.at += 1;
        }
        if self.peek().is_none_or(char::is_whitespace) {
            return;
        }
        let start = self.tokens.all.len();
        self.word();
        if let Some(Token::Word(word)) = self.tokens.all.get(start) {
            self.bodies.push(word.text.clone());
        }
    }

    fn read_bodies(&mut self) {
        for end in std::mem::take(&mut self.bodies) {
            let start = self.at;
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    self.tokens.broken.get_or_insert(start);
                    break;
                }
                let length = rest.find('\n').unwrap_or(rest.len());
                let line = rest[..length].trim_start_matches('\t');
                if line.trim_end_matches('\r') == end {
                    break;
                }
                self.at += (length + 1).min(rest.len());
            }
            let body = Token::Mark(Mark::Body, start..self.at);
            self.tokens.all.push(body);
            // The line of the word that ends it.
            let rest = self.rest();
            self.at += rest.find('\n').map_or(rest.len(), |length| length + 1);
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let mut text = String::new();
        while let Some(next) = self.peek() {
            if let Some(length) = self.joint() {
                self.at += length;
            } else if next.is_whitespace() || self.ends_word(next) {
                break;
            } else {
                self.part(next, &mut text);
            }
        }
        // A mark that ends words and begins none is one by itself.
        if self.at == start {
            text.extend(self.take());
        }
        let range = start..self.at;
        self.tokens.all.push(Token::Word(Word { range, text }));
    }

    fn ends_word(&self, next: char) -> bool {
        match self.grammar {
            Grammar::Fish => matches!(next, ';' | '&' | '|' | '<' | '>'),
            _ => matches!(next, ';' | '&' | '|' | '<' | '>' | '(' | ')'),
        }
    }

    fn part(&mut self, next: char, text: &mut String) {
        let rest = self.rest();
        match (next, self.grammar) {
            ('\'', _) => self.single_quoted(text),
            ('"', _) => self.double_quoted(text),
            ('`', Grammar::Posix) => self.substitution(1, '`', false, text),
            ('`', Grammar::Nushell) => text.push_str(self.through("`", 1)),
            ('(', Grammar::Fish) => self.substitution(1, ')', false, text),
            ('$', Grammar::Posix) if rest.starts_with("$'") => self.ansi_quoted(text),
            ('$', Grammar::Posix) if rest.starts_with("$\"") => self.at += 1,
            ('$', _) if rest.starts_with("$(") => self.substitution(2, ')', false, text),
            ('$', _) if rest.starts_with("${") => self.substitution(2, '}', false, text),
            ('@', Grammar::PowerShell) if self.here_string(text) => {}
            _ if Some(next) == self.escape() => {
                self.at += next.len_utf8();
                text.extend(self.take());
            }
            _ => text.extend(self.take()),
        }
    }

    fn single_quoted(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 1;
        while let Some(next) = self.take() {
            let after = self.peek();
            match (next, self.grammar) {
                ('\'', Grammar::PowerShell) if after == Some('\'') => text.extend(self.take()),
                ('\'', _) => return,
                ('\\', Grammar::Fish) if matches!(after, Some('\'' | '\\')) => {
                    text.extend(self.take());
                }
                _ => text.push(next),
            }
        }
        self.tokens.broken.get_or_insert(start);
    }

    fn double_quoted(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 1;
        let escape = match self.grammar {
            Grammar::PowerShell => '`',
            _ => '\\',
        };
        while let Some(next) = self.peek() {
            let rest = self.rest();
            if next == escape {
                self.escaped_in_quotes(text);
            } else if next == '"' {
                self.at += 1;
                if self.grammar != Grammar::PowerShell || self.peek() != Some('"') {
                    return;
                }
                text.extend(self.take());
            } else if rest.starts_with("$(") {
                self.substitution(2, ')', true, text);
            } else if rest.starts_with("${") {
                self.substitution(2, '}', true, text);
            } else if next == '`' && self.grammar == Grammar::Posix {
                self.substitution(1, '`', true, text);
            } else {
                text.extend(self.take());
            }
        }
        self.tokens.broken.get_or_insert(start);
    }

    fn escaped_in_quotes(&mut self, text: &mut String) {
        if let Some(length) = self.joint() {
            self.at += length;
            return;
        }
        let escape = self.take();
        let counts = match self.grammar {
            Grammar::Posix | Grammar::Fish => {
                matches!(self.peek(), Some('$' | '`' | '"' | '\\'))
            }
            Grammar::PowerShell | Grammar::Nushell => true,
        };
        if !counts {
            text.extend(escape);
        }
        text.extend(self.take());
    }

    /// `$'…'`
    fn ansi_quoted(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 2;
        while let Some(next) = self.take() {
            match next {
                '\'' => return,
                '\\' => text.extend(self.take().map(|escaped| match escaped {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                })),
                _ => text.push(next),
            }
        }
        self.tokens.broken.get_or_insert(start);
    }

    /// `@"`, lines, `"@`
    fn here_string(&mut self, text: &mut String) -> bool {
        for quote in ['"', '\''] {
            let open = self
                .rest()
                .strip_prefix('@')
                .and_then(|rest| rest.strip_prefix(quote));
            let Some(after) = open else { continue };
            if after
                .trim_start_matches([' ', '\t', '\r'])
                .starts_with('\n')
            {
                text.push_str(self.through(&format!("\n{quote}@"), 2));
                return true;
            }
        }
        false
    }

    /// A command or variable whose result would stand here: it stays as it is written.
    fn substitution(&mut self, opening: usize, closer: char, quoted: bool, text: &mut String) {
        let start = self.at;
        self.at += opening;
        let mut closers = vec![closer];
        while let Some(innermost) = closers.last().copied() {
            let Some(next) = self.take() else { break };
            if closers.len() > DEEPEST {
                self.at = self.text.len();
                break;
            }
            let quoted = quoted || closers.contains(&'"');
            if Some(next) == self.escape() {
                self.take();
            } else if next == innermost {
                closers.pop();
            } else if innermost == '`' {
                // Nothing inside counts but its end.
            } else if next == '$' && self.rest().starts_with(['(', '{']) {
                closers.push(if self.take() == Some('(') { ')' } else { '}' });
            } else if next == '`' && self.grammar == Grammar::Posix {
                closers.push('`');
            } else if innermost == '"' {
                // Only what was looked for above.
            } else if next == '(' && innermost == ')' {
                closers.push(')');
            } else if next == '"' {
                closers.push('"');
            } else if next == '\'' && !(quoted && innermost == '}') {
                let length = self.rest().find('\'');
                self.at += length.map_or(self.rest().len(), |length| length + 1);
            }
        }
        if !closers.is_empty() {
            self.tokens.broken.get_or_insert(start);
        }
        text.push_str(&self.text[start..self.at]);
    }
}

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
