#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::Path;

use super::*;
use crate::model::Depth;
use crate::platform::preferences::memory::MemoryPreferences;
use crate::policy::Leave;

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

fn text(text: &str) -> PropertyValue {
    PropertyValue::text(text)
}

fn list(items: impl IntoIterator<Item = PropertyValue>) -> PropertyValue {
    PropertyValue::List(items.into_iter().collect())
}

fn table(members: &[(&str, PropertyValue)]) -> PropertyValue {
    let members = members.iter();
    let members = members.map(|(name, value)| ((*name).to_owned(), value.clone()));
    PropertyValue::Table(members.collect())
}

fn layer_of(values: &[(&str, PropertyValue)]) -> Result<Layer, String> {
    let preferences = values
        .iter()
        .fold(MemoryPreferences::new(), |preferences, (name, value)| {
            preferences.force(name, value.clone())
        });
    let layer = from_preferences(&preferences).map_err(|fault| fault.to_string())?;
    Ok(layer.unwrap_or_default())
}

/// A value of this kind as an administrator writes it in a profile.
fn example(kind: KeyKind) -> PropertyValue {
    match kind {
        KeyKind::Bool => PropertyValue::Flag(true),
        KeyKind::Number { max, .. } => PropertyValue::Number(max.into()),
        KeyKind::Choice(words) => text(words[words.len() - 1]),
        KeyKind::Text | KeyKind::Secret => text("a text"),
        KeyKind::Time => PropertyValue::Time("2026-11-20T18:00:00Z".parse().unwrap()),
        KeyKind::List => list([text("one, two"), text("three")]),
        KeyKind::Organizations => list([table(&[("name", text("contoso"))])]),
    }
}

/// The same in the words of TOML.
fn in_toml(key: &PolicyKey) -> Layer {
    let value = match key.kind {
        KeyKind::Bool => "true".to_owned(),
        KeyKind::Number { max, .. } => max.to_string(),
        KeyKind::Choice(words) => format!("{:?}", words[words.len() - 1]),
        KeyKind::Text | KeyKind::Secret => "\"a text\"".to_owned(),
        KeyKind::Time => "2026-11-20T18:00:00Z".to_owned(),
        KeyKind::List => "[\"one, two\", \"three\"]".to_owned(),
        KeyKind::Organizations => "[{ name = \"contoso\" }]".to_owned(),
    };
    Layer::from_toml(Path::new("policy.toml"), &format!("{} = {value}", key.name)).unwrap()
}

#[test]
fn every_key_is_read_by_its_name_and_as_a_member_of_its_dictionary() {
    for key in KEYS {
        let value = example(key.kind);
        let expected = in_toml(key);
        assert_eq!(
            layer_of(&[(key.name, value.clone())]),
            Ok(expected.clone()),
            "{}",
            key.name
        );
        if let Some((outer, name)) = key.name.split_once('.') {
            let nested = table(&[(name, value)]);
            assert_eq!(layer_of(&[(outer, nested)]), Ok(expected), "{}", key.name);
        }
    }
}

#[test]
fn what_is_known_is_read_where_names_cannot_be_listed() {
    let preferences = MemoryPreferences::new()
        .unlisted()
        .force("clean", table(&[("consent", text("always"))]))
        .force("pats", text("regenerate"));
    let layer = from_preferences(&preferences).unwrap().unwrap();
    assert_eq!(layer.clean.consent, Some(Leave::Always));
    assert!(layer.pats.is_some());
}

#[test]
fn what_the_person_sets_is_no_policy() {
    let preferences = MemoryPreferences::new()
        .set_by_person("clean.consent")
        .set_by_person("colour");
    assert_eq!(from_preferences(&preferences), Ok(None));
}

