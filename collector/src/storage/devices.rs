//! Devices as an admin sees them.

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::DeviceState;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::audit::Actor;
use super::{Body, Result};
use crate::standing::{Counts, OrganizationStanding};

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
    /// Of what the newest report says, if there is one, and of being silent.
    pub(super) const fn of(said: Option<DeviceState>, silent: bool) -> Self {
        match said {
            _ if silent => Self::Silent,
            Some(state) => Self::Reported(state),
            None => Self::NotReported,
        }
    }

    /// The word in JSON, addresses, CSV and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported(state) => state.as_str(),
            Self::Silent => "silent",
            Self::NotReported => "not-reported",
        }
    }
}

impl utoipa::PartialSchema for DeviceStatus {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let words = DeviceState::ALL.iter().map(|state| state.as_str());
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("The device's state as an admin sees it."))
            .enum_values(Some(words.chain(["silent", "not-reported"])))
            .into()
    }
}

impl utoipa::ToSchema for DeviceStatus {}

impl Serialize for DeviceStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// In which order devices are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By the machine's name.
    #[default]
    Name,
    /// Heard longest ago first.
    Heard,
    /// Most stale and unsure credentials first.
    Remaining,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Name, Self::Heard, Self::Remaining];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Heard => "heard",
            Self::Remaining => "remaining",
        }
    }
}

/// What marks a device out, beside its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A step of it is done by the person's word alone.
    Declared,
    /// Somebody accepted a finding of it.
    Accepted,
    /// Two machines were seen to report as this device.
    Cloned,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 3] = [Self::Declared, Self::Accepted, Self::Cloned];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Accepted => "accepted",
            Self::Cloned => "cloned",
        }
    }
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
    /// Only of this operating system.
    pub system: Option<String>,
    /// Only of this ring; empty for those without one.
    pub ring: Option<String>,
    /// Only of this person, by key.
    pub person: Option<String>,
    /// Only with this version of the agent.
    pub agent: Option<String>,
    /// Only with this mark.
    pub mark: Option<Mark>,
    /// The beginning of any part of the machine's or the person's name.
    pub search: Option<String>,
    /// The order.
    pub sort: Sort,
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
    /// Names the person over all their machines.
    pub person_key: String,
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
    /// Findings that somebody accepted.
    pub accepted: u32,
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
    /// When the newest report with a failed edit came.
    pub failed_edits_at: Option<Timestamp>,
    /// When two machines were seen to report as this device.
    pub cloned_at: Option<Timestamp>,
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

/// Reads devices.
#[async_trait]
pub trait Devices {
    /// One page of devices in the order that the filter says.
    async fn devices(&self, filter: &DeviceFilter, limit: u32) -> Result<DevicePage>;

    /// One device.
    async fn device(&self, id: &str) -> Result<Option<Device>>;

    /// The report that is the device's state, as it came.
    async fn current_report(&self, device: &str) -> Result<Option<Body>>;

    /// The newest reports of a device.
    async fn history(&self, device: &str, limit: u32) -> Result<Vec<HistoryEntry>>;

    /// Somebody looked at what was taken for two machines, and dealt with it: the mark is gone until it is seen again.
    /// False where there is no such mark.
    async fn settle_clone(&self, id: &str, by: &Actor, at: Timestamp) -> Result<bool>;

    /// Forgets a device with everything that it ever reported. False where there is none.
    async fn forget_device(&self, id: &str) -> Result<bool>;

    /// Forgets every device of a person, by key, and answers how many there were.
    async fn forget_person(&self, key: &str) -> Result<u64>;
}
