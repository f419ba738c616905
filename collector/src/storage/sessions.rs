//! Sessions of people who are signed in.

use async_trait::async_trait;
use jiff::Timestamp;

use super::audit::NewEntry;
use super::{Result, User};
use crate::secret::Digest;

/// A session to be begun.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Of the token in the cookie.
    pub token: Digest,
    /// Whose it is.
    pub user: i64,
    /// When it ends, however much it is used.
    pub until: Timestamp,
    /// From where.
    pub address: String,
    /// What the browser calls itself.
    pub browser: String,
}

/// A session that goes on.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The row.
    pub id: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was used, to a minute.
    pub used_at: Timestamp,
    /// From where it was begun.
    pub address: String,
    /// What the browser called itself.
    pub browser: String,
}

/// Sessions.
#[async_trait]
pub trait Sessions {
    /// Begins a session, and forgets those that are over.
    async fn open_session(&self, session: &NewSession, entry: &NewEntry) -> Result<()>;

    /// Whose session it is and when it was used, while it lasts and was used since `used_after`; nobody's
    /// where they are disabled.
    async fn session(
        &self,
        token: &Digest,
        now: Timestamp,
        used_after: Timestamp,
    ) -> Result<Option<(User, OpenSession)>>;

    /// Notes that a session is used.
    async fn use_session(&self, id: i64, now: Timestamp) -> Result<()>;

    /// The sessions of somebody that go on, the newest first.
    async fn sessions_of(
        &self,
        user: i64,
        now: Timestamp,
        used_after: Timestamp,
    ) -> Result<Vec<OpenSession>>;

    /// Ends a session of that person. False where there is none.
    async fn close_session(&self, id: i64, user: i64, entry: &NewEntry) -> Result<bool>;
}
