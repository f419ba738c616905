//! Tenants in git config: Git Credential Manager's authority cache, and tenants that a person pinned.

use percent_encoding::percent_decode_str;

use super::config_file::{Entry, Section};
use super::configs::Config;
use crate::model::{Address, Kind, OrganizationName, Remedy, Service, TenantClaim};
use crate::stores::{About, Finder, Store};

/// `credential.azrepos:org/<org>.azureAuthority`, `credential.*.authority = MSA` and their like.
pub struct GcmAuthority;

impl Store for GcmAuthority {
    fn about(&self) -> About {
        About {
            name: "gcm-authority",
            title: "Tenants that Git Credential Manager keeps in git config",
            clears: "git credential-manager azure-repos clear-cache",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for config in finder.git_configs_in_passing().readable() {
            for entry in &config.parsed.entries {
                if entry.value().is_empty() {
                    continue;
                }
                let Some(section) = config.parsed.section_of(entry) else {
                    continue;
                };
                if let Some(organization) = organization(section) {
                    if entry.key == "azureauthority" {
                        cached(finder, config, entry, organization);
                    }
                } else if let Some(pin) = pinned(section, entry) {
                    enter_pin(finder, config, entry, pin);
                }
            }
        }
    }
}

/// The organization of a section `[credential "azrepos:org/<org>"]` (GCM, AzureDevOpsConstants.cs).
pub(super) fn organization(section: &Section) -> Option<OrganizationName> {
    const PREFIX: &str = "azrepos:org/";
    if section.name() != "credential" {
        return None;
    }
    let urn = section.subsection()?;
    let (prefix, name) = urn.split_at_checked(PREFIX.len())?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    prefix
        .eq_ignore_ascii_case(PREFIX)
        .then(|| OrganizationName::new(name.trim_end_matches('/')))?
}

/// What an authority says; a bare GUID is taken too.
pub(in crate::stores) fn claim(authority: &str) -> Option<TenantClaim> {
    TenantClaim::from_authority(authority).or_else(|| TenantClaim::from_guid(authority))
}

fn cached(finder: &mut Finder<'_>, config: &Config, entry: &Entry, organization: OrganizationName) {
    let mut draft = config
        .draft(finder.store(), Kind::TenantCache, entry)
        .organization(Some(organization.clone()))
        .remedy(Remedy::Automatic)
        .cut(config.parsed.extent_with_header(config.text(), entry));
    if let Some(claim) = claim(entry.value()) {
        draft = draft.tenant(Some(organization), claim);
    }
    finder.add(draft.finish());
}

/// A setting that names a tenant.
struct Pin {
    organization: Option<OrganizationName>,
    claim: Option<TenantClaim>,
}

/// The words for a Microsoft account of both generations of the tool (GCM, MicrosoftAuthentication.cs).
const MICROSOFT_ACCOUNT: &[&str] = &[
    "msa",
    "microsoft",
    "microsoftaccount",
    "live",
    "liveconnect",
    "liveid",
];

/// Whether a setting or variable says to sign in with a Microsoft account.
pub(in crate::stores) fn is_microsoft_account(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    MICROSOFT_ACCOUNT.contains(&value.as_str())
}

fn pinned(section: &Section, entry: &Entry) -> Option<Pin> {
    if section.name() != "credential" {
        return None;
    }
    let organization = match section.subsection() {
        Some(address) => addressed(address)?.organization,
        None => None,
    };
    let value = entry.value().trim();
    let claim = match entry.key.as_str() {
        "authority" => {
            is_microsoft_account(value).then_some(())?;
            Some(TenantClaim::Unset)
        }
        // `<tenant>/<client>`; a tenant may also be given as a domain, of which nothing can be told.
        "azreposserviceprincipal" => value.split('/').next().and_then(TenantClaim::from_guid),
        "azreposworkloadfederationtenantid" => TenantClaim::from_guid(value),
        _ => return None,
    };
    Some(Pin {
        organization,
        claim,
    })
}

/// What a section is for, where that is Azure DevOps.
///
/// The legacy tool also takes a bare domain for all hosts below it.
pub(super) fn addressed(text: &str) -> Option<Address> {
    if let Some(address) = Address::parse(text) {
        return Some(address);
    }
    let host = text.split_once("://").map_or(text, |(_, host)| host);
    let host = host.trim_end_matches('/').to_ascii_lowercase();
    let is_ours = ["visualstudio.com", "azure.com", "*.azure.com"].contains(&host.as_str());
    is_ours.then_some(Address {
        service: Service::Web,
        host,
        organization: None,
    })
}

fn enter_pin(finder: &mut Finder<'_>, config: &Config, entry: &Entry, pin: Pin) {
    let mut draft = config
        .draft(finder.store(), Kind::PinnedTenant, entry)
        .organization(pin.organization.clone())
        .remedy(Remedy::Consent)
        .cut(entry.extent.clone());
    if let Some(claim) = pin.claim {
        draft = draft.tenant(pin.organization, claim);
    }
    finder.add(draft.finish());
}

#[cfg(test)]
#[path = "gcm_config_tests.rs"]
mod tests;
