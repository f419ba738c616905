//! Finds repositories and project files below the roots, fast.
//!
//! One listing a folder and nothing else: no file is opened, none is asked for its kind or size.
//! Folders go to a few threads through one stack. What a folder is (a repository, a virtual
//! environment, a build cache) shows in the names inside it, so that is decided once its listing is
//! complete; this is why the walk is our own and not one that hands out single entries.

mod bounds;
mod every;
mod exclude;
mod folder;
mod gitfile;
mod index;
mod links;
mod listing;
mod mounts;
mod names;
pub(crate) mod pool;
mod prune;
#[cfg(test)]
mod tests;
mod tracked;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use every::{Everything, Met};
pub use prune::PRUNED;
pub use tracked::is_tracked;
pub(crate) use tracked::plain;

/// A git repository, with or without a work tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// The folder that holds `HEAD` and `config`.
    pub git_dir: PathBuf,
    /// The folder with the files; `None` for a bare repository.
    pub work_tree: Option<PathBuf>,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projects {
    /// Repositories, sorted. A submodule's and a work tree's own git folder belong to their repository.
    pub repositories: Vec<Repository>,
    /// Files by the lower-case name that a store asked for, each list sorted.
    pub files: BTreeMap<&'static str, Vec<PathBuf>>,
    /// Folders that could not be listed, with the reason, sorted.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Folders that were left out because of where they lead, with the reason, sorted.
    pub skipped: Vec<(PathBuf, String)>,
}

/// What to walk.
#[derive(Debug, Clone, Default)]
pub struct Walk<'a> {
    /// Where to start. What is found lies below a root as it is written here.
    pub roots: Vec<PathBuf>,
    /// Folders never to enter: rekey's own.
    pub closed: Vec<PathBuf>,
    /// Names or paths of folders that policy excludes, beside the built-in ones: `dist`, `*.bak`,
    /// `work/*/dist`, `/srv/mirror`, `~/old`. A `*` stands for any part of one name.
    pub excluded: Vec<String>,
    /// Lower-case names of the files to report.
    pub names: &'a [&'static str],
    /// What `~` in `excluded` means; the first root where this is `None`.
    pub home: Option<PathBuf>,
}

impl Walk<'_> {
    /// Walks all roots. `seen` is told of every folder, for a progress line.
    ///
    /// Links are not followed, except where a root itself is one.
    pub fn run(&self, seen: &(dyn Fn(&Path) + Sync)) -> Projects {
        let scout = folder::Scout::new(self, seen);
        let notes = pool::drain(scout.start(), pool::threads(), |task, notes, more| {
            scout.visit(task, notes, more);
        });
        let mut projects = Projects::default();
        let mut pointers = Vec::new();
        for mut note in notes {
            projects.repositories.append(&mut note.repositories);
            for (name, path) in note.files {
                projects.files.entry(name).or_default().push(path);
            }
            projects.unreadable.append(&mut note.unreadable);
            projects.skipped.append(&mut note.skipped);
            pointers.append(&mut note.pointers);
        }
        links::resolve(pointers, &self.roots, &mut projects.repositories);
        projects.repositories.sort();
        projects.files.values_mut().for_each(|files| files.sort());
        projects.unreadable.sort();
        projects.skipped.sort();
        projects
    }
}
