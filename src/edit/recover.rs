//! Finishes or rolls back what a run left that was killed.

use std::path::Path;

use uuid::Uuid;

use super::history::{History, Item, Meant, Progress, Undoing};
use super::journal::{self, EntryIntent, Intent, Record};
use super::run::RunFolder;
use super::state::State;
use super::target::{Target, open_home};
use super::vault::{self, Found};
use super::{Changed, Fault, registry};
use crate::model::Digest;
use crate::platform::files::{FileFault, Folder};

/// What was found of stopped runs; all zero where none was stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes that had been made and are now written down as done.
    pub finished: usize,
    /// Changes that had not been made.
    pub rolled_back: usize,
    /// What is neither old nor new, because somebody else changed it since, and is left alone; and entries
    /// of a vault that cannot be looked at now.
    pub unresolved: Vec<Unresolved>,
}

/// A file or entry that rekey cannot tell old or new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The run that was stopped.
    pub run: Uuid,
    /// Which.
    pub changed: Changed,
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
                let found = match &item.meant {
                    Meant::File(intent) => settle(&home, intent),
                    Meant::Entry(intent) => settle_entry(state, history.run, intent),
                    Meant::Value(intent) => registry::settle(state.registry(), intent),
                };
                changes += usize::from(!matches!(found, Ok(Ending::Old)));
                note(&mut recovered, &mut run, state, history.run, item, found)?;
            }
            if let Undoing::Open(temporary) = &item.undoing {
                match &item.meant {
                    Meant::File(intent) => {
                        settle_undo(&home, &mut run, intent, temporary.as_deref())
                    }
                    Meant::Entry(intent) => vault::settle_undo(state, &mut run, intent),
                    Meant::Value(intent) => {
                        registry::settle_undo(state.registry(), &mut run, intent)
                    }
                }
                .map_err(|it| state.fault(it))?;
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
    history.purged
        || history.changes() > 0
            && history.items.iter().all(|item| {
                item.progress != Progress::Open && !matches!(item.undoing, Undoing::Open(_))
            })
}

pub(super) enum Ending {
    Old,
    New,
}

/// Why it is neither.
pub(super) enum Trouble {
    /// Somebody changed it.
    Changed(String),
    /// It cannot be looked at now.
    Later(String),
}

impl From<FileFault> for Trouble {
    fn from(fault: FileFault) -> Self {
        Self::Changed(fault.to_string())
    }
}

fn settle_entry(state: &State, run: Uuid, intent: &EntryIntent) -> Result<Ending, Trouble> {
    match vault::settle(state, run, intent) {
        Ok(Found::There) => Ok(if intent.put { Ending::New } else { Ending::Old }),
        Ok(Found::Gone) => Ok(if intent.put { Ending::Old } else { Ending::New }),
        Ok(Found::Changed) => Err(Trouble::Changed(CHANGED.to_owned())),
        Err(fault) => Err(Trouble::Later(fault.to_string())),
    }
}

/// Looks which of the two a file is, and takes away what was written beside it.
fn settle(home: &Folder, intent: &Intent) -> Result<Ending, Trouble> {
    let path = intent.path.to_path().ok_or(FileFault::Link)?;
    let target = match Target::reach(home, &path) {
        Ok(target) => target,
        Err(FileFault::Absent) if intent.after.is_none() => return Ok(Ending::New),
        Err(fault) => return Err(fault.into()),
    };
    let now = target.digest()?;
    let temporary = intent.temporary.as_deref();
    let Some(temporary) = temporary.and_then(journal::temporary) else {
        return ending(intent, now);
    };
    if let Some(after) = intent.after
        // A scanner may hold the new file: then it is neither removed nor given up.
        && target
            .finish(&temporary, after)
            .map_err(|fault| Trouble::Later(fault.to_string()))?
    {
        return Ok(Ending::New);
    }
    target.remove_beside(&temporary);
    ending(intent, now)
}

const CHANGED: &str = "it was changed after rekey was stopped";

fn ending(intent: &Intent, now: Option<Digest>) -> Result<Ending, Trouble> {
    ending_of(intent.base, intent.after, now)
}

/// Which of the two it is by its digest.
pub(super) fn ending_of(
    base: Option<Digest>,
    after: Option<Digest>,
    now: Option<Digest>,
) -> Result<Ending, Trouble> {
    if now == after {
        Ok(Ending::New)
    } else if now == base {
        Ok(Ending::Old)
    } else if now.is_none() {
        Err(FileFault::Absent.into())
    } else {
        Err(Trouble::Changed(CHANGED.to_owned()))
    }
}

fn note(
    recovered: &mut Recovered,
    run: &mut RunFolder<'_>,
    state: &State,
    id: Uuid,
    item: &Item,
    found: Result<Ending, Trouble>,
) -> Result<(), Fault> {
    let number = item.number();
    let record = match found {
        Ok(Ending::New) => {
            recovered.finished += 1;
            Record::Done { item: number }
        }
        Ok(Ending::Old) => {
            recovered.rolled_back += 1;
            Record::RolledBack { item: number }
        }
        Err(trouble) => {
            let (reason, later) = match trouble {
                Trouble::Changed(reason) => (reason, false),
                Trouble::Later(reason) => (reason, true),
            };
            recovered.unresolved.push(Unresolved {
                run: id,
                changed: item.changed(),
                reason,
            });
            if later {
                return Ok(());
            }
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
    intent: &Intent,
    temporary: Option<&str>,
) -> Result<(), FileFault> {
    let path = intent.path.to_path().ok_or(FileFault::Link)?;
    let Ok(target) = Target::reach(home, &path) else {
        return Ok(());
    };
    if let Some(temporary) = temporary.and_then(journal::temporary) {
        // A deleted file is put back in one step.
        let can_be_halfway = intent.after.is_some();
        if can_be_halfway
            && intent
                .base
                .is_some_and(|base| target.finish(&temporary, base).is_err())
        {
            // What is left of the file stays for the next time.
            return Ok(());
        }
        target.remove_beside(&temporary);
    }
    if target.digest() == Ok(intent.base) {
        run.record(&Record::UndoDone { item: intent.item })?;
    }
    Ok(())
}
