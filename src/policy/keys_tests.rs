#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::policy::Layer;

/// A value of this kind, as TOML has it.
fn example(key: &PolicyKey) -> String {
    match key.kind {
        KeyKind::Bool => "true".to_owned(),
        KeyKind::Number { max, .. } => max.to_string(),
        KeyKind::Choice(words) => format!("{:?}", words[words.len() - 1]),
        KeyKind::Text | KeyKind::Secret => "\"text\"".to_owned(),
        KeyKind::Time => "\"2026-11-20T18:00:00Z\"".to_owned(),
        KeyKind::List => "[\"one\", \"two\"]".to_owned(),
        KeyKind::Organizations => "[{ name = \"contoso\" }]".to_owned(),
    }
}

fn read(text: &str) -> Result<Layer, String> {
    Layer::from_toml(Path::new("policy.toml"), text).map_err(|fault| fault.to_string())
}

/// The names that a table of a layer takes, from what it says of one that it does not know.
fn names(table: &str) -> Vec<String> {
    let text = if table.is_empty() {
        "unknown = 1".to_owned()
    } else {
        format!("[{table}]\nunknown = 1")
    };
    let fault = read(&text).unwrap_err();
    let (_, expected) = fault.split_once("expected ").unwrap();
    let names = expected.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn the_list_has_every_key_of_a_layer_and_no_other() {
    let mut keys = BTreeSet::new();
    for name in names("") {
        // Only a table takes a key below its name.
        if read(&format!("[{name}]")).is_ok() {
            keys.extend(names(&name).iter().map(|below| format!("{name}.{below}")));
        } else {
            keys.insert(name);
        }
    }
    let listed: BTreeSet<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    assert_eq!(listed.len(), KEYS.len(), "a key is listed twice");
    assert_eq!(listed, keys);
}

#[test]
fn a_layer_takes_what_the_list_says_of_each_key() {
    for key in KEYS {
        let mut values = vec![example(key)];
        if let KeyKind::Choice(words) = key.kind {
            values.extend(words.iter().map(|word| format!("{word:?}")));
            assert_eq!(key.default, words.first().copied(), "{}", key.name);
        }
        for value in values {
            let value = match value.as_str() {
                "\"false\"" | "\"true\"" => value.trim_matches('"').to_owned(),
                _ => value,
            };
            let layer = read(&format!("{} = {value}", key.name));
            assert!(
                layer.is_ok_and(|layer| layer != Layer::default()),
                "{}",
                key.name
            );
        }
        let wrong = read(&format!("{} = [[1]]", key.name));
        assert!(wrong.is_err(), "{}", key.name);
    }
}

#[test]
fn each_key_is_told_in_one_sentence() {
    for key in KEYS {
        let about = key.about;
        assert!(about.ends_with('.') && about.len() > 20, "{}", key.name);
        assert!(about.starts_with(char::is_uppercase), "{}", key.name);
        assert_eq!(super::key(key.name), Some(key));
    }
}

#[test]
fn the_page_of_settings_has_each_key_with_its_values() {
    let page = include_str!("../../docs/policy.md");
    for key in KEYS {
        let row = format!("| `{}", key.name);
        let lines: Vec<&str> = page.lines().filter(|line| line.starts_with(&row)).collect();
        let text = lines.join(" ");
        assert!(text.contains(key.name), "{} is not on the page", key.name);
        if let KeyKind::Choice(words) = key.kind {
            for word in words {
                assert!(text.contains(word), "{}: {word}", key.name);
            }
        }
        if let Some(default) = key.default {
            assert!(text.contains(&format!("| `{default}`")), "{}", key.name);
        }
    }
}
