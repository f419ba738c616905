//! Groups the words of a script into lines and commands.

use std::ops::Range;

use super::lexer::{Mark, Token, Word};
use crate::text::range_in;

/// The words between two marks.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// Its words; never empty.
    pub(super) words: Vec<Word>,
}

impl Command {
    /// From its first word to its last.
    pub(super) fn range(&self) -> Range<usize> {
        let start = self.words.first().map_or(0, |word| word.range.start);
        start..self.words.last().map_or(start, |word| word.range.end)
    }
}

/// One line of a script, with the lines that are joined to it.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// With the break at its end; it begins where a line of the text does, or behind what ends in that line.
    pub(super) range: Range<usize>,
    /// From its first token to its last.
    pub(super) content: Range<usize>,
    /// Its tokens, without the break.
    pub(super) tokens: Vec<Token>,
    /// It goes on with what the line before it began.
    pub(super) continues: bool,
}

impl Line {
    /// Its commands.
    pub(super) fn commands(&self) -> Vec<Command> {
        let mut commands = vec![Command::default()];
        for token in &self.tokens {
            match (token, commands.last_mut()) {
                (Token::Word(word), Some(command)) => command.words.push(word.clone()),
                _ => commands.push(Command::default()),
            }
        }
        commands.retain(|command| !command.words.is_empty());
        commands
    }

    /// Whether its commands simply follow each other.
    pub(super) fn is_list(&self) -> bool {
        let plain = |token: &Token| matches!(token, Token::Word(_) | Token::Mark(Mark::Next, _));
        !self.continues && self.tokens.iter().all(plain)
    }
}

/// The lines that hold anything.
pub(super) fn lines(text: &str, tokens: Vec<Token>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line::default();
    let mut continues = false;
    for token in tokens {
        let range = match &token {
            Token::Word(word) => word.range.clone(),
            Token::Mark(_, range) => range.clone(),
        };
        match token {
            Token::Mark(Mark::Newline, _) => {
                let done = std::mem::take(&mut line);
                continues = finish(text, done, range.end, continues, &mut lines);
            }
            // It stands between lines, and is none of the shell's.
            Token::Mark(Mark::Body, _) => {
                line.tokens.push(token);
                line.content = range.clone();
                let done = std::mem::take(&mut line);
                finish(text, done, range.end, false, &mut lines);
            }
            token => {
                if line.tokens.is_empty() {
                    line.content = range.clone();
                }
                line.content.end = range.end;
                line.tokens.push(token);
            }
        }
    }
    finish(text, line, text.len(), continues, &mut lines);
    lines
}

/// Enters a line that ends here, and tells whether the next one goes on with it.
fn finish(text: &str, mut line: Line, end: usize, continues: bool, lines: &mut Vec<Line>) -> bool {
    let Some(last) = line.tokens.last() else {
        // Comments and blank lines may stand in between.
        return continues;
    };
    let goes_on =
        matches!(last, Token::Mark(Mark::Operator, range) if !text[range.clone()].starts_with(';'));
    let before = &text[..line.content.start];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    // A comment of several lines may end here.
    let start = if before[start..].trim().is_empty() {
        start
    } else {
        line.content.start
    };
    line.range = start..end;
    line.continues = continues;
    lines.push(line);
    goes_on
}

/// A name for a command: its program, or the alias that it makes.
pub(super) fn label(commands: &[Command]) -> String {
    // No program that people type has a longer name; a secret that was typed in its place may.
    const LONGEST: usize = 24;
    let fits = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+:$".contains(&byte);
        !text.is_empty() && text.len() <= LONGEST && text.bytes().all(known)
    };
    let words = commands.iter().flat_map(|command| &command.words);
    let mut words = words.map(|word| word.text.as_str());
    let first = words.find(|word| !word.contains('=')).unwrap_or_default();
    if matches!(first, "alias" | "abbr" | "function") {
        let named = words
            .find(|word| !word.starts_with('-'))
            .unwrap_or_default();
        let name = named.split('=').next().unwrap_or_default();
        if fits(name) {
            return format!("{first} {name}");
        }
    }
    let program = first.rsplit(['/', '\\']).next().unwrap_or_default();
    if fits(program) {
        program.to_owned()
    } else {
        "a command".to_owned()
    }
}

/// What stands after a separator of name and value in a word, as it is written.
pub(super) fn written_after(text: &str, word: &Range<usize>, separator: char) -> Range<usize> {
    let written = &text[word.clone()];
    let value = written.split_once(separator).map_or("", |(_, value)| value);
    if value.is_empty() {
        word.end..word.end
    } else {
        range_in(text, value)
    }
}
