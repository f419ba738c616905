//! The brake: whether workstations may change anything.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;
use serde::Serialize;

use super::Result;

/// Whom a cleaning state is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleaningScope {
    /// Every device.
    All,
    /// The devices of one ring.
    Ring(String),
}

/// Every cleaning state that was set. A ring cannot be allowed what is paused for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleaningStates {
    /// For every device.
    pub all: Cleaning,
    /// For single rings.
    pub rings: BTreeMap<String, Cleaning>,
}

/// The brake.
#[async_trait]
pub trait Brake {
    /// Whether devices of a ring may change anything.
    async fn cleaning_for(&self, ring: Option<&str>) -> Result<Cleaning>;

    /// What is set for cleaning.
    async fn cleaning(&self) -> Result<CleaningStates>;

    /// Allows or pauses cleaning.
    async fn set_cleaning(
        &self,
        scope: &CleaningScope,
        state: Cleaning,
        now: Timestamp,
    ) -> Result<()>;
}
