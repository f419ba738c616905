#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::model::RegistryData;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::Found;
use crate::stores::checks::{find_with_registry, find_with_variables};
use crate::stores::ssh::SshConfig;
use crate::testing::TestHome;
use crate::testing::host_keys::{PUBLISHED, other, putty};

const PLACE: &str = r"HKCU\Software\SimonTatham\PuTTY\SshHostKeys";

fn put(registry: &MemoryRegistry, name: &str, data: RegistryData) {
    registry.put(&RegistryKey::of_person(KEY), name, data);
}

/// Entries and owners of all findings.
fn told(found: &Found) -> Vec<(&str, Option<String>)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|one| {
            let entry = one.location.entry.as_deref().unwrap();
            (entry, one.organization.as_ref().map(ToString::to_string))
        })
        .collect()
}

#[test]
fn a_remembered_host_key_that_is_not_the_published_one_is_named() {
    let home = TestHome::of(System::Windows);
    let registry = MemoryRegistry::new();
    let (right, wrong) = (putty(PUBLISHED), putty(&other()));
    for (name, key) in [
        ("rsa2@22:ssh.dev.azure.com", &right),
        ("rsa2@22:vs-ssh.visualstudio.com", &wrong),
        ("rsa2@2022:SSH.dev.azure.com", &wrong),
        // Another host, another type, and names that are none.
        ("rsa2@22:git.example.com", &wrong),
        ("ssh-ed25519@22:ssh.dev.azure.com", &wrong),
        ("rsa2@x:ssh.dev.azure.com", &wrong),
        ("rsa2@22ssh.dev.azure.com", &wrong),
    ] {
        put(&registry, name, RegistryData::text(key));
    }
    let found = find_with_registry(&home, &SshConfig, &registry, &[]);
    assert_eq!(
        told(&found),
        [
            ("rsa2@2022:SSH.dev.azure.com", None),
            ("rsa2@22:vs-ssh.visualstudio.com", None),
        ]
    );
    let one = &found.credentials[1];
    assert_eq!((one.kind, one.remedy), (Kind::SshSetting, Remedy::Manual));
    assert_eq!(one.location.path.as_deref(), Some(PLACE));
    assert!(one.change.is_none());
    let harmful = one.observed.harmful.as_deref().unwrap();
    assert!(harmful.contains("is not the one that Azure DevOps publishes"));
    let advice = one.advice.as_deref().unwrap();
    let command = format!("reg delete \"{PLACE}\" /v \"rsa2@22:vs-ssh.visualstudio.com\"");
    assert!(advice.contains(&command) && advice.contains("SHA256:ohD8"));
    let place = found.places.iter().find(|it| it.path == PLACE).unwrap();
    assert_eq!((place.state, &place.reason), (PlaceState::Read, &None));
}

#[test]
fn a_host_key_belongs_to_whom_plink_reaches_with_it() {
    let home = TestHome::new();
    let key = putty(&other());
    let lines = HOSTS.map(|host| format!("rsa2@22:{host} {key}\n"));
    home.write(".putty/sshhostkeys", lines.concat());
    for (folder, command, url) in [
        ("a", "plink", "git@ssh.dev.azure.com:v3/contoso/p/a"),
        ("b", "ssh", "git@vs-ssh.visualstudio.com:v3/contoso/p/b"),
    ] {
        home.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
        for part in ["objects/x", "refs/x"] {
            home.write(&format!("{folder}/.git/{part}"), "");
        }
        home.write(
            &format!("{folder}/.git/config"),
            format!("[core]\n\tsshCommand = {command}\n[remote \"origin\"]\n\turl = {url}\n"),
        );
    }
    let found = home.find(&SshConfig);
    assert_eq!(
        told(&found),
        [
            ("rsa2@22:ssh.dev.azure.com", Some("contoso".to_owned())),
            ("rsa2@22:vs-ssh.visualstudio.com", None),
        ]
    );
}

#[test]
fn a_value_that_is_no_text_is_said_and_one_that_is_no_key_is_nothing() {
    let home = TestHome::of(System::Windows);
    let registry = MemoryRegistry::new();
    let name = "rsa2@22:ssh.dev.azure.com";
    put(&registry, name, RegistryData::text("0x10001,broken"));
    let found = find_with_registry(&home, &SshConfig, &registry, &[]);
    assert!(found.credentials.is_empty());
    put(&registry, name, RegistryData::number(7));
    let found = find_with_registry(&home, &SshConfig, &registry, &[]);
    assert!(found.credentials.is_empty());
    let place = found.places.iter().find(|it| it.path == PLACE).unwrap();
    assert_eq!(place.state, PlaceState::Unreadable);
    let reason = place.reason.as_deref().unwrap();
    assert_eq!(
        reason,
        "its value rsa2@22:ssh.dev.azure.com is REG_DWORD, not text"
    );
}

#[test]
fn elsewhere_they_are_lines_of_a_file() {
    let home = TestHome::new();
    let (right, wrong) = (putty(PUBLISHED), putty(&other()));
    let line = |key: &str| format!("rsa2@22:ssh.dev.azure.com {key}\n");
    home.write(
        ".putty/sshhostkeys",
        format!("rsa2@22:git.example.com {wrong}\n{}", line(&wrong)),
    );
    home.write(".config/putty/sshhostkeys", line(&right));
    let moved = home.write("moved/keys", line(&wrong));
    let found = home.find(&SshConfig);
    assert_eq!(told(&found), [("rsa2@22:ssh.dev.azure.com", None)]);
    let one = &found.credentials[0];
    assert_eq!(one.location.line, Some(2));
    assert!(one.change.is_none());
    let path = one.location.path.as_deref().unwrap();
    assert_eq!(home.short(path), "~/.putty/sshhostkeys");
    assert!(one.advice.as_deref().unwrap().contains(path));

    let found = find_with_variables(&home, &SshConfig, &[("PUTTYSSHHOSTKEYS", moved)]);
    assert_eq!(found.credentials.len(), 2);
}

#[test]
fn where_putty_has_never_been_nothing_is_told() {
    let home = TestHome::new();
    let places = home.find(&SshConfig).places;
    assert!(places.iter().all(|place| !place.path.contains("putty")));
}
