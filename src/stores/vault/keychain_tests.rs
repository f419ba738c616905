//! What attributes say, for each tool that writes into keychains.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::testing::scope;

fn of(pairs: &[(&str, &str)]) -> Option<Meaning> {
    let attributes = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let namespaces = ["git".to_owned()];
    names::meaning(&attributes, &namespaces, &scope(&["contoso"]))
}

fn generic(service: &str, account: &str) -> Option<Meaning> {
    of(&[(CLASS, GENERIC), (SERVICE, service), (ACCOUNT, account)])
}

fn internet(server: &str, account: &str, path: &str) -> Option<Meaning> {
    of(&[
        (CLASS, INTERNET),
        (SERVER, server),
        (ACCOUNT, account),
        (PATH, path),
        (PROTOCOL, "htps"),
        (AUTHENTICATION, "dflt"),
        (PORT, "0"),
    ])
}

/// Writer, organization and target.
fn shown(meaning: Option<Meaning>) -> Option<(Writer, Option<String>, String)> {
    match meaning? {
        Meaning::Named(named) => Some((
            named.writer,
            named.organization.map(|name| name.to_string()),
            named.target,
        )),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn every_tool_names_its_generic_passwords_in_its_own_way() {
    let contoso = Some("contoso".to_owned());
    for (service, account, writer, organization) in [
        (
            "git:https://dev.azure.com/contoso",
            "dev@contoso.com",
            Writer::CredentialManager,
            contoso.clone(),
        ),
        (
            "git:https://contoso.visualstudio.com",
            "Personal Access Token",
            Writer::CredentialManager,
            contoso.clone(),
        ),
        (
            "git:https://dev.azure.com",
            "contoso",
            Writer::CredentialManager,
            contoso.clone(),
        ),
        (
            "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple",
            "dev",
            Writer::Tool,
            contoso.clone(),
        ),
        (
            "uv:https://pkgs.dev.azure.com/contoso/_packaging/f/pypi",
            "dev",
            Writer::Tool,
            contoso.clone(),
        ),
        (
            "azdevops-cli:https://dev.azure.com/contoso",
            "Personal Access Token",
            Writer::Tool,
            contoso.clone(),
        ),
        ("vscode-vsce", "contoso", Writer::Vsce, None),
        (
            "GitHub - https://dev.azure.com/contoso",
            "dev",
            Writer::GitHubDesktop,
            contoso.clone(),
        ),
        (
            "IntelliJ Platform Git HTTP — https://dev@dev.azure.com/contoso",
            "dev",
            Writer::JetBrains,
            contoso.clone(),
        ),
        (
            "dev.azure.com Access Key for contoso",
            "contoso",
            Writer::Sourcetree,
            contoso.clone(),
        ),
        (
            "dev.azure.com Access Key for dev",
            "dev",
            Writer::Sourcetree,
            None,
        ),
    ] {
        let expected = (writer, organization, service.to_owned());
        assert_eq!(
            shown(generic(service, account)),
            Some(expected),
            "{service}"
        );
    }
}

#[test]
fn internet_passwords_are_named_by_server_path_and_account() {
    for (server, account, path, organization, target) in [
        (
            "dev.azure.com",
            "dev",
            "contoso",
            Some("contoso"),
            "https://dev.azure.com/contoso",
        ),
        (
            "dev.azure.com",
            "dev",
            "/contoso/shop",
            Some("contoso"),
            "https://dev.azure.com/contoso/shop",
        ),
        (
            "dev.azure.com",
            "contoso",
            "",
            Some("contoso"),
            "https://dev.azure.com",
        ),
        ("dev.azure.com", "dev", "", None, "https://dev.azure.com"),
        (
            "fabrikam.visualstudio.com",
            "dev",
            "",
            Some("fabrikam"),
            "https://fabrikam.visualstudio.com",
        ),
        (
            "dev.azure.com:443",
            "dev",
            "contoso",
            Some("contoso"),
            "https://dev.azure.com:443/contoso",
        ),
    ] {
        let expected = (
            Writer::Git,
            organization.map(str::to_owned),
            target.to_owned(),
        );
        assert_eq!(
            shown(internet(server, account, path)),
            Some(expected),
            "{server}/{path}"
        );
    }
    let with_port = of(&[(CLASS, INTERNET), (SERVER, "dev.azure.com"), (PORT, "443")]);
    assert_eq!(shown(with_port).unwrap().2, "https://dev.azure.com:443");
}

#[test]
fn other_hosts_and_what_was_typed_into_a_page_are_left_alone() {
    for (server, path) in [
        ("github.com", "contoso"),
        ("dev.azure.com.example.org", "contoso"),
        ("tfs.contoso.com", "DefaultCollection"),
        ("", "contoso"),
    ] {
        assert_eq!(internet(server, "dev", path), None, "{server}");
    }
    for service in [
        "git:https://github.com",
        "GitHub - https://api.github.com",
        "github.com Access Key for dev",
        "com.apple.account",
        "",
    ] {
        assert_eq!(generic(service, "dev"), None, "{service}");
    }
    let typed = of(&[
        (CLASS, INTERNET),
        (SERVER, "dev.azure.com"),
        (AUTHENTICATION, FORM),
    ]);
    assert_eq!(typed, None);
    assert_eq!(
        of(&[(CLASS, "keys"), (SERVICE, "https://dev.azure.com")]),
        None
    );
}

#[test]
fn names_that_stand_for_something_elsewhere_are_told_apart() {
    assert_eq!(
        generic("Microsoft.Developer.IdentityService", "MSALCache"),
        Some(Meaning::Msal)
    );
    assert_eq!(
        generic("GitCredentialManager.MSAL", "AppCache"),
        Some(Meaning::Msal)
    );
    assert_eq!(
        generic("poetry-repository-feed", "dev"),
        Some(Meaning::Poetry("feed".to_owned()))
    );
    assert_eq!(
        generic("azdevops-cli: default", "Personal Access Token"),
        Some(Meaning::AzureCliDefault)
    );
}

#[test]
fn what_has_another_form_is_closed() {
    let meaning = of(&[
        (CLASS, GENERIC),
        (SERVICE, "git:https://dev.azure.com/contoso"),
        (INEXACT, ""),
    ]);
    assert!(matches!(meaning, Some(Meaning::Closed(..))));
}

proptest! {
    #[test]
    fn any_entry_can_be_read(service: String, server: String, account: String, path: String, internet: bool) {
        let class = if internet { INTERNET } else { GENERIC };
        let _ = of(&[(CLASS, class), (SERVICE, &service), (SERVER, &server), (ACCOUNT, &account), (PATH, &path)]);
    }
}
