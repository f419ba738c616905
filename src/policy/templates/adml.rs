//! The English words of the administrative template, and what its editor shows.

use super::admx::{CATEGORY, SUPPORTED};
use super::tree::Element;
use super::{KEYS, KeyKind, ORGANIZATIONS, PolicyKey, Value, id};

pub(super) fn adml() -> Element {
    let fixed = [
        string(CATEGORY, "rekey"),
        string(SUPPORTED, "rekey 0.1 or later"),
    ];
    let strings = fixed.into_iter().chain(KEYS.iter().flat_map(strings_of));
    let presentations = KEYS.iter().flat_map(presentations_of);
    Element::new("policyDefinitionResources")
        .with("revision", "1.0")
        .with("schemaVersion", "1.0")
        .with(
            "xmlns",
            "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions",
        )
        .holding([
            Element::new("displayName").saying("rekey"),
            Element::new("description")
                .saying("What rekey may do on this computer, and where it reports."),
            Element::new("resources").holding([
                Element::new("stringTable").holding(strings),
                Element::new("presentationTable").holding(presentations),
            ]),
        ])
}

fn string(id: &str, text: &str) -> Element {
    Element::new("string").with("id", id).saying(text)
}

fn strings_of(key: &PolicyKey) -> Vec<Element> {
    if key.kind == KeyKind::Organizations {
        return (1..=ORGANIZATIONS)
            .flat_map(|number| organization(key, number))
            .collect();
    }
    let name = id(key);
    let mut strings = vec![
        string(&name, key.name),
        string(&format!("{name}_help"), &help(key)),
    ];
    if let KeyKind::Choice(words) = key.kind {
        strings.extend(
            words
                .iter()
                .map(|word| string(&format!("{name}_{}", word.replace('-', "_")), word)),
        );
    }
    strings
}

fn organization(key: &PolicyKey, number: usize) -> [Element; 2] {
    let name = format!("organizations_{number}");
    let which = match number {
        1 => String::new(),
        number => format!(" This is number {number}, for where there are several."),
    };
    let help = format!(
        "{}{which}\n\nName: the name alone, such as contoso for https://dev.azure.com/contoso.\n\
         Connected at: a time of RFC 3339, such as 2026-11-20T18:00:00Z. Without it nothing is judged by time.\n\
         Tenant: a GUID; microsoft-account after the organization was disconnected. Without it rekey asks the service.",
        key.about
    );
    [
        string(&name, &format!("{} {number}", key.name)),
        string(&format!("{name}_help"), &help),
    ]
}

/// What it is for, what it takes, and what holds where it is not set.
fn help(key: &PolicyKey) -> String {
    let mut text = key.about.to_owned();
    let takes = match key.kind {
        KeyKind::Bool => "Enabled writes true, Disabled writes false.".to_owned(),
        KeyKind::Number { min, max } => format!("A whole number from {min} to {max}."),
        KeyKind::Time => "A time of RFC 3339, such as 2026-11-20T18:00:00Z.".to_owned(),
        KeyKind::List => "One entry a line.".to_owned(),
        KeyKind::Secret => {
            "Everybody who can sign in to the computer can read it, since rekey runs as the person: it lets a workstation enrol and nothing else.".to_owned()
        }
        KeyKind::Choice(_) | KeyKind::Text | KeyKind::Organizations => String::new(),
    };
    if !takes.is_empty() {
        text.push_str(&format!("\n\n{takes}"));
    }
    match key.default {
        Some(default) => text.push_str(&format!("\n\nNot configured: {default}.")),
        None => text.push_str("\n\nNot configured: unset."),
    }
    text
}

fn presentations_of(key: &PolicyKey) -> Vec<Element> {
    match key.kind {
        KeyKind::Bool => Vec::new(),
        KeyKind::Organizations => (1..=ORGANIZATIONS)
            .map(|number| {
                let name = format!("organizations_{number}");
                let boxes = Value::of_organization(number).map(|value| {
                    let label = match value.name.as_str() {
                        "name" => "Name:",
                        "connected_at" => "Connected at:",
                        _ => "Tenant:",
                    };
                    text_box(&format!("{name}_{}", value.name), label)
                });
                Element::new("presentation")
                    .with("id", name.as_str())
                    .holding(boxes)
            })
            .collect(),
        _ => vec![
            Element::new("presentation")
                .with("id", id(key))
                .holding([control(key)]),
        ],
    }
}

fn text_box(id: &str, label: &str) -> Element {
    Element::new("textBox")
        .with("refId", id)
        .holding([Element::new("label").saying(label)])
}

fn control(key: &PolicyKey) -> Element {
    let (name, label) = (id(key), format!("{}:", key.name));
    match key.kind {
        KeyKind::Choice(_) => Element::new("dropdownList")
            .with("refId", name)
            .with("noSort", "true")
            .with("defaultItem", "0")
            .saying(label),
        KeyKind::Number { min, .. } => Element::new("decimalTextBox")
            .with("refId", name)
            .with(
                "defaultValue",
                key.default.map_or(min.to_string(), str::to_owned),
            )
            .saying(label),
        KeyKind::List => Element::new("listBox").with("refId", name).saying(label),
        _ => text_box(&name, &label),
    }
}
