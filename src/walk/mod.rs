//! Finds repositories and project files below the roots, fast.
//!
//! One listing a folder and nothing else: no file is opened, none is asked for its kind or size.
//! Folders go to a few threads through one stack. What a folder is (a repository, a virtual
//! environment, a build cache) shows in the names inside it, so that is decided once its listing is
//! complete; this is why the walk is our own and not one that hands out single entries.

mod bounds;
mod budget;
mod every;
mod exclude;
mod fences;
mod folder;
mod gitfile;
mod guarded;
mod index;
mod links;
mod listing;
mod mounts;
mod names;
pub(crate) mod pool;
mod prune;
mod pulse;
#[cfg(test)]
mod tests;
mod tracked;
mod volumes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pool::Drained;

pub use bounds::Bounds;
pub use budget::Budget;
pub(crate) use budget::{LATE, TICK};
pub use every::{Everything, Met};
pub use guarded::Guarded;
pub use mounts::Mounts;
pub use prune::PRUNED;
pub(crate) use pulse::Pulse;
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
    /// Files by the name or pattern that a store asked for, each list sorted.
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
    /// Lower-case names of the files to report; a `*` at one side stands for any part of a name: `.env*`, `*.tfvars`.
    pub names: &'a [&'static str],
    /// What `~` in `excluded` means; the first root where this is `None`.
    pub home: Option<PathBuf>,
}

/// Told of every folder.
pub type Seen = dyn Fn(&Path) + Send + Sync;

/// What is told of what hangs.
pub(crate) const SILENT: &str = "it does not answer; what is in it is not known";

/// Folders that the time did not reach are listed up to here; what they have in common is told of all.
const LISTED: usize = 100;

impl Walk<'_> {
    /// Walks all roots, however long it takes. `seen` is told of every folder.
    ///
    /// Links are not followed, except where a root itself is one.
    pub fn run(&self, seen: &'static (dyn Fn(&Path) + Send + Sync)) -> Projects {
        let home = self.home.clone().unwrap_or_default();
        let bounds = Bounds::of_this_machine(home, Budget::unlimited());
        self.run_within(&bounds, Arc::new(seen))
    }

    /// Walks all roots as far as the time goes. `seen` is told of every folder, for a progress line.
    ///
    /// What time did not reach, and what does not answer, is entered among what could not be read.
    pub fn run_within(&self, bounds: &Bounds, seen: Arc<Seen>) -> Projects {
        let scout = folder::Scout::new(self, bounds, seen);
        let mut elsewhere = Vec::new();
        let first = scout.start(bounds, &mut elsewhere);
        let Drained {
            gathered: notes,
            left,
            hanging,
        } = pool::drain(scout, first, pool::threads(), &bounds.budget);
        let mut projects = Projects {
            repositories: notes.repositories,
            unreadable: notes.unreadable,
            skipped: notes.skipped,
            ..Projects::default()
        };
        projects.skipped.append(&mut elsewhere);
        for (name, path) in notes.files {
            projects.files.entry(name).or_default().push(path);
        }
        let (left, hanging) = (left.into_iter(), hanging.into_iter());
        self.tell_of_rest(
            left.map(|task| task.folder).collect(),
            hanging.map(|task| task.folder),
            &mut projects.unreadable,
            &mut projects.skipped,
        );
        self.resolve(notes.pointers, &bounds.budget, &mut projects);
        projects.repositories.sort_unstable();
        projects
            .files
            .values_mut()
            .for_each(|files| files.sort_unstable());
        projects.unreadable.sort_unstable();
        projects.skipped.sort_unstable();
        projects
    }

    /// Pointers lead anywhere, also to where nothing answers.
    fn resolve(&self, pointers: Vec<links::Pointer>, budget: &Budget, projects: &mut Projects) {
        if pointers.is_empty() {
            return;
        }
        let (roots, first) = (self.roots.clone(), pointers[0].work_tree.clone());
        let mut repositories = projects.repositories.clone();
        let resolved = budget.within(move || {
            links::resolve(pointers, &roots, &mut repositories);
            repositories
        });
        match resolved {
            Some(repositories) => projects.repositories = repositories,
            None => projects.unreadable.push((
                first,
                "its repository, or that of another work tree, does not answer".to_owned(),
            )),
        }
    }

    /// Says which folders the time did not reach or do not answer, so that nobody takes a part for the whole.
    fn tell_of_rest(
        &self,
        mut left: Vec<PathBuf>,
        hanging: impl Iterator<Item = PathBuf>,
        unreadable: &mut Vec<(PathBuf, String)>,
        skipped: &mut Vec<(PathBuf, String)>,
    ) {
        unreadable.extend(hanging.map(|folder| (folder, SILENT.to_owned())));
        left.sort_unstable();
        for root in &self.roots {
            let below = left.iter().filter(|folder| folder.starts_with(root));
            let count = below.count();
            if count > 0 {
                let reason = format!(
                    "the time for looking was used up: {count} of the folders below were not entered; look again, or \
                     leave folders out with scan.exclude"
                );
                unreadable.push((root.clone(), reason));
            }
        }
        let listed = left.into_iter().take(LISTED);
        skipped.extend(listed.map(|folder| (folder, LATE.to_owned())));
    }
}
