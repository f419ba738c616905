//! SSH keys that Support must clear, and the tickets about them.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{NewEntry, Result};

/// A public key of one organization, over all devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// The organization in small letters; empty where the key serves several, or none is known.
    pub organization: String,
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
    /// As the settings page of Azure DevOps shows it: 16 pairs of hex digits.
    pub md5: String,
    /// `ssh-rsa`, ...
    pub algorithm: String,
    /// When a device reported it first.
    pub seen_at: Timestamp,
    /// How many devices report it.
    pub holders: u64,
    /// When the last of them reported it gone.
    pub gone_at: Option<Timestamp>,
}

/// Names a key in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The organization in small letters, or empty.
    pub organization: String,
    /// The fingerprint.
    pub sha256: String,
}

/// A device that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// The device.
    pub device: String,
    /// The host name.
    pub machine: String,
    /// The sign-in name, where it is known.
    pub person: Option<String>,
}

/// How many keys an organization has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// Reported by a device.
    pub held: u64,
    /// Reported once, and by no device any more.
    pub gone: u64,
}

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// Support has it.
    Open,
    /// Support cleared the keys.
    Cleared,
    /// Support said no.
    Refused,
}

impl TicketState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Cleared, Self::Refused];

    /// The word in the database and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cleared => "cleared",
            Self::Refused => "refused",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A ticket with Support. It is about the keys that were seen before it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Names it.
    pub id: Uuid,
    /// The organization in small letters, or empty.
    pub organization: String,
    /// Support's number.
    pub number: String,
    /// How far it is.
    pub state: TicketState,
    /// When it was opened, as the admin says.
    pub opened_at: Timestamp,
    /// When it was last changed here.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
}

/// Keys and tickets.
#[async_trait]
pub trait SshKeys {
    /// Keys by organization and fingerprint, of one organization or of all.
    async fn ssh_keys(
        &self,
        organization: Option<&str>,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<HeldKey>>;

    /// Some devices that have a key.
    async fn key_holders(&self, key: &KeyPlace, limit: u32) -> Result<Vec<KeyHolder>>;

    /// How many keys there are, by organization.
    async fn key_counts(&self) -> Result<Vec<(String, KeyCounts)>>;

    /// How many keys of an organization were first seen after that time, counted up to `most`.
    async fn keys_since(&self, organization: &str, since: Timestamp, most: u32) -> Result<u64>;

    /// Tickets, the newest first within their organization.
    async fn tickets(&self) -> Result<Vec<Ticket>>;

    /// Keeps a ticket, or changes the one of that id.
    async fn set_ticket(&self, ticket: &Ticket, entry: &NewEntry) -> Result<()>;
}