#[test]
fn organizations_are_complete_in_each_of_their_forms() {
    let time = PropertyValue::Time("2026-11-20T18:00:00Z".parse().unwrap());
    let line = format!("contoso; 2026-11-20T18:00:00Z ;{TENANT}");
    let whole = |time| {
        table(&[
            ("name", text("contoso")),
            ("connected_at", time),
            ("tenant", text(TENANT)),
        ])
    };
    let second = || text("fabrikam;;microsoft-account");
    for value in [
        list([whole(time), second()]),
        list([whole(text("2026-11-20T18:00:00Z")), second()]),
        list([text(&line), second()]),
    ] {
        let organizations = layer_of(&[("organizations", value)]).unwrap().organizations;
        let organizations = organizations.unwrap();
        let mut names: Vec<_> = organizations.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["contoso", "fabrikam"]);
        let of = |name: &str| organizations.iter().find(|it| it.name.as_str() == name);
        let contoso = of("contoso").unwrap();
        assert_eq!(contoso.connected_at, "2026-11-20T18:00:00Z".parse().ok());
        assert_eq!(contoso.tenant, TENANT.parse().ok());
        let tenant = of("fabrikam").unwrap().tenant;
        assert_eq!(tenant, "microsoft-account".parse().ok());
    }
}

#[test]
fn a_value_of_a_wrong_type_is_named_and_not_quoted() {
    for key in KEYS {
        let bytes = PropertyValue::Bytes(b"hunter2".into());
        let fault = layer_of(&[(key.name, bytes)]).unwrap_err();
        let named = format!("managed preferences dev.rekey.agent, {}: ", key.name);
        assert!(fault.starts_with(&named), "{fault}");
        assert!(
            fault.contains("data") && fault.contains("it takes"),
            "{fault}"
        );
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    for (name, value) in [
        ("clean.automatic", PropertyValue::Number(2)),
        ("clean.automatic", text("hunter2")),
        ("clean.consent", PropertyValue::Flag(true)),
        ("undo.keep_days", PropertyValue::Number(-1)),
        ("undo.keep_days", PropertyValue::Number(4000)),
        ("undo.keep_days", PropertyValue::Flag(true)),
        ("scan.roots", list([PropertyValue::Number(1)])),
        ("scan.roots", list([list([text("a")])])),
        (
            "collector.url",
            PropertyValue::Time("2026-11-20T18:00:00Z".parse().unwrap()),
        ),
    ] {
        let fault = layer_of(&[(name, value)]).unwrap_err();
        assert!(fault.contains(name), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}

#[test]
fn a_misspelt_key_is_named_and_a_name_of_macos_is_not() {
    for (name, near) in [
        ("clean.consnt", Some("clean.consent")),
        ("Clean.Consnt", Some("clean.consent")),
        ("colour", None),
    ] {
        let fault = layer_of(&[(name, text("always"))]).unwrap_err();
        assert!(fault.contains("there is no such key"), "{fault}");
        assert!(near.is_none_or(|near| fault.contains(near)), "{fault}");
    }
    let nested = table(&[("cosnent", text("always"))]);
    assert!(layer_of(&[("clean", nested)]).is_err_and(|fault| fault.contains("clean.consent")));
    let of_macos = ["PayloadUUID", "PayloadType", "_manual"].map(|name| (name, text("x")));
    assert_eq!(layer_of(&of_macos), Ok(Layer::default()));
}

#[test]
fn forms_that_administrators_also_write_are_understood() {
    let layer = layer_of(&[
        ("Clean.Consent", text("never")),
        ("scan.deep", PropertyValue::Flag(true)),
        ("clean.automatic", text("false")),
        ("undo.keep_days", text("30")),
        ("scan", table(&[("exclude", text("dist, target"))])),
        ("report", table(&[])),
    ])
    .unwrap();
    assert_eq!(layer.clean.consent, Some(Leave::Never));
    assert_eq!(layer.scan.deep, Some(Depth::Files));
    assert_eq!(layer.clean.automatic, Some(false));
    assert_eq!(layer.undo.keep_days, Some(30));
    assert_eq!(layer.scan.exclude.unwrap(), ["dist", "target"]);
}

#[test]
fn a_key_that_is_set_twice_must_say_the_same() {
    let twice = |other: &str| {
        layer_of(&[
            ("clean.consent", text("always")),
            ("clean", table(&[("consent", text(other))])),
        ])
    };
    assert!(twice("always").is_ok());
    assert!(twice("never").unwrap_err().contains("twice"));
}
