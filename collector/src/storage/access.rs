//! Who may: admins, their sessions, tokens of scripts.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;
use crate::secret::Digest;

/// What the first start makes.
#[derive(Debug, Clone)]
pub struct FirstSecrets {
    /// The first admin's name.
    pub user: String,
    /// The argon2 hash of their password.
    pub password: String,
    /// Of the enrolment secret.
    pub enroll: Digest,
    /// Of the token for the admin's API.
    pub api: Digest,
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct User {
    /// The row.
    pub id: i64,
    /// As typed at sign-in.
    pub name: String,
    /// The argon2 hash.
    pub password: String,
}

/// People and scripts that use the collector.
#[async_trait]
pub trait Access {
    /// Whether [`Self::set_up`] was done.
    async fn is_set_up(&self) -> Result<bool>;

    /// Keeps the first admin and secrets. False, and nothing is kept, where that was done before.
    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool>;

    /// An admin by name.
    async fn user(&self, name: &str) -> Result<Option<User>>;

    /// Begins a session, and forgets those that are over.
    async fn open_session(
        &self,
        token: &Digest,
        user: &User,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()>;

    /// Whose session it is, while it lasts.
    async fn session(&self, token: &Digest, now: Timestamp) -> Result<Option<User>>;

    /// Ends a session.
    async fn close_session(&self, token: &Digest) -> Result<()>;

    /// Whether the admin's API opens with it.
    async fn is_api_token(&self, token: &Digest) -> Result<bool>;
}
