//! What one store may look at, and where it is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::model::PlaceState;
use crate::walk::{Bounds, LATE};

/// The bounds of looking for one store. Clones are of the same store.
#[derive(Debug, Clone)]
pub struct Limits {
    bounds: Arc<Bounds>,
    at: Arc<Mutex<Option<PathBuf>>>,
    /// The first place for which there was no time, told or not.
    missed: Arc<OnceLock<PathBuf>>,
    /// A place was left out because the time is used up.
    spent: bool,
}

impl Limits {
    /// For a store that begins.
    pub fn of(bounds: &Arc<Bounds>) -> Self {
        Self {
            bounds: Arc::clone(bounds),
            at: Arc::default(),
            missed: Arc::default(),
            spent: false,
        }
    }

    /// What holds for the whole scan.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds::clone(&self.bounds)
    }

    /// The file that the store reads now, or read last.
    pub fn at(&self) -> Option<PathBuf> {
        let at = self.at.lock();
        at.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the file may be read; remembers that it is being read.
    pub(super) fn allow(&self, path: &Path) -> Result<(), Refusal> {
        if let Some(kind) = self.bounds.network_of(path) {
            return Err(Refusal::Network(kind.to_owned()));
        }
        if let Some(reason) = self.bounds.guarded.forbids(path) {
            return Err(Refusal::Guarded(reason));
        }
        if self.bounds.budget.is_used_up() {
            self.missed.get_or_init(|| path.to_owned());
            return Err(Refusal::Late);
        }
        let at = self.at.lock();
        *at.unwrap_or_else(PoisonError::into_inner) = Some(path.to_owned());
        Ok(())
    }

    /// What is told of a place that is left out. The first one that came too late makes the store's
    /// answer a part, which nobody may take for the whole.
    pub(super) fn told(&mut self, refusal: Refusal) -> (PlaceState, String) {
        match refusal {
            Refusal::Network(kind) => (PlaceState::Skipped, format!("network-mount: {kind}")),
            Refusal::Guarded(reason) => (PlaceState::Skipped, reason.to_owned()),
            Refusal::Late => {
                let state = if std::mem::replace(&mut self.spent, true) {
                    PlaceState::Skipped
                } else {
                    PlaceState::Unreadable
                };
                (state, LATE.to_owned())
            }
        }
    }

    /// A place for which there was no time, where none was told: files that only explain others are no places.
    pub(super) fn untold(&self) -> Option<(PathBuf, &'static str)> {
        let missed = self.missed.get().filter(|_| !self.spent)?;
        Some((missed.clone(), LATE))
    }
}

/// Why a file is left out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It lies on another machine.
    Network(String),
    /// The system guards it.
    Guarded(&'static str),
    /// The time is used up.
    Late,
}
