//! Reports, a batch in one commit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use prometheus_client::metrics::histogram::Histogram;
use sqlx::Row as _;
use uuid::Uuid;

use super::super::intake::{Intake, NewReport, Taken, ToldOrganization};
use super::super::queue::Work;
use super::super::{Result, StorageError};
use super::changes::{self, Change};
use super::database::{Database, Shards};
use super::stored::{self, Stored};
use super::{Connection, Pool, begin, given, roster_settled};

/// A database takes only so many values in one statement.
const MOST: usize = 1000;

/// Writes batches of reports.
pub(super) struct Reports {
    pub(super) pool: Pool,
    pub(super) shards: Arc<Shards>,
}

#[async_trait]
impl Work for Reports {
    type Job = NewReport;
    type Done = Taken;

    async fn all(&self, reports: &[NewReport]) -> Result<Vec<Result<Taken>>> {
        let mut transaction = begin(&self.pool).await?;
        let taken = take(&mut transaction, self.shards.next(), reports).await?;
        transaction.commit().await?;
        Ok(taken)
    }
}

#[async_trait]
impl Intake for Database {
    async fn take_report(&self, report: NewReport) -> Result<Taken> {
        self.report_line.add(report).await
    }

    async fn take_reports(&self, reports: Vec<NewReport>) -> Result<Vec<Result<Taken>>> {
        let mut taken = Vec::with_capacity(reports.len());
        for batch in reports.chunks(MOST) {
            taken.extend(self.reports.all(batch).await?);
        }
        Ok(taken)
    }

    fn batch_sizes(&self) -> Histogram {
        self.report_line.sizes.clone()
    }
}

async fn take(
    connection: &mut Connection,
    shard: i64,
    reports: &[NewReport],
) -> Result<Vec<Result<Taken>>> {
    let senders: BTreeSet<_> = reports.iter().map(|report| &report.device).collect();
    let before = stored::by_ids(connection, senders.into_iter()).await?;
    let mut after: BTreeMap<_, _> = before
        .iter()
        .map(|device| (device.id.clone(), device.clone()))
        .collect();
    let known: Vec<_> = reports
        .iter()
        .filter(|report| after.contains_key(&report.device))
        .collect();
    let twice = seen_twice(connection, &known).await?;
    let mut new = insert(connection, &known).await?;
    let mut taken = Vec::with_capacity(reports.len());
    let mut told = BTreeMap::new();
    for report in reports {
        let Some(device) = after.get_mut(&report.device) else {
            taken.push(Err(StorageError::UnknownDevice));
            continue;
        };
        device.heard_at = device.heard_at.max(report.received_at);
        device.silent = false;
        if !new.remove(&report.id) {
            taken.push(Ok(Taken::Duplicate));
            continue;
        }
        if twice.contains(&report.id) {
            device.cloned_at = Some(report.received_at.as_microsecond());
        }
        become_state(device, report);
        for organization in &report.organizations {
            told.insert(organization.name.to_lowercase(), organization);
        }
        taken.push(Ok(Taken::New));
    }
    organizations(connection, told, reports).await?;
    let mut changes: Vec<_> = before
        .into_iter()
        .filter_map(|device| {
            let after = after.remove(&device.id)?;
            Some(Change {
                before: Some(device),
                after: Some(after),
            })
        })
        .collect();
    roster_settled::place(connection, &mut changes).await?;
    changes::write(connection, shard, &changes).await?;
    Ok(taken)
}

/// The device says what its report says, unless one of a newer scan is there.
fn become_state(device: &mut Stored, report: &NewReport) {
    if report.failed_edits {
        let at = report.received_at.as_microsecond();
        device.failed_edits_at = Some(device.failed_edits_at.map_or(at, |before| before.max(at)));
    }
    let order = (report.ordered_at().as_microsecond(), report.sequence);
    if device.report.is_some() && (device.ordered_at, device.sequence) > order {
        return;
    }
    let standing = &report.standing;
    device.rename(&report.names);
    device.said = Some(standing.state);
    device.report = Some(report.id.as_bytes().to_vec());
    (device.ordered_at, device.sequence) = order;
    device.scanned_at = Some(report.scanned_at.as_microsecond());
    device.agent = Some(report.agent.clone());
    device.open_steps = standing.open_steps.into();
    device.declared_steps = standing.declared_steps.into();
    device.accepted = standing.accepted.into();
    device.errors = standing.errors.into();
    device.findings = standing.findings;
    device.organizations.clone_from(&standing.organizations);
    device.stores.clone_from(&standing.stores);
    device.ssh_keys.clone_from(&report.ssh_keys);
}

