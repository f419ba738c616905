//! Signs of life of work that may take long without being done.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Budget;

/// Tells that somebody is still at it, and whether there is time to go on.
#[derive(Debug)]
pub(crate) struct Pulse {
    budget: Budget,
    beats: AtomicU64,
}

impl Pulse {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            budget,
            beats: AtomicU64::new(0),
        }
    }

    /// Whether there is time for the next part.
    pub(crate) fn beat(&self) -> bool {
        self.beats.fetch_add(1, Ordering::Relaxed);
        !self.budget.is_used_up()
    }

    /// How many parts were begun so far.
    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}
