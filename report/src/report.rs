//! The report that a workstation sends, and the collector's answers to devices.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::finding::{Finding, Organization, Outcome, Place, Step, Summary};
use crate::words::DeviceState;

/// The schema name of [`Report`].
pub const REPORT_SCHEMA: &str = "rekey.report/1";

/// The longest report that a collector takes, in bytes after decompression.
pub const REPORT_LIMIT: usize = 4 * 1024 * 1024;

/// What one run of one person on one machine says. It has no secret and no name of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// `rekey.report/1`.
    pub schema: String,
    /// Names the report: sending it twice counts once. A UUID of version 7.
    pub id: Uuid,
    /// The run that it tells of.
    pub run: Uuid,
    /// Counts the reports of this enrolment from 1, so that a copied machine is seen.
    pub sequence: u64,
    /// When the places were read; never when the report was sent.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub scanned_at: Timestamp,
    /// The machine.
    pub machine: Machine,
    /// The person, as far as policy lets the report say.
    pub person: Person,
    /// The version of the agent.
    pub agent: String,
    /// The deployment ring, where policy names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<String>,
    /// Where the workstation stands.
    pub state: DeviceState,
    /// The organizations in scope, with what is known of them.
    pub organizations: Vec<ReportedOrganization>,
    /// What was found and is still there.
    pub findings: Vec<Finding>,
    /// Places that could not be read, or were left alone; read and absent ones are only counted.
    pub places: Vec<Place>,
    /// How many places were read.
    pub places_read: u32,
    /// How many findings have which verdict.
    pub summary: Summary,
    /// What the run changed or tried to.
    pub outcomes: Vec<Outcome>,
    /// The person's steps.
    pub steps: Vec<Step>,
    /// How many places and edits failed.
    pub errors: u32,
    /// SSH keys that Support must clear.
    #[serde(default)]
    pub ssh_keys: Vec<SshKey>,
}

/// An organization as a report tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportedOrganization {
    /// The organization.
    #[serde(flatten)]
    pub organization: Organization,
    /// The service says that it is not connected yet, so nothing of it is changed.
    pub gated: bool,
    /// Neither this workstation nor the service knows the name.
    #[serde(default)]
    pub unknown: bool,
}

/// The machine that a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Machine {
    /// Made once on the machine and kept: names it without naming its hardware.
    pub id: String,
    /// The host name.
    pub name: String,
    /// `windows`, `macos` or `linux`.
    pub system: String,
    /// The version of the operating system, where it can be read.
    pub version: Option<String>,
    /// `x86_64`, `aarch64`, ...
    pub architecture: String,
}

/// The person that a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// Names the person on the machine; the same at each report.
    pub id: String,
    /// The sign-in name; null where policy says `hash` or `none`.
    pub name: Option<String>,
}

/// A public SSH key that is registered with the identity of before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SshKey {
    /// For which organization; null where the key serves several or none is known.
    pub organization: Option<String>,
    /// `ssh-rsa`, `ssh-ed25519`, ...
    pub algorithm: String,
    /// The fingerprint as the settings page shows it: 16 pairs of hex digits.
    pub md5: String,
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
}

/// `POST /api/v1/enroll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollRequest {
    /// The enrolment secret.
    pub secret: String,
    /// Who enrols.
    pub device: EnrollDevice,
}

/// The person and machine that enrol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrollDevice {
    /// The machine.
    pub machine: Machine,
    /// The person.
    pub person: Person,
    /// The deployment ring, where policy names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<String>,
}

/// The answer to [`EnrollRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Names the enrolment at the collector.
    pub device_id: String,
    /// The device's token. The collector keeps only a hash of it.
    pub token: String,
}

/// `202` for a report: it is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The report's id.
    pub id: Uuid,
    /// True where the report had been taken before.
    pub duplicate: bool,
}

/// `GET /api/v1/agent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentAnswer {
    /// Whether the device may change anything now.
    pub cleaning: Cleaning,
}

/// Whether devices may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Cleaning {
    /// They may.
    Allowed,
    /// An admin, or the brake, stopped it.
    Paused,
}

/// Any error of the collector's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rejection {
    /// A fixed word, such as `unknown-secret`.
    pub error: String,
    /// One sentence for people.
    pub message: String,
}
