//! What was done, and what is left with the exact command or page for each.

use std::fmt::Write as _;

use comfy_table::{Cell, Row};

use super::{BOLD, CYAN, Layout, findings::verdict_style, styled, words};
use crate::model::{Edit, Finding, Outcome, OutcomeState, Remedy, Step, StepState};

/// One line for each edit: what became of it.
pub(crate) fn outcomes(edits: &[Edit], outcomes: &[Outcome], layout: &Layout) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let rows = outcomes.iter().filter_map(|outcome| {
        let edit = edits.iter().find(|edit| edit.id == outcome.edit)?;
        let word = match outcome.state {
            OutcomeState::Done => "removed",
            OutcomeState::AlreadyDone => "gone already",
            OutcomeState::ChangedMeanwhile => "left: the file changed meanwhile",
            OutcomeState::Failed => "failed",
            OutcomeState::Declined => "left",
            OutcomeState::Pending => "waits",
        };
        let mut what = layout.short(&words::place(&edit.location));
        let _ = write!(what, ", {}", words::entry(&edit.location));
        if let Some(reason) = &outcome.reason {
            let _ = write!(what, "\n{}", super::plain(reason));
        }
        Some(Row::from(vec![Cell::new(word), Cell::new(what)]))
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
            (None, _) => format!("Run {}", styled(CYAN, "rekey run")),
        };
        let _ = writeln!(text, "      {todo}");
    }
    text
}

/// The person's steps: state, and where to go.
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
        let _ = writeln!(text, "  {} ({}): {todo}", step.id, step.organization);
        let _ = writeln!(text, "      {command}");
    }
    text
}

/// Whether a finding still asks for something.
pub(crate) fn is_open(finding: &Finding) -> bool {
    finding.verdict != crate::model::Verdict::Current && finding.accepted.is_none()
}
