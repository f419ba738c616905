//! SSH keys over all devices, and the tickets about them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::SshKey;
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::super::counted::{Dimension, Sum, SumKey};
use super::super::ssh_keys::{
    HeldKey, KeyCounts, KeyHolder, KeyPlace, SshKeys, Ticket, TicketState,
};
use super::super::{NewEntry, Result, StorageError};
use super::audit::append;
use super::changes::Change;
use super::database::{Database, number, time};
use super::{Connection, Driver, Row, begin, given};

const HELD: &str = "held";
const GONE: &str = "gone";

#[async_trait]
impl SshKeys for Database {
    async fn ssh_keys(
        &self,
        organization: Option<&str>,
        after: Option<&KeyPlace>,
        limit: u32,
    ) -> Result<Vec<HeldKey>> {
        let mut query = QueryBuilder::<Driver>::new("SELECT * FROM ssh_keys WHERE 1 = 1");
        if let Some(organization) = organization {
            query
                .push(" AND organization = ")
                .push_bind(organization.to_owned());
        }
        if let Some(after) = after {
            query
                .push(" AND (organization, sha256) > (")
                .push_bind(after.organization.clone())
                .push(", ")
                .push_bind(after.sha256.clone())
                .push(")");
        }
        query
            .push(" ORDER BY organization, sha256 LIMIT ")
            .push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(to_key).collect()
    }

    async fn key_holders(&self, key: &KeyPlace, limit: u32) -> Result<Vec<KeyHolder>> {
        let rows = sqlx::query(
            "SELECT d.id, d.machine_name, d.person_name FROM device_ssh_keys k JOIN devices d ON d.id = k.device_id
             WHERE k.sha256 = $1 AND k.organization = $2 LIMIT $3",
        )
        .bind(&key.sha256)
        .bind(&key.organization)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(KeyHolder {
                    device: row.try_get("id")?,
                    machine: row.try_get("machine_name")?,
                    person: row.try_get("person_name")?,
                })
            })
            .collect()
    }

    async fn key_counts(&self) -> Result<Vec<(String, KeyCounts)>> {
        let rows = sqlx::query(
            "SELECT key, status, CAST(sum(members) AS BIGINT) AS members FROM summaries WHERE dimension = $1
             GROUP BY key, status ORDER BY key",
        )
        .bind(Dimension::SshKey.as_str())
        .fetch_all(&self.readers)
        .await?;
        let mut counts: BTreeMap<String, KeyCounts> = BTreeMap::new();
        for row in &rows {
            let status: String = row.try_get("status")?;
            let entry = counts.entry(row.try_get("key")?).or_default();
            let members = number(row.try_get("members")?);
            if status == HELD {
                entry.held = members;
            } else {
                entry.gone = members;
            }
        }
        counts.retain(|_, counts| counts.held + counts.gone > 0);
        Ok(counts.into_iter().collect())
    }

    async fn keys_since(&self, organization: &str, since: Timestamp, most: u32) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM ssh_keys WHERE organization = $1 AND seen_at > $2 LIMIT $3) AS new",
        )
        .bind(organization)
        .bind(since.as_microsecond())
        .bind(i64::from(most))
        .fetch_one(&self.readers)
        .await?;
        Ok(number(count))
    }

    async fn tickets(&self) -> Result<Vec<Ticket>> {
        let rows = sqlx::query(
            "SELECT * FROM ssh_tickets ORDER BY organization, opened_at DESC, id DESC LIMIT 1000",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_ticket).collect()
    }

    async fn set_ticket(&self, ticket: &Ticket, entry: &NewEntry) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        sqlx::query(
            "INSERT INTO ssh_tickets (id, organization, number, state, opened_at, changed_at, changed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET number = excluded.number, state = excluded.state,
                opened_at = excluded.opened_at, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        )
        .bind(ticket.id.to_string())
        .bind(&ticket.organization)
        .bind(&ticket.number)
        .bind(ticket.state.as_str())
        .bind(ticket.opened_at.as_microsecond())
        .bind(ticket.changed_at.as_microsecond())
        .bind(entry.actor.who.name())
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }
}

