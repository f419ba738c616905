//! Opens every file below the roots, whatever its name: for a look at contents everywhere.
//!
//! Caches and packages are entered here, and so are git's own folders.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use super::crew;
use super::fences::{self, Fences};
use super::listing::{self, Folder, Kind, Room};
use super::mounts::Mounts;
use super::prune::Prune;
use super::{Walk, pool};
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
#[derive(Debug, Default)]
pub struct Everything<L> {
    /// What each thread gathered.
    pub gathered: Vec<L>,
    /// Files and folders that could not be opened, with the reason, sorted.
    pub unreadable: Vec<(PathBuf, String)>,
    /// What was left out because of where it leads, with the reason, sorted.
    pub skipped: Vec<(PathBuf, String)>,
}

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

#[derive(Default)]
struct Notes<L> {
    gathered: L,
    unreadable: Vec<(PathBuf, String)>,
    skipped: Vec<(PathBuf, String)>,
    room: Room,
    names: Vec<OsString>,
}

impl Walk<'_> {
    /// Opens every regular file below the roots and hands it to `read`, from several threads, each of which gathers
    /// into its own `L`. `names` does not count here.
    ///
    /// Links are not followed, except where a root itself is one. `seen` is told of every folder.
    pub fn open_all<L: Default + Send>(
        &self,
        seen: &(dyn Fn(&Path) + Sync),
        read: impl Fn(Met<'_>, &mut L) -> Result<(), ReadFault> + Sync,
    ) -> Everything<L> {
        let reader = Reader {
            fences: Fences::new(self, &Mounts::of_this_machine()),
            private: Prune::private(),
            seen,
            read,
            gathers: std::marker::PhantomData,
        };
        let start = fences::each_once(&self.roots).into_iter();
        let start = start.map(|folder| Task::Folder { folder, root: true });
        let notes = crew::drain(start.collect(), pool::threads(), |task, notes, more| {
            reader.visit(task, notes, more);
        });
        let mut everything = Everything {
            gathered: Vec::new(),
            unreadable: Vec::new(),
            skipped: Vec::new(),
        };
        for note in notes {
            everything.gathered.push(note.gathered);
            everything.unreadable.extend(note.unreadable);
            everything.skipped.extend(note.skipped);
        }
        everything.unreadable.sort();
        everything.skipped.sort();
        everything
    }
}

struct Reader<'a, L, R> {
    fences: Fences,
    /// Folders that the system guards: asking for one brings up a question to the person.
    private: Prune,
    seen: &'a (dyn Fn(&Path) + Sync),
    read: R,
    gathers: std::marker::PhantomData<fn(&mut L)>,
}

impl<L, R> Reader<'_, L, R>
where
    R: Fn(Met<'_>, &mut L) -> Result<(), ReadFault> + Sync,
{
    fn visit(&self, task: Task, notes: &mut Notes<L>, more: &mut Vec<Task>) {
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

    fn list(
        &self,
        folder: &Path,
        root: bool,
        notes: &mut Notes<L>,
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
                if !self.private.has(folder, name)
                    && self.fences.admit(folder, name, &mut notes.skipped)
                {
                    more.push(Task::Folder {
                        folder: folder.join(name),
                        root: false,
                    });
                }
            }
            Kind::Placeholder => {
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
        notes: &mut Notes<L>,
    ) {
        for name in names {
            let read = opened.file(name).and_then(|(file, metadata)| {
                let met = Met {
                    folder,
                    name,
                    file,
                    metadata,
                };
                (self.read)(met, &mut notes.gathered)
            });
            match read {
                // Gone, or something else by now: there is nothing to read.
                Ok(()) | Err(ReadFault::Absent | ReadFault::NotRegular) => {}
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
