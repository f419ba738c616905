//! Throws away what was kept for undoing: file by file, then the empty folder.

use std::ffi::OsStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::Fault;
use super::checkpoint::checkpoint;
use super::history::{History, Progress};
use super::journal::JOURNAL;
use super::run::is_copy_name;
use super::state::State;
use crate::platform::files::FileFault;

/// What was thrown away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Runs of which nothing is left.
    pub runs: Vec<Uuid>,
    /// Runs in whose folder rekey found what it did not put there, and left it.
    pub left: Vec<Uuid>,
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
        let settled = |item: &super::history::Item| item.progress != Progress::Open;
        if !is_due(&history) || !history.items.iter().all(settled) {
            continue;
        }
        if remove(state, history.run)? {
            purged.runs.push(history.run);
        } else {
            purged.left.push(history.run);
        }
    }
    Ok(purged)
}

/// Removes the known files of a run, the journal last, then its folder. False where something else is in it.
pub(super) fn remove(state: &State, run: Uuid) -> Result<bool, Fault> {
    let fault = |fault| state.fault(fault);
    let folder = state.runs().open(run)?;
    for name in folder.names().map_err(fault)? {
        if name.to_str().is_some_and(is_copy_name) {
            folder.unlink(&name).map_err(fault)?;
            checkpoint();
        }
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
