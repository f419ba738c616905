//! The wire format that the rekey agent and collector share.
//!
//! Everything here is a plain value without secrets: the agent prints it as JSON, keeps it in its
//! state folder and sends it; the collector stores and shows it.

mod finding;
mod helper;
mod report;
#[cfg(feature = "schema")]
pub mod schema;
mod words;

pub use finding::{
    Accepted, Evidence, Finding, Location, Organization, Outcome, Place, PlannedEdit, Scan, Step,
    Summary,
};
pub use helper::{CredentialHelper, HelperProof, OldAddress};
pub use report::{
    AgentAnswer, Cleaning, EnrollDevice, EnrollRequest, Enrolled, Machine, Person, REPORT_LIMIT,
    REPORT_SCHEMA, Receipt, Rejection, Report, ReportedOrganization, SshKey,
};
pub use words::{
    Action, ConfigLevel, DeviceState, EvidenceCode, HelperKind, HelperState, Kind, OutcomeState,
    PlaceState, Proof, Remedy, StepId, StepState, VariableScope, Verdict,
};
