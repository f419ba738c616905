//! A device as it lies in the database, for whoever changes it.

use jiff::Timestamp;
use rekey_report::{DeviceState, SshKey};
use sqlx::Row as _;

use super::super::counted::Counted;
use super::super::{DeviceStatus, NewDevice, Result, StorageError};
use super::database::{parsed, time};
use super::{Connection, LOCK, Row, given};
use crate::standing::{Counts, OrganizationStanding};

/// Everything of a device that reports and time change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) names: NewDevice,
    pub(super) person_key: String,
    pub(super) ring_key: String,
    pub(super) silent: bool,
    pub(super) said: Option<DeviceState>,
    pub(super) report: Option<Vec<u8>>,
    pub(super) ordered_at: i64,
    pub(super) sequence: i64,
    pub(super) scanned_at: Option<i64>,
    pub(super) heard_at: Timestamp,
    pub(super) agent: Option<String>,
    pub(super) open_steps: i64,
    pub(super) declared_steps: i64,
    pub(super) accepted: i64,
    pub(super) errors: i64,
    pub(super) findings: Counts,
    pub(super) organizations: Vec<OrganizationStanding>,
    pub(super) stores: std::collections::BTreeMap<String, Counts>,
    pub(super) ssh_keys: Vec<SshKey>,
    pub(super) failed_edits_at: Option<i64>,
    pub(super) cloned_at: Option<i64>,
}

impl Stored {
    /// What it adds to the numbers.
    pub(super) fn counted(&self) -> Counted<'_> {
        Counted {
            status: self.status(),
            system: &self.names.machine_system,
            ring: &self.ring_key,
            agent: self.agent.as_deref().unwrap_or_default(),
            person: &self.person_key,
            declared: self.declared_steps > 0,
            findings: self.findings,
            organizations: &self.organizations,
            stores: &self.stores,
        }
    }

    /// What an admin sees of it.
    pub(super) fn status(&self) -> DeviceStatus {
        DeviceStatus::of(self.said, self.silent)
    }

    /// What an admin sees of it for one organization.
    pub(super) fn status_for(&self, organization: &OrganizationStanding) -> DeviceStatus {
        DeviceStatus::of(Some(organization.state), self.silent)
    }

    /// What the machine, the person and the ring are called now.
    pub(super) fn rename(&mut self, names: &NewDevice) {
        let whose = |names: &NewDevice| (names.machine_name.clone(), names.person_name.clone());
        // Called the same, it stays with whom the roster gave it to.
        if whose(&self.names) != whose(names) {
            self.person_key = NewDevice::person_key(&NewDevice {
                person_name: names.person_name.clone(),
                ..self.names.clone()
            });
        }
        self.names.machine_name.clone_from(&names.machine_name);
        self.names.machine_system.clone_from(&names.machine_system);
        self.names.person_name.clone_from(&names.person_name);
        self.names.ring.clone_from(&names.ring);
        self.ring_key = self.names.ring_key();
    }

    fn of(row: &Row) -> Result<Self> {
        let status: String = row.try_get("status")?;
        let said: Option<String> = row.try_get("state")?;
        Ok(Self {
            id: row.try_get("id")?,
            names: NewDevice {
                machine_id: row.try_get("machine_id")?,
                person_id: row.try_get("person_id")?,
                machine_name: row.try_get("machine_name")?,
                machine_system: row.try_get("machine_system")?,
                person_name: row.try_get("person_name")?,
                ring: row.try_get("ring")?,
            },
            person_key: row.try_get("person_key")?,
            ring_key: row.try_get("ring_key")?,
            silent: status == "silent",
            said: said.map(|word| state(&word)).transpose()?,
            report: row.try_get("report")?,
            ordered_at: row.try_get("ordered_at")?,
            sequence: row.try_get("sequence")?,
            scanned_at: row.try_get("scanned_at")?,
            heard_at: time(row.try_get("heard_at")?)?,
            agent: row.try_get("agent")?,
            open_steps: row.try_get("open_steps")?,
            declared_steps: row.try_get("declared_steps")?,
            accepted: row.try_get("accepted")?,
            errors: row.try_get("errors")?,
            findings: counts(row)?,
            organizations: parsed(row.try_get("organizations")?)?,
            stores: parsed(row.try_get("stores")?)?,
            ssh_keys: parsed(row.try_get("ssh_keys")?)?,
            failed_edits_at: row.try_get("failed_edits_at")?,
            cloned_at: row.try_get("cloned_at")?,
        })
    }
}

pub(super) fn counts(row: &Row) -> Result<Counts> {
    let count = |name| -> Result<u32> {
        let count: i64 = row.try_get(name)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(Counts {
        stale: count("stale")?,
        unsure: count("unsure")?,
    })
}

pub(super) fn state(word: &str) -> Result<DeviceState> {
    DeviceState::ALL
        .iter()
        .copied()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| StorageError::NotUnderstood(format!("the state {word}")))
}

/// The devices of these ids, locked until the commit.
pub(super) async fn by_ids(
    connection: &mut Connection,
    ids: impl Iterator<Item = &String>,
) -> Result<Vec<Stored>> {
    let rows = given::fetch(
        connection,
        "SELECT d.* FROM devices d WHERE d.id IN (",
        ids.map(|id| [id.clone().into()]).collect(),
        &format!(") ORDER BY d.id{LOCK}"),
    )
    .await?;
    rows.iter().map(Stored::of).collect()
}

/// The devices of these machines and people, locked until the commit.
pub(super) async fn by_names(
    connection: &mut Connection,
    names: impl Iterator<Item = &NewDevice>,
) -> Result<Vec<Stored>> {
    let names = names.map(|names| {
        [
            names.machine_id.clone().into(),
            names.person_id.clone().into(),
        ]
    });
    let rows = given::fetch(
        connection,
        "SELECT d.* FROM (",
        names.collect(),
        &format!(") AS v JOIN devices d ON d.machine_id = v.column1 AND d.person_id = v.column2 ORDER BY d.id{LOCK}"),
    )
    .await?;
    rows.iter().map(Stored::of).collect()
}