/// Those reports whose number another report of the same device has: one workstation counts on, so these are two.
async fn seen_twice(connection: &mut Connection, reports: &[&NewReport]) -> Result<HashSet<Uuid>> {
    let mut first: HashMap<(&str, i64), Uuid> = HashMap::new();
    let mut twice = HashSet::new();
    let numbers = reports
        .iter()
        .map(|report| [report.device.clone().into(), report.sequence.into()]);
    let rows = given::fetch(
        connection,
        "SELECT r.device_id, r.sequence, r.id FROM (",
        numbers.collect(),
        ") AS v JOIN reports r ON r.device_id = v.column1 AND r.sequence = v.column2",
    )
    .await?;
    let mut kept = HashMap::new();
    for row in &rows {
        let device: String = row.try_get("device_id")?;
        let sequence: i64 = row.try_get("sequence")?;
        kept.insert((device, sequence), uuid(row.try_get("id")?)?);
    }
    for report in reports {
        let number = (report.device.clone(), report.sequence);
        let other = kept.get(&number).copied();
        let other = other.unwrap_or_else(|| {
            *first
                .entry((&report.device, report.sequence))
                .or_insert(report.id)
        });
        if other != report.id {
            twice.insert(report.id);
        }
    }
    Ok(twice)
}

/// Keeps the reports and answers the ids of those that were not there.
async fn insert(connection: &mut Connection, reports: &[&NewReport]) -> Result<HashSet<Uuid>> {
    let mut once: Vec<&NewReport> = reports.to_vec();
    once.sort_by_key(|report| report.id);
    once.dedup_by_key(|report| report.id);
    let rows = once.into_iter().map(|report| {
        [
            report.id.as_bytes().to_vec().into(),
            report.device.clone().into(),
            report.sequence.into(),
            report.scanned_at.as_microsecond().into(),
            report.received_at.as_microsecond().into(),
            report.standing.state.as_str().into(),
            i64::from(report.standing.findings.stale).into(),
            i64::from(report.standing.findings.unsure).into(),
            report.body.encoding.as_str().into(),
            report.body.bytes.clone().into(),
        ]
    });
    let rows = given::fetch(
        connection,
        "INSERT INTO reports (id, device_id, sequence, scanned_at, received_at, state, stale, unsure, encoding, body) ",
        rows.collect(),
        " ON CONFLICT (id) DO NOTHING RETURNING id",
    )
    .await?;
    rows.iter().map(|row| uuid(row.try_get("id")?)).collect()
}

pub(super) fn uuid(bytes: Vec<u8>) -> Result<Uuid> {
    Uuid::from_slice(&bytes).map_err(|_| StorageError::NotUnderstood("the id of a report".into()))
}

/// Organizations that are new, or of which something new is told.
async fn organizations(
    connection: &mut Connection,
    told: BTreeMap<String, &ToldOrganization>,
    reports: &[NewReport],
) -> Result<()> {
    let Some(now) = reports.iter().map(|report| report.received_at).max() else {
        return Ok(());
    };
    let rows = given::fetch(
        connection,
        "SELECT key, tenant, connected_at FROM organizations WHERE key IN (",
        told.keys().map(|key| [key.clone().into()]).collect(),
        ")",
    )
    .await?;
    let mut known: HashMap<String, (Option<String>, Option<i64>)> = HashMap::new();
    for row in rows {
        let facts = (row.try_get("tenant")?, row.try_get("connected_at")?);
        known.insert(row.try_get("key")?, facts);
    }
    let new: Vec<_> = told
        .into_iter()
        .filter_map(|(key, organization)| {
            let connected_at = organization
                .connected_at
                .map(jiff::Timestamp::as_microsecond);
            let before = known.get(&key).cloned();
            let known = before.clone().unwrap_or_default();
            let facts = (
                organization.tenant.clone().or(known.0),
                connected_at.or(known.1),
            );
            (before.as_ref() != Some(&facts)).then(|| (key, organization.name.clone(), facts))
        })
        .collect();
    let rows = new.into_iter().map(|(key, name, (tenant, connected_at))| {
        [
            key.into(),
            name.into(),
            now.as_microsecond().into(),
            tenant.into(),
            connected_at.into(),
        ]
    });
    given::execute(
        connection,
        "INSERT INTO organizations (key, name, seen_at, tenant, connected_at) ",
        rows.collect(),
        " ON CONFLICT (key) DO UPDATE SET tenant = excluded.tenant, connected_at = excluded.connected_at",
    )
    .await
}
