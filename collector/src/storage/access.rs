//! The first start: the first admin, the first secrets.

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

/// The first start.
#[async_trait]
pub trait Access {
    /// Whether [`Self::set_up`] was done.
    async fn is_set_up(&self) -> Result<bool>;

    /// Keeps the first admin and secrets. False, and nothing is kept, where that was done before.
    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool>;
}
