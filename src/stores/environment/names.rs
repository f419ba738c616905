//! What the name of a variable says: which tool it is for, and where its organization stands.

pub(super) use crate::stores::names::{
    concerns_azure_devops, has_token_form, is_address, is_below, is_for_azure_devops, spelled,
};

/// Whether the value of a variable of this name may be the bare name of an organization.
pub(super) fn is_organization(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "ORG",
        "ORGANIZATION",
        "ORGANISATION",
        "ORG_NAME",
        "ORGANIZATION_NAME",
        "ACCT",
        "ACCOUNT",
        "ACCOUNT_NAME",
        "INSTANCE",
    ];
    let ends = |end: &&str| {
        name.strip_suffix(*end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    };
    ENDS.iter().any(ends)
}

/// Where the address of a slot stands that has a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// In a variable of this name, or of one that begins so: nowhere else.
    Named(String),
    /// Beside this name in one of uv's lists of indexes, `name=address`.
    Uv(String),
    /// Anywhere among the variables whose names begin with the same words.
    Free,
    /// It is a token for a whole account of publishers: no address is its own.
    Nowhere,
}

/// The slot that a variable of this name fills.
///
/// Sources: doc.rust-lang.org, "cargo, environment variables"; python-poetry.org, "Configuration"; docs.astral.sh, "uv,
/// environment variables"; git-scm.com, git-config(1); microsoft/vscode-vsce.
pub(super) fn slot(name: &str) -> Slot {
    let middle = |before: &str, after: &str| {
        let inner = name.strip_prefix(before)?.strip_suffix(after)?;
        (!inner.is_empty()).then_some(inner)
    };
    if let Some(registry) = middle("CARGO_REGISTRIES_", "_TOKEN") {
        return Slot::Named(format!("CARGO_REGISTRIES_{registry}_INDEX"));
    }
    let poetry = middle("POETRY_HTTP_BASIC_", "_PASSWORD").or(middle("POETRY_PYPI_TOKEN_", ""));
    if let Some(repository) = poetry {
        return Slot::Named(format!("POETRY_REPOSITORIES_{repository}_URL"));
    }
    if let Some(index) = middle("UV_INDEX_", "_PASSWORD") {
        return Slot::Uv(index.to_owned());
    }
    if let Some(number) = middle("GIT_CONFIG_VALUE_", "") {
        return Slot::Named(format!("GIT_CONFIG_KEY_{number}"));
    }
    match name {
        "VSCE_PAT" => Slot::Nowhere,
        _ => Slot::Free,
    }
}

/// Words that begin names of several tools, so that they make no family alone.
const SHARED: &[&str] = &[
    "AZURE",
    "GIT",
    "NPM_CONFIG",
    "NPM",
    "NUGETPACKAGESOURCECREDENTIALS",
    "MY",
];

/// The beginnings that names of the same family have, the longest first: `AZDO_ORG`, `AZDO`.
pub(super) fn families(name: &str) -> Vec<&str> {
    let ends = name.match_indices('_').map(|(at, _)| at);
    let mut prefixes: Vec<_> = ends.map(|at| &name[..at]).collect();
    prefixes.reverse();
    prefixes.retain(|prefix| !prefix.is_empty() && !SHARED.contains(prefix));
    prefixes
}

/// Which tenant a variable pins, by how its value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    /// A GUID.
    Tenant,
    /// `tenant/client`
    ServicePrincipal,
    /// An address of the sign-in service with the tenant in its path.
    Authority,
    /// The word for a kind of account.
    Account,
}

/// Whether a variable of this name pins a tenant.
///
/// Sources: microsoft/terraform-provider-azuredevops, "Authentication"; microsoft/artifacts-credprovider, `EnvUtil.cs`;
/// git-ecosystem/git-credential-manager, `AzureDevOpsConstants.cs`, docs/environment.md.
pub(super) fn pin(name: &str) -> Option<Pin> {
    Some(match name {
        "AZDO_SP_TENANT_ID" | "GCM_AZREPOS_WIF_TENANTID" => Pin::Tenant,
        "GCM_AZREPOS_SERVICE_PRINCIPAL" => Pin::ServicePrincipal,
        "ARTIFACTS_CREDENTIALPROVIDER_MSAL_AUTHORITY"
        | "NUGET_CREDENTIALPROVIDER_MSAL_AUTHORITY" => Pin::Authority,
        "GCM_AUTHORITY" => Pin::Account,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_azure_devops_alone_are_its_own() {
        for (name, expected) in [
            ("AZURE_DEVOPS_EXT_PAT", true),
            ("TF_VAR_azdo_pat", true),
            ("azdo-token", true),
            ("SYSTEM_ACCESSTOKEN", true),
            ("AZURE_DEVOPS_EXT_GITHUB_PAT", false),
            ("AZDO_GITHUB_SERVICE_CONNECTION_PAT", false),
            ("ADOBE_TOKEN", false),
            ("AZURE_CLIENT_SECRET", false),
            ("NPM_TOKEN", false),
            ("PERSONAL_ACCESS_TOKEN", false),
        ] {
            assert_eq!(is_for_azure_devops(&spelled(name)), expected, "{name}");
        }
    }
}
