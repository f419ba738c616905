//! The kept files for macOS are what the list of keys makes of them, and what they write can be read.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::preferences::{DOMAIN, sample};
use super::{KEYS, KeyKind, PolicyKey, keep, manifest, profile};
use crate::policy::Layer;
use crate::text::xml::{Element, parse};

const PROFILE: &str = "installer/macos/settings.mobileconfig";
const MANIFEST: &str = "installer/jamf/dev.rekey.agent.json";

#[test]
fn the_kept_files_for_macos_are_made_from_the_list_of_keys() {
    keep(PROFILE, &profile::mobileconfig());
    keep(MANIFEST, &manifest::manifest());
}

/// A property list as JSON: tables, lists, texts, numbers and truth values are the same in both.
fn value(element: &Element) -> Json {
    match element.name.as_str() {
        "dict" => {
            let mut pairs = serde_json::Map::new();
            for pair in element.children.chunks(2) {
                let [key, held] = pair else {
                    panic!("a key without a value")
                };
                assert_eq!(key.name, "key");
                let known = pairs.insert(key.text.clone(), value(held));
                assert_eq!(known, None, "{} is there twice", key.text);
            }
            Json::Object(pairs)
        }
        "array" => element.children.iter().map(value).collect(),
        "string" => Json::String(element.text.clone()),
        "integer" => element.text.parse::<u32>().unwrap().into(),
        "true" => true.into(),
        "false" => false.into(),
        other => panic!("{other} is nothing of a property list"),
    }
}

/// What the agent makes of managed preferences.
fn read(preferences: &[(&str, Json)]) -> Layer {
    let lines = preferences.iter().map(|(key, value)| {
        let kind = KEYS
            .iter()
            .find(|known| known.name == *key)
            .map(|known| known.kind);
        format!("{key} = {}\n", in_toml(value, kind))
    });
    Layer::from_toml(Path::new(DOMAIN), &lines.collect::<String>()).unwrap()
}

fn in_toml(value: &Json, kind: Option<KeyKind>) -> String {
    match (value, kind) {
        // `scan.deep` is a truth value or a word.
        (Json::String(text), Some(KeyKind::Choice(_)))
            if ["true", "false"].contains(&text.as_str()) =>
        {
            text.clone()
        }
        (Json::Object(table), _) => {
            let fields = table.iter().map(|(key, value)| format!("{key} = {value}"));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        (Json::Array(items), _) => {
            let items: Vec<_> = items.iter().map(|item| in_toml(item, None)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => value.to_string(),
    }
}

#[test]
fn the_agent_reads_every_setting_of_the_profile() {
    let list = parse(&profile::mobileconfig()).unwrap();
    let profile = value(&list.children[0]);
    let payload = &profile["PayloadContent"][0];
    assert_eq!(
        payload["PayloadType"],
        "com.apple.ManagedClient.preferences"
    );
    let domains = payload["PayloadContent"].as_object().unwrap();
    assert_eq!(domains.keys().collect::<Vec<_>>(), [DOMAIN]);
    let settings = &domains[DOMAIN]["Forced"][0]["mcx_preference_settings"];
    let settings = settings.as_object().unwrap();
    assert_eq!(names(settings.keys()), listed());
    for (key, value) in settings {
        let layer = read(&[(key.as_str(), value.clone())]);
        assert_ne!(layer, Layer::default(), "{key}");
    }
    let all: Vec<_> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    assert_ne!(read(&all), Layer::default());
}

#[test]
fn the_agent_reads_whatever_jamfs_form_writes() {
    let form: Json = serde_json::from_str(&manifest::manifest()).unwrap();
    let properties = form["properties"].as_object().unwrap();
    assert_eq!(names(properties.keys()), listed());
    let mut orders = BTreeSet::new();
    for key in KEYS {
        let property = &properties[key.name];
        assert!(orders.insert(property["property_order"].as_u64().unwrap()));
        assert_eq!(property["anyOf"][0]["type"], "null", "{}", key.name);
        let configured = &property["anyOf"][1];
        for written in writings(key, configured) {
            let layer = read(&[(key.name, written.clone())]);
            assert_ne!(layer, Layer::default(), "{} = {written}", key.name);
        }
        if let Some(default) = configured.get("default") {
            assert_eq!(as_word(default), key.default.unwrap(), "{}", key.name);
        }
    }
}

/// Whatever the form lets somebody choose, or an example of a text.
fn writings(key: &PolicyKey, configured: &Json) -> Vec<Json> {
    if let Some(words) = configured["enum"].as_array() {
        return words.clone();
    }
    match configured["type"].as_str().unwrap() {
        "boolean" => vec![true.into(), false.into()],
        "integer" => vec![configured["minimum"].clone(), configured["maximum"].clone()],
        "string" => vec![configured["options"]["inputAttributes"]["placeholder"].clone()],
        "array" if key.kind == KeyKind::Organizations => {
            let fields = configured["items"]["properties"].as_object().unwrap();
            let example = fields.iter().map(|(name, field)| {
                (
                    name.clone(),
                    field["options"]["inputAttributes"]["placeholder"].clone(),
                )
            });
            let name = Json::Object(example.clone().filter(|(name, _)| name == "name").collect());
            vec![vec![name, Json::Object(example.collect())].into()]
        }
        "array" => vec![vec!["one, two", "~/src"].into()],
        other => panic!("{}: {other}", key.name),
    }
}

fn as_word(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

fn names<'n>(names: impl Iterator<Item = &'n String>) -> BTreeSet<&'n str> {
    names.map(String::as_str).collect()
}

fn listed() -> BTreeSet<&'static str> {
    KEYS.iter().map(|key| key.name).collect()
}

#[test]
fn no_comment_of_a_property_list_ends_early() {
    let text = profile::mobileconfig();
    for comment in text.split("<!-- ").skip(1) {
        let (said, _) = comment.split_once(" -->").unwrap();
        assert!(!said.contains("--"), "{said}");
    }
    assert!(
        KEYS.iter()
            .all(|key| format!("{:?}", sample(key)).len() > 4)
    );
}
