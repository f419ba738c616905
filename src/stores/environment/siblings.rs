//! Whose the value of a variable is, by the variables beside it.

use super::names::{self, Slot};
use crate::model::{Address, OrganizationName, Scope};
use crate::stores::owner::Owner;
use crate::text::only_organization;

/// uv's lists of indexes.
const UV_INDEXES: &[&str] = &[
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
];

/// The variables of one file or of the process, as far as they say anything of each other.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    claims: Vec<Claim>,
    /// The values of uv's lists of indexes.
    indexes: Vec<String>,
}

/// What one variable says of those beside it.
#[derive(Debug)]
struct Claim {
    /// As [`names::spelled`].
    name: String,
    /// It speaks of Azure DevOps.
    ours: bool,
    /// It is one of Azure DevOps' tools.
    of_tools: bool,
    owner: Owner,
}

impl Siblings {
    /// The variables of these names and values. Each is asked once what it says: a file may have thousands.
    pub(super) fn new<'v>(
        variables: impl Iterator<Item = (&'v str, &'v str)>,
        scope: &Scope,
    ) -> Self {
        let mut siblings = Self::default();
        for (name, value) in variables {
            let name = names::spelled(name);
            if UV_INDEXES.contains(&name.as_str()) {
                siblings.indexes.push(value.to_owned());
            }
            let owner = claim(&name, value, scope);
            if owner != Owner::Unknown {
                let ours = names::concerns_azure_devops(&name);
                let of_tools = names::is_for_azure_devops(&name);
                siblings.claims.push(Claim {
                    name,
                    ours,
                    of_tools,
                    owner,
                });
            }
        }
        siblings
    }

    /// Whom the value of the variable of this name belongs to.
    pub(super) fn owner(&self, name: &str) -> Owner {
        let name = names::spelled(name);
        match names::slot(&name) {
            Slot::Nowhere => Owner::Nobody,
            Slot::Named(other) => self.agreed(|known| known.name == other),
            Slot::Uv(index) => self.uv_index(&index),
            Slot::Free => {
                let ours = names::concerns_azure_devops(&name);
                // What is for Azure DevOps by its name is for another server only by such a name.
                let counts = |known: &Claim| {
                    known.name != name && (known.ours || !ours || known.owner != Owner::Elsewhere)
                };
                let below = |family: &&str| {
                    self.agreed(|known| names::is_below(&known.name, family) && counts(known))
                };
                let known = |owner: &Owner| *owner != Owner::Unknown;
                let family = names::families(&name).iter().map(below).find(known);
                family.unwrap_or_else(|| {
                    // Tools of Azure DevOps read each other's variables.
                    let tools = |known: &Claim| known.of_tools && counts(known);
                    match self.agreed(tools) {
                        Owner::Elsewhere if !ours => Owner::Unknown,
                        owner => owner,
                    }
                })
            }
        }
    }

    /// What all variables that are chosen say together.
    fn agreed(&self, chosen: impl Fn(&Claim) -> bool) -> Owner {
        let mut agreed = Owner::Unknown;
        for claim in self.claims.iter().filter(|claim| chosen(claim)) {
            match (&claim.owner, &agreed) {
                (Owner::AzureDevOps(Some(one)), Owner::AzureDevOps(Some(known)))
                    if one != known =>
                {
                    return Owner::AzureDevOps(None);
                }
                (named @ Owner::AzureDevOps(_), _) => agreed = named.clone(),
                (Owner::Elsewhere, Owner::Unknown) => agreed = Owner::Elsewhere,
                _ => {}
            }
        }
        agreed
    }

    /// `UV_INDEX="name=address …"`, and its like for a single one.
    fn uv_index(&self, wanted: &str) -> Owner {
        let mut items = self.indexes.iter().flat_map(|list| list.split_whitespace());
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
        let siblings = Siblings::new(variables.iter().copied(), &scope(&["contoso"]));
        match siblings.owner(name) {
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
            (
                "TEAM_PAT",
                ("TEAM_CHAT_URL", "https://hooks.example.com/x"),
                "Unknown",
            ),
            (
                "APP_AZDO_PAT",
                ("APP_URL", "http://localhost:3000"),
                "Unknown",
            ),
            (
                "APP_AZDO_PAT",
                ("APP_AZDO_URL", "https://tfs.contoso.com/tfs"),
                "Elsewhere",
            ),
            (
                "APP_TOKEN",
                ("APP_URL", "https://registry.example.com"),
                "Elsewhere",
            ),
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
