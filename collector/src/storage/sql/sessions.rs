//! Sessions.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::Result;
use super::super::audit::NewEntry;
use super::super::people::User;
use super::super::sessions::{NewSession, OpenSession, Sessions};
use super::audit::append;
use super::database::{Database, time};
use super::people::to_user;
use super::{Row, begin};
use crate::secret::Digest;

#[async_trait]
impl Sessions for Database {
    async fn open_session(&self, session: &NewSession, entry: &NewEntry) -> Result<()> {
        let now = entry.at.as_microsecond();
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE users SET signed_in_at = $1 WHERE id = $2")
            .bind(now)
            .bind(session.user)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO sessions (token, user_id, started_at, used_at, expires_at, address, browser)
             VALUES ($1, $2, $3, $3, $4, $5, $6)",
        )
        .bind(session.token.as_bytes())
        .bind(session.user)
        .bind(now)
        .bind(session.until.as_microsecond())
        .bind(&session.address)
        .bind(&session.browser)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    async fn session(
        &self,
        token: &Digest,
        now: Timestamp,
        used_after: Timestamp,
    ) -> Result<Option<(User, OpenSession)>> {
        let row = sqlx::query(
            "SELECT u.*, s.id AS session_id, s.started_at, s.used_at, s.address, s.browser
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token = $1 AND s.expires_at > $2 AND s.used_at > $3 AND u.disabled_at IS NULL",
        )
        .bind(token.as_bytes())
        .bind(now.as_microsecond())
        .bind(used_after.as_microsecond())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref()
            .map(|row| Ok((to_user(row)?, to_session(row)?)))
            .transpose()
    }

    async fn use_session(&self, id: i64, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE sessions SET used_at = $1 WHERE id = $2 AND used_at < $1")
            .bind(now.as_microsecond())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn sessions_of(
        &self,
        user: i64,
        now: Timestamp,
        used_after: Timestamp,
    ) -> Result<Vec<OpenSession>> {
        let rows = sqlx::query(
            "SELECT id AS session_id, started_at, used_at, address, browser FROM sessions
             WHERE user_id = $1 AND expires_at > $2 AND used_at > $3 ORDER BY started_at DESC, id DESC",
        )
        .bind(user)
        .bind(now.as_microsecond())
        .bind(used_after.as_microsecond())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_session).collect()
    }

    async fn close_session(&self, id: i64, user: i64, entry: &NewEntry) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        let gone = sqlx::query("DELETE FROM sessions WHERE id = $1 AND user_id = $2")
            .bind(id)
            .bind(user)
            .execute(&mut *transaction)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}

fn to_session(row: &Row) -> Result<OpenSession> {
    Ok(OpenSession {
        id: row.try_get("session_id")?,
        started_at: time(row.try_get("started_at")?)?,
        used_at: time(row.try_get("used_at")?)?,
        address: row.try_get("address")?,
        browser: row.try_get("browser")?,
    })
}
