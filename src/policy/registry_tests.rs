#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::judge::Pats;
use crate::model::Depth;
use crate::platform::registry::memory::MemoryRegistry;
use crate::policy::Leave;
use crate::policy::keys::KEYS;

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

fn root() -> RegistryKey {
    RegistryKey::new(Hive::LocalMachine, POLICY)
}

fn layer_of(values: &[(&str, &str, RegistryData)]) -> Result<Layer, String> {
    let registry = MemoryRegistry::new();
    registry.put(&root(), "", RegistryData::text(""));
    for (below, name, data) in values {
        let key = match *below {
            "" => root(),
            below => root().below(below),
        };
        registry.put(&key, name, data.clone());
    }
    let layers = from_registry(&registry).map_err(|fault| fault.to_string())?;
    assert!(layers.len() < 2);
    Ok(layers
        .into_iter()
        .next()
        .map(|(_, layer)| layer)
        .unwrap_or_default())
}

#[test]
fn variables_are_replaced_in_the_type_that_has_some_and_named_where_nobody_sets_them() {
    let ca_file = |data| layer_of(&[("collector", "ca_file", data)]);
    let fault = ca_file(RegistryData::expanded(r"%USERPROFILE%\ca.pem")).unwrap_err();
    assert!(
        fault.contains("collector.ca_file") || fault.contains(r"collector, ca_file"),
        "{fault}"
    );
    assert!(fault.contains("%USERPROFILE%"), "{fault}");
    let plain = ca_file(text(r"C:\%USERPROFILE%\ca.pem")).unwrap();
    let same = ca_file(RegistryData::expanded(r"C:\ca.pem")).unwrap();
    let path = |layer: &Layer| layer.collector.ca_file.clone().unwrap();
    assert_eq!(path(&plain).to_str(), Some(r"C:\%USERPROFILE%\ca.pem"));
    assert_eq!(path(&same).to_str(), Some(r"C:\ca.pem"));
}

fn text(text: &str) -> RegistryData {
    RegistryData::text(text)
}

/// A value of this kind as Group Policy writes it.
fn example(kind: KeyKind) -> RegistryData {
    match kind {
        KeyKind::Bool => RegistryData::number(1),
        KeyKind::Number { max, .. } => RegistryData::number(max),
        KeyKind::Choice(words) => text(words[words.len() - 1]),
        KeyKind::Text | KeyKind::Secret => text("a text"),
        KeyKind::Time => text("2026-11-20T18:00:00Z"),
        KeyKind::List => RegistryData::list(&["one, two", "three"]),
        KeyKind::Organizations => RegistryData::list(&["contoso"]),
    }
}

