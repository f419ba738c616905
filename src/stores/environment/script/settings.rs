//! Files that only set variables: `NAME=value`, a line each.
//!
//! Sources: man7.org, environment.d(5), systemd.exec(5), `pam_env.conf(5)`; motdotla/dotenv, README "Rules".

use std::ops::Range;

use super::{Assignment, Removal, Statement};
use crate::text::{range_in, whole_lines};

/// Whose rules of quoting a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stores::environment) enum Style {
    /// `.env`: `export` may stand before the name, a colon after it, and a quoted value may have several lines.
    Dotenv,
    /// environment.d of systemd: an escaped line break joins lines, those of comments too.
    Systemd,
    /// `pam_env`: `NAME=value`, or `NAME DEFAULT=value OVERRIDE=value`.
    Pam,
}

/// The statements of a settings file: one for each line that is no comment.
pub(in crate::stores::environment) fn settings(text: &str, style: Style) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let start = at + blank;
        if start >= text.len() {
            break;
        }
        let is_comment = text[start..].starts_with(match style {
            Style::Systemd => &['#', ';'][..],
            Style::Dotenv | Style::Pam => &['#'],
        });
        let joined = !matches!(style, Style::Dotenv);
        let line_end = end_of_line(text, start, joined);
        let statement = (!is_comment).then(|| statement(text, style, start..line_end));
        at = statement
            .as_ref()
            .map_or(line_end, |statement| statement.content.end.max(line_end));
        statements.extend(statement);
    }
    statements
}

/// Where the line ends, before its break.
fn end_of_line(text: &str, start: usize, joined: bool) -> usize {
    let mut at = start;
    loop {
        let rest = &text[at..];
        let Some(length) = rest.find(['\n', '\r']) else {
            return text.len();
        };
        if !(joined && rest[..length].ends_with('\\')) {
            return at + length;
        }
        let width = if rest[length..].starts_with("\r\n") {
            2
        } else {
            1
        };
        at += length + width;
    }
}

fn statement(text: &str, style: Style, line: Range<usize>) -> Statement {
    let mut statement = Statement {
        content: line.clone(),
        label: "a line".to_owned(),
        assignments: Vec::new(),
        sources: Vec::new(),
    };
    let written = &text[line.clone()];
    let unprefixed = match style {
        Style::Systemd => written,
        Style::Dotenv | Style::Pam => written
            .strip_prefix("export")
            .filter(|rest| rest.starts_with([' ', '\t']))
            .map_or(written, str::trim_start),
    };
    let name_length = unprefixed
        .find(|character: char| !(character.is_alphanumeric() || "_.-".contains(character)))
        .unwrap_or(unprefixed.len());
    let (name, rest) = unprefixed.split_at(name_length);
    let value_start = match (rest.trim_start(), style) {
        (rest, _) if rest.starts_with('=') => rest.strip_prefix('='),
        (rest, Style::Dotenv) => rest.strip_prefix(": "),
        (rest, Style::Pam) => ["DEFAULT=", "OVERRIDE="]
            .iter()
            .find_map(|word| rest.strip_prefix(word)),
        (_, Style::Systemd) => None,
    };
    let Some(rest) = value_start.filter(|_| !name.is_empty()) else {
        return statement;
    };
    let start = range_in(text, rest).start;
    let (value, written) = match style {
        Style::Dotenv => dotenv_value(text, start, line.end),
        Style::Systemd => systemd_value(text, start..line.end),
        Style::Pam => pam_value(text, start..line.end),
    };
    statement.content.end = statement.content.end.max(written.end);
    // A comment after the value is none of what it says.
    if style != Style::Systemd {
        statement.content.end = written.end;
    }
    statement.assignments.push(Assignment {
        name: name.to_owned(),
        value,
        removal: Some(Removal::Lines(whole_lines(
            text,
            &(line.start..written.end),
        ))),
        written,
    });
    statement
}

/// A value in quotes ends with them, on whatever line; any other at a comment or the end of its line.
fn dotenv_value(text: &str, start: usize, line_end: usize) -> (String, Range<usize>) {
    let line = &text[start..line_end];
    let blank = line.len() - line.trim_start().len();
    let start = start + blank;
    let quoted = text[start..]
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\'' | '`'))
        .and_then(|quote| Some((quote, closing(&text[start + 1..], quote)?)));
    if let Some((quote, length)) = quoted {
        let inside = &text[start + 1..start + 1 + length];
        let value = match quote {
            '"' => inside.replace("\\n", "\n").replace("\\\"", "\""),
            _ => inside.to_owned(),
        };
        return (value, start..start + length + 2);
    }
    let line = &text[start.min(line_end)..line_end];
    let comment = line
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| line[..*at].ends_with([' ', '\t']) || *at == 0);
    let value = line[..comment.unwrap_or(line.len())].trim_end();
    (value.to_owned(), start..start + value.len())
}

