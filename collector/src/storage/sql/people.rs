//! People who use the collector.
//!
//! What changes somebody adds its audit entry first: that makes changes wait for each other, on any number
//! of collectors, so that two of them cannot take the last two admins away at once.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::audit::NewEntry;
use super::super::people::{Changed, NewUser, People, ProviderUser, Role, User, UserChange};
use super::super::{Result, StorageError};
use super::audit::append;
use super::database::{Database, time};
use super::{Connection, Row, begin};
use crate::secret::Digest;

/// The issuer of local people.
pub(super) const LOCAL: &str = "";

#[async_trait]
impl People for Database {
    async fn user(&self, name: &str) -> Result<Option<User>> {
        let row = sqlx::query("SELECT * FROM users WHERE issuer = $1 AND subject = $2")
            .bind(LOCAL)
            .bind(name.to_lowercase())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(to_user).transpose()
    }

    async fn user_by_id(&self, id: i64) -> Result<Option<User>> {
        let row = sqlx::query("SELECT * FROM users WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(to_user).transpose()
    }

    async fn users(&self, limit: u32) -> Result<Vec<User>> {
        let rows = sqlx::query("SELECT * FROM users ORDER BY issuer, name, id LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(to_user).collect()
    }

    async fn add_user(&self, user: &NewUser, entry: &NewEntry) -> Result<Changed> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        let added = sqlx::query(
            "INSERT INTO users (issuer, subject, name, role, password, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (issuer, subject) DO NOTHING",
        )
        .bind(LOCAL)
        .bind(user.name.to_lowercase())
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(&user.password)
        .bind(entry.at.as_microsecond())
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(Changed::NameTaken);
        }
        transaction.commit().await?;
        Ok(Changed::Done)
    }

    async fn change_user(&self, id: i64, change: &UserChange, entry: &NewEntry) -> Result<Changed> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        if !apply(&mut transaction, id, change, entry.at).await? {
            return Ok(Changed::Unknown);
        }
        let admins: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM users WHERE issuer = $1 AND role = $2 AND disabled_at IS NULL)",
        )
        .bind(LOCAL)
        .bind(Role::Admin.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        if !admins {
            return Ok(Changed::LastAdmin);
        }
        end_sessions(&mut transaction, id, change).await?;
        transaction.commit().await?;
        Ok(Changed::Done)
    }

    async fn keep_provider_user(&self, user: &ProviderUser, now: Timestamp) -> Result<User> {
        let row = sqlx::query(
            "INSERT INTO users (issuer, subject, name, role, password, created_at)
             VALUES ($1, $2, $3, $4, '', $5)
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, role = excluded.role
             RETURNING *",
        )
        .bind(&user.issuer)
        .bind(&user.subject)
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(now.as_microsecond())
        .fetch_one(&self.writer)
        .await?;
        to_user(&row)
    }
}

/// False where there is nobody whom this can be done to.
async fn apply(
    connection: &mut Connection,
    id: i64,
    change: &UserChange,
    now: Timestamp,
) -> Result<bool> {
    let query = match change {
        UserChange::Role(role) => {
            sqlx::query("UPDATE users SET role = $3 WHERE id = $1 AND issuer = $2")
                .bind(id)
                .bind(LOCAL)
                .bind(role.as_str())
        }
        UserChange::Password(hash, _) => {
            sqlx::query("UPDATE users SET password = $3 WHERE id = $1 AND issuer = $2")
                .bind(id)
                .bind(LOCAL)
                .bind(hash)
        }
        UserChange::Disable => {
            sqlx::query("UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
                .bind(id)
                .bind(now.as_microsecond())
        }
        UserChange::Enable => sqlx::query(
            "UPDATE users SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL",
        )
        .bind(id),
    };
    Ok(query.execute(connection).await?.rows_affected() > 0)
}

/// A role is read anew at each request, so a session need not end for it.
async fn end_sessions(connection: &mut Connection, id: i64, change: &UserChange) -> Result<()> {
    let kept: &[u8] = match change {
        UserChange::Role(_) | UserChange::Enable => return Ok(()),
        UserChange::Disable => &[],
        UserChange::Password(_, kept) => kept.as_ref().map_or(&[], Digest::as_bytes),
    };
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND token <> $2")
        .bind(id)
        .bind(kept)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn role(word: &str) -> Result<Role> {
    Role::parse(word).ok_or_else(|| StorageError::NotUnderstood(format!("the role {word}")))
}

pub(super) fn time_or_none(micros: Option<i64>) -> Result<Option<Timestamp>> {
    micros.map(time).transpose()
}

pub(super) fn to_user(row: &Row) -> Result<User> {
    let issuer: String = row.try_get("issuer")?;
    let password: String = row.try_get("password")?;
    let word: String = row.try_get("role")?;
    Ok(User {
        id: row.try_get("id")?,
        issuer: (issuer != LOCAL).then_some(issuer),
        name: row.try_get("name")?,
        role: role(&word)?,
        password: (!password.is_empty()).then_some(password),
        created_at: time(row.try_get("created_at")?)?,
        signed_in_at: time_or_none(row.try_get("signed_in_at")?)?,
        disabled_at: time_or_none(row.try_get("disabled_at")?)?,
    })
}
