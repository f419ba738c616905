//! Admins, sessions, secrets and the cleaning state.

use jiff::Timestamp;
use rekey_report::Cleaning;
use sqlx::{Row as _, SqlitePool};

use super::super::{CleaningScope, CleaningStates, FirstSecrets, Result, StorageError, User};
use crate::secret::Digest;

/// The ring that stands for every device.
const ALL: &str = "";

pub(super) async fn is_set_up(pool: &SqlitePool) -> Result<bool> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)")
        .fetch_one(pool)
        .await?)
}

pub(super) async fn set_up(
    pool: &SqlitePool,
    secrets: &FirstSecrets,
    now: Timestamp,
) -> Result<bool> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let done: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)")
        .fetch_one(&mut *transaction)
        .await?;
    if done {
        return Ok(false);
    }
    let now = now.as_microsecond();
    sqlx::query("INSERT INTO users (name, password, created_at) VALUES (?, ?, ?)")
        .bind(&secrets.user)
        .bind(&secrets.password)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("INSERT INTO enroll_secrets (secret, created_at) VALUES (?, ?)")
        .bind(secrets.enroll.as_bytes())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("INSERT INTO api_tokens (token, created_at) VALUES (?, ?)")
        .bind(secrets.api.as_bytes())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn user(pool: &SqlitePool, name: &str) -> Result<Option<User>> {
    let row = sqlx::query("SELECT id, name, password FROM users WHERE name = ?")
        .bind(name)
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(to_user).transpose()
}

fn to_user(row: &sqlx::sqlite::SqliteRow) -> Result<User> {
    Ok(User {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        password: row.try_get("password")?,
    })
}

pub(super) async fn open_session(
    pool: &SqlitePool,
    token: &Digest,
    user: &User,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await?;
    sqlx::query("INSERT INTO sessions (token, user_id, expires_at) VALUES (?, ?, ?)")
        .bind(token.as_bytes())
        .bind(user.id)
        .bind(until.as_microsecond())
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn session(
    pool: &SqlitePool,
    token: &Digest,
    now: Timestamp,
) -> Result<Option<User>> {
    let row = sqlx::query(
        "SELECT users.id, users.name, users.password FROM sessions
         JOIN users ON users.id = sessions.user_id
         WHERE sessions.token = ? AND sessions.expires_at > ?",
    )
    .bind(token.as_bytes())
    .bind(now.as_microsecond())
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(to_user).transpose()
}

pub(super) async fn close_session(pool: &SqlitePool, token: &Digest) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE token = ?")
        .bind(token.as_bytes())
        .execute(pool)
        .await?;
    Ok(())
}

pub(super) async fn enroll_secrets(pool: &SqlitePool) -> Result<Vec<Digest>> {
    let secrets: Vec<Vec<u8>> = sqlx::query_scalar("SELECT secret FROM enroll_secrets")
        .fetch_all(pool)
        .await?;
    secrets
        .iter()
        .map(|secret| {
            Digest::from_stored(secret)
                .ok_or_else(|| StorageError::NotUnderstood("an enrolment secret".into()))
        })
        .collect()
}

pub(super) async fn is_api_token(pool: &SqlitePool, token: &Digest) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_tokens WHERE token = ?)")
            .bind(token.as_bytes())
            .fetch_one(pool)
            .await?,
    )
}

pub(super) async fn cleaning_for(pool: &SqlitePool, ring: Option<&str>) -> Result<Cleaning> {
    let paused: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM cleaning WHERE ring IN (?, ?) AND state = 'paused')",
    )
    .bind(ALL)
    .bind(ring.unwrap_or(ALL))
    .fetch_one(pool)
    .await?;
    Ok(if paused {
        Cleaning::Paused
    } else {
        Cleaning::Allowed
    })
}

pub(super) async fn cleaning(pool: &SqlitePool) -> Result<CleaningStates> {
    let mut states = CleaningStates {
        all: Cleaning::Allowed,
        rings: std::collections::BTreeMap::new(),
    };
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT ring, state FROM cleaning")
        .fetch_all(pool)
        .await?;
    for (ring, state) in rows {
        let state = match state.as_str() {
            "paused" => Cleaning::Paused,
            _ => Cleaning::Allowed,
        };
        if ring == ALL {
            states.all = state;
        } else {
            states.rings.insert(ring, state);
        }
    }
    Ok(states)
}

pub(super) async fn set_cleaning(
    pool: &SqlitePool,
    scope: &CleaningScope,
    state: Cleaning,
    now: Timestamp,
) -> Result<()> {
    let ring = match scope {
        CleaningScope::All => ALL,
        CleaningScope::Ring(ring) => ring,
    };
    let state = match state {
        Cleaning::Allowed => "allowed",
        Cleaning::Paused => "paused",
    };
    sqlx::query(
        "INSERT INTO cleaning (ring, state, changed_at) VALUES (?, ?, ?)
         ON CONFLICT (ring) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at",
    )
    .bind(ring)
    .bind(state)
    .bind(now.as_microsecond())
    .execute(pool)
    .await?;
    Ok(())
}
