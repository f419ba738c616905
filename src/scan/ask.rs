//! Asks the stores side by side, and goes on without those that do not answer.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use crate::model::{Depth, OldRemote, Place, PlaceState, Scope};
use crate::platform::Platform;
use crate::stores::git::configs::Configs;
use crate::stores::git::helpers::{self, Asked};
use crate::stores::git::old_address;
use crate::stores::packages::pyproject::Pyprojects;
use crate::stores::{Finder, Found, Limits, Look, Store};
use crate::token::shown_path;
use crate::walk::{Bounds, Projects, Seen, TICK, Walk};

/// So long without an answer is taken for a hang of whoever is at work: they get company.
const STANDSTILL: Duration = Duration::from_secs(5);

/// All that stores look at, owned by every thread that may be left behind with it.
pub(super) struct Desk {
    pub(super) platform: Arc<dyn Platform>,
    pub(super) scope: Scope,
    pub(super) walk: Walk<'static>,
    pub(super) depth: Depth,
    pub(super) progress: Arc<Seen>,
    pub(super) projects: Projects,
    pub(super) home: PathBuf,
    pub(super) git_configs: OnceLock<Configs>,
    pub(super) pyprojects: OnceLock<Pyprojects>,
    pub(super) bounds: Arc<Bounds>,
}

impl Desk {
    pub(super) fn look(&self) -> Look<'_> {
        Look {
            platform: self.platform.as_ref(),
            scope: &self.scope,
            walk: &self.walk,
            depth: self.depth,
            progress: &self.progress,
            projects: &self.projects,
            home: &self.home,
            git_configs: &self.git_configs,
            pyprojects: &self.pyprojects,
        }
    }

    /// Git's config files, if they can be read in time.
    pub(super) fn git_configs(self: &Arc<Self>) -> Option<&Configs> {
        if self.git_configs.get().is_none() {
            let desk = Arc::clone(self);
            self.bounds.budget.within(move || {
                let limits = Limits::of(&desk.bounds);
                let finder = Finder::new(desk.look(), GIT, &[]).within(limits);
                finder.settings();
            });
        }
        self.git_configs.get()
    }

    /// What git's config files say of remotes; `old` looks for old addresses too.
    pub(super) fn remotes(self: &Arc<Self>, old: bool) -> Remotes {
        let limits = Limits::of(&self.bounds);
        let (desk, own) = (Arc::clone(self), limits.clone());
        let known = self.git_configs().is_some().then(|| {
            self.bounds.budget.within(move || {
                let mut finder = Finder::new(desk.look(), GIT, &[".gitmodules"]).within(own);
                let mut remotes = Remotes {
                    asked: helpers::asked(&finder, &desk.scope),
                    ..Remotes::default()
                };
                if old {
                    remotes.old = old_address::find(&mut finder);
                }
                remotes.places = finder.finish().places;
                remotes
            })
        });
        known.flatten().unwrap_or_else(|| {
            let at = limits.at().unwrap_or_else(|| self.home.clone());
            let reason = "git's settings do not answer, and where its remotes lead is not known";
            Remotes {
                places: vec![unreadable(GIT, &at, reason.to_owned())],
                ..Remotes::default()
            }
        })
    }
}

/// The store that has git's config files.
pub(super) const GIT: &str = "git-config";

/// What git's config files say of remotes.
#[derive(Default)]
pub(super) struct Remotes {
    /// What git asks which helpers for, for each organization in scope.
    pub(super) asked: Vec<Asked>,
    /// The remotes with old addresses.
    pub(super) old: Vec<OldRemote>,
    /// Where they were looked for.
    pub(super) places: Vec<Place>,
}

/// One store's answer, or the panic that it came to.
type Answer = (usize, std::thread::Result<Found>);

/// Stores that wait, and where those that are at work are.
struct Queue {
    waiting: Mutex<VecDeque<(usize, &'static dyn Store)>>,
    at: Mutex<BTreeMap<usize, Limits>>,
}

/// Asks the stores side by side and answers in their order.
pub(super) fn ask_all(asked: &[&'static dyn Store], desk: &Arc<Desk>) -> Vec<Found> {
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(1, 8);
    let queue = Arc::new(Queue {
        waiting: Mutex::new(asked.iter().copied().enumerate().collect()),
        at: Mutex::default(),
    });
    let (answer, answers) = mpsc::channel();
    let start = || {
        let (desk, queue, answer) = (Arc::clone(desk), Arc::clone(&queue), answer.clone());
        let work = move || work(&desk, &queue, &answer);
        std::thread::Builder::new().spawn(work)
    };
    let mut started = (0..workers).filter(|_| start().is_ok()).count();
    if started == 0 {
        // Where the system gives no thread, this one does the work.
        work(desk, &queue, &answer);
    }
    let mut found: BTreeMap<usize, Found> = BTreeMap::new();
    let budget = &desk.bounds.budget;
    let mut since = budget.elapsed();
    while found.len() < asked.len() && !budget.is_overdue() {
        if let Ok((index, told)) = answers.recv_timeout(TICK) {
            found.insert(index, told.unwrap_or_else(|panic| resume_unwind(panic)));
            since = budget.elapsed();
        } else if budget.elapsed().saturating_sub(since) >= STANDSTILL {
            // Several stores wait for the same file, and the others must have their turn.
            let waiting = lock(&queue.waiting).len().min(started);
            started += (0..waiting).filter(|_| start().is_ok()).count();
            since = budget.elapsed();
        }
    }
    // What came while the clock was looked at for the last time is an answer all the same.
    while let Ok((index, told)) = answers.try_recv() {
        found.insert(index, told.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    let at = lock(&queue.at);
    let all = asked.iter().enumerate().map(|(index, store)| {
        let told = found.remove(&index);
        told.unwrap_or_else(|| silent(*store, at.get(&index), &desk.home))
    });
    all.collect()
}

fn work(desk: &Arc<Desk>, queue: &Queue, answer: &mpsc::Sender<Answer>) {
    loop {
        let next = lock(&queue.waiting).pop_front();
        let Some((index, store)) = next else { break };
        let limits = Limits::of(&desk.bounds);
        lock(&queue.at).insert(index, limits.clone());
        let told = catch_unwind(AssertUnwindSafe(|| {
            let name = store.about().name;
            let finder = Finder::new(desk.look(), name, store.project_files());
            let mut finder = finder.within(limits);
            if desk.bounds.budget.is_used_up() {
                finder.unreadable(&desk.home, late(name));
            } else {
                store.find(&mut finder);
            }
            finder.finish()
        }));
        if answer.send((index, told)).is_err() {
            break;
        }
    }
}

fn late(name: &str) -> String {
    format!("the time for looking was used up before {name} had its turn")
}

/// What is told of a store that does not answer: where it was, so that somebody can look there.
fn silent(store: &dyn Store, limits: Option<&Limits>, home: &Path) -> Found {
    let name = store.about().name;
    let (path, reason) = match limits {
        Some(limits) => (
            limits.at().unwrap_or_else(|| home.to_owned()),
            format!("{name} does not answer, and what is there of it is not known"),
        ),
        None => (home.to_owned(), late(name)),
    };
    Found {
        places: vec![unreadable(name, &path, reason)],
        ..Found::default()
    }
}

fn unreadable(store: &str, path: &Path, reason: String) -> Place {
    Place {
        store: store.to_owned(),
        path: shown_path(path),
        state: PlaceState::Unreadable,
        reason: Some(reason),
    }
}

/// A worker that panicked poisons a lock, not the data behind it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
