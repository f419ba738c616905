//! The administrative template: which settings there are, and what each writes into the registry.
//!
//! The format is Microsoft's "Group Policy ADMX Syntax Reference" (ADMX Schema, `PolicyDefinitions`). It refers to
//! no template of Windows, so that it can be imported alone.

use super::tree::Element;
use super::{KEYS, KeyKind, ORGANIZATIONS, PolicyKey, Value, id};

/// Where rekey's settings stand in the tree of settings.
pub(super) const CATEGORY: &str = "rekey";
/// What "Supported on" names.
pub(super) const SUPPORTED: &str = "SUPPORTED_rekey";

pub(super) fn admx() -> Element {
    let namespaces = Element::new("policyNamespaces").holding([Element::new("target")
        .with("prefix", "rekey")
        .with("namespace", "Rekey.Policies.Agent")]);
    let resources = Element::new("resources").with("minRequiredRevision", "1.0");
    let definition = Element::new("definition")
        .with("name", SUPPORTED)
        .with("displayName", string(SUPPORTED));
    let supported =
        Element::new("supportedOn").holding([Element::new("definitions").holding([definition])]);
    let category = Element::new("category")
        .with("name", CATEGORY)
        .with("displayName", string(CATEGORY));
    let policies = KEYS.iter().flat_map(policies_of);
    Element::new("policyDefinitions")
        .with("revision", "1.0")
        .with("schemaVersion", "1.0")
        .with(
            "xmlns",
            "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions",
        )
        .holding([
            namespaces,
            resources,
            supported,
            Element::new("categories").holding([category]),
            Element::new("policies").holding(policies),
        ])
}

/// The words with this id.
fn string(id: &str) -> String {
    format!("$(string.{id})")
}

/// The settings that write this key: one, or one an organization.
fn policies_of(key: &PolicyKey) -> Vec<Element> {
    if key.kind == KeyKind::Organizations {
        (1..=ORGANIZATIONS).map(organization).collect()
    } else {
        vec![policy(key)]
    }
}

/// What every setting begins with.
fn head(name: &str, key: &str, presented: bool) -> Element {
    let head = Element::new("policy")
        .with("name", name)
        .with("class", "Machine")
        .with("displayName", string(name))
        .with("explainText", string(&format!("{name}_help")));
    let head = if presented {
        head.with("presentation", format!("$(presentation.{name})"))
    } else {
        head
    };
    head.with("key", key)
}

fn where_it_stands() -> [Element; 2] {
    [
        Element::new("parentCategory").with("ref", CATEGORY),
        Element::new("supportedOn").with("ref", SUPPORTED),
    ]
}

fn policy(key: &PolicyKey) -> Element {
    let (name, value) = (id(key), Value::of(key));
    if key.kind == KeyKind::Bool {
        // Disabled is an answer of its own here, and not the same as not configured.
        let says = |word: &str| Element::new("string").saying(word);
        return head(&name, &value.key(), false)
            .with("valueName", value.name)
            .holding(where_it_stands())
            .holding([
                Element::new("enabledValue").holding([says("true")]),
                Element::new("disabledValue").holding([says("false")]),
            ]);
    }
    let elements = Element::new("elements").holding([element(&name, &value, true)]);
    head(&name, &value.key(), true)
        .holding(where_it_stands())
        .holding([elements])
}

fn organization(number: usize) -> Element {
    let name = format!("organizations_{number}");
    let values = Value::of_organization(number);
    let key = values[0].key();
    let elements = values.iter().enumerate().map(|(index, value)| {
        let id = format!("{name}_{}", value.name);
        element(&id, value, index == 0)
    });
    head(&name, &key, true)
        .holding(where_it_stands())
        .holding([Element::new("elements").holding(elements)])
}

/// What the person in front of the editor fills in.
fn element(id: &str, value: &Value, required: bool) -> Element {
    let element = |kind: &str| {
        let element = Element::new(kind)
            .with("id", id)
            .with("valueName", value.name.as_str());
        if required {
            element.with("required", "true")
        } else {
            element
        }
    };
    match value.kind {
        KeyKind::Choice(words) => element("enum").holding(words.iter().map(|word| {
            let said = Element::new("string").saying(*word);
            Element::new("item")
                .with(
                    "displayName",
                    string(&format!("{id}_{}", word.replace('-', "_"))),
                )
                .holding([Element::new("value").holding([said])])
        })),
        KeyKind::Number { min, max } => element("decimal")
            .with("minValue", min.to_string())
            .with("maxValue", max.to_string())
            .with("storeAsText", "true"),
        // Below a key of its own, as `1`, `2`, …: the editor empties that key before it writes.
        KeyKind::List => Element::new("list")
            .with("id", id)
            .with("key", format!(r"{}\{}", value.key(), value.name))
            .with("valuePrefix", ""),
        KeyKind::Text | KeyKind::Secret => element("text").with("maxLength", "1023"),
        KeyKind::Time => element("text").with("maxLength", "40"),
        KeyKind::Bool | KeyKind::Organizations => {
            unreachable!("{id} is a setting of its own shape")
        }
    }
}
