//! The plain values of the spine: credential, evidence, verdict, plan, outcome, proof, report.
//!
//! What goes over the wire is declared once in `rekey-report`; this module adds what never leaves
//! the workstation: secrets, real paths and the changes that would remove a credential.

mod address;
mod change;
mod credential;
mod depth;
mod organization;
mod plan;
mod secret;

pub use address::{Address, Service};
pub use change::{Change, Digest, Overlap, Splice, splice};
pub use credential::{Credential, Observed, PublicKeyFacts, TenantRecord};
pub use depth::Depth;
pub use organization::{Organization, OrganizationName, Scope, Tenant, TenantClaim};
pub use plan::{Edit, Plan};
pub use rekey_report::{
    Action, Evidence, EvidenceCode, Finding, Kind, Location, Outcome, OutcomeState, Place,
    PlaceState, PlannedEdit, Proof, Remedy, Scan, Step, StepId, StepState, Summary, VariableScope,
    Verdict,
};
pub use secret::{SafeUrl, Secret};
