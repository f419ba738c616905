//! Wrong passwords.

use async_trait::async_trait;
use jiff::Timestamp;

use super::super::Result;
use super::super::tries::{Counted, Tries};
use super::begin;
use super::database::Database;
use crate::secret::Digest;

/// Each try leaves up to three rows; so the table never grows by what is over.
const SWEPT: usize = 4;

#[async_trait]
impl Tries for Database {
    async fn count_try(
        &self,
        counted: &[Counted],
        now: Timestamp,
        stale: Timestamp,
    ) -> Result<bool> {
        for _ in 0..SWEPT {
            // One row a statement: none is held while another is waited for.
            let swept = sqlx::query(
                "DELETE FROM sign_in_tries WHERE key =
                 (SELECT key FROM sign_in_tries WHERE last_at <= $1 ORDER BY last_at LIMIT 1)",
            )
            .bind(stale.as_microsecond())
            .execute(&self.writer)
            .await?;
            if swept.rows_affected() == 0 {
                break;
            }
        }
        let mut transaction = begin(&self.writer).await?;
        for counted in counted {
            // No row is touched where the limit is reached: who goes on trying makes the pause no longer.
            let taken = sqlx::query(
                "INSERT INTO sign_in_tries (key, wrong, last_at) VALUES ($1, 1, $2)
                 ON CONFLICT (key) DO UPDATE SET
                    wrong = CASE WHEN sign_in_tries.last_at <= $3 THEN 1 ELSE sign_in_tries.wrong + 1 END,
                    last_at = excluded.last_at
                 WHERE sign_in_tries.last_at <= $3 OR sign_in_tries.wrong < $4",
            )
            .bind(counted.key.as_bytes())
            .bind(now.as_microsecond())
            .bind(stale.as_microsecond())
            .bind(counted.limit)
            .execute(&mut *transaction)
            .await?;
            if taken.rows_affected() == 0 {
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn take_back(&self, forgotten: &[Digest], others: &[Digest]) -> Result<()> {
        for key in forgotten {
            sqlx::query("DELETE FROM sign_in_tries WHERE key = $1")
                .bind(key.as_bytes())
                .execute(&self.writer)
                .await?;
        }
        for key in others {
            sqlx::query("UPDATE sign_in_tries SET wrong = wrong - 1 WHERE key = $1 AND wrong > 0")
                .bind(key.as_bytes())
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    async fn knows_place(&self, user: i64, address: &str, since: Timestamp) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sign_in_places WHERE user_id = $1 AND address = $2 AND used_at > $3)",
        )
        .bind(user)
        .bind(address)
        .bind(since.as_microsecond())
        .fetch_one(&self.readers)
        .await?)
    }

    async fn keep_place(&self, user: i64, address: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO sign_in_places (user_id, address, used_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, address) DO UPDATE SET used_at = excluded.used_at",
        )
        .bind(user)
        .bind(address)
        .bind(now.as_microsecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
