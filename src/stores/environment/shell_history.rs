//! What was typed into shells and interpreters: `~/.bash_history` and its like. Nothing is cut from them: their shells rewrite them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::holding;
use super::script::{Grammar, Statement, script};
use super::sweep::{Sweep, enter};
use crate::model::Scope;
use crate::platform::System;
use crate::stores::folders::{absolute_file, files_in};
use crate::stores::{About, Finder, Store};
use crate::token;

const NAME: &str = "shell-history";

/// Where rekey changes nothing.
const ADVICE: &str = "Close every other shell, then delete this line of the history with an editor: it keeps what was typed";

/// The store.
#[derive(Debug)]
pub struct ShellHistory;

impl Store for ShellHistory {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Histories of shells",
            clears: "delete the line from the history file with an editor, while no other shell is open",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for path in files(finder) {
            let Some(document) = finder.open_once(&path) else {
                continue;
            };
            let statements = typed(document.as_str(), finder.scope());
            let sweep = Sweep {
                document: &document,
                store: NAME,
                scope: finder.scope(),
                statements: &statements,
                only_by_hand: Some(ADVICE),
                by_form: false,
            };
            enter(finder, &path, sweep.credentials());
        }
    }
}

/// Sources: bash(1), zshparam(1), fish "history"; docs.python.org, "site"; nodejs.org, "REPL"; learn.microsoft.com,
/// "Set-PSReadLineOption". zsh and macOS keep a file a session, too.
fn files(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let home = &folders.home;
    let mut files: Vec<PathBuf> = [
        ".bash_history",
        ".zsh_history",
        ".zhistory",
        ".histfile",
        ".sh_history",
        ".history",
        ".python_history",
        ".node_repl_history",
    ]
    .iter()
    .map(|name| home.join(name))
    .collect();
    files.push(folders.xdg_data.join("fish/fish_history"));
    for folder in [&folders.config, &folders.xdg_config] {
        let history = folder.join("nushell").join("history.txt");
        if !files.contains(&history) {
            files.push(history);
        }
    }
    files.extend(files_in(finder, &home.join(".zsh_sessions"), &["history"]));
    files.extend(files_in(finder, &home.join(".bash_sessions"), &["history"]));
    let read_line = match finder.platform().system() {
        System::Windows => folders.config.join("Microsoft/Windows/PowerShell"),
        System::MacOs | System::Linux => folders.xdg_data.join("powershell"),
    };
    files.extend(files_in(finder, &read_line.join("PSReadLine"), &["txt"]));
    // It may be the null device, which means none.
    files.extend(absolute_file(finder, "HISTFILE"));
    files
}

/// The lines that hold a secret. The others are not read as commands: a history may be all there is to scan.
fn typed(text: &str, scope: &Scope) -> Vec<Statement> {
    let hosts = ["dev.azure.com", "visualstudio.com"];
    let lower = text.to_ascii_lowercase();
    let addresses = hosts
        .iter()
        .flat_map(|host| lower.match_indices(host))
        .map(|(at, _)| at);
    let runs = token::long_runs(text).map(|run| run.start);
    let mut lines: BTreeMap<usize, Range<usize>> = BTreeMap::new();
    for at in runs.chain(addresses) {
        // Many tokens of one line are one line.
        let known = lines.range(..=at).next_back();
        if known.is_none_or(|(_, line)| line.end <= at) {
            let line = entry_around(text, at);
            lines.insert(line.start, line);
        }
    }
    lines
        .into_values()
        .filter(|line| !holding::in_text(&text[line.clone()], scope).is_empty())
        .map(|line| statement(text, line))
        .collect()
}

/// The line with the lines that it is joined to: a command of several lines is one entry.
fn entry_around(text: &str, at: usize) -> Range<usize> {
    const MOST_LINES: usize = 20;
    let joined = |line: &str| line.trim_end_matches('\r').ends_with(['\\', '`']);
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_end = |at: usize| {
        text[at..]
            .find('\n')
            .map_or(text.len(), |length| at + length)
    };
    let mut start = line_start(at);
    for _ in 0..MOST_LINES {
        let Some(before) = start.checked_sub(1) else {
            break;
        };
        let previous = line_start(before);
        if !joined(&text[previous..before]) {
            break;
        }
        start = previous;
    }
    let mut end = line_end(at);
    for _ in 0..MOST_LINES {
        if end >= text.len() || !joined(&text[start..end]) {
            break;
        }
        end = line_end(end + 1);
    }
    start..end
}

fn statement(text: &str, line: Range<usize>) -> Statement {
    let written = &text[line.clone()];
    let command = command_in(written);
    let beginning = &command[..command.floor_char_boundary(BEGINNING)];
    let first = script(beginning, Grammar::Posix).into_iter().next();
    let label = first.map_or_else(
        || "a command".to_owned(),
        |first| match first.assignments.first() {
            Some(variable) if SETTING.contains(&first.label.as_str()) => variable.name.clone(),
            _ => first.label,
        },
    );
    Statement {
        content: line,
        label,
        assignments: Vec::new(),
        sources: Vec::new(),
    }
}

/// Commands that say less than the variable that they set.
const SETTING: &[&str] = &["export", "declare", "typeset", "readonly", "a command"];

/// As much of a command as its name is looked for in, in bytes.
const BEGINNING: usize = 4 * 1024;

/// What was typed, without what zsh (`: TIME:SECONDS;`) and fish (`- cmd: `) write before it.
fn command_in(line: &str) -> &str {
    let fish = line.strip_prefix("- cmd: ");
    let zsh = line.strip_prefix(": ").and_then(|rest| {
        let (times, command) = rest.split_once(';')?;
        let is_time = |byte: u8| byte.is_ascii_digit() || byte == b':';
        times.bytes().all(is_time).then_some(command)
    });
    fish.or(zsh).unwrap_or(line)
}

#[cfg(test)]
#[path = "shell_history_tests.rs"]
mod tests;
