//! How far looking may go: in time, and onto which file systems.

use std::path::{Path, PathBuf};

use super::budget::Budget;
use super::guarded::Guarded;
use super::mounts::Mounts;

/// What holds for the walk and for every store.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The time.
    pub budget: Budget,
    /// The person's home, with links resolved.
    pub home: PathBuf,
    /// The file systems.
    pub mounts: Mounts,
    /// What the system guards.
    pub guarded: Guarded,
}

impl Bounds {
    /// The bounds of this machine as it is now.
    pub fn of_this_machine(home: PathBuf, budget: Budget) -> Self {
        Self {
            budget,
            home,
            mounts: Mounts::of_this_machine(),
            guarded: Guarded::default(),
        }
    }

    /// The same bounds, which keep out of these folders too.
    #[must_use]
    pub fn guarding(self, guarded: Guarded) -> Self {
        Self { guarded, ..self }
    }

    /// The kind of network that a file or folder lies on, where it is none that the home itself lies on.
    pub fn network_of(&self, path: &Path) -> Option<&str> {
        self.mounts.network_of(path, &self.home)
    }
}
