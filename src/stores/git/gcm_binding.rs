//! Accounts that Git Credential Manager has bound to organizations, in git config.

use super::config_file::Section;
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
                // An empty name in a repository means "do not inherit the person's": that is no binding.
                if entry.key != "username" || entry.value().is_empty() {
                    continue;
                }
                let Some(section) = config.parsed.section_of(entry) else {
                    continue;
                };
                let Some(organization) = organization(section) else {
                    continue;
                };
                let mut draft = config
                    .draft(finder.store(), Kind::AccountBinding, entry)
                    .organization(Some(organization.clone()))
                    .remedy(Remedy::Automatic)
                    .observe(|observed| observed.account = Some(entry.value().to_owned()))
                    .cut(config.parsed.extent_with_header(config.text(), entry));
                for claim in authorities(config, section, &organization) {
                    draft = draft.tenant(Some(organization.clone()), claim);
                }
                finder.add(draft.finish());
            }
        }
    }
}

/// The tenants that the same file has for the organization: those of the binding's own section, else of any spelling
/// of the name. git tells subsections apart by case.
fn authorities(config: &Config, binding: &Section, wanted: &OrganizationName) -> Vec<TenantClaim> {
    let entries = || {
        let entries = config.parsed.entries.iter();
        entries
            .filter(|entry| entry.key == "azureauthority")
            .filter_map(|entry| Some((config.parsed.section_of(entry)?, claim(entry.value())?)))
    };
    let own = entries().filter(|(section, _)| section.subsection() == binding.subsection());
    let own: Vec<_> = own.map(|(_, claim)| claim).collect();
    if !own.is_empty() {
        return own;
    }
    let others = entries().filter(|(section, _)| organization(section).as_ref() == Some(wanted));
    others.map(|(_, claim)| claim).collect()
}