/// How far inside of a text a quote closes. Nobody's setting is longer than this.
fn closing(text: &str, quote: char) -> Option<usize> {
    const LONGEST: usize = 64 * 1024;
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if character == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// Quotes may open and close anywhere, and a backslash takes the next character as it is.
fn systemd_value(text: &str, written: Range<usize>) -> (String, Range<usize>) {
    let line = &text[written.clone()];
    let trimmed = line.trim();
    let written = range_in(text, trimmed);
    let mut value = String::with_capacity(trimmed.len());
    let mut quote = None;
    let mut characters = trimmed.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', Some('"') | None) => match characters.next() {
                Some('\r') if characters.peek() == Some(&'\n') => {
                    characters.next();
                }
                Some('\n') | None => {}
                Some(other) => value.push(other),
            },
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            _ => value.push(character),
        }
    }
    (value, written)
}

/// Up to a comment, and without the quotes around it.
fn pam_value(text: &str, written: Range<usize>) -> (String, Range<usize>) {
    let line = &text[written];
    let line = line.find('#').map_or(line, |at| &line[..at]).trim();
    let written = range_in(text, line);
    let value = line.replace("\\\n", "");
    let quoted = value.strip_prefix(['"', '\'']);
    let value = quoted.map_or(value.as_str(), |inside| {
        inside.split(['"', '\'']).next().unwrap_or(inside)
    });
    (value.to_owned(), written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stores::environment::script::check::without;

    #[test]
    fn each_style_reads_its_own_quotes() {
        for (style, text, name, value) in [
            (Style::Dotenv, "A=1", "A", "1"),
            (Style::Dotenv, "export A = 1 # b\r\n", "A", "1"),
            (Style::Dotenv, "A: 1", "A", "1"),
            (Style::Dotenv, "A=\"1 # 2\" # 3", "A", "1 # 2"),
            (Style::Dotenv, "A='1\n2'\nB=3", "A", "1\n2"),
            (Style::Dotenv, "A=`1\"2`", "A", "1\"2"),
            (Style::Dotenv, "A=\"1\\n2\\\"3\"", "A", "1\n2\"3"),
            (Style::Dotenv, "A=1#2", "A", "1#2"),
            (Style::Dotenv, "A=#2", "A", ""),
            (Style::Dotenv, "A='1", "A", "'1"),
            (Style::Dotenv, "A=", "A", ""),
            (Style::Systemd, "A=1 # 2", "A", "1 # 2"),
            (Style::Systemd, "A='1'\"2\\\"\"3\\ 4", "A", "12\"3 4"),
            (Style::Systemd, "A=1\\\n2\nB=3", "A", "12"),
            (Style::Systemd, "# a \\\nB=1\nA=2", "A", "2"),
            (Style::Systemd, "; B=1\n A=2", "A", "2"),
            (Style::Pam, "export A=\"1\" # 2", "A", "1"),
            (Style::Pam, "A DEFAULT=1", "A", "1"),
            (Style::Pam, "A\tOVERRIDE='1'", "A", "1"),
        ] {
            let found = settings(text, style);
            let found: Vec<_> = found.iter().flat_map(|it| &it.assignments).collect();
            assert_eq!(found[0].name, name, "{text}");
            assert_eq!(found[0].value, value, "{text}");
        }
        assert_eq!(settings("# a \\\nA=1", Style::Systemd), []);
    }

    #[test]
    fn a_line_goes_whole() {
        for (style, text, left) in [
            (
                Style::Dotenv,
                "B=1\r\nexport A='1' # 2\r\nC=3",
                "B=1\r\nC=3",
            ),
            (Style::Dotenv, "B=1\nA=\"1\n2\"\nC=3", "B=1\nC=3"),
            (Style::Dotenv, "B=1\nA=1", "B=1\n"),
            (Style::Systemd, "A=1\\\n2\nB=3", "B=3"),
            (Style::Pam, "A DEFAULT=1\nB=2", "B=2"),
        ] {
            assert_eq!(
                without(text, &settings(text, style), "A").as_deref(),
                Some(left)
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read_and_one_line_cut(text in "(A|=|:|1|'|\"|`|#|;| |\n|\r\n|\\\\|é|export |DEFAULT=){0,30}") {
            for style in [Style::Dotenv, Style::Systemd, Style::Pam] {
                for statement in settings(&text, style) {
                    prop_assert!(text.get(statement.content).is_some());
                    for assignment in statement.assignments {
                        prop_assert!(text.get(assignment.written).is_some());
                        let Some(Removal::Lines(range)) = assignment.removal else { continue };
                        let before = text.get(..range.start);
                        let starts_line = before.is_some_and(|text| text.is_empty() || text.ends_with(['\n', '\r']));
                        prop_assert!(starts_line && text.get(range).is_some());
                    }
                }
            }
        }
    }
}
