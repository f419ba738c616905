//! The strings of a Terraform configuration, each with its name and its block.
//!
//! Source: hashicorp/hcl, "HCL Native Syntax Specification". Expressions are not evaluated: a string that is the whole
//! value of an attribute knows how to go, any other string can only be emptied.

use std::ops::Range;

use super::{Cut, whole_lines};

/// Blocks, lists and templates within each other.
const DEEPEST: usize = 100;

/// Bytes of what is kept of a file: a name is kept with each string and block that it names.
const MOST_KEPT: usize = 16 * 1024 * 1024;
/// What a string or block takes beside its names.
const EACH: usize = 128;

/// A configuration file.
#[derive(Debug, Default)]
pub struct Hcl {
    /// Its strings in their order, those in comments left out.
    pub strings: Vec<Literal>,
    /// Its blocks, objects and lists; the first is the file.
    pub scopes: Vec<Scope>,
    /// Where it stops being a configuration.
    pub broken: Option<usize>,
}

/// A string.
#[derive(Debug)]
pub struct Literal {
    /// What it is the value of, or stands in the list of; empty where that has no name.
    pub key: String,
    /// What stands between its quotes, or the lines of a heredoc.
    pub inner: Range<usize>,
    /// What removes it.
    pub cut: Cut,
    /// It stands in quotes and has no template in it.
    pub plain: bool,
    /// Where it stands, in `scopes`.
    pub scope: usize,
}

/// A block, an object, a list, or the file.
#[derive(Debug)]
pub struct Scope {
    /// A block's type and labels, or the name of what it is the value of.
    pub words: Vec<String>,
    /// From bracket to bracket.
    pub range: Range<usize>,
    /// What it stands in.
    pub above: Option<usize>,
    /// Line breaks in it end an attribute.
    lines: bool,
}

impl Hcl {
    /// Reads a text. It never fails; see `broken`.
    pub fn parse(text: &str) -> Self {
        let mut parser = Parser {
            text,
            at: usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8(),
            hcl: Self::default(),
            open: Vec::new(),
            statement: Statement::default(),
            kept: 0,
        };
        parser.enter(Vec::new(), 0, true);
        if let Err(offset) = parser.run() {
            parser.hcl.broken = Some(offset);
        }
        for scope in &mut parser.hcl.scopes {
            if scope.range.end == 0 {
                scope.range.end = text.len();
            }
        }
        parser.hcl
    }

    /// The scope and all that it stands in, the innermost first.
    pub fn around(&self, scope: usize) -> impl Iterator<Item = &Scope> {
        let mut next = self.scopes.get(scope);
        std::iter::from_fn(move || {
            let scope = next?;
            next = scope.above.and_then(|above| self.scopes.get(above));
            Some(scope)
        })
    }
}

