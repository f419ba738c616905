//! Git's credential helpers and addresses, as a scan lists them beside its findings.

use serde::{Deserialize, Serialize};

use crate::words::{ConfigLevel, HelperKind, HelperState};

/// One credential helper that git asks for an organization in scope. A list of them is in git's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CredentialHelper {
    /// What it is.
    pub kind: HelperKind,
    /// Its name, or its program, without what follows; null for a command of the shell, which may hold a secret.
    pub name: Option<String>,
    /// The address that it is set for; null where it is asked for every address.
    pub scope: Option<String>,
    /// Whose setting it is.
    pub level: ConfigLevel,
    /// The file that sets it.
    pub path: String,
    /// The line there.
    pub line: u32,
    /// The one repository where it is asked; null where it is asked everywhere.
    pub repository: Option<String>,
}

/// What one credential helper answered for one organization after the clean-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelperProof {
    /// What it is.
    pub helper: HelperKind,
    /// Its name, as in [`CredentialHelper`].
    pub name: Option<String>,
    /// The one repository where it is asked; null where it is asked everywhere.
    pub repository: Option<String>,
    /// The organization that it was asked for.
    pub organization: String,
    /// What it answered.
    pub state: HelperState,
    /// Why, where it was not asked or failed, and what to do where it still answers.
    pub reason: Option<String>,
}

/// A remote on a host that Azure DevOps has left for `dev.azure.com`. It works, so it is no finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OldAddress {
    /// Names it in a plan; stable across runs.
    pub id: String,
    /// Whose it is.
    pub organization: String,
    /// The file that holds it.
    pub path: String,
    /// The line there.
    pub line: Option<u32>,
    /// The setting, such as `remote.origin.url`.
    pub entry: String,
    /// The address as it is, with user-info redacted.
    pub address: String,
    /// What it is now; null where the old form is not understood.
    pub modern: Option<String>,
    /// The command that changes it; null where there is no safe one.
    pub command: Option<String>,
}
