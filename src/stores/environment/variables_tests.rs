use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::stores::Found;
use crate::stores::checks::{secrets, shown, without};
use crate::testing::{self, Pretended, TestHome, pat52, pat84};
use crate::walk::Projects;

fn find(home: &TestHome, variables: &[(&str, &str)]) -> Found {
    let platform = variables
        .iter()
        .fold(Pretended::hermetic(home), |platform, (name, value)| {
            platform.with(name, value)
        });
    let scope = testing::scope(&["contoso"]);
    testing::find_on(
        &Environment,
        &scope,
        &platform,
        &home.path(),
        &Projects::default(),
    )
}

fn told(found: &Found) -> Vec<(&str, &str, Kind)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|it| {
            let name = it.location.variable.as_deref().unwrap_or("");
            let organization = it.organization.as_ref().map_or("?", |name| name.as_str());
            (name, organization, it.kind)
        })
        .collect()
}

#[test]
fn a_variable_with_a_token_is_shown_and_changed_by_hand() {
    let home = TestHome::new();
    let (long, short) = (pat84('C', 'A', 1), pat52(1));
    let found = find(
        &home,
        &[
            ("PATH", "/usr/bin:/bin"),
            ("AZURE_DEVOPS_EXT_PAT", &long),
            ("TEAM_PAT", &short),
            ("TEAM_ACCT", "fabrikam"),
            ("GITHUB_TOKEN", "ghp_abc"),
            ("VSCE_PAT", &long),
            ("VSCE_ORG", "contoso"),
        ],
    );
    assert_eq!(
        told(&found),
        [
            // Tools of Azure DevOps read each other's variables, and here only one organization is named.
            ("AZURE_DEVOPS_EXT_PAT", "fabrikam", Kind::Pat),
            ("TEAM_PAT", "fabrikam", Kind::Pat),
            ("VSCE_PAT", "?", Kind::Pat),
        ]
    );
    assert_eq!(secrets(&found), [long.as_str(), &short, &long]);
    for credential in &found.credentials {
        assert_eq!(credential.remedy, Remedy::Manual);
        assert!(credential.change.is_none() && credential.path.is_none());
        assert_eq!(credential.location.scope, Some(VariableScope::Process));
        assert_eq!(credential.observed.written, None);
    }
}

#[test]
fn settings_of_git_in_variables_belong_to_the_address_of_their_key() {
    let home = TestHome::new();
    let header = format!(
        "Authorization: Basic {}",
        STANDARD.encode(format!(":{}", pat52(1)))
    );
    let weak = format!("Authorization: Basic {}", STANDARD.encode(":hunter2"));
    let found = find(
        &home,
        &[
            ("GIT_CONFIG_COUNT", "4"),
            (
                "GIT_CONFIG_KEY_0",
                "http.https://dev.azure.com/contoso.extraHeader",
            ),
            ("GIT_CONFIG_VALUE_0", &header),
            ("GIT_CONFIG_KEY_1", "http.https://github.com/.extraHeader"),
            ("GIT_CONFIG_VALUE_1", &header),
            (
                "GIT_CONFIG_KEY_2",
                "http.https://fabrikam.visualstudio.com.extraHeader",
            ),
            ("GIT_CONFIG_VALUE_2", &weak),
            ("GIT_CONFIG_KEY_3", "user.name"),
            ("GIT_CONFIG_VALUE_3", "Dev"),
        ],
    );
    assert_eq!(
        told(&found),
        [
            ("GIT_CONFIG_VALUE_0", "contoso", Kind::Pat),
            ("GIT_CONFIG_VALUE_2", "fabrikam", Kind::Password),
        ]
    );
    let entry = found.credentials[0].location.entry.as_deref();
    assert_eq!(
        entry,
        Some("http.https://dev.azure.com/contoso.extraHeader")
    );
}

#[test]
fn pinned_tenants_are_told_of_their_organization_or_of_all() {
    let home = TestHome::new();
    let tenant = "11111111-0000-4000-8000-000000000001";
    let authority = format!("https://login.microsoftonline.com/{tenant}");
    let found = find(
        &home,
        &[
            ("ARTIFACTS_CREDENTIALPROVIDER_MSAL_AUTHORITY", &authority),
            ("GCM_AUTHORITY", "MSA"),
            (
                "GCM_AZREPOS_SERVICE_PRINCIPAL",
                &format!("{tenant}/22222222-0000-4000-8000-000000000002"),
            ),
            ("GCM_AZREPOS_WIF_TENANTID", tenant),
            ("AZURE_TENANT_ID", tenant),
            ("NUGET_CREDENTIALPROVIDER_MSAL_AUTHORITY", "$AUTHORITY"),
        ],
    );
    assert_eq!(told(&found).len(), 4);
    assert!(
        told(&found)
            .iter()
            .all(|it| it.1 == "?" && it.2 == Kind::PinnedTenant)
    );
    let claims: Vec<_> = found
        .credentials
        .iter()
        .map(|it| it.observed.tenants[0].claim.to_string())
        .collect();
    assert_eq!(claims, [tenant, "no tenant", tenant, tenant]);
}

#[test]
fn the_advice_names_the_line_that_sets_the_variable() {
    let home = TestHome::new();
    let (token, other) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    home.write(".bashrc", ". ~/.secrets\n");
    home.write(
        ".secrets",
        format!("# a\nexport AZDO_PAT='{token}'\nexport OTHER='{other}'\n"),
    );
    let found = find(&home, &[("AZDO_PAT", &token), ("OTHER", &token)]);
    let advice: Vec<_> = found
        .credentials
        .iter()
        .filter_map(|it| it.advice.as_deref())
        .collect();
    let secrets = home.shown(".secrets");
    assert!(
        advice[0].starts_with(&format!("Line 2 of {secrets} sets it")),
        "{}",
        advice[0]
    );
    assert!(!advice[1].contains("Line"), "{}", advice[1]);
    assert!(
        found
            .places
            .iter()
            .all(|place| !place.path.contains(".secrets"))
    );
}

#[test]
fn files_of_the_session_lose_their_line() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    for (path, line, rest) in [
        (
            ".config/environment.d/50-azdo.conf",
            format!("AZDO_PAT={token}\n"),
            "AZDO_ORG=contoso\n# end",
        ),
        (
            ".pam_environment",
            format!("AZDO_PAT DEFAULT={token}\r\n"),
            "AZDO_ORG DEFAULT=contoso\r\n",
        ),
    ] {
        let home = TestHome::new();
        home.write(path, format!("{line}{rest}"));
        let found = find(&home, &[]);
        assert_eq!(
            shown(&found),
            [("contoso", Kind::Pat, Remedy::Consent, 1, "AZDO_PAT")],
            "{path}"
        );
        assert_eq!(without(&found, "contoso").as_deref(), Some(rest));
    }
    home.write(
        ".config/environment.d/README",
        format!("AZDO_PAT={token}\n"),
    );
    assert_eq!(shown(&find(&home, &[])), []);
}
