//! Policy of the machine in the managed preferences of macOS, as a layer.
//!
//! A key of the list is a key of that name (`clean.consent`), or the key `consent` of the dictionary `clean`. A list is an
//! array, and organizations are an array of dictionaries with `name`, `connected_at` and `tenant`, or of strings as the registry
//! of Windows has them. What the person has set themselves in that domain is no policy.

use std::collections::BTreeSet;

use super::keys::{KEYS, KeyKind, PolicyKey};
use super::layer::{Layer, PolicyFault};
use super::nearest::nearest;
use super::values::{Data, Source, Value, Values};
use crate::model::PropertyValue;
use crate::platform::preferences::{DOMAIN, Preferences};

/// A list of tables is three names deep; deeper is no policy.
const DEEPEST: usize = 4;

/// What the managed preferences say; `None` where management sets nothing.
///
/// # Errors
/// A [`PolicyFault`] that names the key: what cannot be understood must not look as if nothing were set.
pub fn from_preferences(preferences: &dyn Preferences) -> Result<Option<Layer>, PolicyFault> {
    let mut values = Vec::new();
    for name in names(preferences) {
        if let Some(value) = preferences.forced(&name) {
            gather(name, value, DEEPEST, &mut values);
        }
    }
    if values.is_empty() {
        return Ok(None);
    }
    let source = &Managed;
    Values { source, values }.layer().map(Some)
}

/// The names to ask for: those of keys and of their tables, and those that are listed and may be meant for rekey.
fn names(preferences: &dyn Preferences) -> BTreeSet<String> {
    let known = KEYS.iter().flat_map(|key| {
        let table = key.name.split_once('.').map(|(table, _)| table);
        [Some(key.name), table]
    });
    let mut names: BTreeSet<String> = known.flatten().map(str::to_owned).collect();
    let listed = preferences.names().into_iter();
    names.extend(listed.filter(|name| is_meant(name)));
    names
}

/// macOS puts names of its own beside those of a profile, such as `PayloadUUID`. All of rekey's are in small letters.
fn is_meant(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let first = small.split('.').next().unwrap_or_default();
    let is_known = KEYS.iter().any(|key| {
        key.name == small || key.name == first || key.name.split('.').next() == Some(first)
    });
    is_known || nearest(name).is_some() || (small == name && !name.starts_with('_'))
}

/// Puts the settings in a value among the others, each with its whole name.
fn gather(name: String, value: PropertyValue, depth: usize, values: &mut Vec<Value>) {
    let kind = match &value {
        PropertyValue::Other => "value of another type".to_owned(),
        known => format!("value of the type {}", known.kind_name()),
    };
    let mut add = |data| {
        let name = name.clone();
        let kind = kind.clone();
        values.push(Value { name, data, kind });
    };
    let Some(depth) = depth.checked_sub(1) else {
        return add(Data::Other);
    };
    match value {
        PropertyValue::Text(text) => add(Data::Text(text)),
        PropertyValue::Number(number) => {
            add(u64::try_from(number).map_or(Data::Other, Data::Number));
        }
        PropertyValue::Flag(flag) => add(Data::Flag(flag)),
        PropertyValue::Time(time) => add(Data::Time(time)),
        PropertyValue::Bytes(_) | PropertyValue::Other => add(Data::Other),
        PropertyValue::Table(members) => {
            for (member, value) in members {
                gather(format!("{name}.{member}"), value, depth, values);
            }
        }
        PropertyValue::List(items) => match texts(&items) {
            Some(texts) => add(Data::List(texts)),
            None if items.iter().all(is_item) => {
                for (item, number) in items.into_iter().zip(1_u32..) {
                    gather(format!("{name}.{number}"), item, depth, values);
                }
            }
            None => add(Data::Other),
        },
    }
}

/// The items of a list of texts.
fn texts(items: &[PropertyValue]) -> Option<Vec<String>> {
    let texts = items.iter().map(|item| match item {
        PropertyValue::Text(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

fn is_item(item: &PropertyValue) -> bool {
    matches!(item, PropertyValue::Text(_) | PropertyValue::Table(_))
}

struct Managed;

impl Source for Managed {
    fn place(&self) -> String {
        format!("managed preferences {DOMAIN}")
    }

    fn takes(&self, key: &PolicyKey) -> String {
        match key.kind {
            KeyKind::Bool => "it takes true or false".to_owned(),
            KeyKind::Number { min, max } => {
                format!("it takes an integer from {min} to {max}")
            }
            KeyKind::Choice(words) => format!("it takes the string {}", words.join(" or ")),
            KeyKind::Text | KeyKind::Secret => self.takes_text().to_owned(),
            KeyKind::Time => "it takes a date, or a string such as 2026-11-20T18:00:00Z".to_owned(),
            KeyKind::List => "it takes an array of strings".to_owned(),
            KeyKind::Organizations => {
                "it takes an array of dictionaries with name, connected_at and tenant".to_owned()
            }
        }
    }

    fn takes_text(&self) -> &'static str {
        "it takes a string"
    }
}

#[cfg(test)]
#[path = "preferences_tests.rs"]
mod tests;
