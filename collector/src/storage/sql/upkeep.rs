//! What happens by itself with time.

use async_trait::async_trait;
use jiff::Timestamp;

use super::super::Result;
use super::super::upkeep::Upkeep;
use super::changes::{self, Change};
use super::database::Database;
use super::{begin, given, recount, stored};

/// Devices in one commit, so that reports do not wait long.
const BATCH: i64 = 500;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

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
        self.settle_roster(usize::MAX).await?;
        self.keep_day(now.as_second().div_euclid(DAY)).await?;
        self.tell_complete(now).await
    }

    async fn clear(
        &self,
        now: Timestamp,
        content_before: Timestamp,
        lines_before: Timestamp,
    ) -> Result<()> {
        if !self.is_due("clear", now).await? {
            return Ok(());
        }
        while self.clear_lines(lines_before.as_microsecond()).await? {}
        while self.clear_content(content_before.as_microsecond()).await? {}
        Ok(())
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
        changes::write(&mut transaction, self.shards.next(), &changes).await?;
        transaction.commit().await?;
        Ok(i64::try_from(ids.len()).is_ok_and(|count| count >= BATCH))
    }

    /// Only one collector does it, and not again within the hour.
    async fn is_due(&self, name: &str, now: Timestamp) -> Result<bool> {
        let now = now.as_microsecond();
        let mine = sqlx::query(
            "INSERT INTO upkeep (name, done_at) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at WHERE upkeep.done_at <= $3",
        )
        .bind(name)
        .bind(now)
        .bind(now - HOUR)
        .execute(&self.writer)
        .await?;
        Ok(mine.rows_affected() > 0)
    }

    /// Oldest first. True where there may be more.
    async fn clear_lines(&self, before: i64) -> Result<bool> {
        let gone = sqlx::query(
            "DELETE FROM reports WHERE number IN (
                SELECT r.number FROM reports r JOIN devices d ON d.id = r.device_id
                WHERE r.received_at < $1 AND d.report <> r.id ORDER BY r.number LIMIT $2)",
        )
        .bind(before)
        .bind(BATCH)
        .execute(&self.writer)
        .await?;
        Ok(i64::try_from(gone.rows_affected()).is_ok_and(|gone| gone >= BATCH))
    }

    /// From where it came the last time. True where there may be more.
    async fn clear_content(&self, before: i64) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        let rows: Vec<(i64, bool)> = sqlx::query_as(
            "SELECT r.number, d.report = r.id FROM reports r JOIN devices d ON d.id = r.device_id
             WHERE r.number > (SELECT reached FROM upkeep WHERE name = 'clear') AND r.received_at < $1
             ORDER BY r.number LIMIT $2",
        )
        .bind(before)
        .bind(BATCH)
        .fetch_all(&mut *transaction)
        .await?;
        let Some((reached, _)) = rows.last() else {
            return Ok(false);
        };
        // A report that a state rests on is passed by; it goes with its line, once it is no longer that.
        let old = rows.iter().filter(|(_, is_state)| !is_state);
        given::execute(
            &mut transaction,
            "UPDATE reports SET encoding = '', body = v.column2 FROM (",
            old.map(|(number, _)| [(*number).into(), Vec::new().into()])
                .collect(),
            ") AS v WHERE reports.number = v.column1",
        )
        .await?;
        sqlx::query("UPDATE upkeep SET reached = $1 WHERE name = 'clear'")
            .bind(reached)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(i64::try_from(rows.len()).is_ok_and(|count| count >= BATCH))
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
