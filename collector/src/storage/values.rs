//! What goes into a database and what comes out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rekey_report::{Cleaning, DeviceState, EnrollDevice, Report};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::secret::Digest;
use crate::standing::{Counts, OrganizationStanding, Standing};
use crate::text;

/// What the first start makes.
#[derive(Debug, Clone)]
pub struct FirstSecrets {
    /// The first admin's name.
    pub user: String,
    /// The argon2 hash of their password.
    pub password: String,
    /// Of the enrolment secret.
    pub enroll: Digest,
    /// Of the token for the admin's API.
    pub api: Digest,
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct User {
    /// The row.
    pub id: i64,
    /// As typed at sign-in.
    pub name: String,
    /// The argon2 hash.
    pub password: String,
}

/// A person on a machine, as they enrol.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// The machine's own id.
    pub machine_id: String,
    /// The person's id on it.
    pub person_id: String,
    /// The host name.
    pub machine_name: String,
    /// `windows`, `macos` or `linux`.
    pub machine_system: String,
    /// The sign-in name, where policy lets it be said.
    pub person_name: Option<String>,
    /// The deployment ring.
    pub ring: Option<String>,
}

impl NewDevice {
    /// From the wire.
    #[must_use]
    pub fn of(device: &EnrollDevice) -> Self {
        Self {
            machine_id: text::name(&device.machine.id),
            person_id: text::name(&device.person.id),
            machine_name: text::name(&device.machine.name),
            machine_system: text::name(&device.machine.system),
            person_name: text::optional_name(device.person.name.as_deref()),
            ring: text::optional_name(device.ring.as_deref()),
        }
    }

    /// What a search for a device looks through.
    #[must_use]
    pub fn search(&self) -> String {
        let person = self.person_name.as_deref().unwrap_or_default();
        format!("{} {person}", self.machine_name).to_lowercase()
    }
}

/// The owner of a device token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// The enrolment.
    pub id: String,
    /// Its ring.
    pub ring: Option<String>,
}

/// A report on its way into the database.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Names the report.
    pub id: Uuid,
    /// Who sent it, by token.
    pub device: String,
    /// What the report calls the machine and the person now.
    pub names: NewDevice,
    /// The agent's version.
    pub agent: String,
    /// Counts the reports of the enrolment.
    pub sequence: i64,
    /// When it was scanned, as the workstation says.
    pub scanned_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// What is counted of it.
    pub standing: Standing,
    /// As it came, decompressed.
    pub body: Vec<u8>,
}

impl NewReport {
    /// From the wire.
    #[must_use]
    pub fn of(report: &Report, device: String, received_at: Timestamp, body: Vec<u8>) -> Self {
        let names = NewDevice::of(&EnrollDevice {
            machine: report.machine.clone(),
            person: report.person.clone(),
            ring: report.ring.clone(),
        });
        Self {
            id: report.id,
            device,
            names,
            agent: text::name(&report.agent),
            sequence: i64::try_from(report.sequence).unwrap_or(i64::MAX),
            scanned_at: report.scanned_at,
            received_at,
            standing: Standing::of(report),
            body,
        }
    }

    /// By what reports of a device are ordered. A workstation whose clock is ahead must not keep
    /// its state for ever, so no scan counts as later than its arrival.
    #[must_use]
    pub fn ordered_at(&self) -> Timestamp {
        self.scanned_at.min(self.received_at)
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    New,
    /// It was kept before.
    Duplicate,
}

/// Whom a cleaning state is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleaningScope {
    /// Every device.
    All,
    /// The devices of one ring.
    Ring(String),
}

/// Every cleaning state that was set. A ring cannot be allowed what is paused for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleaningStates {
    /// For every device.
    pub all: Cleaning,
    /// For single rings.
    pub rings: BTreeMap<String, Cleaning>,
}

/// A device's state as an admin sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStatus {
    /// What its newest report says.
    Reported(DeviceState),
    /// No report for a set time; what it said before may still hold.
    Silent,
    /// Enrolled a short while ago, no report yet.
    NotReported,
}

impl DeviceStatus {
    /// Silence outweighs what was last said.
    #[must_use]
    pub fn of(state: Option<DeviceState>, heard_at: Timestamp, silent_before: Timestamp) -> Self {
        match state {
            _ if heard_at < silent_before => Self::Silent,
            Some(state) => Self::Reported(state),
            None => Self::NotReported,
        }
    }

