//! API tokens.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::Result;
use super::super::api_tokens::{ApiToken, ApiTokens, NewApiToken};
use super::super::audit::NewEntry;
use super::super::people::Changed;
use super::audit::append;
use super::database::{Database, time};
use super::people::{role, time_or_none};
use super::{Row, begin};
use crate::secret::Digest;

#[async_trait]
impl ApiTokens for Database {
    async fn api_token(&self, token: &Digest, now: Timestamp) -> Result<Option<ApiToken>> {
        let row = sqlx::query(
            "SELECT * FROM api_tokens
             WHERE token = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(token.as_bytes())
        .bind(now.as_microsecond())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(to_token).transpose()
    }

    async fn use_api_token(&self, id: i64, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE api_tokens SET last_used_at = $1 WHERE id = $2")
            .bind(now.as_microsecond())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn api_tokens(&self, limit: u32) -> Result<Vec<ApiToken>> {
        let rows =
            sqlx::query("SELECT * FROM api_tokens ORDER BY created_at DESC, id DESC LIMIT $1")
                .bind(i64::from(limit))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(to_token).collect()
    }

    async fn add_api_token(&self, token: &NewApiToken, entry: &NewEntry) -> Result<Changed> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        let added = sqlx::query(
            "INSERT INTO api_tokens (token, name, role, created_at, created_by, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
        )
        .bind(token.token.as_bytes())
        .bind(&token.name)
        .bind(token.role.as_str())
        .bind(entry.at.as_microsecond())
        .bind(&token.created_by)
        .bind(token.expires_at.map(Timestamp::as_microsecond))
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(Changed::NameTaken);
        }
        transaction.commit().await?;
        Ok(Changed::Done)
    }

    async fn revoke_api_token(&self, id: i64, entry: &NewEntry) -> Result<Changed> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        let revoked = sqlx::query(
            "UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
        )
        .bind(entry.at.as_microsecond())
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        if revoked.rows_affected() == 0 {
            return Ok(Changed::Unknown);
        }
        transaction.commit().await?;
        Ok(Changed::Done)
    }
}

fn to_token(row: &Row) -> Result<ApiToken> {
    let word: String = row.try_get("role")?;
    Ok(ApiToken {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: role(&word)?,
        created_at: time(row.try_get("created_at")?)?,
        created_by: row.try_get("created_by")?,
        expires_at: time_or_none(row.try_get("expires_at")?)?,
        revoked_at: time_or_none(row.try_get("revoked_at")?)?,
        last_used_at: time_or_none(row.try_get("last_used_at")?)?,
    })
}
