//! The plain values of the spine: credential, evidence, verdict, plan, outcome, proof, report.
//!
//! What goes over the wire is declared once in `rekey-report`; this module adds what never leaves
//! the workstation: secrets, real paths and the changes that would remove a credential.

mod address;
mod change;
mod credential;
mod deferral;
mod depth;
mod git_credential;
pub mod keychain_item;
mod old_remote;
mod organization;
mod plan;
mod property_list;
mod registry;
mod secret;
mod typed_path;
mod vault;
pub mod windows_credential;

pub use address::{Address, Service};
pub use change::{Change, Content, Digest, Overlap, Splice, splice};
pub use credential::{Credential, Observed, PublicKeyFacts, TenantRecord};
pub use deferral::{DeferralLimits, NoDeferral};
pub use depth::Depth;
pub use git_credential::{Answered, Question};
pub use old_remote::OldRemote;
pub use organization::{Organization, OrganizationName, Scope, Tenant, TenantClaim};
pub use plan::{Edit, Plan};
pub use property_list::PropertyValue;
pub use registry::{Hive, RegistryData, RegistryKey};
pub use rekey_report::{
    Action, ConfigLevel, CredentialHelper, Evidence, EvidenceCode, Finding, HelperKind,
    HelperProof, HelperState, Kind, Location, OldAddress, Outcome, OutcomeState, Place, PlaceState,
    PlannedEdit, Proof, Remedy, Scan, Step, StepId, StepState, Summary, VariableScope, Verdict,
};
pub use secret::{SafeUrl, Secret};
pub use typed_path::{typed_path, unprefixed};
pub use vault::{Attributes, VaultEntry, VaultSecret, telling};
