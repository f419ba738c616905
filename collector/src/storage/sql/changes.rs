//! Writes how devices changed: their rows, what they are found by, and the sums.

use sqlx::QueryBuilder;

use super::super::Result;
use super::super::counted::Differences;
use super::database::json;
use super::stored::Stored;
use super::{Connection, Driver, outbox, ssh_keys, sums};

/// A device before and after; none where it was or is not there.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) before: Option<Stored>,
    pub(super) after: Option<Stored>,
}

impl Change {
    fn changed<T: PartialEq>(&self, part: impl Fn(&Stored) -> T) -> bool {
        self.before.as_ref().map(&part) != self.after.as_ref().map(part)
    }

    fn id(&self) -> &str {
        let device = self.after.as_ref().or(self.before.as_ref());
        device.map_or("", |device| &device.id)
    }
}

/// Writes all of it but the rows of new devices, which are there, and of removed ones, which go last.
pub(super) async fn write(
    connection: &mut Connection,
    shard: i64,
    changes: &[Change],
) -> Result<()> {
    heard(connection, &kept(changes, |_| true)).await?;
    let named = kept(changes, |change| {
        change.changed(|device| {
            (
                device.names.clone(),
                device.person_key.clone(),
                device.ring_key.clone(),
            )
        })
    });
    names(connection, &named).await?;
    let moved = kept(changes, |change| {
        change.changed(|device| (device.counted().status(), device.findings))
    });
    status(connection, &moved).await?;
    let marked = kept(changes, |change| {
        change.changed(|device| {
            (
                device.agent.clone(),
                device.declared_steps,
                device.accepted,
                device.cloned_at,
            )
        })
    });
    marks(connection, &marked).await?;
    parts(connection, changes).await?;
    outbox::devices(connection, changes).await?;
    let mut differences = Differences::default();
    let mut people = Vec::new();
    for change in changes {
        let (before, after) = (
            change.before.as_ref().map(Stored::counted),
            change.after.as_ref().map(Stored::counted),
        );
        differences.change(before.as_ref(), after.as_ref());
        if let Some(device) = &change.after {
            let name = device.names.person_name.clone().unwrap_or_default();
            people.push((device.person_key.clone(), name));
        }
    }
    let keys: Vec<_> = changes
        .iter()
        .filter(|change| change.changed(|device| device.ssh_keys.clone()))
        .collect();
    ssh_keys::write(connection, &keys, &mut differences.sums).await?;
    differences.drop_zeros();
    sums::write(connection, shard, differences, people.into_iter().collect()).await
}

fn kept(changes: &[Change], which: impl Fn(&Change) -> bool) -> Vec<&Stored> {
    changes
        .iter()
        .filter(|change| which(change))
        .filter_map(|change| change.after.as_ref())
        .collect()
}

