//! Files that are not what they should be.

use std::collections::BTreeMap;
use std::process::Command;

use super::super::{SshConfig, SshKey};
use super::plant;
use crate::model::PlaceState;
use crate::testing::TestHome;

#[test]
fn odd_files_are_places_and_never_a_hang() {
    let home = TestHome::new();
    home.write(".ssh/config", "Host ssh.dev.azure.com\nIdentityFile ~/.ssh/pipe\nIdentityFile ~/.ssh/folder\nIdentityFile ~/.ssh/text\nIdentityFile ~/.ssh/gone\nIdentityFile /etc/hosts\n");
    assert!(
        Command::new("mkfifo")
            .arg(home.path().join(".ssh/pipe"))
            .status()
            .unwrap()
            .success()
    );
    std::fs::create_dir(home.path().join(".ssh/folder")).unwrap();
    home.write(".ssh/text", b"\xff\xfe no key \x00");
    let found = home.find(&SshKey);
    assert!(found.credentials.is_empty());
    let states: BTreeMap<_, _> = found
        .places
        .iter()
        .map(|place| (place.path.rsplit('/').next().unwrap(), place.state))
        .collect();
    for name in ["pipe", "folder", "text"] {
        assert_eq!(states.get(name), Some(&PlaceState::Unreadable), "{name}");
    }
    assert_eq!(states.get("gone"), Some(&PlaceState::Absent));
    assert_eq!(states.get("hosts"), None, "only the home may be looked at");
}

#[test]
fn an_odd_configuration_is_a_place_too() {
    for plant_it in [
        |path| drop(Command::new("mkfifo").arg(path).status()),
        |path: std::path::PathBuf| std::fs::create_dir(path).unwrap(),
    ] {
        let home = TestHome::new();
        plant(&home, "id_rsa");
        plant_it(home.path().join(".ssh/config"));
        for found in [home.find(&SshKey), home.find(&SshConfig)] {
            assert!(found.credentials.is_empty());
            assert_eq!(found.places[0].state, PlaceState::Unreadable);
        }
    }
}
