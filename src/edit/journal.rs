//! The write-ahead journal: `runs/<run>/journal.jsonl`, one JSON object a line, on the disk before what it tells of.
//!
//! It holds paths, digests and byte ranges, never the content of a file or an entry.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Digest, Location, Splice};
use crate::platform::files::{self, FileFault, Folder};

pub(super) const JOURNAL: &str = "journal.jsonl";
pub(super) const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub(super) enum Record {
    /// The first line.
    Run {
        version: u32,
        run: Uuid,
        at: Timestamp,
    },
    /// A file is about to change.
    Intent(Intent),
    /// The run's key is about to be put into a ring of the vault.
    Key { ring: String },
    /// An entry of the vault is about to be deleted or put.
    EntryIntent(EntryIntent),
    /// A value of the registry is about to change.
    ValueIntent(ValueIntent),
    /// It did.
    Done { item: u32 },
    /// It did not, and is as it was.
    RolledBack { item: u32 },
    /// It is neither old nor new: somebody else changed it after rekey was stopped.
    Conflict { item: u32 },
    /// A file is about to be put back.
    UndoIntent {
        item: u32,
        /// The name of the file that is written beside it.
        #[serde(default)]
        temporary: Option<String>,
    },
    /// It was.
    UndoDone { item: u32 },
    /// It was not and never will be by itself: it has changed since.
    UndoRefused { item: u32 },
    /// The run as a whole was taken back, but for what was refused.
    Undone,
    /// Nothing is kept of the run any more; only its keys could not be removed yet.
    Purged,
}

/// What is about to happen to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// Counts the files of the run from 1; names the copy.
    pub(super) item: u32,
    /// Relative to the home.
    pub(super) path: StoredPath,
    /// The ids of the edits.
    pub(super) edits: Vec<String>,
    /// What it holds; null where it is not there.
    pub(super) base: Option<Digest>,
    /// What it will hold; null where it will be gone.
    pub(super) after: Option<Digest>,
    /// The name of the file that is written beside it.
    pub(super) temporary: Option<String>,
    /// What is cut and put, without the content.
    pub(super) splices: Vec<Cut>,
}

/// What is about to happen to one entry of the vault: it goes, or it is put there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryIntent {
    /// Counts with the files of the run.
    pub(super) item: u32,
    pub(super) ring: String,
    /// The vault's own name for it.
    pub(super) id: String,
    /// It is not there and is put; then its name is not known yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) put: bool,
    /// How people know it.
    pub(super) location: Location,
    /// The ids of the edits.
    pub(super) edits: Vec<String>,
    /// Of its attributes, which may have a token in them; made with the run's key where a copy is kept.
    pub(super) attributes: Digest,
    /// Of all of it, made with the run's key; null where no copy is kept.
    pub(super) base: Option<Digest>,
    /// The same of entries that have these very attributes too.
    pub(super) beside: Vec<Digest>,
}

/// What is about to happen to one value of the person's registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ValueIntent {
    /// Counts with the files of the run.
    pub(super) item: u32,
    /// Below `HKEY_CURRENT_USER`.
    pub(super) key: String,
    pub(super) name: String,
    /// How people know it.
    pub(super) location: Location,
    /// The ids of the edits.
    pub(super) edits: Vec<String>,
    /// Of its type and bytes.
    pub(super) base: Digest,
    /// The same as it will be; null where it will be gone.
    pub(super) after: Option<Digest>,
}

/// A [`Splice`] without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    start: usize,
    end: usize,
    /// How many bytes take its place.
    put: usize,
}

impl From<&Splice> for Cut {
    fn from(splice: &Splice) -> Self {
        Self {
            start: splice.range.start,
            end: splice.range.end,
            put: splice.replacement.len(),
        }
    }
}

/// A path as text, with its bytes beside it where it is not Unicode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredPath {
    shown: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

impl StoredPath {
    /// `None` where this system cannot give such a name's bytes.
    pub(super) fn new(path: &Path) -> Option<Self> {
        let bytes = match path.to_str() {
            Some(_) => None,
            None => Some(STANDARD.encode(files::path_bytes(path)?)),
        };
        Some(Self {
            shown: path.to_string_lossy().into_owned(),
            bytes,
        })
    }

    pub(super) fn to_path(&self) -> Option<PathBuf> {
        match &self.bytes {
            None => Some(PathBuf::from(&self.shown)),
            Some(bytes) => files::path_from_bytes(STANDARD.decode(bytes).ok()?),
        }
    }
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// Up to here every line is whole.
    good: u64,
    /// Something after that could not be taken away.
    torn: bool,
}

impl Journal {
    /// Opens the journal in a run's folder for further lines.
    pub(super) fn open(folder: &Folder) -> Result<Self, FileFault> {
        let mut file = folder.append(OsStr::new(JOURNAL))?;
        folder.sync()?;
        let good = file.seek(SeekFrom::End(0))?;
        let mut journal = Self {
            file,
            good,
            torn: false,
        };
        // A kill tears at most the last line. It told of nothing that had begun.
        journal.torn = good > 0 && !journal.ends_with_line()?;
        Ok(journal)
    }

    fn ends_with_line(&mut self) -> Result<bool, FileFault> {
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        Ok(last == *b"\n")
    }

    /// Adds a line and waits until it is on the disk.
    #[allow(
        clippy::disallowed_methods,
        reason = "the journal takes half a line back"
    )]
    pub(super) fn add(&mut self, record: &Record) -> Result<(), FileFault> {
        let mut line =
            serde_json::to_vec(record).map_err(|error| FileFault::Refused(error.to_string()))?;
        line.push(b'\n');
        if self.torn {
            line.insert(0, b'\n');
        }
        self.file.seek(SeekFrom::End(0))?;
        let written = self.file.write_all(&line);
        if let Err(error) = written.and_then(|()| self.file.sync_all()) {
            // Half a line would make the next one unreadable.
            self.torn |= self.file.set_len(self.good).is_err();
            return Err(error.into());
        }
        self.torn = false;
        self.good += line.len() as u64;
        Ok(())
    }
}

/// All whole lines of a journal; none where there is no journal.
pub(super) fn read(folder: &Folder) -> Result<Vec<Record>, FileFault> {
    let bytes = match folder.file(OsStr::new(JOURNAL)) {
        Ok(opened) => opened.read(u64::MAX - 1)?,
        Err(FileFault::Absent) => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    // A line that was torn by a kill cannot be read. What it told of had not begun.
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// The name of a file beside another, out of a record; `None` where rekey did not make it.
pub(super) fn temporary(name: &str) -> Option<OsString> {
    let name = OsString::from(name);
    files::is_temporary_name(&name).then_some(name)
}