/// What every report changes and no index, except for the time, is over.
async fn heard(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(devices.len());
    for device in devices {
        rows.push((
            device,
            json(&device.organizations)?,
            json(&device.stores)?,
            json(&device.ssh_keys)?,
        ));
    }
    let mut query = QueryBuilder::<Driver>::new(
        "UPDATE devices SET heard_at = v.column2, state = v.column3, report = v.column4, ordered_at = v.column5,
            sequence = v.column6, scanned_at = v.column7, open_steps = v.column8, errors = v.column9,
            organizations = v.column10, stores = v.column11, ssh_keys = v.column12, failed_edits_at = v.column13
         FROM (",
    );
    query.push_values(rows, |mut row, (device, organizations, stores, keys)| {
        row.push_bind(device.id.clone())
            .push_bind(device.heard_at.as_microsecond())
            .push_bind(device.said.map(rekey_report::DeviceState::as_str))
            .push_bind(device.report.clone())
            .push_bind(device.ordered_at)
            .push_bind(device.sequence)
            .push_bind(device.scanned_at)
            .push_bind(device.open_steps)
            .push_bind(device.errors)
            .push_bind(organizations)
            .push_bind(stores)
            .push_bind(keys)
            .push_bind(device.failed_edits_at);
    });
    query.push(") AS v WHERE devices.id = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

/// What a device is called; here the indexes over names are written.
async fn names(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new(
        "UPDATE devices SET machine_name = v.column2, machine_system = v.column3, person_name = v.column4,
            ring = v.column5, person_key = v.column6, ring_key = v.column7
         FROM (",
    );
    query.push_values(devices, |mut row, device| {
        row.push_bind(device.id.clone())
            .push_bind(device.names.machine_name.clone())
            .push_bind(device.names.machine_system.clone())
            .push_bind(device.names.person_name.clone())
            .push_bind(device.names.ring.clone())
            .push_bind(device.person_key.clone())
            .push_bind(device.ring_key.clone());
    });
    query.push(") AS v WHERE devices.id = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

/// Where a device stands; here the indexes over states are written.
async fn status(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new(
        "UPDATE devices SET status = v.column2, stale = v.column3, unsure = v.column4, remaining = v.column5
         FROM (",
    );
    query.push_values(devices, |mut row, device| {
        let (stale, unsure) = (
            i64::from(device.findings.stale),
            i64::from(device.findings.unsure),
        );
        row.push_bind(device.id.clone())
            .push_bind(device.counted().status().as_str())
            .push_bind(stale)
            .push_bind(unsure)
            .push_bind(stale + unsure);
    });
    query.push(") AS v WHERE devices.id = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

/// What an admin looks for beside the state; here the indexes over it are written.
async fn marks(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new(
        "UPDATE devices SET agent = v.column2, declared_steps = v.column3, accepted = v.column4, cloned_at = v.column5
         FROM (",
    );
    query.push_values(devices, |mut row, device| {
        row.push_bind(device.id.clone())
            .push_bind(device.agent.clone())
            .push_bind(device.declared_steps)
            .push_bind(device.accepted)
            .push_bind(device.cloned_at);
    });
    query.push(") AS v WHERE devices.id = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

/// The rows beside a device's own: organizations, places, keys and words.
async fn parts(connection: &mut Connection, changes: &[Change]) -> Result<()> {
    let moved = |change: &&Change| change.changed(|device| device.counted().status());
    let (mut organizations, mut stores, mut keys, mut words) = (vec![], vec![], vec![], vec![]);
    for change in changes {
        if moved(&change) || change.changed(|device| device.organizations.clone()) {
            organizations.push(change);
        }
        if moved(&change) || change.changed(|device| device.stores.clone()) {
            stores.push(change);
        }
        if change.changed(|device| device.ssh_keys.clone()) {
            keys.push(change);
        }
        if change.changed(|device| device.names.words()) {
            words.push(change);
        }
    }
    clear(connection, "device_organizations", &organizations).await?;
    fill(
        connection,
        "device_organizations (device_id, key, name, state, status, stale, unsure)",
        rows(&organizations, |device, rows| {
            let counted = device.counted();
            for organization in &device.organizations {
                let status = counted.status_for(organization).as_str();
                rows.push(vec![
                    Value::Text(organization.key()),
                    Value::Text(organization.name.clone()),
                    Value::Text(organization.state.as_str().to_owned()),
                    Value::Text(status.to_owned()),
                    Value::Number(organization.findings.stale.into()),
                    Value::Number(organization.findings.unsure.into()),
                ]);
            }
        }),
    )
    .await?;
    clear(connection, "device_stores", &stores).await?;
    fill(
        connection,
        "device_stores (device_id, store, status, stale, unsure)",
        rows(&stores, |device, rows| {
            let status = device.counted().status().as_str();
            for (store, counts) in &device.stores {
                rows.push(vec![
                    Value::Text(store.clone()),
                    Value::Text(status.to_owned()),
                    Value::Number(counts.stale.into()),
                    Value::Number(counts.unsure.into()),
                ]);
            }
        }),
    )
    .await?;
    clear(connection, "device_ssh_keys", &keys).await?;
    fill(
        connection,
        "device_ssh_keys (device_id, sha256, organization, md5, algorithm)",
        rows(&keys, |device, rows| {
            for key in &device.ssh_keys {
                let organization = key.organization.clone().unwrap_or_default();
                rows.push(vec![
                    Value::Text(key.sha256.clone()),
                    Value::Text(organization.to_lowercase()),
                    Value::Text(key.md5.clone()),
                    Value::Text(key.algorithm.clone()),
                ]);
            }
        }),
    )
    .await?;
    clear(connection, "device_words", &words).await?;
    fill(
        connection,
        "device_words (device_id, word)",
        rows(&words, |device, rows| {
            rows.extend(
                device
                    .names
                    .words()
                    .into_iter()
                    .map(|word| vec![Value::Text(word)]),
            );
        }),
    )
    .await
}

enum Value {
    Text(String),
    Number(i64),
}

/// A device's id and the rest of one row.
type PartRow = (String, Vec<Value>);

fn rows(changes: &[&Change], of: impl Fn(&Stored, &mut Vec<Vec<Value>>)) -> Vec<PartRow> {
    let mut all = Vec::new();
    for device in changes.iter().filter_map(|change| change.after.as_ref()) {
        let mut own = Vec::new();
        of(device, &mut own);
        all.extend(own.into_iter().map(|row| (device.id.clone(), row)));
    }
    all
}

async fn clear(
    connection: &mut Connection,
    table: &'static str,
    changes: &[&Change],
) -> Result<()> {
    let had: Vec<_> = changes
        .iter()
        .filter(|change| change.before.is_some())
        .collect();
    if had.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("DELETE FROM ");
    query.push(table).push(" WHERE device_id IN (");
    let mut list = query.separated(", ");
    for change in had {
        list.push_bind(change.id().to_owned());
    }
    query.push(")");
    query.build().execute(connection).await?;
    Ok(())
}

/// A database takes only so many values in one statement.
const ROWS: usize = 2000;

async fn fill(
    connection: &mut Connection,
    table: &'static str,
    mut rows: Vec<PartRow>,
) -> Result<()> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS));
        let mut query = QueryBuilder::<Driver>::new("INSERT INTO ");
        query.push(table).push(" ");
        query.push_values(rows, |mut row, (device, values)| {
            row.push_bind(device);
            for value in values {
                match value {
                    Value::Text(text) => row.push_bind(text),
                    Value::Number(number) => row.push_bind(number),
                };
            }
        });
        query.build().execute(&mut *connection).await?;
        rows = rest;
    }
    Ok(())
}
