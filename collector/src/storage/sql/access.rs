//! The first start.

use async_trait::async_trait;
use jiff::Timestamp;

use super::super::Result;
use super::super::access::{Access, FirstSecrets};
use super::super::audit::{Action, Actor, NewEntry, Who};
use super::super::people::Role;
use super::audit::append;
use super::begin;
use super::database::Database;
use super::people::LOCAL;

#[async_trait]
impl Access for Database {
    async fn is_set_up(&self) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)")
            .fetch_one(&self.readers)
            .await?)
    }

    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        // The entry makes two collectors that start at once on one database wait for each other.
        let actor = Actor::local(Who::CommandLine);
        let entry = NewEntry::new(now, actor, Action::SetUp, &*secrets.user);
        append(&mut transaction, &entry).await?;
        let now = now.as_microsecond();
        let user = sqlx::query(
            "INSERT INTO users (issuer, subject, name, role, password, created_at)
             SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM users)",
        )
        .bind(LOCAL)
        .bind(secrets.user.to_lowercase())
        .bind(&secrets.user)
        .bind(Role::Admin.as_str())
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
        sqlx::query(
            "INSERT INTO api_tokens (token, name, role, created_by, created_at) VALUES ($1, $2, $3, $2, $4)",
        )
        .bind(secrets.api.as_bytes())
        .bind("first start")
        .bind(Role::Admin.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }
}
