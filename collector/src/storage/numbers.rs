//! What is counted, from the summaries that the writers keep.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use super::Result;

/// How many devices are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
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
    /// Of people alone: on the roster, and never heard of.
    #[serde(skip)]
    pub never_reported: u64,
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
            "never-reported" => self.never_reported += count,
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
            + self.never_reported
    }
}

/// The numbers of one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OrganizationNumbers {
    /// Its name.
    pub name: String,
    /// The devices that report on it.
    pub devices: StateCounts,
    /// Devices with a step that is done only by the person's word.
    #[serde(skip)]
    pub declared: u64,
    /// What is left of it.
    pub findings: FindingNumbers,
}

/// The numbers of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StoreNumbers {
    /// The place's kind, such as `npm`.
    pub name: String,
    /// On how many devices something is left there.
    pub devices: u64,
    /// What is left there.
    pub findings: FindingNumbers,
}

/// The numbers of one operating system, one ring or one version of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupNumbers {
    /// The system as reports write it, or the ring in small letters; empty for devices without one.
    pub name: String,
    /// Its devices.
    pub devices: StateCounts,
    /// Devices with a step that is done only by the person's word.
    pub declared: u64,
    /// What is left on them.
    pub findings: FindingNumbers,
}

/// Findings over many devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FindingNumbers {
    /// To be removed.
    pub stale: u64,
    /// Undecided.
    pub unsure: u64,
}

/// Everything that is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compliance {
    /// Of all devices.
    pub devices: StateCounts,
    /// Devices with a step that is done only by the person's word.
    pub declared: u64,
    /// Those of them that are compliant.
    pub compliant_declared: u64,
    /// What is left on all devices.
    pub findings: FindingNumbers,
    /// People by the state of that device of theirs which is worst.
    pub people: StateCounts,
    /// By organization, in the order of their names.
    pub organizations: Vec<OrganizationNumbers>,
    /// By place, the fullest first.
    pub stores: Vec<StoreNumbers>,
    /// By operating system.
    pub systems: Vec<GroupNumbers>,
    /// By deployment ring.
    pub rings: Vec<GroupNumbers>,
    /// By version of the agent; empty for devices that have not reported.
    pub agents: Vec<GroupNumbers>,
    /// When the newest report came.
    pub newest_report_at: Option<Timestamp>,
}

/// The devices of one state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateNumbers {
    /// How many.
    pub devices: u64,
    /// What is left on them.
    pub findings: FindingNumbers,
    /// By organization: its name, the devices, what is left of it.
    pub organizations: Vec<(String, u64, FindingNumbers)>,
    /// By place, the fullest first.
    pub stores: Vec<StoreNumbers>,
}

/// How many devices were in which state at the end of a day, or now on the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Days since 1970, UTC.
    pub day: i64,
    /// The devices.
    pub devices: StateCounts,
}

/// An organization that reports name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOrganization {
    /// Its name in small letters.
    pub key: String,
    /// As the first report wrote it.
    pub name: String,
    /// The tenant, as the newest report that knew it said.
    pub tenant: Option<String>,
    /// Since when it is connected, as the newest report that knew it said.
    pub connected_at: Option<Timestamp>,
}

/// Reads what is counted. No answer takes longer for more devices.
#[async_trait]
pub trait Numbers {
    /// The numbers, which belong together.
    async fn compliance(&self) -> Result<Compliance>;

    /// The numbers of the devices in one state.
    async fn of_state(&self, status: &str) -> Result<StateNumbers>;

    /// Day by day from `since` on (days since 1970), oldest first; of one organization by its key, or of all devices.
    /// A day on which no collector ran is missing.
    async fn days(&self, organization: Option<&str>, since: i64) -> Result<Vec<Day>>;

    /// Every organization that reports named.
    async fn known_organizations(&self) -> Result<Vec<KnownOrganization>>;
}
