//! Whose the value of a variable is, by the variables beside it.

use super::names::{self, Slot};
use crate::model::{Address, OrganizationName, Scope};
use crate::text::only_organization;

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

/// The variables of one file or of the process.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    /// Names as [`names::spelled`], and values.
    all: Vec<(String, String)>,
}

impl Siblings {
    /// The variables of these names and values.
    pub(super) fn new<'v>(variables: impl Iterator<Item = (&'v str, &'v str)>) -> Self {
        let all = variables.map(|(name, value)| (names::spelled(name), value.to_owned()));
        Self { all: all.collect() }
    }

    /// Whom the value of the variable of this name belongs to.
    pub(super) fn owner(&self, name: &str, scope: &Scope) -> Owner {
        let name = names::spelled(name);
        match names::slot(&name) {
            Slot::Nowhere => Owner::Nobody,
            Slot::Named(other) => self.agreed(|known| known == other, scope),
            Slot::Uv(index) => self.uv_index(&index),
            Slot::Free => {
                let known = |owner: &Owner| *owner != Owner::Unknown;
                let below = |family: &&str| {
                    self.agreed(
                        |known| known != name && names::is_below(known, family),
                        scope,
                    )
                };
                let family = names::families(&name).iter().map(below).find(known);
                family.unwrap_or_else(|| {
                    // Tools of Azure DevOps read each other's variables.
                    let ours = |known: &str| known != name && names::is_for_azure_devops(known);
                    match self.agreed(ours, scope) {
                        Owner::Elsewhere if !names::is_for_azure_devops(&name) => Owner::Unknown,
                        owner => owner,
                    }
                })
            }
        }
    }

    /// What all variables of these names say together.
    fn agreed(&self, chosen: impl Fn(&str) -> bool, scope: &Scope) -> Owner {
        let chosen = self.all.iter().filter(|(name, _)| chosen(name));
        let mut agreed = Owner::Unknown;
        for (name, value) in chosen {
            match (claim(name, value, scope), &agreed) {
                (Owner::AzureDevOps(Some(one)), Owner::AzureDevOps(Some(known)))
                    if one != *known =>
                {
                    return Owner::AzureDevOps(None);
                }
                (named @ Owner::AzureDevOps(_), _) => agreed = named,
                (Owner::Elsewhere, Owner::Unknown) => agreed = Owner::Elsewhere,
                _ => {}
            }
        }
        agreed
    }

    /// `UV_INDEX="name=address …"`, and its like for a single one.
    fn uv_index(&self, wanted: &str) -> Owner {
        let lists = self.all.iter().filter(|(name, _)| {
            matches!(
                name.as_str(),
                "UV_INDEX" | "UV_DEFAULT_INDEX" | "UV_EXTRA_INDEX_URL" | "UV_INDEX_URL"
            )
        });
        let mut items = lists.flat_map(|(_, value)| value.split_whitespace());
        let address = items.find_map(|item| {
            let (name, address) = item.split_once('=')?;
            (names::spelled(name) == wanted).then_some(address)
        });
        match address.map(Address::parse) {
            Some(Some(address)) => Owner::AzureDevOps(address.organization),
            Some(None) => Owner::Elsewhere,
            None => Owner::Unknown,
        }
    }
}

/// What one variable says.
fn claim(name: &str, value: &str, scope: &Scope) -> Owner {
    let named = |organization| Owner::AzureDevOps(Some(organization));
    if names::is_below(name, "GIT_CONFIG_KEY") {
        return of_git_key(value);
    }
    if let Some(organization) = only_organization(value) {
        return named(organization);
    }
    let value = value.trim();
    if names::is_organization(name) {
        let meant = |organization: &OrganizationName| {
            names::is_for_azure_devops(name) || scope.has(organization)
        };
        let organization = OrganizationName::new(value).filter(meant);
        return organization.map_or(Owner::Unknown, named);
    }
    let is_address = names::is_address(name) && value.contains("://");
    if is_address && Address::parse(value).is_none() {
        Owner::Elsewhere
    } else {
        Owner::Unknown
    }
}

