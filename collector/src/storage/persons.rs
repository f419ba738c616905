//! People whose workstations report, or who are expected to.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::numbers::StateCounts;
use super::{DeviceStatus, Result};

/// Where a person stands: at the worst of their devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonStatus {
    /// As the worst of their devices.
    Device(DeviceStatus),
    /// On the roster, and nothing was ever heard of them. It says nothing about success or failure.
    NeverReported,
}

impl PersonStatus {
    /// The word of somebody who was never heard of.
    pub const NEVER_REPORTED: &'static str = "never-reported";

    /// Every word, the most urgent first.
    pub const WORDS: [&'static str; 7] = [
        "failed",
        "action-needed",
        "silent",
        Self::NEVER_REPORTED,
        "not-reported",
        "waiting",
        "compliant",
    ];

    /// The word in JSON, addresses, CSV and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device(status) => status.as_str(),
            Self::NeverReported => Self::NEVER_REPORTED,
        }
    }
}

impl Serialize for PersonStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The address in small letters, or `#` and an id where reports name nobody.
    pub key: String,
    /// As the roster or the reports call them; may be empty.
    pub name: String,
    /// The worst of their devices.
    pub status: PersonStatus,
    /// Whether the roster names them.
    pub on_roster: bool,
    /// Their devices by state.
    pub devices: StateCounts,
    /// When the newest report of theirs came, of at most a thousand devices.
    pub heard_at: Option<Timestamp>,
}

/// Which people.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// Only of this state.
    pub state: Option<String>,
    /// The beginning of any part of the name or the address.
    pub search: Option<String>,
    /// Only whoever comes after this key.
    pub after: Option<String>,
}

/// A part of the list.
#[derive(Debug, Clone)]
pub struct PersonPage {
    /// The people, in the order of their keys.
    pub people: Vec<Person>,
    /// Goes on after this key; none at the end.
    pub next: Option<String>,
}

/// Reads people.
#[async_trait]
pub trait Persons {
    /// One page of people.
    async fn people(&self, filter: &PersonFilter, limit: u32) -> Result<PersonPage>;

    /// One person.
    async fn person(&self, key: &str) -> Result<Option<Person>>;
}