/// What has been read of the statement that is being read.
#[derive(Debug, Default)]
struct Statement {
    words: Vec<String>,
    start: Option<usize>,
    key: Option<String>,
    /// The string that is all of the value so far.
    only: Option<usize>,
    begun: bool,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    hcl: Hcl,
    open: Vec<(usize, Statement)>,
    statement: Statement,
    /// Bytes of what is kept so far.
    kept: usize,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), usize> {
        while let Some(next) = self.rest().chars().next() {
            let start = self.at;
            if self.kept > MOST_KEPT {
                return Err(start);
            }
            match next {
                '\n' | '\r' => {
                    if self.scope().is_some_and(|scope| scope.lines) {
                        self.end_statement();
                    }
                    self.at += 1;
                }
                '#' => self.skip_line(),
                '/' if self.rest().starts_with("//") => self.skip_line(),
                '/' if self.rest().starts_with("/*") => {
                    let length = self.rest()[2..].find("*/").ok_or(start)?;
                    self.at += length + 4;
                }
                '"' => self.string()?,
                '<' if self.heredoc()? => {}
                '{' | '[' | '(' => self.open(next)?,
                '}' | ']' | ')' => self.close(next)?,
                ',' => {
                    self.end_statement();
                    self.at += 1;
                }
                '=' | ':' => self.assign(),
                _ if next.is_whitespace() => self.at += next.len_utf8(),
                _ if is_word(next) => {
                    let rest = self.rest();
                    let length = rest.find(|next| !is_word(next)).unwrap_or(rest.len());
                    let word = rest[..length].to_owned();
                    self.word(start, word);
                    self.at += length;
                }
                _ => {
                    self.other();
                    self.at += next.len_utf8();
                }
            }
        }
        self.end_statement();
        if self.open.is_empty() {
            Ok(())
        } else {
            Err(self.scope().map_or(self.at, |scope| scope.range.start))
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn scope_index(&self) -> usize {
        self.open.last().map_or(0, |(scope, _)| *scope)
    }

    fn scope(&self) -> Option<&Scope> {
        self.hcl.scopes.get(self.scope_index())
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
    }

    fn word(&mut self, start: usize, word: String) {
        self.statement.start.get_or_insert(start);
        if self.statement.key.is_some() {
            self.other();
        } else {
            self.statement.words.push(word);
        }
    }

    /// A part of the value that is no string, so no string is all of it.
    fn other(&mut self) {
        self.statement.start.get_or_insert(self.at);
        self.statement.only = None;
        self.statement.begun = true;
    }

    fn assign(&mut self) {
        let rest = self.rest();
        let double = ["==", "=>"].iter().any(|sign| rest.starts_with(sign));
        let listed = self.scope().is_some_and(|scope| !scope.lines);
        if double || listed || self.statement.key.is_some() {
            self.other();
            self.at += if double { 2 } else { 1 };
            return;
        }
        self.statement.key = Some(self.statement.words.pop().unwrap_or_default());
        self.statement.only = None;
        self.statement.begun = false;
        self.at += 1;
    }

    fn enter(&mut self, words: Vec<String>, start: usize, lines: bool) {
        let above = (!self.hcl.scopes.is_empty()).then(|| self.scope_index());
        self.kept += EACH + words.iter().map(|word| word.len() + EACH).sum::<usize>();
        self.hcl.scopes.push(Scope {
            words,
            range: start..0,
            above,
            lines,
        });
    }

    fn open(&mut self, bracket: char) -> Result<(), usize> {
        if self.open.len() >= DEEPEST {
            return Err(self.at);
        }
        self.statement.start.get_or_insert(self.at);
        let words = match &self.statement.key {
            Some(key) => vec![key.clone()],
            None if bracket == '{' => self.statement.words.clone(),
            None => self
                .scope()
                .map_or_else(Vec::new, |scope| scope.words.clone()),
        };
        self.other();
        self.enter(words, self.at, bracket == '{');
        let scope = self.hcl.scopes.len() - 1;
        self.open.push((scope, std::mem::take(&mut self.statement)));
        self.at += 1;
        Ok(())
    }

    fn close(&mut self, bracket: char) -> Result<(), usize> {
        self.end_statement();
        let (scope, statement) = self.open.pop().ok_or(self.at)?;
        let Some(scope) = self.hcl.scopes.get_mut(scope) else {
            return Err(self.at);
        };
        let opened = self
            .text
            .get(scope.range.start..)
            .and_then(|rest| rest.chars().next());
        if !matches!(
            (opened, bracket),
            (Some('{'), '}') | (Some('['), ']') | (Some('('), ')')
        ) {
            return Err(self.at);
        }
        self.at += 1;
        scope.range.end = self.at;
        self.statement = statement;
        Ok(())
    }

    fn string(&mut self) -> Result<(), usize> {
        let start = self.at;
        let (end, plain) = string_end(self.text, start, 0).ok_or(start)?;
        self.at = end;
        let inner = start + 1..end - 1;
        // Labels of blocks, and keys of objects.
        if self.statement.key.is_none() && self.scope().is_some_and(|scope| scope.lines) {
            let word = self.text[inner.clone()].to_owned();
            self.word(start, word);
            // It may be a value all the same, in a place that this does not understand.
            self.add(inner, plain);
            return Ok(());
        }
        let first = !self.statement.begun && self.statement.key.is_some();
        self.other();
        let index = self.add(inner, plain);
        self.statement.only = first.then_some(index);
        Ok(())
    }

    /// Reads one where it begins here.
    fn heredoc(&mut self) -> Result<bool, usize> {
        let Some(rest) = self.rest().strip_prefix("<<") else {
            return Ok(false);
        };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let named = rest.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let behind = rest.trim_start_matches(is_word);
        let mark = &rest[..rest.len() - behind.len()];
        let behind = behind.trim_start_matches([' ', '\t', '\r']);
        let Some(lines) = behind.strip_prefix('\n').filter(|_| named) else {
            return Ok(false);
        };
        let body = self.text.len() - lines.len();
        let mut end = body;
        for line in lines.split_inclusive('\n') {
            if line.trim() == mark {
                let next = end + line.trim_end_matches(['\n', '\r']).len();
                self.other();
                self.add(body..end, false);
                self.at = next;
                return Ok(true);
            }
            end += line.len();
        }
        Err(self.at)
    }

    fn add(&mut self, inner: Range<usize>, plain: bool) -> usize {
        let key = match (&self.statement.key, self.scope()) {
            (Some(key), _) => key.clone(),
            (None, Some(scope)) if !scope.lines => scope.words.last().cloned().unwrap_or_default(),
            (None, _) => String::new(),
        };
        self.kept += EACH + key.len();
        self.hcl.strings.push(Literal {
            key,
            cut: Cut::exactly(inner.clone()),
            inner,
            plain,
            scope: self.scope_index(),
        });
        self.hcl.strings.len() - 1
    }

    fn end_statement(&mut self) {
        let statement = std::mem::take(&mut self.statement);
        let (Some(only), Some(start)) = (statement.only, statement.start) else {
            return;
        };
        if let Some(literal) = self.hcl.strings.get_mut(only) {
            literal.cut = assignment(self.text, start..literal.inner.end + 1);
        }
    }
}

/// What removes an attribute: its lines where it has them to itself, else it alone.
fn assignment(text: &str, range: Range<usize>) -> Cut {
    let lines = whole_lines(text, &range);
    let before = text[lines.start..range.start].trim_start_matches('\u{feff}');
    let after = text[range.end..lines.end].trim_start();
    let after = after.strip_prefix(',').unwrap_or(after).trim_start();
    let ends = after.is_empty() || after.starts_with('#') || after.starts_with("//");
    if before.trim().is_empty() && ends {
        let mark = text[lines.start..range.start].len() - before.len();
        return Cut::exactly(lines.start + mark..lines.end);
    }
    Cut::beside_comments(text, &range)
}

/// Where a string ends that begins here, and whether it has no template.
fn string_end(text: &str, start: usize, depth: usize) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut plain = true;
    loop {
        match bytes.get(at..)? {
            [b'"', ..] => return Some((at + 1, plain)),
            [b'\\', _, ..] => at += 2,
            [b'\n' | b'\r', ..] | [] => return None,
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => at += 3,
            [b'$' | b'%', b'{', ..] => {
                plain = false;
                at = template_end(text, at + 2, depth + 1)?;
            }
            _ => at += 1,
        }
    }
}

/// Where the brace closes that was opened right before.
fn template_end(text: &str, start: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = start;
    let mut braces = 1;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(text, at, depth)?.0,
            b'{' => {
                braces += 1;
                at += 1;
            }
            b'}' => {
                braces -= 1;
                at += 1;
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

#[cfg(test)]
#[path = "hcl_tests.rs"]
mod tests;
