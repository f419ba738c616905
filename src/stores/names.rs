//! What the name of a setting says: whether it is for Azure DevOps, and whether its value names an organization.

/// Beginnings of names that only Azure DevOps and its tools use.
const FAMILIES: &[&str] = &[
    "AZURE_DEVOPS",
    "AZUREDEVOPS",
    "AZDO",
    "AZDOPULLREQUESTS",
    "AZP",
    "ADO",
    "VSTS",
    "GCM_AZREPOS",
    "VSS_NUGET",
    "ARTIFACTS_CREDENTIALPROVIDER",
    "ARTIFACTTOOL",
];
/// Whole names of that kind.
const NAMES: &[&str] = &["SYSTEM_ACCESSTOKEN", "TEAM_PAT", "TEAM_ACCT", "VSCE_PAT"];
/// What tools put before the names of variables that they hand on.
const HANDED_ON: &[&str] = &["TF_VAR_", "ORG_GRADLE_PROJECT_"];

/// A name in one spelling: capitals, `_` for what parts its words.
pub(super) fn spelled(name: &str) -> String {
    let capitals = name.to_ascii_uppercase().replace(['-', '.', ':'], "_");
    let inner = HANDED_ON
        .iter()
        .find_map(|prefix| capitals.strip_prefix(prefix));
    inner.map_or(capitals.clone(), str::to_owned)
}

/// Whether a name is for Azure DevOps alone. A token of GitHub that its tools want is not.
pub(super) fn is_for_azure_devops(name: &str) -> bool {
    let name = spelled(name);
    let family = FAMILIES.iter().any(|family| is_below(&name, family));
    (family || NAMES.contains(&name.as_str())) && !name.contains("GITHUB")
}

/// Whether a name is this one or begins with its words.
pub(super) fn is_below(name: &str, words: &str) -> bool {
    name.strip_prefix(words)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Whether the value of a setting of this name may be the bare name of an organization.
pub(super) fn is_organization(name: &str) -> bool {
    const ENDS: &[&str] = &["ORG", "ORGANIZATION", "ORG_NAME", "ORGANIZATION_NAME"];
    let name = spelled(name);
    is_for_azure_devops(&name) && ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a setting of this name, in a place that is for Azure DevOps, holds its secret whatever the value looks like.
/// The secret of another service that the same place needs is none: its name begins with the service.
pub(super) fn is_secret(name: &str) -> bool {
    const WORDS: &[&str] = &["PAT", "TOKEN", "PASSWORD"];
    const WHOLE: &[&str] = &[
        "PAT",
        "TOKEN",
        "PAT_TOKEN",
        "ACCESS_TOKEN",
        "AUTH_TOKEN",
        "PERSONAL_ACCESS_TOKEN",
        "AUTHORIZATION",
    ];
    let name = spelled(name);
    let name = name.trim_start_matches('_');
    let ends = |word: &&str| name.ends_with(*word);
    WHOLE.contains(&name) || is_for_azure_devops(name) && WORDS.iter().any(ends)
}

/// What samples have in the place of a secret: `<your token>`.
pub(super) fn is_placeholder(value: &str) -> bool {
    value.starts_with('<') && value.ends_with('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_are_for() {
        for (name, devops, organization, secret) in [
            ("AZURE_DEVOPS_EXT_PAT", true, false, true),
            ("azureDevOps.pat", true, false, true),
            ("azure-devops.token", true, false, true),
            ("azdoPullRequests.patToken", true, false, true),
            ("azuredevops:personalAccessToken", true, false, true),
            ("ADO_ORG", true, true, false),
            ("AZURE_DEVOPS_ORG_NAME", true, true, false),
            ("TF_VAR_azdo_pat", true, false, true),
            ("ADOBE_TOKEN", false, false, false),
            ("OPENAI_TOKEN", false, false, false),
            ("--pat", false, false, true),
            ("AZDO_GITHUB_SERVICE_CONNECTION_PAT", false, false, false),
            ("MY_ORG", false, false, false),
            ("PERSONAL_ACCESS_TOKEN", false, false, true),
            ("Authorization", false, false, true),
            ("path", false, false, false),
        ] {
            let said = (
                is_for_azure_devops(name),
                is_organization(name),
                is_secret(name),
            );
            assert_eq!(said, (devops, organization, secret), "{name}");
        }
    }
}
