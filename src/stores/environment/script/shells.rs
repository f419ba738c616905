//! Scripts that shells read when they start.

use std::ops::Range;

use super::blocks::Blocks;
use super::commands::{Command, Line, label, lines, written_after};
use super::lexer::{self, Grammar, Mark, Token};
use super::{Assignment, Removal, Statement, power_shell};
use crate::text::Cut;

/// What a command does, as far as variables go.
pub(super) struct Sets {
    /// Name, value, value as written, the whole word; in the order of the words.
    pub(super) variables: Vec<(String, String, Range<usize>, usize)>,
    /// It does nothing else.
    only: bool,
    /// It names other variables without setting them.
    others: bool,
}

impl Sets {
    pub(super) fn nothing(only: bool) -> Self {
        Self {
            variables: Vec::new(),
            only,
            others: false,
        }
    }
}

/// The statements of a script. Comments are none of them.
pub(in crate::stores::environment) fn script(text: &str, grammar: Grammar) -> Vec<Statement> {
    let tokens = lexer::read(text, grammar);
    let sure = tokens.broken.unwrap_or(text.len());
    let mut blocks = Blocks::default();
    let mut statements = Vec::new();
    for line in lines(text, tokens.all) {
        // Only sh minds an empty block; in the others a bracket is what must not lose its content.
        let free = match grammar {
            Grammar::Posix => blocks.is_outside(),
            _ => blocks.is_outside_brackets(),
        };
        blocks.pass(&line);
        let free = free && line.content.end <= sure;
        statements.push(statement(text, grammar, &line, free));
    }
    statements
}

fn statement(text: &str, grammar: Grammar, line: &Line, free: bool) -> Statement {
    if let [Token::Mark(Mark::Body, _)] = line.tokens.as_slice() {
        return Statement {
            content: line.content.clone(),
            label: "text for a command".to_owned(),
            assignments: Vec::new(),
            sources: Vec::new(),
        };
    }
    let commands = line.commands();
    let sets: Vec<_> = commands
        .iter()
        .map(|command| sets(text, grammar, command))
        .collect();
    let plain = free && line.is_list() && sets.iter().all(|sets| sets.only);
    let alone =
        sets.iter().map(|sets| sets.variables.len()).sum::<usize>() == 1 && commands.len() == 1;
    let mut assignments = Vec::new();
    for (command, sets) in commands.iter().zip(sets) {
        let several = sets.variables.len() > 1 || sets.others;
        for (name, value, written, word) in sets.variables {
            let removal = match (plain, alone, several) {
                (false, _, _) => None,
                (true, true, false) => Some(Removal::Lines(line.range.clone())),
                (true, false, false) => Some(item(text, line, &command.range())),
                (true, _, true) => among_words(command, word),
            };
            assignments.push(Assignment {
                name,
                value,
                written,
                removal,
            });
        }
    }
    if grammar == Grammar::PowerShell {
        assignments.extend(power_shell::of_methods(text, line, free));
    }
    Statement {
        content: line.content.clone(),
        label: label(&commands),
        assignments,
        sources: commands.iter().filter_map(sourced).collect(),
    }
}

/// One command of a list.
fn item(text: &str, line: &Line, command: &Range<usize>) -> Removal {
    let start = line.content.start;
    let within = command.start - start..command.end - start;
    let cut = Cut::parted_by(";", &text[line.content.clone()], &within);
    Removal::Item(cut.moved(start))
}

/// One word of a command, with the blanks that part it from its neighbour.
fn among_words(command: &Command, word: usize) -> Option<Removal> {
    let range_of = |index: usize| command.words.get(index).map(|word| word.range.clone());
    let own = range_of(word)?;
    let range = match range_of(word + 1) {
        Some(next) => own.start..next.start,
        None => range_of(word.checked_sub(1)?)?.end..own.end,
    };
    let command = command.range().start;
    Some(Removal::Word { range, command })
}

fn sets(text: &str, grammar: Grammar, command: &Command) -> Sets {
    match grammar {
        Grammar::Posix => of_sh(text, command),
        Grammar::Fish => of_fish(text, command),
        Grammar::PowerShell => power_shell::of_command(command)
            .unwrap_or_else(|| with_sign(text, command, &["$env:", "${env:", "$"])),
        Grammar::Nushell => with_sign(text, command, &["$env."]),
    }
}

