//! The kept files for macOS are what the list of keys makes of them, and what they write can be read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::preferences::sample;
use super::{KEYS, KeyKind, PolicyKey, keep, manifest, profile};
use crate::model::PropertyValue;
use crate::platform::preferences::DOMAIN;
use crate::platform::preferences::memory::MemoryPreferences;
use crate::policy::Layer;
use crate::policy::preferences::from_preferences;
use crate::text::xml::{Element, parse};

const PROFILE: &str = "installer/macos/settings.mobileconfig";
const MANIFEST: &str = "installer/jamf/dev.rekey.agent.json";

#[test]
fn the_kept_files_for_macos_are_made_from_the_list_of_keys() {
    keep(PROFILE, &profile::mobileconfig());
    keep(MANIFEST, &manifest::manifest());
}

/// The value that an element of a property list holds.
fn value(element: &Element) -> PropertyValue {
    match element.name.as_str() {
        "dict" => {
            let mut members = BTreeMap::new();
            for pair in element.children.chunks(2) {
                let [key, held] = pair else {
                    panic!("a key without a value")
                };
                assert_eq!(key.name, "key");
                let known = members.insert(key.text.clone(), value(held));
                assert_eq!(known, None, "{} is there twice", key.text);
            }
            PropertyValue::Table(members)
        }
        "array" => PropertyValue::List(element.children.iter().map(value).collect()),
        "string" => PropertyValue::text(&element.text),
        "integer" => PropertyValue::Number(element.text.parse().unwrap()),
        "true" => PropertyValue::Flag(true),
        "false" => PropertyValue::Flag(false),
        other => panic!("{other} is nothing that the profile needs"),
    }
}

/// What macOS makes of what a form holds, which Jamf Pro gives it.
fn given(json: &Json) -> PropertyValue {
    match json {
        Json::Bool(flag) => PropertyValue::Flag(*flag),
        Json::Number(number) => PropertyValue::Number(number.as_i64().unwrap()),
        Json::String(text) => PropertyValue::text(text),
        Json::Array(items) => PropertyValue::List(items.iter().map(given).collect()),
        Json::Object(members) => {
            let members = members.iter();
            PropertyValue::Table(
                members
                    .map(|(name, json)| (name.clone(), given(json)))
                    .collect(),
            )
        }
        Json::Null => panic!("a property list holds no null"),
    }
}

fn table(value: &PropertyValue) -> &BTreeMap<String, PropertyValue> {
    match value {
        PropertyValue::Table(members) => members,
        other => panic!("{other:?} is no dictionary"),
    }
}

fn first(value: &PropertyValue) -> &PropertyValue {
    match value {
        PropertyValue::List(items) => &items[0],
        other => panic!("{other:?} is no array"),
    }
}

/// What the agent makes of managed preferences.
fn read<'p>(preferences: impl IntoIterator<Item = (&'p String, &'p PropertyValue)>) -> Layer {
    let imposed = preferences
        .into_iter()
        .fold(MemoryPreferences::new(), |imposed, (name, value)| {
            imposed.force(name, value.clone())
        });
    from_preferences(&imposed).unwrap().unwrap()
}

#[test]
fn the_agent_reads_every_setting_of_the_profile() {
    let list = parse(&profile::mobileconfig()).unwrap();
    let profile = value(&list.children[0]);
    let payload = table(first(&table(&profile)["PayloadContent"]));
    assert_eq!(
        payload["PayloadType"],
        PropertyValue::text("com.apple.ManagedClient.preferences")
    );
    let domains = table(&payload["PayloadContent"]);
    assert_eq!(domains.keys().collect::<Vec<_>>(), [DOMAIN]);
    let forced = first(&table(&domains[DOMAIN])["Forced"]);
    let settings = table(&table(forced)["mcx_preference_settings"]);
    assert_eq!(names(settings.keys()), listed());
    for setting in settings {
        assert_ne!(read([setting]), Layer::default(), "{}", setting.0);
    }
    assert_ne!(read(settings), Layer::default());
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
            let layer = read([(&key.name.to_owned(), &given(&written))]);
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
