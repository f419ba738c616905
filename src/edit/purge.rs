//! Throws away what was kept for undoing: file by file, then the empty folder.

use std::ffi::OsStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::Fault;
use super::checkpoint::checkpoint;
use super::history::{History, Item, Meant, Progress};
use super::journal::{JOURNAL, Journal, Record};
use super::run::is_kept_name;
use super::state::State;
use super::vault::Keeper;
use crate::platform::files::FileFault;

/// What was thrown away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Runs of which nothing is left.
    pub runs: Vec<Uuid>,
    /// Runs in whose folder rekey found what it did not put there, and left it.
    pub left: Vec<Uuid>,
    /// Runs that are kept: what became of a change in them is not known yet.
    pub waiting: Vec<Uuid>,
}

/// Throws away what is due at `now` when runs are kept for `keep_days` days.
///
/// # Errors
/// [`Fault::State`]; what was thrown away before stays so.
pub fn purge(state: &State, now: Timestamp, keep_days: u32) -> Result<Purged, Fault> {
    purge_where(state, |history| history.until(keep_days) <= now)
}

/// Throws everything away that was kept. Runs that [`super::recover`] has not looked at stay.
///
/// # Errors
/// [`Fault::State`].
pub fn purge_all(state: &State) -> Result<Purged, Fault> {
    purge_where(state, |_| true)
}

fn purge_where(state: &State, is_due: impl Fn(&History) -> bool) -> Result<Purged, Fault> {
    let mut purged = Purged::default();
    for history in History::all(state.runs())? {
        // A sealed copy is of no use to whoever settles what became of its entry.
        let settled =
            |item: &Item| item.progress != Progress::Open || matches!(item.meant, Meant::Entry(_));
        if !(history.purged || is_due(&history)) {
            continue;
        }
        if !history.items.iter().all(settled) {
            purged.waiting.push(history.run);
            continue;
        }
        if remove(state, history.run)? {
            if !history.purged {
                purged.runs.push(history.run);
            }
        } else {
            purged.left.push(history.run);
        }
    }
    Ok(purged)
}

/// Removes the known files of a run and its keys, the journal last, then its folder. False where something
/// else is in it. Where the vault does not let a key go now, the journal stays to say so.
pub(super) fn remove(state: &State, run: Uuid) -> Result<bool, Fault> {
    let fault = |fault| state.fault(fault);
    let folder = state.runs().open(run)?;
    for name in folder.names().map_err(fault)? {
        if name.to_str().is_some_and(is_kept_name) {
            folder.unlink(&name).map_err(fault)?;
            checkpoint();
        }
    }
    let history = History::of(state.runs(), run)?;
    if !remove_keys(state, &history) {
        if !history.purged {
            let journal = Journal::open(&folder);
            let added = journal.and_then(|mut journal| journal.add(&Record::Purged));
            added.map_err(fault)?;
        }
        return Ok(true);
    }
    match folder.unlink(OsStr::new(JOURNAL)) {
        Ok(()) | Err(FileFault::Absent) => {}
        Err(cause) => return Err(fault(cause)),
    }
    checkpoint();
    // The handle must be closed first on Windows.
    drop(folder);
    Ok(state.remove_run(run).is_ok())
}

/// False where one of them may still be there.
fn remove_keys(state: &State, history: &History) -> bool {
    history.keys.iter().all(|ring| {
        let removed = Keeper::of(state).and_then(|keeper| keeper.remove(ring, history.run));
        checkpoint();
        removed.is_ok()
    })
}
