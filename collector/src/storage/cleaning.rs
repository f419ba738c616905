//! The brake: whether workstations may change anything.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;
use serde::Serialize;

use super::Result;
use super::audit::{Action, Actor, NewEntry};

/// Whom a cleaning state is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleaningScope {
    /// Every device.
    All,
    /// The devices of one ring.
    Ring(String),
}

impl CleaningScope {
    /// The ring; none for every device.
    #[must_use]
    pub fn ring(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Ring(ring) => Some(ring),
        }
    }
}

/// Somebody pauses or allows cleaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleaningChange {
    /// For whom.
    pub scope: CleaningScope,
    /// What holds from now on.
    pub state: Cleaning,
    /// Who says so.
    pub actor: Actor,
    /// Why, in their words; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl CleaningChange {
    /// What the audit log says of it.
    #[must_use]
    pub fn entry(&self) -> NewEntry {
        let action = match self.state {
            Cleaning::Paused => Action::CleaningPaused,
            Cleaning::Allowed => Action::CleaningAllowed,
        };
        let subject = self.scope.ring().unwrap_or("all");
        let details = match &self.scope {
            CleaningScope::All => serde_json::json!({ "reason": self.reason }),
            CleaningScope::Ring(ring) => serde_json::json!({ "ring": ring, "reason": self.reason }),
        };
        NewEntry::new(self.at, self.actor.clone(), action, subject).with(details)
    }
}

/// Every cleaning state that was set. A ring cannot be allowed what is paused for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CleaningStates {
    /// For every device.
    pub all: Cleaning,
    /// For single rings.
    pub rings: BTreeMap<String, Cleaning>,
    /// Who set each, when and why.
    pub settings: Vec<CleaningSetting>,
}

/// A cleaning state with its history's last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CleaningSetting {
    /// The ring; null for every device.
    pub ring: Option<String>,
    /// What holds.
    pub state: Cleaning,
    /// Since when.
    pub since: Timestamp,
    /// Who set it: a name, or `the brake`.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl CleaningStates {
    /// What was last set for one scope.
    #[must_use]
    pub fn setting(&self, scope: &CleaningScope) -> Option<&CleaningSetting> {
        self.settings
            .iter()
            .find(|setting| setting.ring.as_deref() == scope.ring())
    }
}

/// How many devices reported since a time, and on how many of them an edit failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EditFailures {
    /// Distinct devices with a failed edit.
    pub failed: u64,
    /// Distinct devices that reported. Only counted where it matters: zero where none failed.
    pub reported: u64,
}

/// The brake.
#[async_trait]
pub trait Brake {
    /// Whether devices of a ring may change anything.
    async fn cleaning_for(&self, ring: Option<&str>) -> Result<Cleaning>;

    /// What is set for cleaning.
    async fn cleaning(&self) -> Result<CleaningStates>;

    /// Allows or pauses cleaning. False where it was so already, and nothing is changed.
    async fn set_cleaning(&self, change: &CleaningChange) -> Result<bool>;

    /// Devices with failed edits since then, of one ring or of all.
    async fn edit_failures(&self, scope: &CleaningScope, since: Timestamp) -> Result<EditFailures>;
}
