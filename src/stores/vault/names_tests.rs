//! What attributes say, for each tool that writes entries.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::testing::scope;

fn of(pairs: &[(&str, &str)]) -> Option<Meaning> {
    let attributes = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let namespaces = ["git".to_owned(), "work".to_owned()];
    meaning(&attributes, &namespaces, &scope(&["contoso"]))
}

/// Writer, organization and target.
fn named(pairs: &[(&str, &str)]) -> Option<(Writer, Option<String>, String)> {
    match of(pairs)? {
        Meaning::Named(named) => Some((
            named.writer,
            named.organization.map(|name| name.to_string()),
            named.target,
        )),
        other => unreachable!("{other:?}"),
    }
}

fn service(text: &str) -> Option<(Writer, Option<String>, String)> {
    named(&[("service", text), ("account", "dev@contoso.com")])
}

#[test]
fn every_tool_names_its_entries_in_its_own_way() {
    for (text, writer) in [
        (
            "git:https://dev.azure.com/contoso",
            Writer::CredentialManager,
        ),
        (
            "work:https://contoso.visualstudio.com",
            Writer::CredentialManager,
        ),
        (
            "git:https://dev@dev.azure.com/contoso",
            Writer::CredentialManager,
        ),
        ("azdevops-cli:https://dev.azure.com/contoso", Writer::Tool),
        (
            "uv:https://pkgs.dev.azure.com/contoso/_packaging/f/pypi",
            Writer::Tool,
        ),
        (
            "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload",
            Writer::Tool,
        ),
        ("contoso.pkgs.visualstudio.com", Writer::Tool),
        (
            "GitHub - https://dev.azure.com/contoso",
            Writer::GitHubDesktop,
        ),
        (
            "IntelliJ Platform Git HTTP — https://dev@dev.azure.com/contoso",
            Writer::JetBrains,
        ),
        (
            "IntelliJ Platform Git HTTP — http://contoso.visualstudio.com",
            Writer::JetBrains,
        ),
        ("something: https://dev.azure.com/contoso", Writer::Other),
    ] {
        let expected = (writer, Some("contoso".to_owned()), text.to_owned());
        assert_eq!(service(text), Some(expected));
    }
}

#[test]
fn git_names_the_parts_of_an_address() {
    let parts = [("protocol", "https"), ("server", "dev.azure.com")];
    let with = |more: &[(&'static str, &'static str)]| named(&[&parts[..], more].concat());
    let expected = |organization: Option<&str>, target: &str| {
        Some((
            Writer::Git,
            organization.map(str::to_owned),
            target.to_owned(),
        ))
    };
    assert_eq!(
        with(&[("object", "contoso/p/_git/r"), ("user", "dev")]),
        expected(Some("contoso"), "https://dev.azure.com/contoso/p/_git/r")
    );
    assert_eq!(
        with(&[("user", "dev")]),
        expected(None, "https://dev.azure.com")
    );
    assert_eq!(
        with(&[("user", "Contoso")]),
        expected(Some("contoso"), "https://dev.azure.com")
    );
    let older = [("server", "contoso.visualstudio.com:443"), ("user", "x")];
    assert_eq!(
        named(&older),
        expected(Some("contoso"), "https://contoso.visualstudio.com:443")
    );
    assert_eq!(
        named(&[
            ("server", "github.com"),
            ("object", "dev.azure.com/contoso")
        ]),
        None
    );
}

#[test]
fn a_host_alone_belongs_to_whom_the_account_names() {
    let text = "git:https://dev.azure.com";
    assert_eq!(service(text).unwrap().1, None);
    let named_by_account = named(&[("service", text), ("account", "contoso")]).unwrap();
    assert_eq!(named_by_account.1.as_deref(), Some("contoso"));
    let by_user = service("git:https://contoso@dev.azure.com").unwrap();
    assert_eq!(by_user.1.as_deref(), Some("contoso"));
}

#[test]
fn the_older_java_tool_has_attributes_of_its_own() {
    let pairs = [
        ("Type", "Token"),
        ("Key", "git:https://contoso.visualstudio.com"),
        ("Account", "dev"),
    ];
    let (writer, organization, _) = named(&pairs).unwrap();
    assert_eq!(writer, Writer::CredentialManager);
    assert_eq!(organization.as_deref(), Some("contoso"));
}

#[test]
fn git_credential_manager_is_known_by_its_schema_under_any_namespace() {
    let schema = ("xdg:schema", "com.microsoft.GitCredentialManager");
    let entry = [("service", "mine:https://dev.azure.com/contoso"), schema];
    assert_eq!(named(&entry).unwrap().0, Writer::CredentialManager);
}

#[test]
fn a_publishers_token_belongs_to_no_organization() {
    let entry = [("service", "vscode-vsce"), ("account", "contoso")];
    let expected = (Writer::Vsce, None, "vscode-vsce".to_owned());
    assert_eq!(named(&entry), Some(expected));
}

#[test]
fn what_only_other_files_explain_is_said() {
    let feed = [("service", "poetry-repository-feed"), ("username", "dev")];
    assert_eq!(of(&feed), Some(Meaning::Poetry("feed".to_owned())));
    for text in ["azdevops-cli: default", "azdevops-cli:default"] {
        assert_eq!(of(&[("service", text)]), Some(Meaning::AzureCliDefault));
    }
    let msal = [("MsalClientID", "Microsoft.Developer.IdentityService")];
    assert_eq!(of(&msal), Some(Meaning::Msal));
}

#[test]
fn a_persons_own_entry_is_found_by_its_address() {
    let entry = [
        ("Title", "work"),
        ("UserName", "dev"),
        ("URL", "https://dev.azure.com/contoso"),
        ("Notes", "see https://dev.azure.com/fabrikam"),
    ];
    let expected = (
        Writer::Other,
        Some("contoso".to_owned()),
        "https://dev.azure.com/contoso".to_owned(),
    );
    assert_eq!(named(&entry), Some(expected));
    let mut only_notes = entry;
    only_notes[2].1 = "";
    assert_eq!(named(&only_notes), None);
}

#[test]
fn other_entries_are_nothing_to_look_at() {
    for text in [
        "git:https://github.com",
        "git:https://tfs.contoso.com/tfs",
        "azdevops-cli:https://tfs.contoso.com/tfs",
        "GitHub - https://api.github.com",
        "https://dev.azure.com.contoso.com/contoso",
        "dev.rekey.agent",
        "dev.azure.com is down",
        "",
    ] {
        assert_eq!(service(text), None, "{text}");
    }
    let form = [
        ("xdg:schema", "org.epiphany.FormPassword"),
        ("uri", "https://dev.azure.com"),
    ];
    assert_eq!(named(&form), None);
}

proptest! {
    #[test]
    fn any_attributes_can_be_read(name in "service|server|Key|URL|account|object|\\PC{0,4}", value in "(git|uv|https?|IntelliJ Platform|://|:|@|/|—|dev.azure.com|contoso|\\PC){0,8}") {
        let _ = of(&[(&name, &value), ("account", &value)]);
    }
}

#[test]
fn what_is_printed_of_an_entry_is_not_its_target_or_account() {
    let entry = [
        ("service", "git:https://dev:hunter2@dev.azure.com/contoso"),
        ("account", "hunter2"),
    ];
    let told = format!("{:?}", of(&entry));
    assert!(
        told.contains("contoso") && !told.contains("hunter2"),
        "{told}"
    );
}
