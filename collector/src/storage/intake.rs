//! Reports on their way into the database.

use std::io::Read as _;

use async_trait::async_trait;
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use prometheus_client::metrics::histogram::Histogram;
use rekey_report::{EnrollDevice, OutcomeState, REPORT_LIMIT, Report, SshKey};
use uuid::Uuid;

use super::{NewDevice, Result};
use crate::standing::Standing;
use crate::text;

/// So that a hostile report cannot fill the table of keys.
const MOST_KEYS: usize = 100;

/// How a report's bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As JSON.
    Plain,
    /// Compressed, as the workstation sent it.
    Gzip,
}

impl Encoding {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => "gzip",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Plain, Self::Gzip]
            .into_iter()
            .find(|encoding| encoding.as_str() == word)
    }
}

/// A report's bytes, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// How to read them.
    pub encoding: Encoding,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Body {
    /// JSON as it is.
    #[must_use]
    pub const fn plain(bytes: Vec<u8>) -> Self {
        Self {
            encoding: Encoding::Plain,
            bytes,
        }
    }

    /// The JSON; none where it was removed meanwhile or is no longer whole.
    #[must_use]
    pub fn json(&self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        match self.encoding {
            Encoding::Plain => Some(self.bytes.clone()),
            Encoding::Gzip => {
                let mut json = Vec::new();
                MultiGzDecoder::new(self.bytes.as_slice())
                    .take(REPORT_LIMIT as u64)
                    .read_to_end(&mut json)
                    .ok()?;
                Some(json)
            }
        }
    }
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
    /// Whether an edit failed.
    pub failed_edits: bool,
    /// Keys that Support must clear.
    pub ssh_keys: Vec<SshKey>,
    /// What the report knows of its organizations.
    pub organizations: Vec<ToldOrganization>,
    /// As it came.
    pub body: Body,
}

/// What a report knows of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldOrganization {
    /// Its name.
    pub name: String,
    /// The tenant that it is connected to.
    pub tenant: Option<String>,
    /// Since when.
    pub connected_at: Option<Timestamp>,
}

impl NewReport {
    /// From the wire.
    #[must_use]
    pub fn of(report: &Report, device: String, received_at: Timestamp, body: Body) -> Self {
        let names = NewDevice::of(&EnrollDevice {
            machine: report.machine.clone(),
            person: report.person.clone(),
            ring: report.ring.clone(),
        });
        let standing = Standing::of(report);
        Self {
            id: report.id,
            device,
            names,
            agent: text::name(&report.agent),
            sequence: i64::try_from(report.sequence).unwrap_or(i64::MAX),
            scanned_at: report.scanned_at,
            received_at,
            failed_edits: report
                .outcomes
                .iter()
                .any(|outcome| outcome.state == OutcomeState::Failed),
            ssh_keys: ssh_keys(report),
            organizations: told(report, &standing),
            standing,
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

/// One key an organization once; the table is sorted, so that the same keys are the same text.
fn ssh_keys(report: &Report) -> Vec<SshKey> {
    let mut keys: Vec<_> = report
        .ssh_keys
        .iter()
        .take(MOST_KEYS)
        .map(|key| SshKey {
            organization: text::optional_name(key.organization.as_deref()),
            algorithm: text::name(&key.algorithm),
            md5: text::name(&key.md5),
            sha256: text::name(&key.sha256),
        })
        .collect();
    let place = |key: &SshKey| {
        let organization = key.organization.as_deref().unwrap_or_default();
        (key.sha256.clone(), organization.to_lowercase())
    };
    keys.sort_by_key(place);
    keys.dedup_by_key(|key| place(key));
    keys
}

/// Of those organizations that are counted.
fn told(report: &Report, standing: &Standing) -> Vec<ToldOrganization> {
    let known = |name: &str| {
        report.organizations.iter().find(|entry| {
            text::name(&entry.organization.name).to_lowercase() == name.to_lowercase()
        })
    };
    standing
        .organizations
        .iter()
        .map(|organization| {
            let entry = known(&organization.name).map(|entry| &entry.organization);
            ToldOrganization {
                name: organization.name.clone(),
                tenant: entry.and_then(|entry| text::optional_name(entry.tenant.as_deref())),
                connected_at: entry.and_then(|entry| entry.connected_at),
            }
        })
        .collect()
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    New,
    /// It was kept before.
    Duplicate,
}

/// Takes reports.
#[async_trait]
pub trait Intake {
    /// Keeps a report, once. It becomes the device's state unless one of a newer scan is there.
    async fn take_report(&self, report: NewReport) -> Result<Taken>;

    /// Keeps many in one commit, for whoever has them at hand; the answers are in the same order.
    async fn take_reports(&self, reports: Vec<NewReport>) -> Result<Vec<Result<Taken>>>;

    /// How many reports were in each commit since the program started.
    fn batch_sizes(&self) -> Histogram;
}