    /// The word in JSON, addresses and CSV.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported(state) => state.as_str(),
            Self::Silent => "silent",
            Self::NotReported => "not-reported",
        }
    }
}

impl Serialize for DeviceStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How many devices are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StateCounts {
    /// Nothing left to do.
    pub compliant: u64,
    /// Something left.
    pub action_needed: u64,
    /// The last run had an error.
    pub failed: u64,
    /// Not connected yet, or paused.
    pub waiting: u64,
    /// No report for a set time.
    pub silent: u64,
    /// Enrolled, no report yet; shown beside the states, because it is none of them.
    #[serde(skip)]
    pub not_reported: u64,
}

impl StateCounts {
    /// Adds to the state of that word.
    pub fn add(&mut self, state: &str, count: u64) {
        match state {
            "compliant" => self.compliant += count,
            "action-needed" => self.action_needed += count,
            "failed" => self.failed += count,
            "waiting" => self.waiting += count,
            "silent" => self.silent += count,
            _ => self.not_reported += count,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.compliant
            + self.action_needed
            + self.failed
            + self.waiting
            + self.silent
            + self.not_reported
    }
}

/// The numbers of one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganizationNumbers {
    /// Its name.
    pub name: String,
    /// The devices that report on it.
    pub devices: StateCounts,
    /// What is left of it.
    pub findings: FindingNumbers,
}

/// The numbers of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreNumbers {
    /// The place's kind, such as `npm`.
    pub name: String,
    /// On how many devices something is left there.
    pub devices: u64,
    /// What is left there.
    pub findings: FindingNumbers,
}

/// Findings over many devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FindingNumbers {
    /// To be removed.
    pub stale: u64,
    /// Undecided.
    pub unsure: u64,
}

/// Everything that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compliance {
    /// Of all devices.
    pub devices: StateCounts,
    /// Devices with a step that is done only by the person's word.
    pub declared: u64,
    /// By organization, in the order of their names.
    pub organizations: Vec<OrganizationNumbers>,
    /// By place, the fullest first.
    pub stores: Vec<StoreNumbers>,
    /// When the newest report came.
    pub newest_report_at: Option<Timestamp>,
}

/// Which devices.
#[derive(Debug, Clone, Default)]
pub struct DeviceFilter {
    /// Only of this state, and where an organization is given: of this state for that organization.
    pub state: Option<String>,
    /// Only those that report on it.
    pub organization: Option<String>,
    /// Only those with something left in this place.
    pub store: Option<String>,
    /// Part of the machine's or the person's name.
    pub search: Option<String>,
    /// Only what comes after this device.
    pub after: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct DevicePage {
    /// The devices.
    pub devices: Vec<Device>,
    /// Goes on after this device; none at the end.
    pub next: Option<String>,
}

/// One person on one machine, with what its newest report says.
#[derive(Debug, Clone)]
pub struct Device {
    /// The enrolment.
    pub id: String,
    /// As an admin sees it.
    pub status: DeviceStatus,
    /// What the newest report said, also where the device is silent since.
    pub said: Option<DeviceState>,
    /// The host name.
    pub machine_name: String,
    /// `windows`, `macos` or `linux`.
    pub machine_system: String,
    /// The machine's own id.
    pub machine_id: String,
    /// The sign-in name, where it is known.
    pub person_name: Option<String>,
    /// The person's id on the machine.
    pub person_id: String,
    /// The ring.
    pub ring: Option<String>,
    /// The agent's version.
    pub agent: Option<String>,
    /// What is left.
    pub findings: Counts,
    /// Steps pending or deferred.
    pub open_steps: u32,
    /// Steps done by the person's word.
    pub declared_steps: u32,
    /// Places and edits that failed.
    pub errors: u32,
    /// By organization.
    pub organizations: Vec<OrganizationStanding>,
    /// When it enrolled first.
    pub enrolled_at: Timestamp,
    /// When the state was scanned; none before the first report.
    pub scanned_at: Option<Timestamp>,
    /// When the last report came; the enrolment before the first.
    pub heard_at: Timestamp,
}

/// One report in a device's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Names the report.
    pub id: Uuid,
    /// Counts the reports of the enrolment.
    pub sequence: i64,
    /// When it was scanned.
    pub scanned_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// What it said.
    pub state: DeviceState,
    /// What was left.
    pub findings: Counts,
}
