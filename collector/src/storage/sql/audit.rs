//! The audit log.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{QueryBuilder, Row as _};

use super::super::audit::{AuditFilter, AuditLog, Entry, LogEnd, NewEntry};
use super::super::webhooks::{Event, Happened};
use super::super::{Result, StorageError};
use super::database::{Database, json, time};
use super::{Connection, Driver, Row, begin, outbox};
use crate::secret::Digest;

/// Adds an entry in the transaction of what it tells. It waits for whoever adds one at the same time, up to
/// their commit: call it first in a transaction, so that nothing else is held while waiting.
pub(super) async fn append(connection: &mut Connection, entry: &NewEntry) -> Result<()> {
    let end = sqlx::query(
        "UPDATE audit_end SET number = number + 1 WHERE one = 1 RETURNING number, hash",
    )
    .fetch_one(&mut *connection)
    .await?;
    let before = digest(&end)?;
    let mut kept = Entry {
        number: end.try_get("number")?,
        // As the database keeps it, or the hash would not be found again.
        at: time(entry.at.as_microsecond())?,
        who_kind: entry.actor.who.kind().to_owned(),
        who: entry.actor.who.name().to_owned(),
        action: entry.action.as_str().to_owned(),
        subject: entry.subject.clone(),
        address: entry
            .actor
            .address
            .map(|address| address.to_string())
            .unwrap_or_default(),
        details: json(&entry.details)?,
        hash: before,
    };
    kept.hash = kept.hash_after(&before);
    sqlx::query(
        "INSERT INTO audit_log (number, at, who_kind, who, action, subject, address, details, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(kept.number)
    .bind(kept.at.as_microsecond())
    .bind(&kept.who_kind)
    .bind(&kept.who)
    .bind(&kept.action)
    .bind(&kept.subject)
    .bind(&kept.address)
    .bind(&kept.details)
    .bind(kept.hash.as_bytes())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE audit_end SET hash = $1 WHERE one = 1")
        .bind(kept.hash.as_bytes())
        .execute(&mut *connection)
        .await?;
    let data = serde_json::json!({
        "number": kept.number, "who_kind": kept.who_kind, "who": kept.who, "action": kept.action,
        "subject": kept.subject, "address": kept.address, "details": entry.details,
    });
    outbox::put(
        connection,
        &[Happened::new(Event::AuditEntry, Some(entry.at), data)],
    )
    .await
}

#[async_trait]
impl AuditLog for Database {
    async fn audit(&self, entry: &NewEntry) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        Ok(transaction.commit().await?)
    }

    async fn audit_entries(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<Entry>> {
        let mut query = QueryBuilder::<Driver>::new("SELECT * FROM audit_log WHERE number < ");
        query.push_bind(filter.before.unwrap_or(i64::MAX));
        if let Some(who) = &filter.who {
            query.push(" AND who = ").push_bind(who.clone());
        }
        if let Some(action) = filter.action {
            query.push(" AND action = ").push_bind(action.as_str());
        }
        query
            .push(" ORDER BY number DESC LIMIT ")
            .push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(to_entry).collect()
    }

    async fn audit_entries_after(&self, number: i64, limit: u32) -> Result<Vec<Entry>> {
        let rows =
            sqlx::query("SELECT * FROM audit_log WHERE number > $1 ORDER BY number LIMIT $2")
                .bind(number)
                .bind(i64::from(limit))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(to_entry).collect()
    }

    async fn audit_end(&self) -> Result<LogEnd> {
        let row = sqlx::query("SELECT number, hash FROM audit_end WHERE one = 1")
            .fetch_one(&self.readers)
            .await?;
        Ok(LogEnd {
            number: row.try_get("number")?,
            hash: digest(&row)?,
        })
    }
}

fn digest(row: &Row) -> Result<Digest> {
    let bytes: Vec<u8> = row.try_get("hash")?;
    Digest::from_stored(&bytes)
        .ok_or_else(|| StorageError::NotUnderstood("a hash of the audit log".to_owned()))
}

fn to_entry(row: &Row) -> Result<Entry> {
    let at: Timestamp = time(row.try_get("at")?)?;
    Ok(Entry {
        number: row.try_get("number")?,
        at,
        who_kind: row.try_get("who_kind")?,
        who: row.try_get("who")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        address: row.try_get("address")?,
        details: row.try_get("details")?,
        hash: digest(row)?,
    })
}
