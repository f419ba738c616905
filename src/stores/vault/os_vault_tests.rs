//! What the store finds in a vault.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::Path;

use super::*;
use crate::platform::vault::memory::MemoryVault;
use crate::stores::Found;
use crate::stores::checks::{find_with_vault, secrets};
use crate::testing::{TestHome, pat52, pat84};
use crate::walk::Projects;

pub(super) fn find(vault: &MemoryVault) -> Found {
    find_with_vault(&TestHome::new(), &OsVault, vault, &Projects::default())
}

/// Organization, kind, remedy and target of each finding.
pub(super) fn shown(found: &Found) -> Vec<(&str, Kind, Remedy, &str)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| {
            let organization = credential.organization.as_ref();
            (
                organization.map_or("?", |name| name.as_str()),
                credential.kind,
                credential.remedy,
                credential.location.target.as_deref().unwrap(),
            )
        })
        .collect()
}

pub(super) fn places(found: &Found) -> Vec<(&str, PlaceState, &str)> {
    let places = found.places.iter();
    places
        .map(|place| {
            (
                place.path.as_str(),
                place.state,
                place.reason.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

fn gcm(vault: &MemoryVault, service: &str, secret: &str) -> VaultEntry {
    vault.add(
        &[("service", service), ("account", "dev@contoso.com")],
        secret,
    )
}

#[test]
fn entries_for_azure_devops_are_found_and_no_other_secret_is_read() {
    let vault = MemoryVault::new();
    let token = pat84('C', 'A', 1);
    let first = gcm(&vault, "git:https://dev.azure.com/contoso", &token);
    gcm(&vault, "git:https://github.com", "theirs");
    vault.add(
        &[("service", "dev.rekey.agent"), ("account", "undo 1")],
        "key",
    );
    vault.add(
        &[("MsalClientID", "Microsoft.Developer.IdentityService")],
        "{}",
    );
    let second = gcm(&vault, "git:https://dev.azure.com/fabrikam", "word");
    let third = gcm(&vault, "git:https://dev.azure.com", "shared");
    let found = find(&vault);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Pat,
                Remedy::Automatic,
                "git:https://dev.azure.com/contoso"
            ),
            (
                "fabrikam",
                Kind::Password,
                Remedy::Automatic,
                "git:https://dev.azure.com/fabrikam"
            ),
            (
                "?",
                Kind::Password,
                Remedy::Consent,
                "git:https://dev.azure.com"
            ),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), "word", "shared"]);
    let read = vault.inside(|inside| inside.read.clone());
    assert_eq!(read, [first.id.clone(), second.id, third.id]);
    let credential = &found.credentials[0];
    assert_eq!(credential.location.vault.as_deref(), Some("memory"));
    assert_eq!(
        credential.location.account.as_deref(),
        Some("dev@contoso.com")
    );
    assert_eq!(credential.observed.created.unwrap().month(), 1);
    assert_eq!(credential.observed.written, first.modified);
    assert!(
        matches!(&credential.change, Some(Change::DeleteVaultEntry { entry, kept: true, .. }) if *entry == first)
    );
}

#[test]
fn what_other_programs_share_or_ask_for_needs_consent() {
    let vault = MemoryVault::new();
    vault.add(
        &[("service", "vscode-vsce"), ("account", "contoso")],
        &pat52(1),
    );
    let jet_brains = "IntelliJ Platform Git HTTP — https://dev@dev.azure.com/contoso";
    vault.add(&[("service", jet_brains), ("account", "dev")], "dev@word");
    vault.add(
        &[("service", "GitHub - https://dev.azure.com/contoso")],
        "word",
    );
    vault.add(&[("URL", "https://dev.azure.com/contoso")], "word");
    let found = find(&vault);
    let target = "IntelliJ Platform Git HTTP — https://***@dev.azure.com/contoso";
    assert_eq!(
        shown(&found),
        [
            ("?", Kind::Pat, Remedy::Consent, "vscode-vsce"),
            ("contoso", Kind::Password, Remedy::Consent, target),
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                "GitHub - https://dev.azure.com/contoso"
            ),
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                "https://dev.azure.com/contoso"
            ),
        ]
    );
    assert_eq!(secrets(&found)[1], "word");
    assert!(
        found.credentials[..3]
            .iter()
            .all(|credential| credential.advice.is_some())
    );
}

#[test]
fn a_token_in_a_name_is_not_shown() {
    let vault = MemoryVault::new();
    let token = pat84('C', 'A', 1);
    let entry = [
        ("server", "dev.azure.com"),
        ("object", "contoso"),
        ("user", token.as_str()),
    ];
    vault.add(&entry, "x-oauth-basic");
    let found = find(&vault);
    assert_eq!(secrets(&found), [token.as_str()]);
    let told = format!("{:?}", found.credentials);
    assert!(!told.contains(&token), "{told}");
}

