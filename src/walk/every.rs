//! Opens every file below the roots, whatever its name: for a look at contents everywhere.
//!
//! Caches and packages are entered here, and so are git's own folders.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fences::{self, Fences};
use super::listing::{self, Folder, Kind, Room};
use super::pool::{Drained, Work};
use super::prune::Prune;
use super::{Bounds, LATE, Pulse, Seen, Walk, pool};
use crate::platform::read::ReadFault;

/// As many files of one folder are read at once by one thread; others may take the rest.
const BATCH: usize = 256;

/// A regular file that the walk came by.
pub struct Met<'m> {
    folder: &'m Path,
    name: &'m OsStr,
    /// The file, open for reading.
    pub file: File,
    /// What the system says of it.
    pub metadata: Metadata,
}

impl Met<'_> {
    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.join(self.name)
    }
}

/// What a walk over every file came to.
#[derive(Debug)]
pub struct Everything<T> {
    /// What came of the files, whose order says nothing.
    pub gathered: Vec<T>,
    /// Files and folders that could not be opened, with the reason, sorted.
    pub unreadable: Vec<(PathBuf, String)>,
    /// What was left out because of where it leads, with the reason, sorted.
    pub skipped: Vec<(PathBuf, String)>,
}

#[derive(Clone)]
enum Task {
    /// A folder to list; `root` as in a walk for projects.
    Folder { folder: PathBuf, root: bool },
    /// Files of a large folder.
    Files {
        folder: PathBuf,
        root: bool,
        names: Vec<OsString>,
    },
}

struct Notes<T, S> {
    gathered: Vec<T>,
    scratch: S,
    unreadable: Vec<(PathBuf, String)>,
    skipped: Vec<(PathBuf, String)>,
    room: Room,
    names: Vec<OsString>,
}

impl<T, S: Default> Default for Notes<T, S> {
    fn default() -> Self {
        Self {
            gathered: Vec::new(),
            scratch: S::default(),
            unreadable: Vec::new(),
            skipped: Vec::new(),
            room: Room::default(),
            names: Vec::new(),
        }
    }
}

impl Walk<'_> {
    /// Opens every regular file below the roots, as far as the time goes, and hands it to `read`, from several
    /// threads, each of which has an `S` to work with. `names` does not count here.
    ///
    /// Links are not followed, except where a root itself is one. `seen` is told of every folder.
    pub(crate) fn open_all<T, S, R>(
        &self,
        bounds: &Bounds,
        seen: Arc<Seen>,
        read: R,
    ) -> Everything<T>
    where
        T: Send + 'static,
        S: Default + Send + 'static,
        R: Reads<T, S>,
    {
        let reader = Reader {
            fences: Fences::new(self, bounds),
            private: Prune::private(),
            seen,
            pulse: Pulse::new(bounds.budget.clone()),
            read,
            of: PhantomData::<fn(S) -> T>,
        };
        let mut elsewhere = Vec::new();
        let start = fences::start(&self.roots, bounds, &mut elsewhere).into_iter();
        let start = start.map(|folder| Task::Folder { folder, root: true });
        let Drained {
            gathered: mut notes,
            left,
            hanging,
        } = pool::drain(reader, start.collect(), pool::threads(), &bounds.budget);
        let mut left: Vec<_> = left.into_iter().map(Task::folder).collect();
        left.dedup();
        self.tell_of_rest(
            left,
            hanging.into_iter().map(Task::folder),
            &mut notes.unreadable,
            &mut notes.skipped,
        );
        notes.skipped.append(&mut elsewhere);
        notes.unreadable.sort_unstable();
        notes.skipped.sort_unstable();
        Everything {
            gathered: notes.gathered,
            unreadable: notes.unreadable,
            skipped: notes.skipped,
        }
    }
}

