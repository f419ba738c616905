//! The one question of a run.

use std::collections::{HashMap, HashSet};

use inquire::{InquireError, MultiSelect, Select};

use super::fault::Fault;
use super::session::Session;
use super::show::{Layout, Planned};
use crate::policy::{Decision, Mode};

/// The ids of the edits that are agreed to.
pub(super) fn approve(
    entries: &[Planned<'_>],
    decisions: &HashMap<String, Decision>,
    mode: Mode,
    session: &Session,
) -> Result<HashSet<String>, Fault> {
    let with = |wanted: fn(&Decision) -> bool| {
        let fits = move |entry: &&Planned<'_>| decisions.get(&entry.edit.id).is_some_and(wanted);
        entries.iter().filter(fits).copied()
    };
    let mut approved: HashSet<String> = with(|decision| *decision == Decision::Make)
        .map(|entry| entry.edit.id.clone())
        .collect();
    let open: Vec<_> = with(|decision| matches!(decision, Decision::Ask { .. })).collect();
    if mode != Mode::Interactive || open.is_empty() {
        return Ok(approved);
    }
    let covered: Vec<_> = with(|decision| *decision == Decision::Ask { covered: true }).collect();
    let addresses = covered.iter().filter(|entry| entry.is_address()).count();
    let asked = Asked {
        stale: covered.len() - addresses,
        addresses,
        unsure: open.len() - covered.len(),
        help: help(&covered, session.settings.keep_days > 0),
    };
    approved.extend(match question(&asked)? {
        Answer::All => covered.iter().map(|entry| entry.edit.id.clone()).collect(),
        Answer::None => HashSet::new(),
        Answer::Choose => choose(&open, &covered, &session.layout)?,
    });
    Ok(approved)
}

#[derive(Clone, Copy)]
enum Answer {
    All,
    Choose,
    None,
}

/// What the question is about.
struct Asked {
    stale: usize,
    addresses: usize,
    unsure: usize,
    help: &'static str,
}

fn help(covered: &[Planned<'_>], is_kept: bool) -> &'static str {
    if !is_kept {
        return "arrow keys move, Enter takes; undo.keep_days is 0, so nothing can be put back";
    }
    let all = covered
        .iter()
        .all(|entry| entry.edit.change.can_be_undone());
    if all {
        "arrow keys move, Enter takes; rekey undo puts everything back"
    } else {
        "arrow keys move, Enter takes; rekey undo puts back all but what the plan says"
    }
}

fn question(asked: &Asked) -> Result<Answer, Fault> {
    let mut answers = Vec::new();
    let (stale, unsure) = (asked.stale, asked.unsure);
    let change = format!("change old addresses ({})", asked.addresses);
    let yes = match (stale, asked.addresses) {
        (0, 0) => None,
        (_, 0) => Some(format!("Yes, remove what is stale ({stale})")),
        (0, _) => Some(format!("Yes, {change}")),
        _ => Some(format!("Yes, remove what is stale ({stale}) and {change}")),
    };
    answers.extend(yes.map(|words| (words, Answer::All)));
    let choose = if unsure > 0 {
        format!("Let me choose ({unsure} unsure)")
    } else {
        "Let me choose".into()
    };
    answers.push((choose, Answer::Choose));
    answers.push(("No, change nothing".to_owned(), Answer::None));
    let words: Vec<_> = answers.iter().map(|(words, _)| words.as_str()).collect();
    let picked = Select::new("Go ahead?", words)
        .with_help_message(asked.help)
        .raw_prompt();
    match picked {
        Ok(picked) => Ok(answers
            .get(picked.index)
            .map_or(Answer::None, |(_, answer)| *answer)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Ok(Answer::None)
        }
        Err(error) => Err(Fault::failed(format!(
            "the question cannot be asked: {error}"
        ))),
    }
}

fn choose(
    open: &[Planned<'_>],
    covered: &[Planned<'_>],
    layout: &Layout,
) -> Result<HashSet<String>, Fault> {
    let words: Vec<_> = open.iter().map(|entry| entry.one_line(layout)).collect();
    let checked: Vec<_> = open
        .iter()
        .enumerate()
        .filter(|(_, entry)| covered.iter().any(|other| other.edit.id == entry.edit.id))
        .map(|(index, _)| index)
        .collect();
    let picked = MultiSelect::new("What shall be removed?", words)
        .with_default(&checked)
        .with_help_message("arrow keys move, Space picks, Enter goes on, Esc removes nothing")
        .raw_prompt();
    match picked {
        Ok(picked) => Ok(picked
            .iter()
            .filter_map(|option| open.get(option.index))
            .map(|entry| entry.edit.id.clone())
            .collect()),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Ok(HashSet::new())
        }
        Err(error) => Err(Fault::failed(format!(
            "the question cannot be asked: {error}"
        ))),
    }
}
