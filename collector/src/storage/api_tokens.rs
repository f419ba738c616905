//! API tokens: what scripts show.

use async_trait::async_trait;
use jiff::Timestamp;

use super::audit::NewEntry;
use super::{Changed, Result, Role};
use crate::secret::Digest;

/// A token, but for the token itself.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// The row.
    pub id: i64,
    /// What it is for; two that are valid never have the same.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was used, to a minute.
    pub last_used_at: Option<Timestamp>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Of the token.
    pub token: Digest,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// By whom.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// API tokens.
#[async_trait]
pub trait ApiTokens {
    /// The token, where it is valid now.
    async fn api_token(&self, token: &Digest, now: Timestamp) -> Result<Option<ApiToken>>;

    /// Notes that a token is used.
    async fn use_api_token(&self, id: i64, now: Timestamp) -> Result<()>;

    /// The tokens, the newest first; no more than so many.
    async fn api_tokens(&self, limit: u32) -> Result<Vec<ApiToken>>;

    /// Makes a token.
    async fn add_api_token(&self, token: &NewApiToken, entry: &NewEntry) -> Result<Changed>;

    /// Ends a token.
    async fn revoke_api_token(&self, id: i64, entry: &NewEntry) -> Result<Changed>;
}
