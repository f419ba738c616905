//! Puts back what a run changed, the last change first.

use std::path::Path;

use uuid::Uuid;

use super::checkpoint::checkpoint;
use super::history::{History, Item, Meant, Undoing};
use super::journal::{self, Intent, Record};
use super::recover::recover;
use super::run::RunFolder;
use super::state::State;
use super::target::{Held, Target, open_home};
use super::{Changed, Fault, registry, vault};
use crate::model::Digest;
use crate::platform::files::{self, FileFault, Folder};

/// What an undo did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// The run that was taken back; `None` where there is none to take back.
    pub run: Option<Uuid>,
    /// What it had changed, the last changed first.
    pub items: Vec<UndoneItem>,
}

impl Undone {
    /// Whether everything is as it was before the run.
    pub fn is_complete(&self) -> bool {
        let back = |item: &UndoneItem| {
            matches!(item.state, UndoneState::Restored | UndoneState::AlreadyBack)
        };
        self.items.iter().all(back)
    }
}

/// One file or entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneItem {
    /// Which.
    pub changed: Changed,
    /// What became of it.
    pub state: UndoneState,
    /// Why, where it is not as it was.
    pub reason: Option<String>,
}

/// What an undo did with one file or entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoneState {
    /// It is as it was before the run.
    Restored,
    /// It was so already.
    AlreadyBack,
    /// It has changed since the run, so it was left alone.
    Refused,
    /// The system refused; a further undo tries again.
    Failed,
}

/// Takes a run back: the one that is named, or the newest that was not taken back yet.
///
/// What has changed since is left alone, and the rest is done. A run that is named is tried again
/// where something of it was refused. `home` is canonical.
///
/// # Errors
/// [`Fault::UnknownRun`], or a [`Fault`] where the state folder or the home cannot be used.
pub fn undo(state: &State, home: &Path, run: Option<Uuid>) -> Result<Undone, Fault> {
    recover(state, home)?;
    let history = if let Some(run) = run {
        Some(History::of(state.runs(), run)?)
    } else {
        let mut newest_first = History::all(state.runs())?.into_iter().rev();
        newest_first.find(|history| history.changes() > 0 && !history.undone)
    };
    let Some(history) = history else {
        return Ok(Undone::default());
    };
    let home = open_home(home)?;
    let mut folder = RunFolder::resume(state, &history)?;
    let mut undone = Undone {
        run: Some(history.run),
        items: Vec::new(),
    };
    let own: Vec<_> = history.items.iter().filter_map(taken).collect();
    for item in history.items.iter().rev().filter(|item| item.counts()) {
        let restored = restore(item, &mut folder, |folder| match &item.meant {
            Meant::File(intent) => put_back(&home, folder, intent),
            Meant::Entry(intent) if intent.put => vault::take_away(state, folder, intent),
            Meant::Entry(intent) => vault::restore(state, folder, intent, &own),
            Meant::Value(intent) => registry::restore(state.registry(), folder, intent),
        });
        let (state, reason) = match restored {
            Ok(state) => (state, None),
            Err((state, reason)) => (state, Some(reason)),
        };
        undone.items.push(UndoneItem {
            changed: item.changed(),
            state,
            reason,
        });
    }
    let keys = history.items.iter().filter_map(|item| match &item.meant {
        Meant::Value(intent) => Some(intent.key.as_str()),
        Meant::File(_) | Meant::Entry(_) => None,
    });
    registry::announce(state.registry(), keys);
    let settled = |item: &UndoneItem| item.state != UndoneState::Failed;
    if !history.undone && undone.items.iter().all(settled) {
        folder
            .record(&Record::Undone)
            .map_err(|fault| state.fault(fault))?;
    }
    Ok(undone)
}

pub(super) type Trouble = (UndoneState, String);

/// The digest of an entry that the run took.
fn taken(item: &Item) -> Option<Digest> {
    match &item.meant {
        Meant::Entry(intent) => intent.base.filter(|_| !intent.put),
        Meant::File(_) | Meant::Value(_) => None,
    }
}

/// Puts one item back and writes down what became of it.
fn restore<'s>(
    item: &Item,
    folder: &mut RunFolder<'s>,
    put_back: impl FnOnce(&mut RunFolder<'s>) -> Result<UndoneState, Trouble>,
) -> Result<UndoneState, Trouble> {
    let number = item.number();
    if item.undoing == Undoing::Done {
        return Ok(UndoneState::AlreadyBack);
    }
    let restored = put_back(folder);
    let record = match &restored {
        Ok(_) => Some(Record::UndoDone { item: number }),
        Err((UndoneState::Refused, _)) => Some(Record::UndoRefused { item: number }),
        Err(_) => None,
    };
    if let Some(record) = record {
        folder.record(&record).map_err(failed)?;
    }
    restored
}