#[test]
fn a_feed_of_poetry_is_where_its_files_say() {
    let home = TestHome::new();
    home.write(
        ".config/pypoetry/config.toml",
        "[repositories.Ours]\nurl = \"https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload\"\n\
         [repositories.elsewhere]\nurl = \"https://python.contoso.com\"\n",
    );
    let project = home.write(
        "src/pyproject.toml",
        "[[tool.poetry.source]]\nname = \"theirs\"\nurl = \"https://pkgs.dev.azure.com/fabrikam/_packaging/f/pypi/simple\"\n",
    );
    let vault = MemoryVault::new();
    let token = pat84('C', 'A', 1);
    for (name, secret) in [
        ("ours", "word"),
        ("theirs", "word"),
        ("elsewhere", token.as_str()),
        ("nobodys", "word"),
        ("forgotten", token.as_str()),
    ] {
        let service = format!("poetry-repository-{name}");
        vault.add(&[("service", &service), ("username", "dev")], secret);
    }
    let mut projects = Projects::default();
    projects.files.insert("pyproject.toml", vec![project]);
    let found = find_with_vault(&home, &OsVault, &vault, &projects);
    let automatic =
        |organization, target| (organization, Kind::Password, Remedy::Automatic, target);
    let expected = [
        automatic("contoso", "poetry-repository-ours"),
        automatic("fabrikam", "poetry-repository-theirs"),
        // No file knows the name, and it is a token all the same.
        (
            "?",
            Kind::Pat,
            Remedy::Consent,
            "poetry-repository-forgotten",
        ),
    ];
    assert_eq!(shown(&found), expected);
    // What is another host's is not read.
    assert_eq!(vault.inside(|inside| inside.read.len()), 4);
}

#[test]
fn the_token_for_every_organization_is_that_of_the_usual_one() {
    let home = TestHome::new();
    let vault = MemoryVault::new();
    vault.add(
        &[
            ("service", "azdevops-cli: default"),
            ("username", "Personal Access Token"),
        ],
        "word",
    );
    let find = || find_with_vault(&home, &OsVault, &vault, &Projects::default());
    let expected = |organization, remedy| {
        [(
            organization,
            Kind::Password,
            remedy,
            "azdevops-cli: default",
        )]
    };
    assert_eq!(shown(&find()), expected("?", Remedy::Consent));
    home.write(
        ".azure/azuredevops/config",
        "[defaults]\norganization = https://dev.azure.com/contoso/\n",
    );
    assert_eq!(shown(&find()), expected("contoso", Remedy::Automatic));
}

#[test]
fn a_locked_vault_is_a_place_that_is_locked() {
    let vault = MemoryVault::new();
    gcm(&vault, "git:https://dev.azure.com/contoso", "word");
    vault.inside(|inside| inside.locked = true);
    let found = find(&vault);
    assert!(found.credentials.is_empty());
    assert_eq!(
        places(&found),
        [(
            "memory: Login",
            PlaceState::Locked,
            "unlock it (signing in to the desktop does), then run rekey again"
        )]
    );
}

fn ring(name: &str, locked: bool) -> Ring {
    Ring {
        name: name.to_owned(),
        label: "Login".to_owned(),
        locked,
        entries: Vec::new(),
        unlisted: None,
    }
}

#[test]
fn rings_of_one_label_are_places_of_their_own() {
    let vault = MemoryVault::new();
    vault.inside(|inside| inside.rings = vec![ring("/one", true), ring("/two", false)]);
    let states: Vec<_> = places(&find(&vault))
        .iter()
        .map(|(path, state, _)| ((*path).to_owned(), *state))
        .collect();
    let expected = [
        ("memory: Login (/one)", PlaceState::Locked),
        ("memory: Login (/two)", PlaceState::Read),
        ("memory: Login (login)", PlaceState::Read),
    ];
    assert_eq!(
        states,
        expected.map(|(path, state)| (path.to_owned(), state))
    );
}

#[test]
fn a_ring_that_does_not_list_everything_is_looked_at_and_not_read() {
    for (fault, expected) in [
        (VaultFault::Locked, PlaceState::Locked),
        (VaultFault::Refused("no".to_owned()), PlaceState::Unreadable),
    ] {
        let vault = MemoryVault::new();
        gcm(&vault, "git:https://dev.azure.com/contoso", "word");
        vault.inside(|inside| inside.unlisted = Some(fault));
        let found = find(&vault);
        assert_eq!(found.credentials.len(), 1);
        assert_eq!(places(&found)[0].1, expected);
    }
}

#[test]
fn no_vault_is_absent_unless_its_files_are_there() {
    let home = TestHome::new();
    let vault = MemoryVault::new();
    vault.inside(|inside| inside.absent = true);
    let find = || find_with_vault(&home, &OsVault, &vault, &Projects::default());
    assert_eq!(places(&find()), [("memory", PlaceState::Absent, "")]);
    home.write(".local/share/keyrings/login.keyring", "");
    let found = find();
    let (path, state, reason) = places(&found)[0];
    assert_eq!((path, state), ("memory", PlaceState::Locked));
    assert!(reason.contains("login.keyring is there"), "{reason}");
}

#[test]
fn shared_sign_ins_are_told_of_and_left() {
    let vault = MemoryVault::new();
    vault.add(
        &[("MsalClientID", "Microsoft.Developer.IdentityService")],
        "{}",
    );
    let found = find(&vault);
    assert!(found.credentials.is_empty());
    let (path, state, reason) = places(&found)[1];
    assert_eq!((path, state), ("memory, a label", PlaceState::Skipped));
    assert!(reason.contains("sign out"), "{reason}");
}

#[test]
fn with_a_home_of_its_own_there_is_no_vault() {
    let found = TestHome::new().find(&OsVault);
    assert!(found.places.is_empty() && found.credentials.is_empty());
    let platform = crate::platform::Hermetic::new(System::THIS, Path::new("/"));
    assert!(crate::platform::Platform::vault(&platform).is_none());
}
