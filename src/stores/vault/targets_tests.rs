//! What names, comments and accounts say, for each tool that writes entries into the Credential Manager.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::testing::scope;

const UV: &str = "dev@uv:https://pkgs.dev.azure.com/contoso:dev.uv (keyring v0.0.1)";

fn of(target: &str, account: &str, comment: &str, kind: &str) -> Option<Meaning> {
    let attributes = [
        (TARGET_NAME, target),
        (USER_NAME, account),
        (COMMENT, comment),
        (TYPE, kind),
    ];
    let attributes = attributes
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let namespaces = ["git".to_owned(), "work".to_owned()];
    names::meaning(&attributes, &namespaces, &scope(&["contoso"]))
}

/// Writer and organization.
fn named(target: &str, account: &str, comment: &str) -> Option<(Writer, Option<String>)> {
    match of(target, account, comment, GENERIC)? {
        Meaning::Named(named) => {
            assert_eq!(named.target, plain(target));
            let organization = named.organization.map(|name| name.to_string());
            Some((named.writer, organization))
        }
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn every_tool_names_its_entries_in_its_own_way() {
    let upn = "dev@contoso.com";
    let token = "Personal Access Token";
    for (target, account, comment, writer) in [
        (
            "git:https://dev.azure.com/contoso",
            upn,
            "",
            Writer::CredentialManager,
        ),
        (
            "LegacyGeneric:target=git:https://dev.azure.com/contoso",
            upn,
            "",
            Writer::CredentialManager,
        ),
        (
            "git:https://dev_contoso.com@dev.azure.com/contoso",
            upn,
            "",
            Writer::CredentialManager,
        ),
        (
            "work:https://contoso.visualstudio.com",
            token,
            "",
            Writer::CredentialManager,
        ),
        (
            "git:https://contoso@dev.azure.com",
            token,
            "",
            Writer::CredentialManager,
        ),
        (
            "git:https://dev@dev.azure.com/contoso/p/_git/r",
            "dev",
            WINCRED,
            Writer::Git,
        ),
        (
            "git:https://contoso@dev.azure.com",
            "contoso",
            WINCRED,
            Writer::Git,
        ),
        (
            "azdevops-cli:https://dev.azure.com/contoso",
            token,
            PYTHON,
            Writer::Tool,
        ),
        (
            "Personal Access Token@azdevops-cli:https://dev.azure.com/contoso",
            token,
            PYTHON,
            Writer::Tool,
        ),
        (
            "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload",
            "dev",
            PYTHON,
            Writer::Tool,
        ),
        (
            "dev@https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload-shard-0001",
            "dev",
            PYTHON,
            Writer::Tool,
        ),
        ("contoso.pkgs.visualstudio.com", "dev", PYTHON, Writer::Tool),
        (
            "dev.uv:https://pkgs.dev.azure.com/contoso",
            "dev",
            UV,
            Writer::Tool,
        ),
        (
            "GitHub - https://dev.azure.com/contoso/dev",
            "dev",
            "",
            Writer::GitHubDesktop,
        ),
        (
            "GitHub - https://dev.azure.com/contoso",
            "contoso",
            "",
            Writer::GitHubDesktop,
        ),
        (
            "IntelliJ Platform Git HTTP — https://dev@dev.azure.com/contoso",
            "dev",
            "",
            Writer::JetBrains,
        ),
        ("https://dev.azure.com/contoso", "dev", "", Writer::Other),
        ("contoso.visualstudio.com", "dev", "", Writer::Other),
        (
            "Fork - https://dev.azure.com/contoso",
            "dev",
            "",
            Writer::Other,
        ),
    ] {
        let expected = Some((writer, Some("contoso".to_owned())));
        assert_eq!(named(target, account, comment), expected, "{target}");
    }
}

#[test]
fn a_host_alone_names_no_organization() {
    for (target, account, comment, writer) in [
        (
            "git:https://dev.azure.com",
            "dev",
            "",
            Writer::CredentialManager,
        ),
        ("git:https://dev@dev.azure.com", "dev", WINCRED, Writer::Git),
        // The last part is the account, with which a host alone would look like an organization.
        (
            "GitHub - https://dev.azure.com/dev",
            "dev",
            "",
            Writer::GitHubDesktop,
        ),
        (
            "GitHub - https://dev.azure.com/dev",
            "",
            "",
            Writer::GitHubDesktop,
        ),
        (
            "GitHub - https://dev.azure.com",
            "dev",
            "",
            Writer::GitHubDesktop,
        ),
        ("dev@dev.azure.com", "dev", PYTHON, Writer::Tool),
        ("vscode-vsce/contoso", "contoso", "", Writer::Vsce),
    ] {
        assert_eq!(
            named(target, account, comment),
            Some((writer, None)),
            "{target}"
        );
    }
}

#[test]
fn what_only_other_files_explain_is_said() {
    for target in ["poetry-repository-feed", "dev@poetry-repository-feed"] {
        let meaning = of(target, "dev", PYTHON, GENERIC);
        assert_eq!(meaning, Some(Meaning::Poetry("feed".to_owned())));
    }
    let account = "Personal Access Token";
    for target in [
        "azdevops-cli: default",
        "Personal Access Token@azdevops-cli: default",
    ] {
        let meaning = of(target, account, PYTHON, GENERIC);
        assert_eq!(meaning, Some(Meaning::AzureCliDefault));
    }
}

#[test]
fn what_windows_signs_in_with_is_known_by_its_server() {
    for (target, organization) in [
        ("contoso.visualstudio.com", Some("contoso")),
        ("Domain:target=contoso.visualstudio.com", Some("contoso")),
        ("dev.azure.com", None),
        ("*.visualstudio.com", None),
    ] {
        let Some(Meaning::Named(named)) = of(target, "dev", "", DOMAIN_PASSWORD) else {
            unreachable!("{target}");
        };
        assert_eq!(named.writer, Writer::Windows);
        let found = named
            .organization
            .as_ref()
            .map(crate::model::OrganizationName::as_str);
        assert_eq!(found, organization, "{target}");
    }
    assert_eq!(of("files.contoso.com", "dev", "", DOMAIN_PASSWORD), None);
}

#[test]
fn certificates_are_told_of_where_they_are_for_azure_devops() {
    let closed = of("contoso.visualstudio.com", "", "", "3");
    assert!(matches!(closed, Some(Meaning::Closed(..))));
    assert_eq!(of("files.contoso.com", "", "", "3"), None);
}

#[test]
fn other_entries_are_nothing_to_look_at() {
    for (target, comment) in [
        ("git:https://github.com", ""),
        ("git:https://github.com", WINCRED),
        ("GitHub - https://api.github.com/dev", ""),
        ("https://python.contoso.com", PYTHON),
        ("azdevops-cli:https://tfs.contoso.com/tfs", PYTHON),
        ("TERMSRV/dev.azure.com", ""),
        ("MicrosoftOffice16_Data:SSPI:dev@contoso.com", ""),
        ("vscodevscode.microsoft-authentication/1", ""),
        ("", ""),
        ("—", ""),
    ] {
        assert_eq!(of(target, "dev", comment, GENERIC), None, "{target}");
    }
}

proptest! {
    #[test]
    fn any_entry_can_be_read(
        target in "(git|GitHub - |vscode-vsce/|dev|@|\\.|uv:|https?|://|:|/|—|-shard-0001|dev.azure.com|contoso|\\PC){0,8}",
        account in "(dev|dev.azure.com|\\PC)?",
        comment in "(Stored using python-keyring|saved by git-credential-wincred|x \\(keyring v1\\))?",
        kind in "[1-4]?",
    ) {
        let _ = of(&target, &account, &comment, &kind);
    }
}
