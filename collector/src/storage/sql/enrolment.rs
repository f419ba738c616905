//! Enrolments, a batch in one commit, and device tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Row as _;
use uuid::Uuid;

use super::super::enrolment::{Enrolled, Enrolment, KnownDevice, NewEnrolment};
use super::super::queue::Work;
use super::super::refused::{Refusal, RefusedEnrolment};
use super::super::{NewDevice, Result, StorageError};
use super::changes::{self, Change};
use super::database::{Database, Shards};
use super::enroll_secrets::{self, Held};
use super::{Connection, Pool, begin, given, refused, roster_settled, stored};
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
    type Done = Enrolled;

    async fn all(&self, enrolments: &[NewEnrolment]) -> Result<Vec<Result<Enrolled>>> {
        let mut transaction = begin(&self.pool).await?;
        // Secrets first, before any device: so no two writers wait for each other.
        let hashes = enrolments.iter().map(|enrolment| &enrolment.secret);
        let mut held = enroll_secrets::locked(&mut transaction, hashes).await?;
        let mut used_before = secrets_of(&mut transaction, enrolments).await?;
        let mut admitted = BTreeMap::new();
        let mut refusals = Vec::new();
        let mut answers = Vec::with_capacity(enrolments.len());
        for enrolment in enrolments {
            let held = held.get_mut(enrolment.secret.as_bytes());
            let name = held.as_ref().map(|held| held.secret.name.clone());
            let answer = admit(held, enrolment, &mut used_before);
            match answer {
                // Whoever enrols twice in a batch has the newest token.
                Ok(secret) => drop(admitted.insert(pair(&enrolment.device), (enrolment, secret))),
                Err(refusal) => refusals.push(RefusedEnrolment {
                    at: enrolment.at,
                    reason: refusal.as_str().to_owned(),
                    machine_name: enrolment.device.machine_name.clone(),
                    secret_name: name.unwrap_or_default(),
                    address: enrolment.address.clone(),
                }),
            }
            answers.push(answer);
        }
        refused::note(&mut transaction, &refusals).await?;
        enroll_secrets::count_uses(&mut transaction, held.into_values()).await?;
        let ids = enroll(&mut transaction, self.shards.next(), &admitted).await?;
        transaction.commit().await?;
        let gone = || StorageError::NotUnderstood("a device that is not there".into());
        Ok(enrolments
            .iter()
            .zip(answers)
            .map(|(enrolment, answer)| match answer {
                Ok(_) => {
                    let id = ids.get(&pair(&enrolment.device)).cloned();
                    id.map(Enrolled::Device).ok_or_else(gone)
                }
                Err(refusal) => Ok(Enrolled::Refused(refusal)),
            })
            .collect())
    }
}

/// The row of the secret that enrols the device.
fn admit(
    held: Option<&mut Held>,
    enrolment: &NewEnrolment,
    used_before: &mut BTreeMap<Pair, i64>,
) -> std::result::Result<i64, Refusal> {
    let Held { secret, used } = held.ok_or(Refusal::UnknownSecret)?;
    let pair = pair(&enrolment.device);
    let with = used_before.get(&pair).copied();
    if secret.admit(&enrolment.device, with, enrolment.at)? {
        *used += 1;
        secret.uses += 1;
    }
    secret.last_used_at = secret.last_used_at.max(Some(enrolment.at));
    used_before.insert(pair, secret.id);
    Ok(secret.id)
}

/// With which secret those of the devices enrolled last that are known.
async fn secrets_of(
    connection: &mut Connection,
    enrolments: &[NewEnrolment],
) -> Result<BTreeMap<Pair, i64>> {
    let pairs = enrolments.iter().map(|enrolment| {
        [
            enrolment.device.machine_id.clone().into(),
            enrolment.device.person_id.clone().into(),
        ]
    });
    let rows = given::fetch(
        connection,
        "SELECT d.machine_id, d.person_id, d.enroll_secret FROM (",
        pairs.collect(),
        ") AS v JOIN devices d ON d.machine_id = v.column1 AND d.person_id = v.column2
         WHERE d.enroll_secret IS NOT NULL",
    )
    .await?;
    rows.iter()
        .map(|row| {
            let pair = (row.try_get("machine_id")?, row.try_get("person_id")?);
            Ok((pair, row.try_get("enroll_secret")?))
        })
        .collect()
}

async fn enroll(
    connection: &mut Connection,
    shard: i64,
    newest: &BTreeMap<Pair, (&NewEnrolment, i64)>,
) -> Result<BTreeMap<Pair, String>> {
    if newest.is_empty() {
        return Ok(BTreeMap::new());
    }
    let made: BTreeMap<_, _> = newest
        .keys()
        .map(|pair| (pair.clone(), Uuid::now_v7().to_string()))
        .collect();
    let rows = newest.iter().map(|(pair, (enrolment, secret))| {
        let (device, at) = (&enrolment.device, enrolment.at.as_microsecond());
        [
            made.get(pair).cloned().unwrap_or_default().into(),
            device.machine_id.clone().into(),
            device.person_id.clone().into(),
            enrolment.token.as_bytes().to_vec().into(),
            device.machine_name.clone().into(),
            device.machine_system.clone().into(),
            device.person_name.clone().into(),
            device.person_key().into(),
            device.ring.clone().into(),
            device.ring_key().into(),
            at.into(),
            at.into(),
            (*secret).into(),
        ]
    });
    given::execute(
        connection,
        "INSERT INTO devices (id, machine_id, person_id, token, machine_name, machine_system, person_name, person_key,
                              ring, ring_key, enrolled_at, heard_at, enroll_secret) ",
        rows.collect(),
        " ON CONFLICT (machine_id, person_id) DO NOTHING",
    )
    .await?;

    let devices = newest.values().map(|(enrolment, _)| &enrolment.device);
    let stored = stored::by_names(connection, devices).await?;
    let (mut ids, mut changes, mut tokens) = (BTreeMap::new(), Vec::new(), Vec::new());
    for device in stored {
        let pair = pair(&device.names);
        let new = made.get(&pair) == Some(&device.id);
        let mut after = device.clone();
        if let Some((enrolment, secret)) = newest.get(&pair).filter(|_| !new) {
            after.rename(&enrolment.device);
            tokens.push((device.id.clone(), enrolment.token, *secret));
        }
        ids.insert(pair, device.id.clone());
        changes.push(Change {
            before: (!new).then_some(device),
            after: Some(after),
        });
    }
    replace_tokens(connection, tokens).await?;
    roster_settled::place(connection, &mut changes).await?;
    changes::write(connection, shard, &changes).await?;
    Ok(ids)
}

async fn replace_tokens(
    connection: &mut Connection,
    tokens: Vec<(String, Digest, i64)>,
) -> Result<()> {
    let rows = tokens
        .into_iter()
        .map(|(id, token, secret)| [id.into(), token.as_bytes().to_vec().into(), secret.into()]);
    given::execute(
        connection,
        "UPDATE devices SET token = v.column2, enroll_secret = v.column3 FROM (",
        rows.collect(),
        ") AS v WHERE devices.id = v.column1",
    )
    .await
}

#[async_trait]
impl Enrolment for Database {
    async fn enroll(&self, enrolment: NewEnrolment) -> Result<Enrolled> {
        self.enrolment_line.add(enrolment).await
    }

    async fn device_by_token(&self, token: &Digest) -> Result<Option<KnownDevice>> {
        self.token_line.add(*token).await
    }
}
