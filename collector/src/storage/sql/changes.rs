//! Writes how devices changed: their rows, what they are found by, and the sums.

use std::collections::BTreeMap;

use super::super::Result;
use super::super::counted::Differences;
use super::database::json;
use super::given::{self, Given};
use super::stored::Stored;
use super::{Connection, outbox, parts, ssh_keys, sums};

/// A device before and after; none where it was or is not there.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) before: Option<Stored>,
    pub(super) after: Option<Stored>,
}

impl Change {
    pub(super) fn changed<'a, T: PartialEq>(&'a self, part: impl Fn(&'a Stored) -> T) -> bool {
        self.before.as_ref().map(&part) != self.after.as_ref().map(part)
    }
}

/// Writes all of it but the rows of new devices, which are there, and of removed ones, which go last.
pub(super) async fn write(
    connection: &mut Connection,
    shard: i64,
    changes: &[Change],
) -> Result<()> {
    let stands = |change: &Change| {
        change.changed(|device| {
            let counted = (&device.organizations, &device.stores, &device.ssh_keys);
            (counted, device.open_steps, device.errors)
        })
    };
    heard(connection, &kept(changes, |change| !stands(change))).await?;
    heard_anew(connection, &kept(changes, stands)).await?;
    let named = kept(changes, |change| {
        change.changed(|device| (&device.names, &device.person_key, &device.ring_key))
    });
    names(connection, &named).await?;
    let moved = kept(changes, |change| {
        change.changed(|device| (device.status(), device.findings))
    });
    status(connection, &moved).await?;
    let marked = kept(changes, |change| {
        change.changed(|device| {
            let steps = (device.declared_steps, device.accepted);
            (&device.agent, steps, device.cloned_at)
        })
    });
    marks(connection, &marked).await?;
    parts::write(connection, changes).await?;
    outbox::devices(connection, changes).await?;
    let mut differences = Differences::default();
    let mut people = BTreeMap::new();
    for change in changes {
        let (before, after) = (
            change.before.as_ref().map(Stored::counted),
            change.after.as_ref().map(Stored::counted),
        );
        differences.change(before, after);
        if let Some(device) = &change.after {
            let name = device.names.person_name.as_deref().unwrap_or_default();
            people.insert(device.person_key.as_str(), name);
        }
    }
    let keys: Vec<_> = changes
        .iter()
        .filter(|change| change.changed(|device| &device.ssh_keys))
        .collect();
    ssh_keys::write(connection, &keys, &mut differences.sums).await?;
    differences.drop_zeros();
    sums::write(connection, shard, differences, &people).await
}

fn kept(changes: &[Change], which: impl Fn(&Change) -> bool) -> Vec<&Stored> {
    changes
        .iter()
        .filter(|change| which(change))
        .filter_map(|change| change.after.as_ref())
        .collect()
}

/// The columns of [`heard_row`], after the id.
const HEARD: [&str; 7] = [
    "heard_at",
    "state",
    "report",
    "ordered_at",
    "sequence",
    "scanned_at",
    "failed_edits_at",
];

/// What every report changes; of the indexes only those over the time are.
async fn heard(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    let rows = devices.iter().map(|device| heard_row(device));
    update(connection, &HEARD, rows.collect()).await
}

/// The same with what pages show of a device and no index is over.
async fn heard_anew(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    let mut rows = Vec::with_capacity(devices.len());
    for device in devices {
        let [id, heard, state, report, ordered, sequence, scanned, failed] = heard_row(device);
        rows.push([
            id,
            heard,
            state,
            report,
            ordered,
            sequence,
            scanned,
            failed,
            device.open_steps.into(),
            device.errors.into(),
            json(&device.organizations)?.into(),
            json(&device.stores)?.into(),
            json(&device.ssh_keys)?.into(),
        ]);
    }
    let shown = [
        "open_steps",
        "errors",
        "organizations",
        "stores",
        "ssh_keys",
    ];
    update(connection, &[&HEARD[..], &shown].concat(), rows).await
}

/// Sets these columns of devices; the first value of a row is the device's id, and the others are theirs in this order.
async fn update<const N: usize>(
    connection: &mut Connection,
    columns: &[&str],
    rows: Vec<[Given; N]>,
) -> Result<()> {
    let set: Vec<_> = columns
        .iter()
        .zip(2..)
        .map(|(column, at)| format!("{column} = v.column{at}"))
        .collect();
    given::execute(
        connection,
        &format!("UPDATE devices SET {} FROM (", set.join(", ")),
        rows,
        ") AS v WHERE devices.id = v.column1",
    )
    .await
}

fn heard_row(device: &Stored) -> [Given; 8] {
    let said = device.said.map(rekey_report::DeviceState::as_str);
    [
        device.id.clone().into(),
        device.heard_at.as_microsecond().into(),
        Given::Text(said.map(str::to_owned)),
        device.report.clone().into(),
        device.ordered_at.into(),
        device.sequence.into(),
        device.scanned_at.into(),
        device.failed_edits_at.into(),
    ]
}

/// What a device is called; here the indexes over names are written.
async fn names(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    let rows = devices.iter().map(|device| {
        [
            device.id.clone().into(),
            device.names.machine_name.clone().into(),
            device.names.machine_system.clone().into(),
            device.names.person_name.clone().into(),
            device.names.ring.clone().into(),
            device.person_key.clone().into(),
            device.ring_key.clone().into(),
        ]
    });
    update(
        connection,
        &[
            "machine_name",
            "machine_system",
            "person_name",
            "ring",
            "person_key",
            "ring_key",
        ],
        rows.collect(),
    )
    .await
}

/// Where a device stands; here the indexes over states are written.
async fn status(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    let rows = devices.iter().map(|device| {
        let (stale, unsure) = (
            i64::from(device.findings.stale),
            i64::from(device.findings.unsure),
        );
        [
            device.id.clone().into(),
            device.status().as_str().into(),
            stale.into(),
            unsure.into(),
            (stale + unsure).into(),
        ]
    });
    update(
        connection,
        &["status", "stale", "unsure", "remaining"],
        rows.collect(),
    )
    .await
}

/// What an admin looks for beside the state; here the indexes over it are written.
async fn marks(connection: &mut Connection, devices: &[&Stored]) -> Result<()> {
    let rows = devices.iter().map(|device| {
        [
            device.id.clone().into(),
            device.agent.clone().into(),
            device.declared_steps.into(),
            device.accepted.into(),
            device.cloned_at.into(),
        ]
    });
    update(
        connection,
        &["agent", "declared_steps", "accepted", "cloned_at"],
        rows.collect(),
    )
    .await
}
