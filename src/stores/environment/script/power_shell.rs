//! What only PowerShell has: variables that a method, a cmdlet or `setx` sets.
//!
//! Sources: learn.microsoft.com, "`Environment.SetEnvironmentVariable`", "about Environment Variables", "setx".

use super::commands::{Command, Line};
use super::lexer::{self, Grammar, Mark, Token};
use super::shells::{Sets, is_name};
use super::{Assignment, Removal};
use crate::text::range_in;

/// Cmdlets that give an item of the drive `Env:` a value, and their aliases.
const CMDLETS: &[&str] = &["set-item", "si", "set-content", "sc", "new-item", "ni"];
const METHODS: &[&str] = &[
    "[environment]::setenvironmentvariable",
    "[system.environment]::setenvironmentvariable",
];

/// `Set-Item Env:NAME value`, `setx NAME value`; `None` where the command is neither.
pub(super) fn of_command(command: &Command) -> Option<Sets> {
    let words = &command.words;
    let program = words.first()?.text.to_ascii_lowercase();
    let is_cmdlet = CMDLETS.contains(&program.as_str());
    if !is_cmdlet && !matches!(program.as_str(), "setx" | "setx.exe") {
        return None;
    }
    // Names of parameters stand before their values, or are left out.
    let is_value = |text: &str| !text.starts_with('-') || text.len() > 20;
    let mut values = words.iter().skip(1).filter(|word| is_value(&word.text));
    let first = values.next()?;
    let name = if is_cmdlet {
        let (drive, name) = first.text.split_once(':')?;
        if !drive.eq_ignore_ascii_case("env") {
            return None;
        }
        name.trim_start_matches(['\\', '/'])
    } else {
        &first.text
    };
    let value = values.next()?;
    let mut sets = Sets::nothing(is_name(name));
    let written = value.range.clone();
    sets.variables
        .push((name.to_owned(), value.text.clone(), written, 0));
    Some(sets)
}

/// Each `[Environment]::SetEnvironmentVariable('NAME', 'value', …)` of a line. Its line goes where it says nothing else.
pub(super) fn of_methods(text: &str, line: &Line, free: bool) -> Vec<Assignment> {
    let mut found = Vec::new();
    for (index, pair) in line.tokens.windows(2).enumerate() {
        let [Token::Word(method), Token::Mark(Mark::Open, open)] = pair else {
            continue;
        };
        if !METHODS.contains(&method.text.to_ascii_lowercase().as_str()) {
            continue;
        }
        let Some((last, close)) = closing(&line.tokens, index + 1) else {
            continue;
        };
        let Some(inside) = text.get(open.end..close) else {
            continue;
        };
        let mut arguments = arguments(inside);
        let (Some(name), Some(value)) = (arguments.next(), arguments.next()) else {
            continue;
        };
        let only = index == 0 && last + 1 == line.tokens.len() && free && !line.continues;
        found.push(Assignment {
            name: unquoted(name),
            value: unquoted(value),
            written: range_in(text, value),
            removal: only.then(|| Removal::Lines(line.range.clone())),
        });
    }
    found
}

/// The bracket that closes the one at this index: its index and where it stands.
fn closing(tokens: &[Token], open: usize) -> Option<(usize, usize)> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Mark(Mark::Open, _) => depth += 1,
            Token::Mark(Mark::Close, range) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some((index, range.start));
                }
            }
            Token::Mark(..) | Token::Word(_) => {}
        }
    }
    None
}

/// What stands between commas that are in no quotes.
fn arguments(inside: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let parted = inside.split(move |character: char| match (quote, character) {
        (None, ',') => true,
        (None, '\'' | '"') => {
            quote = Some(character);
            false
        }
        (Some(open), _) => {
            if open == character {
                quote = None;
            }
            false
        }
        (None, _) => false,
    });
    parted.map(str::trim)
}

fn unquoted(argument: &str) -> String {
    let tokens = lexer::read(argument, Grammar::PowerShell);
    match tokens.all.as_slice() {
        [Token::Word(word)] => word.text.clone(),
        _ => argument.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::stores::environment::script::check::without;
    use crate::stores::environment::script::{Grammar, script};

    /// Name and value of each variable.
    fn set(text: &str) -> Vec<(String, String)> {
        let statements = script(text, Grammar::PowerShell);
        let all = statements.into_iter().flat_map(|it| it.assignments);
        all.map(|it| (it.name, it.value)).collect()
    }

    #[test]
    fn every_way_to_set_a_variable_is_read() {
        for text in [
            "[Environment]::SetEnvironmentVariable('A', 'x,y', 'User')",
            "[System.Environment]::SetEnvironmentVariable(\"A\",\"x,y\")",
            "[environment]::setenvironmentvariable( 'A' , \"x,y\" , [EnvironmentVariableTarget]::User )",
            "Set-Item -Path Env:A -Value 'x,y'",
            "set-item Env:\\A 'x,y'",
            "si env:A \"x,y\"",
            "New-Item -Path Env:\\A -Value 'x,y' -Force | Out-Null",
            "setx A \"x,y\"",
            "setx.exe A 'x,y' /M",
            "$env:A = 'x,y'",
        ] {
            let expected = ("A".to_owned(), "x,y".to_owned());
            assert!(set(text).contains(&expected), "{text}: {:?}", set(text));
        }
    }

    #[test]
    fn a_statement_that_only_sets_goes_with_its_line() {
        for text in [
            "[Environment]::SetEnvironmentVariable('A', '1', 'User') # why",
            "[Environment]::SetEnvironmentVariable(\"A\",\"1\")",
            "Set-Item -Path Env:A -Value '1'",
            "setx A 1",
        ] {
            let whole = format!("$env:B = 2\r\n{text}\r\n$env:C = 3\r\n");
            let left = without(&whole, &script(&whole, Grammar::PowerShell), "A");
            let expected = "$env:B = 2\r\n$env:C = 3\r\n";
            assert_eq!(left.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_does_something_else_too_is_read_and_not_cut() {
        for text in [
            "[Environment]::SetEnvironmentVariable('A', '1'); Get-Item x",
            "if ($x) { [Environment]::SetEnvironmentVariable('A', '1') }",
            "New-Item -Path Env:A -Value '1' | Out-Null",
        ] {
            assert_eq!(set(text).len(), 1, "{text}");
            let left = without(text, &script(text, Grammar::PowerShell), "A");
            assert_eq!(left, None, "{text}");
        }
    }

    #[test]
    fn other_items_and_methods_set_nothing() {
        for text in [
            "Set-Item HKCU:\\A 1",
            "[Environment]::GetEnvironmentVariable('A')",
            "[Environment]::SetEnvironmentVariable('A')",
            "[Environment]::SetEnvironmentVariable('A', '1'",
            "setx A",
        ] {
            assert_eq!(set(text), [], "{text}");
        }
    }
}
