//! Findings, places and steps: what a scan says, without any secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::helper::{CredentialHelper, OldAddress};
use crate::words::{
    Action, EvidenceCode, Kind, OutcomeState, PlaceState, Proof, Remedy, StepId, StepState,
    VariableScope, Verdict,
};

/// An organization that changed, as it was given or learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organization {
    /// Its name as typed; names are compared without case.
    pub name: String,
    /// A tenant GUID, `microsoft-account`, or null where it is not known.
    pub tenant: Option<String>,
    /// When it was connected, RFC 3339.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub connected_at: Option<Timestamp>,
}

/// Where a finding is. Exactly one of `path`, `vault` and `variable` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Location {
    /// The file, with U+FFFD for what is not Unicode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The whole path as base64 where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
    /// The line with the secret, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The entry in the file, with user-info redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The name of the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<String>,
    /// The target name in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The account in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The name of an environment variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Where the variable is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<VariableScope>,
}

/// One reason for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// What kind of reason.
    pub code: EvidenceCode,
    /// The fact behind it, for people: a month, a tenant, a time.
    pub detail: String,
}

/// That a finding is meant to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// Why, in the person's words.
    pub reason: String,
    /// Until when; null is for good.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub until: Option<Timestamp>,
    /// Who accepted it.
    pub by: String,
}

/// One credential, setting or cache with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable across runs: made from the place and the entry, never from the secret.
    pub id: String,
    /// The name of the place's kind, such as `npm`.
    pub store: String,
    /// What it is.
    pub kind: Kind,
    /// Whose it is; null where that cannot be known.
    pub organization: Option<String>,
    /// Where it is.
    pub location: Location,
    /// What the judge says.
    pub verdict: Verdict,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// Who may remove it.
    pub remedy: Remedy,
    /// Keyed with a secret of this workstation and short, so that it cannot be tried offline; null without a secret.
    pub fingerprint: Option<String>,
    /// What the person does by hand, where that is the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Set where the person or the policy accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// One place that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// The name of the place's kind, such as `npm`.
    pub store: String,
    /// Where it is.
    pub path: String,
    /// What became of it.
    pub state: PlaceState,
    /// Why, where it was not read.
    pub reason: Option<String>,
}

/// How many findings have which verdict; accepted ones are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Findings to remove.
    pub stale: u32,
    /// Findings that are right as they are.
    pub current: u32,
    /// Findings that nothing decides.
    pub unsure: u32,
}

impl Summary {
    /// Counts the findings that nobody accepted.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut summary = Self::default();
        for finding in findings
            .into_iter()
            .filter(|finding| finding.accepted.is_none())
        {
            match finding.verdict {
                Verdict::Stale => summary.stale += 1,
                Verdict::Current => summary.current += 1,
                Verdict::Unsure => summary.unsure += 1,
            }
        }
        summary
    }
}

/// What one scan says: `rekey scan --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scan {
    /// `rekey.scan/1`.
    pub schema: String,
    /// The run, a UUID of version 7.
    pub run: Uuid,
    /// The organizations in scope.
    pub organizations: Vec<Organization>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub places: Vec<Place>,
    /// How many of which.
    pub summary: Summary,
    /// The credential helpers that git asks for these organizations, in its order; repositories' own come after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<CredentialHelper>,
    /// Remotes of these organizations on hosts of before `dev.azure.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub old_addresses: Vec<OldAddress>,
}

/// One edit of a plan, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedEdit {
    /// Names the edit within its run.
    pub id: String,
    /// The finding that it removes, or the old address that it changes.
    pub finding: String,
    /// What it does.
    pub action: Action,
    /// Where.
    pub location: Location,
    /// Who may agree to it.
    pub remedy: Remedy,
}

/// What became of one edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// The edit's id.
    pub edit: String,
    /// What became of it.
    pub state: OutcomeState,
    /// Why, where it was not done.
    pub reason: Option<String>,
}

/// One step of the person's for one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Which step.
    pub id: StepId,
    /// For which organization.
    pub organization: String,
    /// How far it is.
    pub state: StepState,
    /// How it is known that it is done; null until then.
    pub proof: Option<Proof>,
}
