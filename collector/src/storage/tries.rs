//! Wrong passwords, counted for all collectors together.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;
use crate::secret::Digest;

/// Something of which only so many wrong passwords in a row are taken.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Names it.
    pub key: Digest,
    /// How many.
    pub limit: i64,
}

/// Wrong passwords.
#[async_trait]
pub trait Tries {
    /// Counts one try for each, before it is known whether it is right, so that many at once cannot slip
    /// through; false, and nothing is counted, where one of them has used up its tries and used the last
    /// after `stale`. They must come in the same order from everybody.
    async fn count_try(
        &self,
        counted: &[Counted],
        now: Timestamp,
        stale: Timestamp,
    ) -> Result<bool>;

    /// Takes a try back that was right: `forgotten` begin anew, of `others` only this one is not counted.
    async fn take_back(&self, forgotten: &[Digest], others: &[Digest]) -> Result<()>;

    /// Whether somebody signed in from that address since.
    async fn knows_place(&self, user: i64, address: &str, since: Timestamp) -> Result<bool>;

    /// Keeps that somebody signed in from that address.
    async fn keep_place(&self, user: i64, address: &str, now: Timestamp) -> Result<()>;
}