fn to_key(row: &Row) -> Result<HeldKey> {
    let gone_at: Option<i64> = row.try_get("gone_at")?;
    Ok(HeldKey {
        organization: row.try_get("organization")?,
        sha256: row.try_get("sha256")?,
        md5: row.try_get("md5")?,
        algorithm: row.try_get("algorithm")?,
        seen_at: time(row.try_get("seen_at")?)?,
        holders: number(row.try_get("holders")?),
        gone_at: gone_at.map(time).transpose()?,
    })
}

fn to_ticket(row: &Row) -> Result<Ticket> {
    let id: String = row.try_get("id")?;
    let state: String = row.try_get("state")?;
    Ok(Ticket {
        id: Uuid::parse_str(&id)
            .map_err(|_| StorageError::NotUnderstood("the id of a ticket".into()))?,
        organization: row.try_get("organization")?,
        number: row.try_get("number")?,
        state: TicketState::parse(&state)
            .ok_or_else(|| StorageError::NotUnderstood(format!("the ticket's state {state}")))?,
        opened_at: time(row.try_get("opened_at")?)?,
        changed_at: time(row.try_get("changed_at")?)?,
        changed_by: row.try_get("changed_by")?,
    })
}

/// A key with how many devices more or fewer have it.
struct Moved<'a> {
    key: &'a SshKey,
    more: i64,
    at: Timestamp,
}

/// Keeps how many devices have which key, and adds to the sums what came and what is gone.
pub(super) async fn write(
    connection: &mut Connection,
    changes: &[&Change],
    sums: &mut BTreeMap<SumKey, Sum>,
) -> Result<()> {
    let mut moved: BTreeMap<(String, String), Moved<'_>> = BTreeMap::new();
    for change in changes {
        let newest = change.after.as_ref().or(change.before.as_ref());
        let Some(at) = newest.map(|device| device.heard_at) else {
            continue;
        };
        for (device, more) in [(&change.before, -1), (&change.after, 1)] {
            let Some(device) = device else { continue };
            for key in &device.ssh_keys {
                let organization = key.organization.as_deref().unwrap_or_default();
                let place = (organization.to_lowercase(), key.sha256.clone());
                let entry = moved.entry(place).or_insert(Moved { key, more: 0, at });
                entry.more += more;
                entry.at = entry.at.max(at);
            }
        }
    }
    moved.retain(|_, moved| moved.more != 0);
    // In the order of their names, so that two writers never wait for each other.
    let rows = moved.iter().map(|((organization, sha256), moved)| {
        let at = moved.at.as_microsecond();
        [
            organization.clone().into(),
            sha256.clone().into(),
            moved.key.md5.clone().into(),
            moved.key.algorithm.clone().into(),
            at.into(),
            moved.more.into(),
            (moved.more < 0).then_some(at).into(),
        ]
    });
    let rows = given::fetch(
        connection,
        "INSERT INTO ssh_keys (organization, sha256, md5, algorithm, seen_at, holders, gone_at) ",
        rows.collect(),
        " ON CONFLICT (organization, sha256) DO UPDATE SET holders = ssh_keys.holders + excluded.holders,
            gone_at = CASE WHEN ssh_keys.holders + excluded.holders > 0 THEN NULL ELSE excluded.gone_at END,
            times = ssh_keys.times + 1
         RETURNING organization, sha256, holders, times",
    )
    .await?;
    for row in rows {
        let place = (row.try_get("organization")?, row.try_get("sha256")?);
        let (holders, times): (i64, i64) = (row.try_get("holders")?, row.try_get("times")?);
        let Some(moved) = moved.get(&place) else {
            continue;
        };
        let word = |holders: i64| if holders > 0 { HELD } else { GONE };
        let before = (times > 0).then(|| word(holders - moved.more));
        let mut sum = |status, members| {
            let key = SumKey {
                dimension: Dimension::SshKey,
                key: place.0.clone(),
                status,
            };
            sums.entry(key).or_default().members += members;
        };
        if before != Some(word(holders)) {
            if let Some(before) = before {
                sum(before, -1);
            }
            sum(word(holders), 1);
        }
    }
    Ok(())
}
