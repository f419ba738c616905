//! What happened, written together with the change itself and only where a webhook wants it; messages made of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use uuid::Uuid;

use super::super::webhooks::{DETAILS, Event, Happened, Payload, Shape};
use super::super::{Result, StorageError};
use super::changes::Change;
use super::database::{Database, json as text, parsed, time};
use super::stored::Stored;
use super::{Connection, begin, given};

/// So many changes are read for one message.
const GATHERED: usize = 20_000;

/// Log records in one request: every one of them is told.
const LOG_RECORDS: usize = 1000;

/// Keeps what happened for each webhook that wants it.
pub(super) async fn put(connection: &mut Connection, happened: &[Happened]) -> Result<()> {
    let mut rows = Vec::with_capacity(happened.len());
    for one in happened {
        rows.push([
            one.event.as_str().into(),
            one.at.map(Timestamp::as_microsecond).into(),
            text(&one.data)?.into(),
        ]);
    }
    given::execute(
        connection,
        "INSERT INTO webhook_outbox (webhook, event, at, data)
         SELECT w.webhook, v.column1, v.column2, v.column3 FROM (",
        rows,
        ") AS v JOIN webhook_wants w ON w.event = v.column1",
    )
    .await
}

/// Keeps how devices changed. Without a change of that kind, or a webhook, nothing is written.
pub(super) async fn devices(connection: &mut Connection, changes: &[Change]) -> Result<()> {
    let noticed: Vec<_> = changes
        .iter()
        .filter_map(|change| Some((change.before.as_ref()?, change.after.as_ref()?)))
        .filter(|(before, after)| !events(before, after).is_empty())
        .collect();
    if noticed.is_empty() {
        return Ok(());
    }
    let wanted = wanted(connection).await?;
    let mut happened = Vec::new();
    for (before, after) in noticed {
        for event in events(before, after) {
            if wanted.contains(event.as_str()) {
                happened.push(told(event, before, after));
            }
        }
    }
    put(connection, &happened).await
}

async fn wanted(connection: &mut Connection) -> Result<BTreeSet<String>> {
    let events: Vec<String> = sqlx::query_scalar("SELECT DISTINCT event FROM webhook_wants")
        .fetch_all(connection)
        .await?;
    Ok(events.into_iter().collect())
}

fn events(before: &Stored, after: &Stored) -> Vec<Event> {
    let mut events = Vec::new();
    if before.said.is_none() && after.said.is_some() {
        events.push(Event::FirstReport);
    } else if (before.said, before.silent) != (after.said, after.silent)
        && before.status() != after.status()
    {
        events.push(Event::DeviceStateChanged);
    }
    if after.cloned_at.is_some() && before.cloned_at.is_none() {
        events.push(Event::DeviceCloned);
    }
    if after
        .ssh_keys
        .iter()
        .any(|key| !before.ssh_keys.contains(key))
    {
        events.push(Event::SshKeysToClear);
    }
    events
}

fn told(event: Event, before: &Stored, after: &Stored) -> Happened {
    let state = after.status();
    let mut data = json!({
        "device": after.id,
        "machine": after.names.machine_name,
        "person": after.names.person_name,
        "state": state.as_str(),
        "organizations": after.organizations.iter().map(|organization| &organization.name).collect::<Vec<_>>(),
        "findings": after.findings,
    });
    match event {
        Event::DeviceStateChanged => data["state_before"] = json!(before.status()),
        Event::SshKeysToClear => {
            let new = after
                .ssh_keys
                .iter()
                .filter(|key| !before.ssh_keys.contains(key));
            data["keys"] = json!(new.map(|key| &key.sha256).collect::<Vec<_>>());
        }
        _ => {}
    }
    // Nobody is heard while falling silent.
    let at = (after.heard_at != before.heard_at || !after.silent).then_some(after.heard_at);
    Happened::new(event, at, data)
}

impl Database {
    /// True where there may be more.
    pub(super) async fn gather_for(&self, name: &str, now: Timestamp) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        // Whoever comes second finds it gathered.
        let shape: Option<String> = sqlx::query_scalar(
            "UPDATE webhooks SET gathered_at = $1
             WHERE name = $2 AND (gathered_at <= $1 - every_seconds * 1000000 OR gathered_at > $1)
             RETURNING shape",
        )
        .bind(now.as_microsecond())
        .bind(name)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(shape) = shape else {
            return Ok(false);
        };
        let (most, details) = match Shape::of(&shape) {
            Some(Shape::Otlp) => (LOG_RECORDS, LOG_RECORDS),
            _ => (GATHERED, DETAILS),
        };
        let mut rows = sqlx::query(
            "DELETE FROM webhook_outbox WHERE id IN
                (SELECT id FROM webhook_outbox WHERE webhook = $1 ORDER BY id LIMIT $2)
             RETURNING id, event, at, data",
        )
        .bind(name)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut *transaction)
        .await?;
        if rows.is_empty() {
            return Ok(false);
        }
        rows.sort_by_key(|row| row.try_get::<i64, _>("id").unwrap_or_default());
        let mut payload = empty(now);
        for row in &rows {
            let event: String = row.try_get("event")?;
            if payload.events.len() < details {
                let at: Option<i64> = row.try_get("at")?;
                let at = at.map(time).transpose()?.unwrap_or(now);
                let data: Map<String, Value> = parsed(row.try_get("data")?)?;
                payload.events.push(entry(&event, at, data));
            }
            *payload.counts.entry(event).or_default() += 1;
        }
        payload.more = (rows.len() - payload.events.len()) as u64;
        deliver(&mut transaction, name, &payload).await?;
        transaction.commit().await?;
        Ok(rows.len() >= most)
    }

    /// Tells once of every organization that became complete.
    pub(super) async fn tell_complete(&self, now: Timestamp) -> Result<()> {
        let event = Event::OrganizationComplete;
        let wanted: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM webhook_wants WHERE event = $1)")
                .bind(event.as_str())
                .fetch_one(&self.readers)
                .await?;
        if !wanted {
            return Ok(());
        }
        let known: Vec<String> = sqlx::query_scalar("SELECT key FROM complete_organizations")
            .fetch_all(&self.readers)
            .await?;
        let known: BTreeSet<_> = known.into_iter().collect();
        for organization in super::super::Numbers::compliance(self).await?.organizations {
            let devices = organization.devices;
            let complete = devices.compliant == devices.total();
            let key = organization.name.to_lowercase();
            if complete == known.contains(&key) {
                continue;
            }
            let mut transaction = begin(&self.writer).await?;
            if complete {
                let new = sqlx::query(
                    "INSERT INTO complete_organizations (key, complete_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                )
                .bind(&key)
                .bind(now.as_microsecond())
                .execute(&mut *transaction)
                .await?;
                if new.rows_affected() > 0 {
                    let data =
                        json!({ "organization": organization.name, "devices": devices.total() });
                    put(&mut transaction, &[Happened::new(event, Some(now), data)]).await?;
                }
            } else {
                sqlx::query("DELETE FROM complete_organizations WHERE key = $1")
                    .bind(&key)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }
}

/// A message about one thing.
pub(super) fn single(happened: &Happened, now: Timestamp) -> Payload {
    let mut payload = empty(now);
    let event = happened.event.as_str();
    let at = happened.at.unwrap_or(now);
    payload.events.push(entry(event, at, happened.data.clone()));
    payload.counts.insert(event.to_owned(), 1);
    payload
}

fn empty(now: Timestamp) -> Payload {
    Payload {
        schema: "rekey.webhook/1".to_owned(),
        id: Uuid::now_v7().to_string(),
        at: now,
        counts: std::collections::BTreeMap::new(),
        events: Vec::new(),
        more: 0,
    }
}

fn entry(event: &str, at: Timestamp, data: Map<String, Value>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("event".to_owned(), json!(event));
    entry.insert("at".to_owned(), json!(at.to_string()));
    entry.extend(data);
    entry
}

pub(super) async fn deliver(
    connection: &mut Connection,
    name: &str,
    payload: &Payload,
) -> Result<()> {
    let now = payload.at.as_microsecond();
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, webhook, payload, state, created_at, next_at)
         VALUES ($1, $2, $3, 'pending', $4, $4)",
    )
    .bind(&payload.id)
    .bind(name)
    .bind(text(payload)?)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) fn unknown(what: &str) -> StorageError {
    StorageError::NotUnderstood(format!("{what} of a webhook"))
}
