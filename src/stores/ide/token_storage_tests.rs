#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::model::RegistryData;
use crate::platform::System;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::Found;
use crate::stores::checks::{find_with_registry, secrets, shown};
use crate::stores::ide::VisualStudio;
use crate::testing::TestHome;

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
