//! A remote that still has an address of before `dev.azure.com`.

use rekey_report::{Location, OldAddress};

use super::{Change, OrganizationName};

/// A remote's old address, and what would change it.
#[derive(Debug, Clone)]
pub struct OldRemote {
    /// Whose it is.
    pub organization: OrganizationName,
    /// Where it stands.
    pub location: Location,
    /// As it is shown; the scan names it.
    pub shown: OldAddress,
    /// `None` where only the person changes it.
    pub change: Option<Change>,
}
