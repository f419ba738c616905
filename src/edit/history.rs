//! What a journal tells when all its lines are read.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::journal::{self, EntryIntent, Intent, Record, ValueIntent};
use super::state::{self, Runs};
use super::{Changed, Fault};
use crate::model::{Change, Digest, Edit};

/// How far the change of one file or entry came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was about to happen.
    Open,
    Done,
    RolledBack,
    /// Somebody else changed it after rekey was stopped.
    Conflict,
}

/// How far its undoing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undoing {
    Not,
    /// It was about to happen; the name of the file that is written beside, where it is a file.
    Open(Option<String>),
    Done,
    /// It has changed since.
    Refused,
}

/// What was meant to happen to one file, entry or value.
#[derive(Debug, Clone)]
pub(super) enum Meant {
    File(Intent),
    Entry(EntryIntent),
    Value(ValueIntent),
}

/// One file or entry of a run.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) meant: Meant,
    pub(super) progress: Progress,
    pub(super) undoing: Undoing,
}

impl Item {
    fn new(meant: Meant) -> Self {
        Self {
            meant,
            progress: Progress::Open,
            undoing: Undoing::Not,
        }
    }

    pub(super) fn number(&self) -> u32 {
        match &self.meant {
            Meant::File(intent) => intent.item,
            Meant::Entry(intent) => intent.item,
            Meant::Value(intent) => intent.item,
        }
    }

    /// Whether there is something that an undo could put back.
    pub(super) fn counts(&self) -> bool {
        let kept = match &self.meant {
            Meant::File(_) | Meant::Value(_) => true,
            Meant::Entry(intent) => intent.base.is_some(),
        };
        kept && matches!(self.progress, Progress::Done | Progress::Conflict)
    }

    /// How people know it.
    pub(super) fn changed(&self) -> Changed {
        match &self.meant {
            Meant::File(intent) => Changed::File(intent.path.to_path().unwrap_or_default()),
            Meant::Entry(intent) => Changed::Entry(intent.location.clone()),
            Meant::Value(intent) => Changed::Value(intent.location.clone()),
        }
    }
}

/// One run.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) run: Uuid,
    pub(super) at: Timestamp,
    pub(super) items: Vec<Item>,
    /// Rings of the vault that may hold a key of this run.
    pub(super) keys: Vec<String>,
    pub(super) undone: bool,
    pub(super) purged: bool,
}

impl History {
    /// Reads the journal of a run. A run without a first line did nothing yet.
    pub(super) fn of(runs: Runs<'_>, run: Uuid) -> Result<Self, Fault> {
        let folder = runs.open(run)?;
        let records = journal::read(&folder).map_err(|fault| runs.fault(fault))?;
        let mut history = Self {
            run,
            at: begun(run),
            items: Vec::new(),
            keys: Vec::new(),
            undone: false,
            purged: false,
        };
        for record in records {
            history.take(record);
        }
        Ok(history)
    }

    pub(super) fn all(runs: Runs<'_>) -> Result<Vec<Self>, Fault> {
        let ids = runs.ids()?;
        ids.into_iter().map(|run| Self::of(runs, run)).collect()
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Run { at, .. } => self.at = at,
            Record::Intent(intent) => self.items.push(Item::new(Meant::File(intent))),
            Record::EntryIntent(intent) => self.items.push(Item::new(Meant::Entry(intent))),
            Record::ValueIntent(intent) => self.items.push(Item::new(Meant::Value(intent))),
            Record::Key { ring } if self.keys.contains(&ring) => {}
            Record::Key { ring } => self.keys.push(ring),
            Record::Done { item } => self.progress(item, Progress::Done),
            Record::RolledBack { item } => self.progress(item, Progress::RolledBack),
            Record::Conflict { item } => self.progress(item, Progress::Conflict),
            Record::UndoIntent { item, temporary } => self.undoing(item, Undoing::Open(temporary)),
            Record::UndoDone { item } => self.undoing(item, Undoing::Done),
            Record::UndoRefused { item } => self.undoing(item, Undoing::Refused),
            Record::Undone => self.undone = true,
            Record::Purged => self.purged = true,
        }
    }

    fn progress(&mut self, item: u32, progress: Progress) {
        // A run that goes on after it was taken back can be taken back again.
        self.undone &= progress == Progress::RolledBack;
        for known in self.items.iter_mut().filter(|it| it.number() == item) {
            known.progress = progress;
        }
    }

    fn undoing(&mut self, item: u32, undoing: Undoing) {
        for known in self.items.iter_mut().filter(|it| it.number() == item) {
            known.undoing = undoing.clone();
        }
    }

    /// How many files and entries an undo could put back, or could have.
    pub(super) fn changes(&self) -> usize {
        if self.purged {
            return 0;
        }
        self.items.iter().filter(|item| item.counts()).count()
    }

    /// The next free number of an item.
    pub(super) fn next_item(&self) -> u32 {
        let used = self.items.iter().map(Item::number).max();
        used.unwrap_or(0).saturating_add(1)
    }

    /// Whether this run made the change already: it left the file with this digest, and cut the same bytes.
    pub(super) fn made(&self, path: &Path, edit: &Edit, now: Digest) -> bool {
        let Change::EditFile { base, splices, .. } = &edit.change else {
            return false;
        };
        self.items.iter().any(|item| {
            let Meant::File(intent) = &item.meant else {
                return false;
            };
            item.counts()
                && intent.after == Some(now)
                && intent.base == Some(*base)
                && intent.path.to_path().as_deref() == Some(path)
                && splices
                    .iter()
                    .all(|splice| intent.splices.contains(&splice.into()))
        })
    }

    /// When what is kept of the run goes.
    pub(super) fn until(&self, keep_days: u32) -> Timestamp {
        let days = SignedDuration::from_hours(i64::from(keep_days).saturating_mul(24));
        self.at.checked_add(days).unwrap_or(Timestamp::MAX)
    }
}

/// The time inside a UUID of version 7; for a run that was stopped before its first line.
fn begun(run: Uuid) -> Timestamp {
    let seconds = run.get_timestamp().map(|time| time.to_unix().0);
    seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One run, as `rekey undo --list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// The run.
    pub run: Uuid,
    /// When it changed something.
    pub at: Timestamp,
    /// How many files and entries it changed.
    pub changes: usize,
    /// It was taken back.
    pub undone: bool,
    /// Until when it can be taken back.
    pub until: Timestamp,
    /// What it changed.
    pub changed: Vec<Changed>,
}

/// The runs that changed something and are still kept, the newest first. Takes no lock.
///
/// `state` is rekey's own folder; `keep_days` is the policy's `undo.keep_days`.
///
/// # Errors
/// [`Fault::State`] where the folder cannot be read.
pub fn list(state: &Path, keep_days: u32) -> Result<Vec<RunSummary>, Fault> {
    let histories = state::look(state, History::all)?.unwrap_or_default();
    let changed = histories.into_iter().rev().filter(|it| it.changes() > 0);
    Ok(changed
        .map(|history| RunSummary {
            run: history.run,
            at: history.at,
            changes: history.changes(),
            undone: history.undone,
            until: history.until(keep_days),
            changed: history
                .items
                .iter()
                .filter(|item| item.counts())
                .map(Item::changed)
                .collect(),
        })
        .collect())
}
