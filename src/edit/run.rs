//! One run's folder while it is written: its journal, and the quarantine with what the files held before.

use std::ffi::OsString;
use std::io::Write as _;

use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::checkpoint::checkpoint;
use super::history::History;
use super::journal::{Journal, Record, VERSION};
use super::state::State;
use super::{Fault, purge};
use crate::platform::files::{Attributes, FileFault, Folder};
use crate::platform::read::LIMIT;

/// A run's folder. It is made when the first file is about to change.
#[derive(Debug)]
pub(super) struct RunFolder<'a> {
    state: &'a State,
    run: Uuid,
    at: Timestamp,
    open: Option<(Folder, Journal)>,
    next_item: u32,
    /// How much was changed through this value that an undo can put back.
    pub(super) changed: usize,
}

impl<'a> RunFolder<'a> {
    pub(super) fn new(state: &'a State, run: Uuid, at: Timestamp) -> Self {
        Self {
            state,
            run,
            at,
            open: None,
            next_item: 1,
            changed: 0,
        }
    }

    /// Opens the folder of a run that has begun.
    pub(super) fn resume(state: &'a State, history: &History) -> Result<Self, Fault> {
        let folder = state.runs().open(history.run)?;
        let journal = Journal::open(&folder).map_err(|fault| state.fault(fault))?;
        Ok(Self {
            open: Some((folder, journal)),
            next_item: history.next_item(),
            ..Self::new(state, history.run, history.at)
        })
    }

    fn parts(&mut self) -> Result<&mut (Folder, Journal), FileFault> {
        let open = if let Some(open) = self.open.take() {
            open
        } else {
            let folder = self.state.make_run(self.run)?;
            checkpoint();
            let mut journal = Journal::open(&folder)?;
            checkpoint();
            journal.add(&Record::Run {
                version: VERSION,
                run: self.run,
                at: self.at,
            })?;
            checkpoint();
            (folder, journal)
        };
        Ok(self.open.insert(open))
    }

    pub(super) fn id(&self) -> Uuid {
        self.run
    }

    /// The number of the next file or entry.
    pub(super) fn take_number(&mut self) -> u32 {
        let item = self.next_item;
        self.next_item = item.saturating_add(1);
        item
    }

    /// Keeps what a file holds, and returns the number that its copy goes by.
    pub(super) fn keep(&mut self, bytes: &[u8], attributes: &Attributes) -> Result<u32, FileFault> {
        let item = self.take_number();
        let attributes = serde_json::to_vec(attributes)
            .map_err(|error| FileFault::Refused(error.to_string()))?;
        self.write(
            item,
            &[
                (content_name(item), bytes),
                (attributes_name(item), &attributes),
            ],
        )?;
        Ok(item)
    }

    /// Keeps the sealed copy of the entry of this number.
    pub(super) fn keep_sealed(&mut self, item: u32, sealed: &[u8]) -> Result<(), FileFault> {
        self.write(item, &[(sealed_name(item), sealed)])
    }

    fn write(&mut self, item: u32, files: &[(OsString, &[u8])]) -> Result<(), FileFault> {
        self.parts()?;
        // A kill before the intent was written down left a copy that no line of the journal names.
        self.drop_copy(item);
        let (folder, _) = self.parts()?;
        let mut files = files.iter();
        let written = files
            .try_for_each(|(name, bytes)| write(folder, name, bytes))
            .and_then(|()| folder.sync());
        if let Err(fault) = written {
            self.drop_copy(item);
            return Err(fault);
        }
        checkpoint();
        Ok(())
    }

    /// Keeps what a value of the registry held.
    pub(super) fn keep_value(&mut self, item: u32, copy: &[u8]) -> Result<(), FileFault> {
        self.write(item, &[(content_name(item), copy)])
    }

    /// What a value of the registry held, by its number.
    pub(super) fn kept_value(&mut self, item: u32) -> Result<Zeroizing<Vec<u8>>, FileFault> {
        let (folder, _) = self.parts()?;
        Ok(Zeroizing::new(
            folder.file(&content_name(item))?.read(LIMIT)?,
        ))
    }

    /// What a file held, by its number.
    pub(super) fn kept(&mut self, item: u32) -> Result<(Vec<u8>, Attributes), FileFault> {
        let (folder, _) = self.parts()?;
        let bytes = folder.file(&content_name(item))?.read(LIMIT)?;
        let attributes = folder.file(&attributes_name(item))?.read(LIMIT)?;
        let attributes = serde_json::from_slice(&attributes)
            .map_err(|_| FileFault::Refused("its record cannot be read".to_owned()))?;
        Ok((bytes, attributes))
    }

    /// The sealed copy of an entry, by its number.
    pub(super) fn kept_sealed(&mut self, item: u32) -> Result<Vec<u8>, FileFault> {
        let (folder, _) = self.parts()?;
        folder.file(&sealed_name(item))?.read(LIMIT)
    }

    /// Throws a copy away that nothing will ask for. What cannot be removed goes with the run.
    pub(super) fn drop_copy(&mut self, item: u32) {
        if let Some((folder, _)) = &self.open {
            let _ = folder.unlink(&content_name(item));
            let _ = folder.unlink(&attributes_name(item));
            let _ = folder.unlink(&sealed_name(item));
        }
    }

    /// Writes a line of the journal, and returns when it is on the disk.
    pub(super) fn record(&mut self, record: &Record) -> Result<(), FileFault> {
        self.parts()?.1.add(record)?;
        checkpoint();
        Ok(())
    }

    /// Removes the folder, for a run that changed nothing or that policy keeps nothing of.
    pub(super) fn discard(self) -> Result<(), Fault> {
        let (state, run, begun) = (self.state, self.run, self.open.is_some());
        // Windows removes no file that is open.
        drop(self);
        if begun {
            purge::remove(state, run)?;
        }
        Ok(())
    }
}

fn write(folder: &Folder, name: &OsString, bytes: &[u8]) -> Result<(), FileFault> {
    let mut file = folder.create(name)?;
    checkpoint();
    file.write_all(bytes)?;
    file.sync_all()?;
    checkpoint();
    Ok(())
}

const CONTENT: &str = ".content";
const ATTRIBUTES: &str = ".attributes.json";
const SEALED: &str = ".sealed";

fn content_name(item: u32) -> OsString {
    format!("{item}{CONTENT}").into()
}

fn attributes_name(item: u32) -> OsString {
    format!("{item}{ATTRIBUTES}").into()
}

fn sealed_name(item: u32) -> OsString {
    format!("{item}{SEALED}").into()
}

/// Whether a run's folder holds files of this name.
pub(super) fn is_copy_name(name: &str) -> bool {
    name.strip_suffix(CONTENT)
        .or_else(|| name.strip_suffix(ATTRIBUTES))
        .or_else(|| name.strip_suffix(SEALED))
        .is_some_and(|number| number.parse::<u32>().is_ok())
}
