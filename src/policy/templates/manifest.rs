//! The form for Jamf Pro's "Application & Custom Settings": a JSON Schema with a word or two of its own for the editor
//! ("Custom schema", learn.jamf.com; the model is github.com/macadmins/nudge, `Schema/jamf`).

use serde_json::{Value as Json, json};

use super::preferences::placeholder;
use super::{KEYS, KeyKind, PolicyKey};
use crate::platform::preferences::DOMAIN;

/// As a file.
pub(super) fn manifest() -> String {
    let properties = KEYS
        .iter()
        .enumerate()
        .map(|(order, key)| (key.name.to_owned(), property(key, order)));
    let form = json!({
        "title": format!("rekey ({DOMAIN})"),
        "description": "What rekey may do on this Mac, and where it reports. What is not configured keeps its default.",
        "properties": Json::Object(properties.collect()),
    });
    let mut text = format!("{:#}", sorted(form));
    text.push('\n');
    text
}

/// With keys in alphabetical order, however `serde_json` was built: the form goes by `property_order`.
fn sorted(json: Json) -> Json {
    match json {
        Json::Object(object) => {
            let mut pairs: Vec<_> = object.into_iter().collect();
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            let pairs = pairs.into_iter().map(|(key, value)| (key, sorted(value)));
            Json::Object(pairs.collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn property(key: &PolicyKey, order: usize) -> Json {
    let mut configured = takes(key);
    configured["title"] = json!("Configured");
    if let Some(default) = default(key) {
        configured["default"] = default;
    }
    json!({
        "title": key.name,
        "description": description(key),
        "property_order": order + 1,
        "anyOf": [{ "title": "Not Configured", "type": "null" }, configured],
    })
}

fn description(key: &PolicyKey) -> String {
    let default = key.default.unwrap_or("unset");
    let more = match key.kind {
        KeyKind::Secret => {
            " Everybody who can sign in to the Mac can read it: it lets a workstation enrol and nothing else."
        }
        KeyKind::Time => " A time of RFC 3339, such as 2026-11-20T18:00:00Z.",
        _ => "",
    };
    format!("{}{more} Not configured: {default}.", key.about)
}

fn takes(key: &PolicyKey) -> Json {
    match key.kind {
        KeyKind::Bool => json!({ "type": "boolean" }),
        KeyKind::Number { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        KeyKind::Choice(words) => json!({ "type": "string", "enum": words }),
        KeyKind::Text | KeyKind::Secret | KeyKind::Time => text(placeholder(key)),
        KeyKind::List => {
            let mut item = text(placeholder(key));
            item["title"] = json!("Entry");
            json!({ "type": "array", "items": item })
        }
        KeyKind::Organizations => json!({
            "type": "array",
            "items": {
                "type": "object",
                "title": "Organization",
                "required": ["name"],
                "properties": {
                    "name": field("Name", "The name alone: contoso for https://dev.azure.com/contoso.", "contoso", 1),
                    "connected_at": field(
                        "Connected at",
                        "When it was connected, as a time of RFC 3339. Without it nothing is judged by time.",
                        "2026-11-20T18:00:00Z",
                        2,
                    ),
                    "tenant": field(
                        "Tenant",
                        "A GUID; microsoft-account after the organization was disconnected. Without it rekey asks the service.",
                        "22222222-0000-4000-8000-000000000002",
                        3,
                    ),
                },
            },
        }),
    }
}

fn text(placeholder: &str) -> Json {
    json!({ "type": "string", "options": { "inputAttributes": { "placeholder": placeholder } } })
}

fn field(title: &str, description: &str, placeholder: &str, order: u32) -> Json {
    let mut field = text(placeholder);
    field["title"] = json!(title);
    field["description"] = json!(description);
    field["property_order"] = json!(order);
    field
}

fn default(key: &PolicyKey) -> Option<Json> {
    let default = key.default?;
    Some(match key.kind {
        KeyKind::Bool => json!(default == "true"),
        KeyKind::Number { .. } => json!(default.parse::<u32>().ok()?),
        _ => json!(default),
    })
}
