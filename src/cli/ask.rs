//! The one question of a run.

use std::collections::HashSet;

use inquire::{InquireError, MultiSelect, Select};

use super::fault::Fault;
use super::session::Session;
use super::show::{self, Layout};
use crate::model::{Edit, Finding};
use crate::policy::{Decision, Mode};

/// The ids of the edits that are agreed to.
pub(super) fn approve(
    entries: &[(&Edit, &Finding)],
    decisions: &[Decision],
    mode: Mode,
    session: &Session,
) -> Result<HashSet<String>, Fault> {
    let with = |wanted: fn(&Decision) -> bool| {
        let pairs = entries.iter().zip(decisions);
        pairs
            .filter(move |(_, decision)| wanted(decision))
            .map(|((edit, finding), _)| (*edit, *finding))
    };
    let mut approved: HashSet<String> = with(|decision| *decision == Decision::Make)
        .map(|(edit, _)| edit.id.clone())
        .collect();
    let open: Vec<_> = with(|decision| matches!(decision, Decision::Ask { .. })).collect();
    if mode != Mode::Interactive || open.is_empty() {
        return Ok(approved);
    }
    let covered: Vec<_> = with(|decision| *decision == Decision::Ask { covered: true })
        .map(|(edit, _)| edit)
        .collect();
    let help = if session.settings.keep_days == 0 {
        "arrow keys move, Enter takes; undo.keep_days is 0, so nothing can be put back"
    } else if open.iter().all(|(edit, _)| edit.is_kept()) {
        "arrow keys move, Enter takes; rekey undo puts everything back"
    } else {
        "arrow keys move, Enter takes; rekey undo puts back all but what the plan says"
    };
    approved.extend(
        match question(covered.len(), open.len() - covered.len(), help)? {
            Answer::All => covered.iter().map(|edit| edit.id.clone()).collect(),
            Answer::None => HashSet::new(),
            Answer::Choose => choose(&open, &covered, &session.layout)?,
        },
    );
    Ok(approved)
}

#[derive(Clone, Copy)]
enum Answer {
    All,
    Choose,
    None,
}

fn question(stale: usize, unsure: usize, help: &str) -> Result<Answer, Fault> {
    let mut answers = Vec::new();
    if stale > 0 {
        answers.push((format!("Yes, remove what is stale ({stale})"), Answer::All));
    }
    let choose = if unsure > 0 {
        format!("Let me choose ({unsure} unsure)")
    } else {
        "Let me choose".into()
    };
    answers.push((choose, Answer::Choose));
    answers.push(("No, change nothing".to_owned(), Answer::None));
    let words: Vec<_> = answers.iter().map(|(words, _)| words.as_str()).collect();
    let picked = Select::new("Go ahead?", words)
        .with_help_message(help)
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
    open: &[(&Edit, &Finding)],
    covered: &[&Edit],
    layout: &Layout,
) -> Result<HashSet<String>, Fault> {
    let words: Vec<_> = open
        .iter()
        .map(|(_, finding)| show::one_line(finding, layout))
        .collect();
    let checked: Vec<_> = open
        .iter()
        .enumerate()
        .filter(|(_, (edit, _))| covered.iter().any(|other| other.id == edit.id))
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
            .map(|(edit, _)| edit.id.clone())
            .collect()),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Ok(HashSet::new())
        }
        Err(error) => Err(Fault::failed(format!(
            "the question cannot be asked: {error}"
        ))),
    }
}
