//! Admins, sessions and tokens of scripts.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::Result;
use super::super::access::{Access, FirstSecrets, User};
use super::database::Database;
use super::{Row, begin};
use crate::secret::Digest;

#[async_trait]
impl Access for Database {
    async fn is_set_up(&self) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)")
            .fetch_one(&self.readers)
            .await?)
    }

    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        let now = now.as_microsecond();
        // Two collectors that start at once on one database: the second finds the first one's admin.
        let user = sqlx::query(
            "INSERT INTO users (name, password, created_at)
             SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM users) ON CONFLICT (name) DO NOTHING",
        )
        .bind(&secrets.user)
        .bind(&secrets.password)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        if user.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO enroll_secrets (secret, name, name_key, created_at, created_by)
             VALUES ($1, 'first start', 'first start', $2, 'first start')",
        )
        .bind(secrets.enroll.as_bytes())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("INSERT INTO api_tokens (token, created_at) VALUES ($1, $2)")
            .bind(secrets.api.as_bytes())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn user(&self, name: &str) -> Result<Option<User>> {
        let row = sqlx::query("SELECT id, name, password FROM users WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(to_user).transpose()
    }

    async fn open_session(
        &self,
        token: &Digest,
        user: &User,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO sessions (token, user_id, expires_at) VALUES ($1, $2, $3)")
            .bind(token.as_bytes())
            .bind(user.id)
            .bind(until.as_microsecond())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn session(&self, token: &Digest, now: Timestamp) -> Result<Option<User>> {
        let row = sqlx::query(
            "SELECT users.id, users.name, users.password FROM sessions
             JOIN users ON users.id = sessions.user_id
             WHERE sessions.token = $1 AND sessions.expires_at > $2",
        )
        .bind(token.as_bytes())
        .bind(now.as_microsecond())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(to_user).transpose()
    }

    async fn close_session(&self, token: &Digest) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE token = $1")
            .bind(token.as_bytes())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn is_api_token(&self, token: &Digest) -> Result<bool> {
        Ok(
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_tokens WHERE token = $1)")
                .bind(token.as_bytes())
                .fetch_one(&self.readers)
                .await?,
        )
    }
}

fn to_user(row: &Row) -> Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        password: row.try_get("password")?,
    })
}
