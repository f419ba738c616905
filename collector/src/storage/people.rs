//! People who use the collector, and what each may do.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Result;
use super::audit::NewEntry;
use crate::secret::Digest;

/// What somebody, or a script, may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything and changes what there is to change.
    Admin,
    /// Sees everything and changes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Auditor];

    /// The word in the database, in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether they may change anything.
    #[must_use]
    pub const fn may_change(self) -> bool {
        matches!(self, Self::Admin)
    }
}

/// Somebody who can sign in, or could before they were disabled.
#[derive(Debug, Clone)]
pub struct User {
    /// The row.
    pub id: i64,
    /// Who vouches for them: an identity provider, or nobody for local people.
    pub issuer: Option<String>,
    /// For people to read; of local people unique, whatever the case of its letters.
    pub name: String,
    /// What they may do; of others than local people, at their newest sign-in.
    pub role: Role,
    /// The argon2 hash; none where a provider vouches.
    pub password: Option<String>,
    /// When they were made, or first came.
    pub created_at: Timestamp,
    /// Their newest sign-in.
    pub signed_in_at: Option<Timestamp>,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

/// A local person to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// As they will type it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The argon2 hash.
    pub password: String,
}

/// Somebody for whom an identity provider vouches.
#[derive(Debug, Clone)]
pub struct ProviderUser {
    /// The provider.
    pub issuer: String,
    /// Their id there, which never changes.
    pub subject: String,
    /// For people to read.
    pub name: String,
    /// By their claims.
    pub role: Role,
}

/// What is changed of somebody. All but a greater role end their sessions at once.
#[derive(Debug, Clone)]
pub enum UserChange {
    /// Another role. Of local people only: a provider tells others' at each sign-in.
    Role(Role),
    /// They cannot sign in any more.
    Disable,
    /// They can again.
    Enable,
    /// Another argon2 hash; the session of that token goes on. Of local people only.
    Password(String, Option<Digest>),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done, and in the audit log.
    Done,
    /// Somebody, or something, has the name already.
    NameTaken,
    /// Nobody local could change anything any more, so it was not done.
    LastAdmin,
    /// There is nobody, or nothing, to change.
    Unknown,
}

/// People who use the collector.
#[async_trait]
pub trait People {
    /// A local person by name.
    async fn user(&self, name: &str) -> Result<Option<User>>;

    /// Somebody by their row.
    async fn user_by_id(&self, id: i64) -> Result<Option<User>>;

    /// Local people, then others, each by name; no more than so many.
    async fn users(&self, limit: u32) -> Result<Vec<User>>;

    /// Makes a local person.
    async fn add_user(&self, user: &NewUser, entry: &NewEntry) -> Result<Changed>;

    /// Changes somebody.
    async fn change_user(&self, id: i64, change: &UserChange, entry: &NewEntry) -> Result<Changed>;

    /// Keeps what a provider says of somebody now, and answers who that is here.
    async fn keep_provider_user(&self, user: &ProviderUser, now: Timestamp) -> Result<User>;
}
