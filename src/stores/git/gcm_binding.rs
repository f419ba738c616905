//! Accounts that Git Credential Manager has bound to organizations, in git config.

use super::configs::Config;
use super::gcm_authority::{claim, organization};
use crate::model::{Kind, OrganizationName, Remedy, TenantClaim};
use crate::stores::{About, Finder, Store};

/// `credential.azrepos:org/<org>.username`, in the person's file and in repositories.
pub struct GcmBinding;

impl Store for GcmBinding {
    fn about(&self) -> About {
        About {
            name: "gcm-binding",
            title: "Accounts that Git Credential Manager has bound to organizations",
            clears: "git credential-manager azure-repos unbind ORGANIZATION [--local]",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for config in finder.git_configs_in_passing().readable() {
            for entry in &config.parsed.entries {
                let section = config.parsed.section_of(entry);
                // An empty name in a repository means "do not inherit the person's": that is no binding.
                if entry.key != "username" || entry.value().is_empty() {
                    continue;
                }
                let Some(organization) = section.and_then(organization) else {
                    continue;
                };
                let mut draft = config
                    .draft(finder.store(), Kind::AccountBinding, entry)
                    .organization(Some(organization.clone()))
                    .remedy(Remedy::Automatic)
                    .cut(config.parsed.extent_with_header(config.text(), entry));
                for claim in authorities(config, &organization) {
                    draft = draft.tenant(Some(organization.clone()), claim);
                }
                finder.add(draft.finish());
            }
        }
    }
}

/// The tenants that the same file has for the organization.
fn authorities(config: &Config, wanted: &OrganizationName) -> Vec<TenantClaim> {
    let of_organization =
        |section: Option<_>| section.and_then(organization).as_ref() == Some(wanted);
    let entries = config.parsed.entries.iter();
    entries
        .filter(|entry| entry.key == "azureauthority")
        .filter(|entry| of_organization(config.parsed.section_of(entry)))
        .filter_map(|entry| claim(entry.value()))
        .collect()
}
