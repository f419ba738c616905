//! Organizations in scope, their tenants, and what a cache claims a tenant to be.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

/// The name of an Azure DevOps organization; compared and hashed without case, shown as written.
#[derive(Clone)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// `None` where the text cannot name an organization.
    ///
    /// Names have letters, digits and hyphens, start and end with a letter or digit, and have at most 50 characters.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let edge_ok = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let inner_ok = bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        let fits = bytes.len() <= 50 && edge_ok(bytes.first()) && edge_ok(bytes.last());
        (fits && inner_ok).then(|| Self(text.to_owned()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is this name, without case.
    pub fn is(&self, text: &str) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl PartialEq for OrganizationName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for OrganizationName {}

impl std::hash::Hash for OrganizationName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            byte.to_ascii_lowercase().hash(state);
        }
    }
}

impl PartialOrd for OrganizationName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrganizationName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0
            .to_ascii_lowercase()
            .cmp(&other.0.to_ascii_lowercase())
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for OrganizationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What backs an organization now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// A Microsoft Entra tenant.
    Entra(Uuid),
    /// Microsoft accounts: the organization was disconnected.
    MicrosoftAccount,
}

/// The word for [`Tenant::MicrosoftAccount`] in policy and JSON.
const MICROSOFT_ACCOUNT: &str = "microsoft-account";

impl FromStr for Tenant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == MICROSOFT_ACCOUNT {
            return Ok(Self::MicrosoftAccount);
        }
        match Uuid::try_parse(text) {
            Ok(guid) if guid.is_nil() => Err(format!(
                "the zero GUID names no tenant; write {MICROSOFT_ACCOUNT:?} for an organization without one"
            )),
            Ok(guid) => Ok(Self::Entra(guid)),
            Err(_) => Err(format!(
                "{text:?} is neither a tenant GUID (8-4-4-4-12 hex digits) nor {MICROSOFT_ACCOUNT:?}"
            )),
        }
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entra(guid) => guid.fmt(formatter),
            Self::MicrosoftAccount => formatter.write_str(MICROSOFT_ACCOUNT),
        }
    }
}

/// What a cache, a setting or a token says that an organization's tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantClaim {
    /// This tenant.
    Entra(Uuid),
    /// No tenant: the zero GUID, the authority `/organizations`, `authority = MSA`.
    Unset,
    /// Any tenant: the authority `/common`, which is never right for one organization.
    Any,
}

impl TenantClaim {
    /// Reads a GUID, where zero is [`TenantClaim::Unset`].
    pub fn from_guid(text: &str) -> Option<Self> {
        let guid = Uuid::try_parse(text.trim()).ok()?;
        Some(if guid.is_nil() {
            Self::Unset
        } else {
            Self::Entra(guid)
        })
    }

    /// Reads an authority such as `https://login.microsoftonline.com/<tenant>[/…]`.
    pub fn from_authority(text: &str) -> Option<Self> {
        let (_, path) = text.trim().split_once("://")?.1.split_once('/')?;
        match path.split('/').next()?.to_ascii_lowercase().as_str() {
            "organizations" | "consumers" => Some(Self::Unset),
            "common" => Some(Self::Any),
            segment => Self::from_guid(segment),
        }
    }
}

impl fmt::Display for TenantClaim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entra(guid) => guid.fmt(formatter),
            Self::Unset => formatter.write_str("no tenant"),
            Self::Any => formatter.write_str("any tenant"),
        }
    }
}

/// An organization that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its name.
    pub name: OrganizationName,
    /// What backs it now, where that is configured or the service said so.
    pub tenant: Option<Tenant>,
    /// When it was connected; without it nothing is judged by time.
    pub connected_at: Option<Timestamp>,
    /// The service says that it is not connected yet and no tenant is configured: nothing of it is changed.
    pub gated: bool,
}

impl From<&Organization> for rekey_report::Organization {
    fn from(organization: &Organization) -> Self {
        Self {
            name: organization.name.to_string(),
            tenant: organization.tenant.map(|tenant| tenant.to_string()),
            connected_at: organization.connected_at,
        }
    }
}

/// The organizations that this run is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// In the order in which they were given; no name twice.
    pub organizations: Vec<Organization>,
}

impl Scope {
    /// The organization of that name, without case.
    pub fn get(&self, name: &OrganizationName) -> Option<&Organization> {
        self.organizations
            .iter()
            .find(|organization| organization.name == *name)
    }

    /// Whether the name is in scope.
    pub fn has(&self, name: &OrganizationName) -> bool {
        self.get(name).is_some()
    }

    /// The organization in scope that the text names, as policy spells it.
    pub fn named(&self, text: &str) -> Option<&OrganizationName> {
        self.organizations
            .iter()
            .map(|organization| &organization.name)
            .find(|name| name.is(text))
    }
}
