//! `rekey undo`.

use serde::Serialize;
use uuid::Uuid;

use super::fault::{Exit, Fault};
use super::session::Session;
use super::show::{self, BOLD, CYAN, GREEN, RED, styled};
use super::upkeep;
use crate::edit::{self, Changed, Purged, RunSummary, Undone, UndoneItem, UndoneState};
use crate::renewal::SavedSlots;
use crate::state::StateFolder;
use crate::token::shown_path;

#[derive(Serialize)]
struct UndoAnswer {
    schema: &'static str,
    run: Option<Uuid>,
    files: Vec<UndoFile>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<UndoEntry>,
}

#[derive(Serialize)]
struct UndoFile {
    path: String,
    state: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct UndoEntry {
    vault: Option<String>,
    target: Option<String>,
    account: Option<String>,
    state: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct ListAnswer {
    schema: &'static str,
    runs: Vec<ListedRun>,
}

#[derive(Serialize)]
struct ListedRun {
    run: Uuid,
    at: jiff::Timestamp,
    changes: usize,
    undone: bool,
    until: jiff::Timestamp,
}

const SCHEMA: &str = "rekey.undo/1";

/// The slots that the run had filled wait for a token again.
fn reopen_slots(session: &Session, run: Uuid) -> Result<(), Fault> {
    let root = &session.platform.folders().state;
    let folder = StateFolder::open(root).map_err(Fault::failed)?;
    let mut slots = SavedSlots::load(&folder).map_err(Fault::failed)?;
    if slots.reopen(run) {
        slots.save(&folder).map_err(Fault::failed)?;
    }
    Ok(())
}

/// Puts back what a run changed.
pub(super) fn undo(session: &Session, run: Option<&str>) -> Result<Exit, Fault> {
    let run = run.map(read_run).transpose()?;
    let is_unresolved = upkeep::recover(session)?;
    let home = session
        .platform
        .home()
        .canonicalize()
        .map_err(Fault::failed)?;
    let state = session.edit_state().map_err(Fault::failed)?;
    let undone = edit::undo(&state, &home, run).map_err(|fault| match fault {
        edit::Fault::UnknownRun(_) => Fault::wrong(fault),
        other => Fault::failed(other),
    })?;
    for item in &undone.items {
        tracing::info!(
            what = show::changed(&item.changed),
            state = word(item.state),
            "undo"
        );
    }
    drop(state);
    if let Some(run) = undone.run {
        reopen_slots(session, run)?;
        super::status::look_again(session)?;
    }
    if session.json {
        session.print_json(&answer(&undone))?;
    } else {
        session.print(&text(&undone))?;
    }
    Ok(if undone.is_complete() && !is_unresolved {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Lists what can be taken back.
pub(super) fn list(session: &Session) -> Result<Exit, Fault> {
    let state = &session.platform.folders().state;
    let runs = edit::list(state, session.settings.keep_days).map_err(Fault::failed)?;
    if session.json {
        let runs = runs.iter().map(listed).collect();
        session.print_json(&ListAnswer {
            schema: SCHEMA,
            runs,
        })?;
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        session.print("No run has changed anything that is still kept.\n")?;
        return Ok(Exit::Done);
    }
    for run in &runs {
        let day = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let state = if run.undone {
            "undone".to_owned()
        } else {
            format!("until {}", day(run.until))
        };
        let command = styled(CYAN, format!("rekey undo {}", run.run));
        session.print(&format!(
            "{}  {} changed, {state}\n  {command}\n",
            day(run.at),
            show::count_changed(&run.changed)
        ))?;
    }
    Ok(Exit::Done)
}

/// Throws away everything that is kept for undo.
pub(super) fn purge(session: &Session) -> Result<Exit, Fault> {
    upkeep::recover(session)?;
    let state = session.edit_state().map_err(Fault::failed)?;
    let purged = edit::purge_all(&state).map_err(Fault::failed)?;
    if session.json {
        let left = [purged.left.as_slice(), &purged.waiting].concat();
        session.print_json(
            &serde_json::json!({ "schema": SCHEMA, "purged": purged.runs, "left": left }),
        )?;
    } else {
        session.print(&format!(
            "{} can no longer be undone.\n",
            show::count(purged.runs.len(), "run")
        ))?;
    }
    let still_there = still_there(&purged);
    for words in &still_there {
        session.warn(words);
    }
    Ok(if still_there.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Why runs are there after a purge.
fn still_there(purged: &Purged) -> Vec<String> {
    let left = purged
        .left
        .iter()
        .map(|run| format!("run {run} is left: its folder holds what rekey did not put there"));
    let waiting = purged.waiting.iter().map(|run| {
        format!(
            "run {run} is kept: what became of a change in it cannot be told now; try again later"
        )
    });
    left.chain(waiting).collect()
}

pub(super) fn read_run(text: &str) -> Result<Uuid, Fault> {
    Uuid::try_parse(text).map_err(|_| {
        Fault::wrong(format!(
            "{text:?} is no run\n  hint: rekey undo --list shows them"
        ))
    })
}

fn listed(run: &RunSummary) -> ListedRun {
    ListedRun {
        run: run.run,
        at: run.at,
        changes: run.changes,
        undone: run.undone,
        until: run.until,
    }
}

fn answer(undone: &Undone) -> UndoAnswer {
    let mut answer = UndoAnswer {
        schema: SCHEMA,
        run: undone.run,
        files: Vec::new(),
        entries: Vec::new(),
    };
    for item in &undone.items {
        let (state, reason) = (word(item.state), item.reason.clone());
        match &item.changed {
            Changed::File(path) => answer.files.push(UndoFile {
                path: shown_path(path),
                state,
                reason,
            }),
            Changed::Entry(location) | Changed::Value(location) => answer.entries.push(UndoEntry {
                vault: location.vault.clone(),
                target: location.target.clone(),
                account: location.account.clone(),
                state,
                reason,
            }),
        }
    }
    answer
}

fn word(state: UndoneState) -> &'static str {
    match state {
        UndoneState::Restored => "restored",
        UndoneState::AlreadyBack => "already-back",
        UndoneState::Refused => "changed-since",
        UndoneState::Failed => "failed",
    }
}

fn text(undone: &Undone) -> String {
    let Some(run) = undone.run else {
        return "There is nothing to put back.\n".to_owned();
    };
    let mut text = format!(
        "{}\n",
        styled(BOLD, format!("Put back what run {run} changed"))
    );
    for item in &undone.items {
        text.push_str(&line(item));
    }
    text
}

fn line(item: &UndoneItem) -> String {
    let (style, words) = match item.state {
        UndoneState::Restored => (GREEN, "is as it was"),
        UndoneState::AlreadyBack => (GREEN, "was as before already"),
        UndoneState::Refused => (RED, "is left alone: it changed since"),
        UndoneState::Failed => (RED, "failed"),
    };
    let reason = item
        .reason
        .as_deref()
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    let words = styled(style, words);
    format!("  {}  {words}{reason}\n", show::changed(&item.changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_says_why_each_run_is_still_there() {
        assert!(still_there(&Purged::default()).is_empty());
        let purged = Purged {
            runs: vec![Uuid::from_u128(1)],
            left: vec![Uuid::from_u128(2)],
            waiting: vec![Uuid::from_u128(3)],
        };
        let said = still_there(&purged);
        assert_eq!(said.len(), 2);
        assert!(said[0].contains(&purged.left[0].to_string()) && said[0].contains("did not put"));
        assert!(said[1].contains(&purged.waiting[0].to_string()) && said[1].contains("try again"));
    }
}