#[test]
fn every_key_is_read_as_a_value_of_its_name_and_below_a_key() {
    for key in KEYS {
        let data = example(key.kind);
        let by_name = layer_of(&[("", key.name, data.clone())]).unwrap();
        assert_ne!(by_name, Layer::default(), "{}", key.name);
        let capitals = layer_of(&[("", &key.name.to_uppercase(), data.clone())]);
        assert_eq!(capitals.as_ref(), Ok(&by_name), "{}", key.name);
        if let Some((table, name)) = key.name.split_once('.') {
            assert_eq!(
                layer_of(&[(table, name, data)]),
                Ok(by_name),
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn every_key_of_a_wrong_type_is_named() {
    for key in KEYS {
        let data = RegistryData::new(3, vec![1, 2, 3]);
        let fault = layer_of(&[("", key.name, data)]).unwrap_err();
        let named = format!(r"HKLM\SOFTWARE\Policies\Rekey, {}: ", key.name);
        assert!(fault.starts_with(&named), "{fault}");
        assert!(
            fault.contains("REG_BINARY") && fault.contains("it takes"),
            "{fault}"
        );
    }
}

#[test]
fn a_value_out_of_its_range_or_words_is_named_and_not_quoted() {
    for (name, data) in [
        ("clean.automatic", RegistryData::number(2)),
        ("clean.automatic", text("hunter2")),
        ("clean.consent", text("hunter2")),
        ("clean.consent", RegistryData::number(1)),
        ("undo.keep_days", RegistryData::number(4000)),
        ("undo.keep_days", RegistryData::new(11, vec![0xff; 8])),
        ("undo.keep_days", text("-1")),
        ("scan.deep", RegistryData::number(2)),
        ("guide.deadline", text("hunter2")),
    ] {
        let fault = layer_of(&[("", name, data)]).unwrap_err();
        assert!(fault.contains(name), "{fault}");
        assert!(
            !fault.contains("hunter2") || name == "guide.deadline",
            "{fault}"
        );
    }
}

#[test]
fn a_misspelt_key_is_named_with_the_one_that_is_near() {
    for (below, name, near) in [
        ("", "clean.consnt", Some("clean.consent")),
        ("clean", "cosnent", Some("clean.consent")),
        ("", "collector_url", Some("collector.url")),
        ("", "pat", Some("pats")),
        ("", "colour", None),
        ("clean.consent", "1", None),
        ("organizations", "a.b.colour", None),
    ] {
        let fault = layer_of(&[(below, name, text("always"))]).unwrap_err();
        assert!(fault.contains("there is no such key"), "{fault}");
        assert!(fault.contains(name) || name == "1", "{fault}");
        assert_eq!(fault.contains("perhaps"), near.is_some(), "{fault}");
        assert!(near.is_none_or(|near| fault.contains(near)), "{fault}");
    }
}

#[test]
fn organizations_are_complete_in_each_of_their_forms() {
    let line = format!("contoso; 2026-11-20T18:00:00Z ;{TENANT}");
    let whole = vec![
        ("organizations", "1", text(&line)),
        ("organizations", "2", text("fabrikam;;microsoft-account")),
    ];
    let tables = vec![
        (r"organizations\1", "name", text("contoso")),
        (
            r"organizations\1",
            "connected_at",
            text("2026-11-20T18:00:00Z"),
        ),
        (r"organizations\1", "tenant", text(TENANT)),
        (r"organizations\2", "name", text("fabrikam")),
        (r"organizations\2", "tenant", text("microsoft-account")),
    ];
    let list = vec![(
        "",
        "organizations",
        RegistryData::list(&[&line, "fabrikam;;microsoft-account"]),
    )];
    for values in [whole, tables, list] {
        let layer = layer_of(&values).unwrap();
        let organizations = layer.organizations.unwrap();
        let names: Vec<_> = organizations.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["contoso", "fabrikam"]);
        let time = "2026-11-20T18:00:00Z".parse().ok();
        assert_eq!(organizations[0].connected_at, time);
        assert_eq!(organizations[0].tenant, TENANT.parse().ok());
        assert_eq!(organizations[1].connected_at, None);
        assert_eq!(organizations[1].tenant, "microsoft-account".parse().ok());
    }
}

#[test]
fn a_wrong_organization_is_named_by_its_place() {
    for (below, name, data) in [
        ("organizations", "1", text("con/toso")),
        ("organizations", "1", text("contoso;soon")),
        ("organizations", "1", text("contoso;;tenant")),
        ("organizations", "1", text("contoso;;;more")),
        (r"organizations\1", "tenant", text(TENANT)),
    ] {
        let fault = layer_of(&[(below, name, data)]).unwrap_err();
        assert!(fault.contains("organizations.1"), "{fault}");
    }
}

#[test]
fn lists_of_group_policy_are_keys_with_an_item_a_value() {
    let layer = layer_of(&[
        (r"scan\roots", "1", text(r"C:\src, old")),
        (r"scan\roots", "2", text(r"D:\src")),
        ("scan.exclude", "node_modules", text("node_modules")),
        ("", "scan.deep", RegistryData::number(1)),
        ("", "pats", text("only-if-broken")),
        ("", "clean.consent", text("always")),
    ])
    .unwrap();
    assert_eq!(layer.scan.roots.unwrap(), [r"C:\src, old", r"D:\src"]);
    assert_eq!(layer.scan.exclude.unwrap(), ["node_modules"]);
    assert_eq!(layer.scan.deep, Some(Depth::Files));
    assert_eq!(layer.pats, Some(Pats::OnlyIfBroken));
    assert_eq!(layer.clean.consent, Some(Leave::Always));
}

#[test]
fn a_key_that_is_set_twice_must_say_the_same() {
    let twice = |other: &str| {
        layer_of(&[
            ("", "clean.consent", text("always")),
            ("clean", "consent", text(other)),
        ])
    };
    assert!(twice("always").is_ok());
    assert!(twice("never").unwrap_err().contains("twice"));
}

#[test]
fn both_views_are_read_and_the_one_of_64_bits_is_stronger() {
    let registry = MemoryRegistry::new();
    let narrow = RegistryKey::new(Hive::LocalMachine32, POLICY);
    registry.put(&narrow, "pats", text("regenerate"));
    assert_eq!(from_registry(&registry).unwrap().len(), 1);
    // Windows shows the very same key in both.
    registry.put(&root(), "pats", text("regenerate"));
    assert_eq!(from_registry(&registry).unwrap().len(), 1);
    registry.put(&root(), "pats", text("only-if-broken"));
    let layers = from_registry(&registry).unwrap();
    let places: Vec<_> = layers.iter().map(|(key, _)| key.hive).collect();
    assert_eq!(places, Hive::MACHINE);
    assert_eq!(layers[0].1.pats, Some(Pats::OnlyIfBroken));
}

#[test]
fn nothing_set_is_no_layer_and_keys_without_end_are_refused() {
    assert_eq!(layer_of(&[]), Ok(Layer::default()));
    let registry = MemoryRegistry::new();
    let mut key = root();
    for name in ["a", "b", "c", "d", "e", "f"] {
        key = key.below(name);
        registry.put(&key, "", text(""));
    }
    registry.put(&root(), "", text(""));
    assert!(from_registry(&registry).is_err());
}