/// `http.ADDRESS.extraHeader`
fn of_git_key(key: &str) -> Owner {
    let inner = key
        .split_once('.')
        .and_then(|(_, rest)| rest.rsplit_once('.'));
    let Some((address, _)) = inner else {
        return Owner::Unknown;
    };
    match Address::parse(address) {
        Some(Address {
            organization: None, ..
        }) => Owner::Unknown,
        Some(address) => Owner::AzureDevOps(address.organization),
        None if address.contains("://") => Owner::Elsewhere,
        None => Owner::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scope;

    fn owner(name: &str, variables: &[(&str, &str)]) -> String {
        let siblings = Siblings::new(variables.iter().copied());
        match siblings.owner(name, &scope(&["contoso"])) {
            Owner::AzureDevOps(Some(organization)) => organization.to_string(),
            Owner::AzureDevOps(None) => "?".to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_sibling_of_the_same_family_names_the_organization() {
        let feed = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/f/Cargo/index/";
        for (name, beside, expected) in [
            (
                "AZDO_PERSONAL_ACCESS_TOKEN",
                ("AZDO_ORG_SERVICE_URL", "https://dev.azure.com/contoso"),
                "contoso",
            ),
            ("TEAM_PAT", ("TEAM_ACCT", "contoso"), "contoso"),
            (
                "AZURE_DEVOPS_EXT_PAT",
                ("AZURE_DEVOPS_ORG", "fabrikam"),
                "fabrikam",
            ),
            (
                "AZDO_PAT",
                ("AZURE_DEVOPS_ORGANIZATION", "contoso"),
                "contoso",
            ),
            ("azdoPat", ("AZDO_ORG", "contoso"), "contoso"),
            (
                "AZP_TOKEN",
                ("AZP_URL", "https://dev.azure.com/contoso"),
                "contoso",
            ),
            (
                "SYSTEM_ACCESSTOKEN",
                ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/contoso/"),
                "contoso",
            ),
            (
                "CARGO_REGISTRIES_A_TOKEN",
                ("CARGO_REGISTRIES_A_INDEX", feed),
                "contoso",
            ),
            (
                "CARGO_REGISTRIES_A_TOKEN",
                ("CARGO_REGISTRIES_B_INDEX", feed),
                "Unknown",
            ),
            (
                "UV_INDEX_MY_FEED_PASSWORD",
                (
                    "UV_INDEX",
                    "x=https://a.example my-feed=https://pkgs.dev.azure.com/contoso/p/",
                ),
                "contoso",
            ),
            (
                "UV_INDEX_X_PASSWORD",
                ("UV_INDEX", "x=https://a.example"),
                "Elsewhere",
            ),
            (
                "POETRY_HTTP_BASIC_F_PASSWORD",
                (
                    "POETRY_REPOSITORIES_F_URL",
                    "https://pkgs.dev.azure.com/contoso/p",
                ),
                "contoso",
            ),
            (
                "GIT_CONFIG_VALUE_0",
                (
                    "GIT_CONFIG_KEY_0",
                    "http.https://dev.azure.com/contoso.extraheader",
                ),
                "contoso",
            ),
            (
                "GIT_CONFIG_VALUE_0",
                ("GIT_CONFIG_KEY_0", "http.https://github.com/.extraheader"),
                "Elsewhere",
            ),
            (
                "GIT_CONFIG_VALUE_0",
                ("GIT_CONFIG_KEY_0", "http.extraheader"),
                "Unknown",
            ),
            ("VSCE_PAT", ("VSCE_ORG", "contoso"), "Nobody"),
            ("CI_TOKEN", ("CI_ORG", "contoso"), "contoso"),
            ("CI_TOKEN", ("CI_ORG", "fabrikam"), "Unknown"),
            ("NPM_TOKEN", ("AZURE_DEVOPS_ORG", "contoso"), "contoso"),
            (
                "AZDO_PAT",
                ("AZDO_SERVER_URL", "https://tfs.contoso.com/tfs"),
                "Elsewhere",
            ),
            (
                "AZDO_PAT",
                ("AZDO_PROXY_URL", "http://proxy.contoso.com:8080"),
                "Unknown",
            ),
            ("AZDO_PAT", ("AZDO_PROJECT", "web"), "Unknown"),
        ] {
            assert_eq!(
                owner(name, &[beside, ("PATH", "/bin")]),
                expected,
                "{name} {beside:?}"
            );
        }
    }

    #[test]
    fn siblings_that_disagree_name_nobody_and_the_nearer_one_wins() {
        let both = [("AZDO_ORG", "contoso"), ("AZDO_OLD_ORG", "fabrikam")];
        assert_eq!(owner("AZDO_PAT", &both), "?");
        assert_eq!(owner("AZDO_OLD_PAT", &both), "fabrikam");
    }
}
