//! Whose a secret is, by what stands beside it.

use crate::model::OrganizationName;

/// Whom a slot belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// Azure DevOps, and this organization where the address names one.
    AzureDevOps(Option<OrganizationName>),
    /// Another host.
    Elsewhere,
    /// No address says so.
    Unknown,
    /// No address ever says so: what stands beside it tells nothing.
    Nobody,
}

impl Owner {
    /// Azure DevOps where an organization is known.
    pub(super) fn named(organization: Option<OrganizationName>) -> Self {
        match organization {
            Some(_) => Self::AzureDevOps(organization),
            None => Self::Unknown,
        }
    }

    /// The organization, where one is known.
    pub(super) fn organization(self) -> Option<OrganizationName> {
        match self {
            Self::AzureDevOps(organization) => organization,
            Self::Elsewhere | Self::Unknown | Self::Nobody => None,
        }
    }
}