/// `NAME=value …`, `export NAME=value …`
fn of_sh(text: &str, command: &Command) -> Sets {
    let words = &command.words;
    let first = words.first().map_or("", |word| word.text.as_str());
    let declares = matches!(first, "export" | "declare" | "typeset" | "readonly");
    let runs = matches!(first, "env" | "sudo");
    let mut sets = Sets::nothing(!runs);
    let skipped = usize::from(declares || runs);
    for (index, word) in words.iter().enumerate().skip(skipped) {
        match word.text.split_once('=') {
            Some((name, value)) if is_name(name.strip_suffix('+').unwrap_or(name)) => {
                let written = written_after(text, &word.range, '=');
                let name = name.trim_end_matches('+').to_owned();
                let value = value.to_owned();
                sets.variables.push((name, value, written, index));
            }
            _ if declares && word.text.starts_with(['-', '+']) => {}
            _ if declares && is_name(&word.text) => sets.others = true,
            _ => {
                sets.only = false;
                break;
            }
        }
    }
    sets
}

/// `set -gx NAME value`, `export NAME=value`
fn of_fish(text: &str, command: &Command) -> Sets {
    if command.words.first().is_none_or(|word| word.text != "set") {
        return of_sh(text, command);
    }
    let words = command.words.iter().enumerate().skip(1);
    let mut words = words.skip_while(|(_, word)| word.text.starts_with('-'));
    let (Some((_, name)), Some((index, first))) = (words.next(), words.next()) else {
        return Sets::nothing(true);
    };
    let (value, end) = match words.last() {
        // A list of values.
        Some((_, last)) => (
            text[first.range.start..last.range.end].to_owned(),
            last.range.end,
        ),
        None => (first.text.clone(), first.range.end),
    };
    let mut sets = Sets::nothing(is_name(&name.text));
    let written = first.range.start..end;
    sets.variables
        .push((name.text.clone(), value, written, index));
    sets
}

/// `$env:NAME = 'value'`, `$env.NAME = 'value'`
fn with_sign(text: &str, command: &Command, signs: &[&str]) -> Sets {
    let signed = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let sign = signs.iter().find(|sign| lower.starts_with(**sign))?;
        Some(sign.len())
    };
    let range = command.range();
    let first = command.words.first().map_or("", |word| word.text.as_str());
    let Some(sign) = signed(first) else {
        return Sets::nothing(false);
    };
    // Blanks may stand on either side of the sign of equality, or not.
    let Some(equals) = text[range.clone()].find('=').map(|at| range.start + at) else {
        return Sets::nothing(false);
    };
    let name_end = command
        .words
        .iter()
        .position(|word| equals < word.range.end);
    let name = first[sign..].split('=').next().unwrap_or_default();
    let name = name.trim_end_matches('}');
    let mut sets = Sets::nothing(false);
    let Some((index, word)) = name_end.and_then(|at| Some((at, command.words.get(at)?))) else {
        return sets;
    };
    let (value, written, last) = if word.range.end > equals + 1 {
        let value = word.text.split_once('=').map_or("", |(_, value)| value);
        (value, equals + 1..word.range.end, index)
    } else {
        match command.words.get(index + 1) {
            Some(next) => (next.text.as_str(), next.range.clone(), index + 1),
            None => return sets,
        }
    };
    sets.only = index <= 1 && last + 1 == command.words.len() && is_name(name);
    sets.variables
        .push((name.to_owned(), value.to_owned(), written, 0));
    sets
}

pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// `source FILE`, `. FILE`
fn sourced(command: &Command) -> Option<String> {
    let words = &command.words;
    let opens = |word: &str| {
        matches!(
            word,
            "then" | "do" | "else" | "builtin" | "and" | "or" | "{"
        )
    };
    let start = words.iter().position(|word| !opens(&word.text))?;
    let reads = matches!(words.get(start)?.text.as_str(), "source" | ".");
    Some(words.get(start + 1).filter(|_| reads)?.text.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stores::environment::script::check::without;

    #[test]
    fn a_plain_assignment_goes_with_its_line_and_one_of_several_alone() {
        for (grammar, text, name, left) in [
            (Grammar::Posix, "a\n  export A=1 # why\nb", "A", "a\nb"),
            (Grammar::Posix, "A=1", "A", ""),
            (Grammar::Posix, "a\r\nexport A=\"1\"\r\nb", "A", "a\r\nb"),
            (Grammar::Posix, "export \\\n A='1'\nb", "A", "b"),
            (
                Grammar::Posix,
                "export A=1 B=2 C=3\n",
                "A",
                "export B=2 C=3\n",
            ),
            (
                Grammar::Posix,
                "export A=1 B=2 C=3\n",
                "B",
                "export A=1 C=3\n",
            ),
            (
                Grammar::Posix,
                "export A=1 B=2 C=3\n",
                "C",
                "export A=1 B=2\n",
            ),
            (Grammar::Posix, "export A=1 B\n", "A", "export B\n"),
            (
                Grammar::Posix,
                "A=1; export A; B=2\n",
                "A",
                " export A; B=2\n",
            ),
            (Grammar::Posix, "B=2; A=1\n", "A", "B=2\n"),
            (Grammar::Posix, "B=2; A=1; C=3\n", "A", "B=2; C=3\n"),
            (Grammar::Posix, "declare -x A=1\n", "A", ""),
            (
                Grammar::Fish,
                "if a\n  set -gx A 1\nend\n",
                "A",
                "if a\nend\n",
            ),
            (
                Grammar::Fish,
                "set -x B 2; set --export A '1'",
                "A",
                "set -x B 2",
            ),
            (
                Grammar::PowerShell,
                "if ($a) {\r\n  $Env:A = '1' # b\r\n}",
                "A",
                "if ($a) {\r\n}",
            ),
            (
                Grammar::PowerShell,
                "$env:A='1'\n${env:B} = \"2\"",
                "A",
                "${env:B} = \"2\"",
            ),
            (Grammar::PowerShell, "$A= '1'; $B =2", "A", " $B =2"),
            (
                Grammar::PowerShell,
                "<# why\n #> $env:A = '1'\n$env:B = 2",
                "A",
                "<# why\n #> $env:B = 2",
            ),
            (
                Grammar::Posix,
                "(( N = 1 << 2 ))\nexport A=1\nB=2\n",
                "A",
                "(( N = 1 << 2 ))\nB=2\n",
            ),
            (
                Grammar::Nushell,
                "$env.A = '1'\n$env.B = 2",
                "A",
                "$env.B = 2",
            ),
        ] {
            assert_eq!(
                without(text, &script(text, grammar), name).as_deref(),
                Some(left),
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_something_else_too_is_never_cut() {
        for (grammar, text) in [
            (Grammar::Posix, "A=1 terraform apply"),
            (Grammar::Posix, "env A=1 terraform apply"),
            (Grammar::Posix, "test -f x && export A=1"),
            (Grammar::Posix, "test -f x &&\n export A=1"),
            (Grammar::Posix, "if a; then\n export A=1\nfi"),
            (Grammar::Posix, "if a; then export A=1; fi"),
            (Grammar::Posix, "f() {\n export A=1\n}"),
            (Grammar::Posix, "export A=1 > x"),
            (Grammar::Posix, "(export A=1)"),
            (Grammar::Posix, "B='\nexport A=1\n"),
            (Grammar::Posix, "fi\nexport A=1\n"),
            (Grammar::PowerShell, "param(\n $B = 1,\n $A = 1\n)"),
            (Grammar::PowerShell, "if ($x) { $env:A = 1 }"),
            (Grammar::Fish, "test -f x; and set -x A 1"),
        ] {
            let statements = script(text, grammar);
            let cut =
                |assignment: &Assignment| assignment.name == "A" && assignment.removal.is_some();
            let mut all = statements
                .iter()
                .flat_map(|statement| &statement.assignments);
            assert!(!all.any(cut), "{text}");
        }
    }

    #[test]
    fn comments_and_inputs_set_nothing() {
        for text in [
            "# export A=1",
            "cat <<E\nexport A=1\nE\n",
            "echo \"\nexport A=1\n\"\n",
        ] {
            let statements = script(text, Grammar::Posix);
            assert!(
                statements
                    .iter()
                    .all(|statement| statement.assignments.is_empty()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_statement_says_what_it_runs_and_reads() {
        for (text, label, sources) in [
            ("/usr/bin/curl -u :x y", "curl", &[][..]),
            ("A=1 B=2 git push", "git", &[]),
            ("alias pull='git -c x pull'", "alias pull", &[]),
            ("[ -f ~/.a ] && . ~/.a", "[", &["~/.a"]),
            ("source \"$HOME/b\"; . c", "source", &["$HOME/b", "c"]),
            ("if a; then . b; fi", "if", &["b"]),
            ("find . -name x", "find", &[]),
        ] {
            let statements = script(text, Grammar::Posix);
            let label = if label == "[" { "a command" } else { label };
            assert_eq!(statements[0].label, label, "{text}");
            assert_eq!(statements[0].sources, sources, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read_and_cut(text in "(export |set -x |\\$env:|A|B|=|1|'|\"|;| |\n|\r|#|\\{|\\}|\\(|if |fi|\\\\|é|<<E){0,30}") {
            for grammar in [Grammar::Posix, Grammar::Fish, Grammar::PowerShell, Grammar::Nushell] {
                for statement in script(&text, grammar) {
                    prop_assert!(text.get(statement.content).is_some());
                    for assignment in statement.assignments {
                        prop_assert!(text.get(assignment.written).is_some());
                        match assignment.removal {
                            Some(Removal::Lines(range) | Removal::Word { range, .. }) => {
                                prop_assert!(text.get(range).is_some());
                            }
                            Some(Removal::Item(cut)) => prop_assert!(text.get(cut.range).is_some()),
                            None => {}
                        }
                    }
                }
            }
        }
    }
}
