//! What one folder is, what is in it, and where to go from it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fences::{self, Fences};
use super::links::Pointer;
use super::listing::{self, Kind, Room};
use super::names::Wanted;
use super::pool::Work;
use super::prune::Prune;
use super::{Bounds, Repository, Seen, Walk};

/// A folder to visit.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) folder: PathBuf,
    /// It was asked for, so it may be a link, and it must be there.
    root: bool,
}

/// What one thread saw.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) repositories: Vec<Repository>,
    pub(super) pointers: Vec<Pointer>,
    pub(super) files: Vec<(&'static str, PathBuf)>,
    pub(super) unreadable: Vec<(PathBuf, String)>,
    pub(super) skipped: Vec<(PathBuf, String)>,
    room: Room,
}

/// Visits folders; shared by all threads.
pub(super) struct Scout {
    roots: Vec<PathBuf>,
    fences: Fences,
    prune: Prune,
    wanted: Wanted,
    seen: Arc<Seen>,
}

/// Names that tell what a folder is.
#[derive(Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one name that was seen"
)]
struct Marks {
    git_folder: bool,
    git_pointer: bool,
    head: bool,
    config: bool,
    objects: bool,
    refs: bool,
    virtual_environment: bool,
    cache_tag: bool,
}

/// Names of [`Marks`].
const MARKS: &[&str] = &[
    ".git",
    "HEAD",
    "config",
    "objects",
    "refs",
    "pyvenv.cfg",
    "CACHEDIR.TAG",
];

/// Folders that git keeps in a bare repository. Work trees may lie beside them.
const OF_GIT: &[&str] = &[
    "branches",
    "hooks",
    "info",
    "lfs",
    "logs",
    "modules",
    "objects",
    "refs",
    "worktrees",
];

/// Folders of a virtual environment of Python, on any system.
const OF_VIRTUAL_ENVIRONMENT: &[&str] =
    &["bin", "include", "lib", "lib64", "libs", "scripts", "share"];

impl Scout {
    pub(super) fn new(walk: &Walk<'_>, bounds: &Bounds, seen: Arc<Seen>) -> Self {
        Self {
            roots: walk.roots.clone(),
            fences: Fences::new(walk, bounds),
            prune: Prune::new(),
            // Several stores may want the same name.
            wanted: Wanted::new(walk.names.iter().copied().collect::<BTreeSet<_>>()),
            seen,
        }
    }

    /// The roots, each once; those on another machine are told.
    pub(super) fn start(
        &self,
        bounds: &Bounds,
        elsewhere: &mut Vec<(PathBuf, String)>,
    ) -> Vec<Task> {
        let roots = fences::start(&self.roots, bounds, elsewhere).into_iter();
        roots.map(|folder| Task { folder, root: true }).collect()
    }

    /// Whether the walk goes into a folder of this name.
    fn enters(&self, folder: &Path, name: &OsStr, notes: &mut Notes) -> bool {
        !is(name, ".git")
            // Asked first: what it tells of may stand in the built-in list, too.
            && self.fences.admit(folder, name, &mut notes.skipped)
            && !self.prune.has(folder, name)
    }
}

impl Work for Scout {
    type Task = Task;
    type Notes = Notes;

    /// Lists one folder: notes what is wanted, and adds the folders below it to `more`.
    fn work(&self, task: Task, notes: &mut Notes, more: &mut Vec<Task>) {
        let Task { folder, root } = task;
        (self.seen)(&folder);
        let below = more.len();
        let mut marks = Marks::default();
        let mut room = std::mem::take(&mut notes.room);
        let list = |opened: listing::Folder<'_>| {
            opened.list(&mut room, |name, kind| {
                marks.see(name, kind);
                match kind {
                    Kind::Folder => {
                        if self.enters(&folder, name, notes) {
                            more.push(Task {
                                folder: folder.join(name),
                                root: false,
                            });
                        }
                    }
                    // A link is for the reader to judge. A pipe is nobody's settings file: some
                    // password managers put one in a project for programs to read secrets from.
                    // One in the cloud is told of by its reader too.
                    Kind::File | Kind::CloudFile | Kind::Link => {
                        for wanted in self.wanted.get(name.as_encoded_bytes()) {
                            notes.files.push((wanted, folder.join(name)));
                        }
                    }
                    Kind::CloudFolder => {
                        notes
                            .skipped
                            .push((folder.join(name), "cloud-placeholder".to_owned()));
                    }
                    Kind::Other => {}
                }
            })
        };
        let listed = listing::Folder::open(&folder, root).and_then(list);
        notes.room = room;
        if let Err(error) = listed
            && (root || !listing::is_gone(&error))
        {
            notes.unreadable.push((folder.clone(), error.to_string()));
        }
        marks.narrow(&folder, root, below, more);
        marks.note_repository(folder, notes);
    }

    fn keep(kept: &mut Notes, notes: &mut Notes) {
        kept.repositories.append(&mut notes.repositories);
        kept.pointers.append(&mut notes.pointers);
        kept.files.append(&mut notes.files);
        kept.unreadable.append(&mut notes.unreadable);
        kept.skipped.append(&mut notes.skipped);
    }
}

impl Marks {
    fn see(&mut self, name: &OsStr, kind: Kind) {
        let Some(known) = MARKS.iter().find(|known| is(name, known)) else {
            return;
        };
        match (*known, kind) {
            (".git", Kind::Folder) => self.git_folder = true,
            (".git", Kind::File | Kind::Link) => self.git_pointer = true,
            // Very old repositories have a link here.
            ("HEAD", Kind::File | Kind::Link) => self.head = true,
            ("config", Kind::File) => self.config = true,
            ("objects", Kind::Folder) => self.objects = true,
            ("refs", Kind::Folder) => self.refs = true,
            ("pyvenv.cfg", Kind::File) => self.virtual_environment = true,
            ("CACHEDIR.TAG", Kind::File) => self.cache_tag = true,
            _ => {}
        }
    }

    fn bare(&self) -> bool {
        self.head && self.config && self.objects && self.refs
    }

    /// Takes back folders that turn out not to be worth a visit: all of `more` from `below` on are
    /// of this folder.
    fn narrow(&self, folder: &Path, root: bool, below: usize, more: &mut Vec<Task>) {
        // cargo tags what it builds. Other tagged folders may be anything that is left out of backups.
        let built = self.cache_tag && !root && folder.file_name() == Some(OsStr::new("target"));
        if built {
            more.truncate(below);
        }
        if self.bare() {
            leave_out(OF_GIT, below, more);
        }
        if self.virtual_environment {
            leave_out(OF_VIRTUAL_ENVIRONMENT, below, more);
        }
    }

    fn note_repository(&self, folder: PathBuf, notes: &mut Notes) {
        if self.git_folder {
            notes.repositories.push(Repository {
                git_dir: folder.join(".git"),
                work_tree: Some(folder),
            });
        } else if self.git_pointer {
            notes.pointers.push(Pointer { work_tree: folder });
        } else if self.bare() {
            notes.repositories.push(Repository {
                git_dir: folder,
                work_tree: None,
            });
        }
    }
}

/// Whether an entry has this name: in any case where the system tells none apart.
fn is(name: &OsStr, known: &str) -> bool {
    if cfg!(windows) {
        name.eq_ignore_ascii_case(known)
    } else {
        name == known
    }
}

fn leave_out(names: &[&str], below: usize, more: &mut Vec<Task>) {
    let mut at = 0;
    more.retain(|task| {
        at += 1;
        let name = task.folder.file_name().unwrap_or_default();
        at <= below || !names.iter().any(|known| name.eq_ignore_ascii_case(known))
    });
}
