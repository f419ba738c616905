#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::model::{Kind, Remedy};
use crate::platform::System;
use crate::platform::preferences::memory::MemoryPreferences;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::checks::{find_with_registry, shown};
use crate::stores::git::{GcmAuthority, GcmFiles};
use crate::testing::{Pretended, TestHome, find_on, pat84, scope};
use crate::walk::Projects;

#[test]
fn a_tenant_that_the_administrator_set_is_theirs_to_change() {
    let registry = MemoryRegistry::new();
    let [wide, narrow] = Hive::MACHINE.map(|hive| RegistryKey::new(hive, KEY));
    let authority = "credential.https://dev.azure.com/contoso.authority";
    registry.put(&wide, authority, RegistryData::text("MSA"));
    registry.put(&narrow, "credential.authority", RegistryData::text("MSA"));
    registry.put(&wide, "credential.helper", RegistryData::text("store"));
    registry.put(&wide, "credential.azreposWif", RegistryData::number(1));
    registry.put(&wide, "credential.namespace", RegistryData::new(3, vec![1]));
    let home = TestHome::of(System::Windows);
    let found = find_with_registry(&home, &GcmAuthority, &registry, &[]);
    let pinned = (Kind::PinnedTenant, Remedy::Manual);
    assert_eq!(
        shown(&found),
        [
            ("contoso", pinned.0, pinned.1, 0, authority),
            ("?", pinned.0, pinned.1, 0, "credential.authority"),
        ]
    );
    let paths = found
        .credentials
        .iter()
        .map(|it| it.location.path.as_deref());
    let expected = [&wide, &narrow].map(ToString::to_string);
    assert!(paths.eq(expected.iter().map(|path| Some(path.as_str()))));
    let wrong = found
        .places
        .iter()
        .find(|it| it.state == PlaceState::Unreadable);
    let wrong = wrong.unwrap();
    assert!(
        wrong.path.ends_with("credential.namespace"),
        "{}",
        wrong.path
    );
    assert!(wrong.reason.as_deref().unwrap().contains("REG_BINARY"));
}

#[test]
fn a_store_that_the_administrator_moved_is_found() {
    let registry = MemoryRegistry::new();
    let home = TestHome::of(System::Windows);
    let token = pat84('C', 'A', 1);
    home.write(
        "secrets/git/https/dev.azure.com/contoso/dev.credential",
        format!("{token}\r\nservice=https://dev.azure.com/contoso\r\naccount=dev\r\n"),
    );
    let key = RegistryKey::new(Hive::LocalMachine, KEY);
    let folder = home.path().join("secrets");
    registry.put(
        &key,
        "credential.plaintextStorePath",
        RegistryData::text(&folder.to_string_lossy()),
    );
    let found = find_with_registry(&home, &GcmFiles, &registry, &[]);
    assert_eq!(found.credentials.len(), 1);
}

#[test]
fn a_name_or_value_breaks_no_line() {
    let mut text = String::new();
    for (name, value) in [
        ("credential.a\"]\n[b.authority", "x\\\"\n[user]\n\tname = y"),
        ("credential.", "x"),
        ("credential..key", "x"),
        ("core.sshCommand", "x"),
        ("authority", "x"),
    ] {
        line(name, value, &mut text);
    }
    let parsed = crate::stores::git::config_file::ConfigFile::parse(&text);
    assert!(parsed.fault.is_none(), "{text}");
    let keys: Vec<_> = parsed
        .entries
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(keys, ["authority", "key"]);
}

#[test]
fn what_is_set_in_the_preferences_of_macos_holds_there() {
    let home = TestHome::of(System::MacOs);
    let authority = "credential.https://dev.azure.com/contoso.authority";
    let (domain, name) = OF_MACOS;
    let settings = |value: PropertyValue| {
        let members = [
            (authority.to_owned(), PropertyValue::text("MSA")),
            ("credential.trace".to_owned(), value),
        ];
        PropertyValue::Table(members.into_iter().collect())
    };
    let find = |value: PropertyValue| {
        let preferences = MemoryPreferences::new().of_another(domain, name, value);
        let platform = Pretended::hermetic(&home).with_preferences(preferences);
        let scope = scope(&["contoso"]);
        find_on(
            &GcmAuthority,
            &scope,
            &platform,
            &home.path(),
            &Projects::default(),
        )
    };
    let found = find(settings(PropertyValue::Flag(true)));
    let expected = ("contoso", Kind::PinnedTenant, Remedy::Manual, 0, authority);
    assert_eq!(shown(&found), [expected]);
    let path = found.credentials[0].location.path.as_deref();
    assert_eq!(
        path,
        Some("preferences git-credential-manager, configuration")
    );
    for value in [
        settings(PropertyValue::Bytes(vec![1])),
        PropertyValue::text("x"),
    ] {
        let found = find(value);
        let mut states = found.places.iter().map(|place| place.state);
        assert!(states.any(|state| state == PlaceState::Unreadable));
    }
}
