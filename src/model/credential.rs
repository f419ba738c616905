//! What a store found, before anything is judged.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use rekey_report::{Kind, Location, Remedy};

use super::{Change, OrganizationName, Secret, TenantClaim};

/// One credential, cache or setting, as it stands in its place.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The store's name.
    pub store: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whose it is; `None` where no address and no sibling says so.
    pub organization: Option<OrganizationName>,
    /// Where it is, as it is shown: user-info is redacted.
    pub location: Location,
    /// The file itself, with links resolved; `None` for what is in no file.
    pub path: Option<PathBuf>,
    /// What can be told from it without a network.
    pub observed: Observed,
    /// The repository or feed that it is for, as it is written beside it; user-info is none of it.
    pub address: Option<String>,
    /// Its innermost value (the token, out of any encoding); `None` for what holds no secret.
    pub secret: Option<Secret>,
    /// Who may remove it, by the kind of place and the state of the file.
    pub remedy: Remedy,
    /// How the person removes it by hand, or has its owner do so: one plain sentence or a command.
    pub advice: Option<String>,
    /// What would remove it; `None` where rekey never does.
    pub change: Option<Change>,
}

/// Facts that evidence is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// What it says of tenants; several for a cache that goes whole.
    pub tenants: Vec<TenantRecord>,
    /// The first day of the month inside the token.
    pub created: Option<Date>,
    /// When its file or vault entry was last written.
    pub written: Option<Timestamp>,
    /// The token's own expiry.
    pub expires: Option<Timestamp>,
    /// The name of a key algorithm that Azure DevOps does not accept.
    pub refused_key: Option<String>,
    /// The public half of a key, as far as it can be known without a passphrase.
    pub key: Option<PublicKeyFacts>,
    /// Why a setting breaks or weakens connections to Azure DevOps, in a few words.
    pub harmful: Option<String>,
    /// The sign-in name that a tool is bound to, such as `dev@contoso.com`.
    pub account: Option<String>,
    /// It cannot be read as what it is (cut short, not gzip); a cache like that is stale.
    pub broken: Option<String>,
}

/// What a service's page lists of an SSH key, and what its owner must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyFacts {
    /// `ssh-rsa`, `ssh-ed25519`, ...
    pub algorithm: String,
    /// The length of an RSA modulus.
    pub bits: Option<u32>,
    /// 16 pairs of hex digits, as the settings page shows it.
    pub md5: String,
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
    /// The private half has a passphrase.
    pub encrypted: bool,
}

/// What one record says of one organization's tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRecord {
    /// The organization; `None` for a setting that holds for all of them.
    pub organization: Option<OrganizationName>,
    /// What it says.
    pub claim: TenantClaim,
}