fn put_back(
    home: &Folder,
    folder: &mut RunFolder<'_>,
    intent: &Intent,
) -> Result<UndoneState, Trouble> {
    let path = intent
        .path
        .to_path()
        .ok_or_else(|| failed(FileFault::Link))?;
    let target = Target::reach(home, &path).map_err(|fault| match fault {
        FileFault::Absent => refused("its folder is gone"),
        FileFault::Link => refused(&fault.to_string()),
        other => failed(other),
    })?;
    let held = match target.held() {
        Ok(held) => Some(held),
        Err(FileFault::Absent) => None,
        Err(fault @ (FileFault::Link | FileFault::NotRegular | FileFault::TooLarge)) => {
            return Err(refused(&fault.to_string()));
        }
        Err(fault) => return Err(failed(fault)),
    };
    let now = held.as_ref().map(|held| held.digest);
    if now == intent.base {
        return Ok(UndoneState::AlreadyBack);
    }
    if now != intent.after {
        return Err(refused(match now {
            None => "it was deleted after the run",
            Some(_) if intent.after.is_none() => "there is a new file in its place",
            Some(_) => "it was changed after the run",
        }));
    }
    if held.as_ref().is_some_and(|held| !held.opened.mine) {
        return Err(refused("it belongs to another user now"));
    }
    let Some(base) = intent.base else {
        return take_away(&target, folder, intent, held);
    };
    let (bytes, attributes) = folder.kept(intent.item).map_err(|fault| match fault {
        FileFault::Absent => refused("what it held is no longer kept"),
        other => failed(other),
    })?;
    if Digest::of(&bytes) != base {
        return Err(refused("what was kept of it is damaged"));
    }
    let temporary = files::temporary_name();
    folder
        .record(&Record::UndoIntent {
            item: intent.item,
            temporary: Some(temporary.to_string_lossy().into()),
        })
        .map_err(failed)?;
    let like = held.as_ref().map(|held| &held.opened.file);
    let put = target
        .write_beside(&temporary, &bytes, Some(&attributes), like)
        .map_err(failed)
        .and_then(|()| match held {
            None => target.put_new(&temporary).map_err(|fault| match fault {
                FileFault::Taken => refused("there is a new file in its place"),
                other => failed(other),
            }),
            Some(held) => {
                let still = target.is_still(&held);
                // Windows replaces no file that is open.
                drop(held);
                match still {
                    Ok(true) => target.replace_with(&temporary).map_err(failed),
                    Ok(false) => Err(refused("it was changed while rekey was at work")),
                    Err(fault) => Err(failed(fault)),
                }
            }
        });
    if let Err(trouble) = put {
        let is_halfway = intent.after.is_some() && target.is_halfway(&temporary);
        if trouble.0 == UndoneState::Failed && is_halfway {
            // The journal's line stays open, and `recover` gives the name to the old content.
            return Err(trouble);
        }
        if let Some(temporary) = journal::temporary(&temporary.to_string_lossy()) {
            target.remove_beside(&temporary);
        }
        return Err(trouble);
    }
    target.sync().map_err(failed)?;
    checkpoint();
    Ok(UndoneState::Restored)
}

/// Deletes a file that the run made.
fn take_away(
    target: &Target,
    folder: &mut RunFolder<'_>,
    intent: &Intent,
    held: Option<Held>,
) -> Result<UndoneState, Trouble> {
    let Some(held) = held else {
        return Ok(UndoneState::AlreadyBack);
    };
    folder
        .record(&Record::UndoIntent {
            item: intent.item,
            temporary: None,
        })
        .map_err(failed)?;
    if !target.is_still(&held).map_err(failed)? {
        return Err(refused("it was changed while rekey was at work"));
    }
    // Windows lets no name go while the file is open.
    drop(held);
    target.delete().map_err(failed)?;
    target.sync().map_err(failed)?;
    checkpoint();
    Ok(UndoneState::Restored)
}

pub(super) fn refused(reason: &str) -> Trouble {
    (UndoneState::Refused, reason.to_owned())
}

pub(super) fn failed(fault: impl ToString) -> Trouble {
    (UndoneState::Failed, fault.to_string())
}
