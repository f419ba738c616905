//! What was done, and what is left with the exact command or page for each.

use std::fmt::Write as _;

use comfy_table::{Cell, Color, Row};

use super::{BOLD, CYAN, Layout, YELLOW, findings::verdict_style, styled, words};
use crate::model::{Edit, Finding, Outcome, OutcomeState, Remedy, Step, StepState, Verdict};

/// One line for each edit: what became of it.
pub(crate) fn outcomes(
    edits: &[Edit],
    is_address: impl Fn(&Edit) -> bool,
    outcomes: &[Outcome],
    layout: &Layout,
) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let rows = outcomes.iter().filter_map(|outcome| {
        let edit = edits.iter().find(|edit| edit.id == outcome.edit)?;
        let (color, word) = match outcome.state {
            OutcomeState::Done if is_address(edit) => (Color::DarkGreen, "changed"),
            OutcomeState::Done => (Color::DarkGreen, "removed"),
            OutcomeState::AlreadyDone => (Color::DarkGreen, "gone already"),
            OutcomeState::Failed => (Color::DarkRed, "failed"),
            OutcomeState::Declined | OutcomeState::ChangedMeanwhile => (Color::DarkYellow, "left"),
            OutcomeState::Pending => (Color::DarkYellow, "waits"),
        };
        let mut what = layout.short(&words::place(&edit.location));
        let _ = write!(what, ", {}", words::entry(&edit.location));
        if let Some(reason) = &outcome.reason {
            let _ = write!(what, "\n{}", super::plain(reason));
        } else if outcome.state == OutcomeState::ChangedMeanwhile {
            what.push_str("\nthe file changed meanwhile");
        }
        Some(Row::from(vec![Cell::new(word).fg(color), Cell::new(what)]))
    });
    format!("{}\n{}", styled(BOLD, "What was done"), layout.table(rows))
}

/// Findings that are still there, each with what to do about it.
pub(crate) fn remaining(findings: &[&Finding], layout: &Layout) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", styled(BOLD, "What is left"));
    for finding in findings {
        let place = layout.short(&words::place(&finding.location));
        let verdict = styled(verdict_style(finding.verdict), finding.verdict);
        let _ = writeln!(
            text,
            "  {verdict}  {place}, {}",
            words::entry(&finding.location)
        );
        let todo = match (&finding.advice, finding.remedy) {
            (Some(advice), _) => super::plain(advice),
            (None, Remedy::Manual) => "Change it by hand".to_owned(),
            (None, _) if finding.verdict == Verdict::Unsure => {
                format!(
                    "Type {} in a terminal: it asks you",
                    styled(CYAN, "rekey run")
                )
            }
            (None, _) => format!("Type {}", styled(CYAN, "rekey run")),
        };
        let _ = writeln!(text, "      {todo}");
    }
    text
}

/// The person's steps: what to do (its title, then its page), and what to type for it.
pub(crate) fn steps(steps: &[(Step, String)]) -> String {
    let open: Vec<_> = steps
        .iter()
        .filter(|(step, _)| matches!(step.state, StepState::Pending | StepState::Deferred))
        .collect();
    if open.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", styled(BOLD, "Your own steps"));
    for (step, todo) in open {
        let command = styled(CYAN, format!("rekey guide {}", step.id));
        let (title, page) = todo.split_once('\n').unwrap_or((todo, ""));
        let put_off = if step.state == StepState::Deferred {
            styled(YELLOW, "  put off")
        } else {
            String::new()
        };
        let _ = if title.contains(&step.organization) {
            writeln!(text, "  {title}{put_off}")
        } else {
            writeln!(text, "  {title} ({}){put_off}", step.organization)
        };
        if !page.is_empty() {
            let _ = writeln!(text, "{page}");
        }
        let _ = writeln!(text, "      {command}");
    }
    text
}

/// Whether a finding still asks for something.
pub(crate) fn is_open(finding: &Finding) -> bool {
    finding.verdict != Verdict::Current && finding.accepted.is_none()
}
