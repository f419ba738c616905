//! The roster: who is expected to report. A person on it who was never heard of is `never-reported`.
//!
//! A file is first staged, so that an admin sees what it would change, and then kept as a whole. Any collector on the
//! database can keep what another one staged.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;
use super::audit::Actor;

/// A person who is expected to report, and perhaps one of their workstations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterLine {
    /// The address; compared without case with the names in reports.
    pub email: String,
    /// For people to read; may be empty.
    pub name: String,
    /// The name of a workstation; may be empty.
    pub device: String,
}

impl RosterLine {
    /// Names the person over all lines and reports.
    #[must_use]
    pub fn key(&self) -> String {
        self.email.to_lowercase()
    }

    /// The workstation's name without case.
    #[must_use]
    pub fn device_key(&self) -> String {
        self.device.to_lowercase()
    }
}

/// What becomes of those who are on the roster already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterMode {
    /// They stay.
    Add,
    /// Whoever is not in the file is removed.
    Replace,
}

impl RosterMode {
    /// The word in the database, in forms and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Add, Self::Replace]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// What a staged file would change, in lines: a person with two workstations is two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterChange {
    /// What becomes of the others.
    pub mode: RosterMode,
    /// Lines of the file; the same person with the same workstation once.
    pub lines: u64,
    /// People in the file.
    pub people: u64,
    /// Lines that are new.
    pub added: u64,
    /// Lines whose person is called otherwise now.
    pub renamed: u64,
    /// Lines that are as they were.
    pub unchanged: u64,
    /// Lines that go.
    pub removed: u64,
}

/// The roster as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterState {
    /// How many lines it has.
    pub lines: u64,
    /// When it was last changed; none before the first time.
    pub imported_at: Option<Timestamp>,
    /// By whom.
    pub imported_by: String,
}

/// The roster.
#[async_trait]
pub trait Roster {
    /// Looks at a file and keeps it aside for an hour, under the given id.
    async fn stage_roster(
        &self,
        id: &str,
        mode: RosterMode,
        lines: Vec<RosterLine>,
        now: Timestamp,
    ) -> Result<RosterChange>;

    /// What a staged file would change now. None where it is no longer there.
    async fn staged_roster(&self, id: &str) -> Result<Option<RosterChange>>;

    /// Makes a staged file the roster, or a part of it, and answers what that changed.
    async fn keep_roster(
        &self,
        id: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Option<RosterChange>>;

    /// The roster as a whole.
    async fn roster(&self) -> Result<RosterState>;

    /// Lines in the order of addresses and workstations, after the given ones (both in small letters).
    async fn roster_lines(
        &self,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Result<Vec<RosterLine>>;

    /// What the roster says of one person.
    async fn roster_of(&self, key: &str, limit: u32) -> Result<Vec<RosterLine>>;
}
