#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::RegistryData;
use crate::platform::System;
use crate::platform::dpapi::Dpapi as _;
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::Found;
use crate::stores::checks::{find_with_registry, find_with_registry_and_dpapi, secrets, shown};
use crate::stores::ide::VisualStudio;
use crate::testing::{TestHome, entra_jwt};

fn entry(version: &str, name: &str) -> RegistryKey {
    RegistryKey::of_person(format!(r"{VERSIONS}\{version}\{STORAGE}\VssApp\{name}"))
}

fn put(registry: &MemoryRegistry, key: &RegistryKey, url: &str, token: &str) {
    for (name, text) in [("Url", url), ("Type", "Federated"), ("Token", token)] {
        registry.put(key, name, RegistryData::text(text));
    }
}

fn find(registry: &MemoryRegistry) -> Found {
    let home = TestHome::of(System::Windows);
    find_with_registry(&home, &VisualStudio, registry, &[])
}

#[test]
fn tokens_of_every_version_go_with_their_keys_after_consent() {
    let registry = MemoryRegistry::new();
    put(
        &registry,
        &entry("14.0", "a"),
        "https://contoso.visualstudio.com/",
        "AQAAANCM",
    );
    put(
        &registry,
        &entry("15.0", "b"),
        "https://dev.azure.com/fabrikam",
        "AQAAANCN",
    );
    put(
        &registry,
        &entry("12.0", "c"),
        "https://app.vssps.visualstudio.com/",
        "AQAAANCO",
    );
    put(
        &registry,
        &entry("14.0", "d"),
        "https://tfs.contoso.example/tfs",
        "AQAAANCP",
    );
    let found = find(&registry);
    let session = (Kind::SessionToken, Remedy::Consent);
    let of = |organization, url| (organization, session.0, session.1, 0, url);
    assert_eq!(
        shown(&found),
        [
            of("?", "https://app.vssps.visualstudio.com/"),
            of("contoso", "https://contoso.visualstudio.com/"),
            of("fabrikam", "https://dev.azure.com/fabrikam"),
        ]
    );
    assert_eq!(secrets(&found), ["AQAAANCO", "AQAAANCM", "AQAAANCN"]);
    let Some(Change::SetRegistryValue {
        key,
        values,
        splices,
    }) = &found.credentials[1].change
    else {
        unreachable!("it changes the registry");
    };
    assert_eq!(*key, entry("14.0", "a").path);
    let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Token", "Type", "Url"]);
    assert_eq!(*splices, None);
    assert!(found.credentials[1].observed.written.is_some());
}

#[test]
fn what_has_no_token_is_nothing_and_a_wrong_type_is_named() {
    let registry = MemoryRegistry::new();
    let url = "https://dev.azure.com/contoso";
    registry.put(&entry("14.0", "a"), "Url", RegistryData::text(url));
    put(&registry, &entry("14.0", "b"), url, "AQAAANCM");
    registry.put(&entry("14.0", "b"), "Url", RegistryData::number(7));
    put(&registry, &entry("14.0", "c"), url, "AQAAANCM");
    registry.put(
        &entry("14.0", "c"),
        "Token",
        RegistryData::new(3, vec![1, 2, 3]),
    );
    registry.put(&entry("14.0", "d"), "Token", RegistryData::text("AQAAANCM"));
    let found = find(&registry);
    assert_eq!(found.credentials.len(), 1);
    assert!(found.credentials[0].change.is_some());
    let unreadable = found
        .places
        .iter()
        .filter(|it| it.state == PlaceState::Unreadable);
    let reasons: Vec<_> = unreadable.map(|it| it.reason.as_deref().unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "its value Url is REG_DWORD, not text",
            "its value Token is REG_BINARY, not text",
            "it has a token and no value Url"
        ]
    );
}

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

fn sealed(keys: &MemoryDpapi, token: &str) -> String {
    STANDARD.encode(keys.protect(token.as_bytes(), b"").unwrap())
}

/// `contoso` and `fabrikam` with a token each, sealed by the second, opened by the first.
fn find_sealed(opens: &Arc<MemoryDpapi>, seals: &MemoryDpapi, token: &str) -> (Found, String) {
    let registry = MemoryRegistry::new();
    let seal = sealed(seals, token);
    for (name, organization) in [("a", "contoso"), ("b", "fabrikam")] {
        let url = format!("https://dev.azure.com/{organization}");
        put(&registry, &entry("14.0", name), &url, &seal);
    }
    let home = TestHome::of(System::Windows);
    (
        find_with_registry_and_dpapi(&home, &VisualStudio, &registry, opens),
        seal,
    )
}

#[test]
fn what_the_persons_key_opens_is_judged_by_what_it_says() {
    let keys = Arc::new(MemoryDpapi::of(1));
    let token = entra_jwt(TENANT, 1_795_000_000);
    let (found, seal) = find_sealed(&keys, &keys, &token);
    // Another organization's stays closed.
    assert_eq!(secrets(&found), [token.as_str(), seal.as_str()]);
    let [ours, theirs] = &found.credentials[..] else {
        unreachable!("two are found");
    };
    assert_eq!(
        (ours.kind, ours.remedy),
        (Kind::SessionToken, Remedy::Consent)
    );
    assert!(ours.change.is_some());
    assert_eq!(ours.observed.expires.unwrap().as_second(), 1_795_000_000);
    assert_eq!(ours.observed.tenants.len(), 1);
    assert!(theirs.observed.tenants.is_empty() && theirs.observed.expires.is_none());
}

#[test]
fn what_stays_closed_is_judged_by_its_time_and_said() {
    let keys = Arc::new(MemoryDpapi::of(1));
    let (found, seal) = find_sealed(&keys, &MemoryDpapi::of(2), "hunter2");
    assert_eq!(secrets(&found), [seal.as_str(), seal.as_str()]);
    assert!(found.credentials[0].observed.written.is_some());
    let locked: Vec<_> = found
        .places
        .iter()
        .filter(|place| place.state == PlaceState::Locked)
        .collect();
    let [place] = locked[..] else {
        unreachable!("one is locked: {locked:?}");
    };
    assert!(place.path.ends_with(r"VssApp\a"));
    let reason = place.reason.as_deref().unwrap();
    assert!(
        reason.contains("another user or another computer"),
        "{reason}"
    );
    assert!(
        reason.ends_with("so it is judged by its time alone"),
        "{reason}"
    );
}

#[test]
fn a_token_that_nobody_sealed_is_taken_as_it_is() {
    let registry = MemoryRegistry::new();
    let token = entra_jwt(TENANT, 1_795_000_000);
    let url = "https://dev.azure.com/contoso";
    put(&registry, &entry("12.0", "a"), url, &token);
    let found = find(&registry);
    assert_eq!(secrets(&found), [token.as_str()]);
    assert_eq!(found.credentials[0].observed.tenants.len(), 1);
}
