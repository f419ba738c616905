//! Finishes or rolls back what a run left that was killed.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Fault;
use super::history::{History, Item, Progress, Undoing};
use super::journal::{self, Record};
use super::run::RunFolder;
use super::state::State;
use super::target::{Target, open_home};
use crate::model::Digest;
use crate::platform::files::{FileFault, Folder, REPLACE_CAN_STOP_HALFWAY};

/// What was found of stopped runs; all zero where none was stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes that had been made and are now written down as done.
    pub finished: usize,
    /// Changes that had not been made.
    pub rolled_back: usize,
    /// Files that are neither old nor new: somebody else changed them since. They are left alone.
    pub unresolved: Vec<Unresolved>,
}

/// A file that rekey cannot tell old or new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The run that was stopped.
    pub run: Uuid,
    /// Relative to the home.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Looks at every run that was stopped halfway. `home` is canonical.
///
/// # Errors
/// A [`Fault`] where the state folder or the home cannot be used.
pub fn recover(state: &State, home: &Path) -> Result<Recovered, Fault> {
    let mut recovered = Recovered::default();
    let histories = History::all(state.runs())?;
    if histories.iter().all(is_settled) {
        return Ok(recovered);
    }
    let home = open_home(home)?;
    for history in histories.iter().filter(|history| !is_settled(history)) {
        let mut run = RunFolder::resume(state, history)?;
        let mut changes = history.changes();
        for item in &history.items {
            if item.progress == Progress::Open {
                let found = settle(&home, item);
                changes += usize::from(!matches!(found, Ok(Ending::Old)));
                note(&mut recovered, &mut run, state, history.run, item, found)?;
            }
            if let Undoing::Open(temporary) = &item.undoing {
                settle_undo(&home, &mut run, item, temporary).map_err(|it| state.fault(it))?;
            }
        }
        if changes == 0 {
            run.discard()?;
        }
    }
    Ok(recovered)
}

/// Nothing is open, and there is something to keep the folder for.
fn is_settled(history: &History) -> bool {
    history.changes() > 0
        && history.items.iter().all(|item| {
            item.progress != Progress::Open && !matches!(item.undoing, Undoing::Open(_))
        })
}

enum Ending {
    Old,
    New,
}

/// Looks which of the two a file is, and takes away what was written beside it.
fn settle(home: &Folder, item: &Item) -> Result<Ending, FileFault> {
    let path = item.intent.path.to_path().ok_or(FileFault::Link)?;
    let target = match Target::reach(home, &path) {
        Ok(target) => target,
        Err(FileFault::Absent) if item.intent.after.is_none() => return Ok(Ending::New),
        Err(fault) => return Err(fault),
    };
    let now = target.digest()?;
    let temporary = item.intent.temporary.as_deref();
    let Some(temporary) = temporary.and_then(journal::temporary) else {
        return ending(item, now);
    };
    if REPLACE_CAN_STOP_HALFWAY && now.is_none() {
        let beside = Target::reach(home, &path)?.beside(temporary.clone());
        if beside.digest()? == item.intent.after {
            target.put_new(&temporary)?;
            return Ok(Ending::New);
        }
    }
    target.remove_beside(&temporary);
    ending(item, now)
}

fn ending(item: &Item, now: Option<Digest>) -> Result<Ending, FileFault> {
    if now == item.intent.after {
        Ok(Ending::New)
    } else if now == Some(item.intent.base) {
        Ok(Ending::Old)
    } else if now.is_none() {
        Err(FileFault::Absent)
    } else {
        let reason = "it was changed after rekey was stopped";
        Err(FileFault::Refused(reason.to_owned()))
    }
}

fn note(
    recovered: &mut Recovered,
    run: &mut RunFolder<'_>,
    state: &State,
    id: Uuid,
    item: &Item,
    found: Result<Ending, FileFault>,
) -> Result<(), Fault> {
    let number = item.intent.item;
    let record = match found {
        Ok(Ending::New) => {
            recovered.finished += 1;
            Record::Done { item: number }
        }
        Ok(Ending::Old) => {
            recovered.rolled_back += 1;
            Record::RolledBack { item: number }
        }
        Err(fault) => {
            recovered.unresolved.push(Unresolved {
                run: id,
                path: item.intent.path.to_path().unwrap_or_default(),
                reason: fault.to_string(),
            });
            Record::Conflict { item: number }
        }
    };
    run.record(&record).map_err(|fault| state.fault(fault))?;
    if matches!(record, Record::RolledBack { .. }) {
        run.drop_copy(number);
    }
    Ok(())
}

/// An undo that was stopped: what it had put back is written down; the rest is for the next undo.
fn settle_undo(
    home: &Folder,
    run: &mut RunFolder<'_>,
    item: &Item,
    temporary: &str,
) -> Result<(), FileFault> {
    let path = item.intent.path.to_path().ok_or(FileFault::Link)?;
    let Ok(target) = Target::reach(home, &path) else {
        return Ok(());
    };
    if let Some(temporary) = journal::temporary(temporary) {
        target.remove_beside(&temporary);
    }
    if target.digest() == Ok(Some(item.intent.base)) {
        run.record(&Record::UndoDone {
            item: item.intent.item,
        })?;
    }
    Ok(())
}
