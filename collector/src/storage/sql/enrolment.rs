//! Enrolments, a batch in one commit, and device tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::enrolment::{Enrolment, KnownDevice, NewEnrolment};
use super::super::queue::Work;
use super::super::{NewDevice, Result, StorageError};
use super::changes::{self, Change};
use super::database::{Database, Shards};
use super::{Connection, Driver, Pool, begin, stored};
use crate::secret::Digest;

/// Writes batches of enrolments.
pub(super) struct Enrolments {
    pub(super) pool: Pool,
    pub(super) shards: Arc<Shards>,
}

/// Who a device is, whatever it is called.
type Pair = (String, String);

fn pair(device: &NewDevice) -> Pair {
    (device.machine_id.clone(), device.person_id.clone())
}

#[async_trait]
impl Work for Enrolments {
    type Job = NewEnrolment;
    type Done = String;

    async fn all(&self, enrolments: &[NewEnrolment]) -> Result<Vec<Result<String>>> {
        let mut transaction = begin(&self.pool).await?;
        let ids = enroll(&mut transaction, self.shards.next(), enrolments).await?;
        transaction.commit().await?;
        Ok(enrolments
            .iter()
            .map(|enrolment| {
                let id = ids.get(&pair(&enrolment.device)).cloned();
                id.ok_or_else(|| StorageError::NotUnderstood("a device that is not there".into()))
            })
            .collect())
    }
}

async fn enroll(
    connection: &mut Connection,
    shard: i64,
    enrolments: &[NewEnrolment],
) -> Result<BTreeMap<Pair, String>> {
    // Whoever enrols twice in a batch has the newest token.
    let newest: BTreeMap<_, _> = enrolments
        .iter()
        .map(|enrolment| (pair(&enrolment.device), enrolment))
        .collect();
    let made: BTreeMap<_, _> = newest
        .keys()
        .map(|pair| (pair.clone(), Uuid::now_v7().to_string()))
        .collect();
    let mut query = QueryBuilder::<Driver>::new(
        "INSERT INTO devices (id, machine_id, person_id, token, machine_name, machine_system, person_name, person_key,
                              ring, ring_key, enrolled_at, heard_at) ",
    );
    query.push_values(&newest, |mut row, (pair, enrolment)| {
        let (device, at) = (&enrolment.device, enrolment.at.as_microsecond());
        row.push_bind(made.get(pair).cloned().unwrap_or_default())
            .push_bind(device.machine_id.clone())
            .push_bind(device.person_id.clone())
            .push_bind(enrolment.token.as_bytes().to_vec())
            .push_bind(device.machine_name.clone())
            .push_bind(device.machine_system.clone())
            .push_bind(device.person_name.clone())
            .push_bind(device.person_key())
            .push_bind(device.ring.clone())
            .push_bind(device.ring_key())
            .push_bind(at)
            .push_bind(at);
    });
    query.push(" ON CONFLICT (machine_id, person_id) DO NOTHING");
    query.build().execute(&mut *connection).await?;

    let devices = newest.values().map(|enrolment| &enrolment.device);
    let stored = stored::by_names(connection, devices).await?;
    let (mut ids, mut changes, mut tokens) = (BTreeMap::new(), Vec::new(), Vec::new());
    for device in stored {
        let pair = pair(&device.names);
        let new = made.get(&pair) == Some(&device.id);
        let mut after = device.clone();
        if let Some(enrolment) = newest.get(&pair).filter(|_| !new) {
            after.rename(&enrolment.device);
            tokens.push((device.id.clone(), enrolment.token));
        }
        ids.insert(pair, device.id.clone());
        changes.push(Change {
            before: (!new).then_some(device),
            after: Some(after),
        });
    }
    replace_tokens(connection, tokens).await?;
    changes::write(connection, shard, &changes).await?;
    Ok(ids)
}

async fn replace_tokens(connection: &mut Connection, tokens: Vec<(String, Digest)>) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("UPDATE devices SET token = v.column2 FROM (");
    query.push_values(tokens, |mut row, (id, token)| {
        row.push_bind(id).push_bind(token.as_bytes().to_vec());
    });
    query.push(") AS v WHERE devices.id = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

#[async_trait]
impl Enrolment for Database {
    async fn enroll_secrets(&self) -> Result<Vec<Digest>> {
        let secrets: Vec<Vec<u8>> = sqlx::query_scalar("SELECT secret FROM enroll_secrets")
            .fetch_all(&self.readers)
            .await?;
        secrets
            .iter()
            .map(|secret| {
                Digest::from_stored(secret)
                    .ok_or_else(|| StorageError::NotUnderstood("an enrolment secret".into()))
            })
            .collect()
    }

    async fn enroll(&self, enrolment: NewEnrolment) -> Result<String> {
        self.enrolment_line.add(enrolment).await
    }

    async fn device_by_token(&self, token: &Digest) -> Result<Option<KnownDevice>> {
        self.token_line.add(*token).await
    }
}