/// What is done with each file: something may come of it.
pub(crate) trait Reads<T, S>:
    Fn(Met<'_>, &mut S, &Pulse) -> Result<Option<T>, ReadFault> + Send + Sync + 'static
{
}

impl<T, S, R> Reads<T, S> for R where
    R: Fn(Met<'_>, &mut S, &Pulse) -> Result<Option<T>, ReadFault> + Send + Sync + 'static
{
}

impl Task {
    fn folder(self) -> PathBuf {
        match self {
            Self::Folder { folder, .. } | Self::Files { folder, .. } => folder,
        }
    }
}

struct Reader<T, S, R> {
    fences: Fences,
    /// Folders that the system guards: asking for one brings up a question to the person.
    private: Prune,
    seen: Arc<Seen>,
    pulse: Pulse,
    read: R,
    of: PhantomData<fn(S) -> T>,
}

impl<T, S, R> Work for Reader<T, S, R>
where
    T: Send + 'static,
    S: Default + Send + 'static,
    R: Reads<T, S>,
{
    type Task = Task;
    type Notes = Notes<T, S>;

    fn work(&self, task: Task, notes: &mut Notes<T, S>, more: &mut Vec<Task>) {
        let (folder, done) = match task {
            Task::Folder { folder, root } => {
                (self.seen)(&folder);
                let done = self.list(&folder, root, notes, more);
                let gone = |error: &std::io::Error| !root && listing::is_gone(error);
                (
                    folder,
                    done.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) }),
                )
            }
            Task::Files {
                folder,
                root,
                names,
            } => {
                let done = Folder::open(&folder, root)
                    .map(|opened| self.read_files(&folder, &opened, &names, notes));
                (folder, done)
            }
        };
        if let Err(error) = done {
            notes.unreadable.push((folder, error.to_string()));
        }
    }

    fn beats(&self) -> u64 {
        self.pulse.beats()
    }

    fn keep(kept: &mut Notes<T, S>, notes: &mut Notes<T, S>) {
        kept.gathered.append(&mut notes.gathered);
        kept.unreadable.append(&mut notes.unreadable);
        kept.skipped.append(&mut notes.skipped);
    }
}

impl<T, S, R: Reads<T, S>> Reader<T, S, R> {
    fn list(
        &self,
        folder: &Path,
        root: bool,
        notes: &mut Notes<T, S>,
        more: &mut Vec<Task>,
    ) -> std::io::Result<()> {
        let opened = Folder::open(folder, root)?;
        let mut room = std::mem::take(&mut notes.room);
        let mut names = std::mem::take(&mut notes.names);
        names.clear();
        let listed = opened.list(&mut room, |name, kind| match kind {
            Kind::File => {
                names.push(name.to_owned());
                if names.len() == 2 * BATCH {
                    more.push(Task::Files {
                        folder: folder.to_owned(),
                        root,
                        names: names.split_off(BATCH),
                    });
                }
            }
            Kind::Folder => {
                if self.fences.admit(folder, name, &mut notes.skipped)
                    && !self.private.has(folder, name)
                {
                    more.push(Task::Folder {
                        folder: folder.join(name),
                        root: false,
                    });
                }
            }
            Kind::CloudFile | Kind::CloudFolder => {
                let reason = ReadFault::CloudPlaceholder.to_string();
                notes.skipped.push((folder.join(name), reason));
            }
            // What a link leads to is met where it is, or is not the person's.
            Kind::Link | Kind::Other => {}
        });
        notes.room = room;
        self.read_files(folder, &opened, &names, notes);
        notes.names = names;
        listed
    }

    fn read_files(
        &self,
        folder: &Path,
        opened: &Folder<'_>,
        names: &[OsString],
        notes: &mut Notes<T, S>,
    ) {
        for name in names {
            if !self.pulse.beat() {
                let rest = (folder.to_owned(), LATE.to_owned());
                return notes.unreadable.push(rest);
            }
            let read = opened.file(name).and_then(|(file, metadata)| {
                let met = Met {
                    folder,
                    name,
                    file,
                    metadata,
                };
                (self.read)(met, &mut notes.scratch, &self.pulse)
            });
            match read {
                Ok(found) => notes.gathered.extend(found),
                // Gone, or something else by now: there is nothing to read.
                Err(ReadFault::Absent | ReadFault::NotRegular) => {}
                Err(fault @ (ReadFault::CloudPlaceholder | ReadFault::LinkLeavesHome)) => {
                    notes.skipped.push((folder.join(name), fault.to_string()));
                }
                Err(fault) => notes
                    .unreadable
                    .push((folder.join(name), fault.to_string())),
            }
        }
    }
}
