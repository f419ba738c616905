//! The only code that changes anything: plan, executor, journal, quarantine, undo.
//!
//! Each change of a file goes: read and compare with what was planned, keep a copy, write down what is
//! about to happen, replace the file in one step, write down that it happened. A kill between any two of
//! these leaves a file that is either old or new, and [`recover`] knows which.

mod change;
pub(crate) mod checkpoint;
mod create;
mod executor;
mod forget;
mod history;
mod journal;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kill_registry;
#[cfg(test)]
mod kill_vault;
mod plan;
mod purge;
mod recover;
mod registry;
mod run;
mod splices;
mod state;
mod target;
#[cfg(test)]
mod tests;
mod undo;
mod vault;

use std::path::PathBuf;

use uuid::Uuid;

pub use executor::Executor;
pub use history::{RunSummary, list};
pub use plan::{modernize, plan};
pub use purge::{Purged, purge, purge_all};
pub use recover::{Recovered, Unresolved, recover};
pub use state::{Hold, State};
pub use undo::{Undone, UndoneItem, UndoneState, undo};
pub use vault::keep_or_ask;

use crate::model::{Location, typed_path};

/// What an edit changed, as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// A file, relative to the home.
    File(PathBuf),
    /// An entry of a vault.
    Entry(Location),
    /// A value of the registry.
    Value(Location),
}

/// Why nothing could be done at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another process holds the lock.
    #[error("another rekey is running: wait until it is done, then try again")]
    Busy,
    /// rekey's own folder is not as it must be.
    #[error("rekey's own folder {} cannot be used: {reason}", typed_path(.path))]
    State {
        /// The folder or file.
        path: PathBuf,
        /// Ends the sentence.
        reason: String,
    },
    /// The home folder is not one that may be changed.
    #[error("the home folder {} cannot be changed: {reason}", typed_path(.path))]
    Home {
        /// The folder.
        path: PathBuf,
        /// Ends the sentence.
        reason: String,
    },
    /// Nothing is kept of this run.
    #[error("nothing is kept of run {0}: see `rekey undo --list`")]
    UnknownRun(Uuid),
}
