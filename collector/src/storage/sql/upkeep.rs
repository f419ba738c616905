//! What happens by itself with time.

use async_trait::async_trait;
use jiff::Timestamp;

use super::super::Result;
use super::super::upkeep::Upkeep;
use super::changes::{self, Change};
use super::database::Database;
use super::{begin, recount, stored};

/// Devices in one commit, so that reports do not wait long.
const BATCH: i64 = 500;

/// Seconds of a day.
const DAY: i64 = 86_400;

#[async_trait]
impl Upkeep for Database {
    async fn ready(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    async fn tick(&self, now: Timestamp, silent_before: Timestamp) -> Result<()> {
        let before = silent_before.as_microsecond();
        while self.silence(before).await? {}
        while self.wake(before).await? {}
        self.settle_roster().await?;
        self.keep_day(now.as_second().div_euclid(DAY)).await
    }

    async fn recount(&self) -> Result<Vec<String>> {
        recount::differences(&self.readers).await
    }
}

impl Database {
    /// True where there may be more.
    async fn silence(&self, before: i64) -> Result<bool> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM devices WHERE status IN ('compliant', 'action-needed', 'failed', 'waiting', 'not-reported')
                AND heard_at < $1 LIMIT $2",
        )
        .bind(before)
        .bind(BATCH)
        .fetch_all(&self.readers)
        .await?;
        self.mark(ids, before).await
    }

    /// Whoever was silent by an earlier, shorter limit is not by a longer one.
    async fn wake(&self, before: i64) -> Result<bool> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM devices WHERE status = 'silent' AND heard_at >= $1 LIMIT $2",
        )
        .bind(before)
        .bind(BATCH)
        .fetch_all(&self.readers)
        .await?;
        self.mark(ids, before).await
    }

    async fn mark(&self, ids: Vec<String>, before: i64) -> Result<bool> {
        if ids.is_empty() {
            return Ok(false);
        }
        let mut transaction = begin(&self.writer).await?;
        let devices = stored::by_ids(&mut transaction, ids.iter()).await?;
        let changes: Vec<_> = devices
            .into_iter()
            .map(|device| {
                let mut after = device.clone();
                // Looked at again under the lock: it may have reported meanwhile.
                after.silent = device.heard_at.as_microsecond() < before;
                Change {
                    before: Some(device),
                    after: Some(after),
                }
            })
            .collect();
        changes::write(&mut transaction, self.shard, &changes).await?;
        transaction.commit().await?;
        Ok(i64::try_from(ids.len()).is_ok_and(|count| count >= BATCH))
    }

    async fn keep_day(&self, day: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO days (day, dimension, key, status, members)
             SELECT $1, dimension, key, status, CAST(sum(members) AS BIGINT) FROM summaries
             WHERE dimension IN ('all', 'organization') GROUP BY dimension, key, status
             ON CONFLICT (day, dimension, key, status) DO UPDATE SET members = excluded.members",
        )
        .bind(day)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
