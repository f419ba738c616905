//! The public properties of the installer, one for each registry value of policy.

use super::{KEYS, KeyKind, ORGANIZATIONS, Value};

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// Its name, as it is typed after `msiexec /i rekey.msi`.
    pub(super) name: String,
    /// What it writes.
    pub(super) value: Value,
    /// The property that this one belongs to: where that is given, what was there of this one goes.
    pub(super) belongs_to: String,
    /// What is said of it in the documents.
    about: String,
}

/// All of them, in the order of the keys.
pub(super) fn properties() -> Vec<Property> {
    let of_organization = |number: usize| {
        let suffix = match number {
            1 => String::new(),
            number => format!("_{number}"),
        };
        let name = format!("ORGANIZATION{suffix}");
        let which = match number {
            1 => String::new(),
            number => format!(" of organization {number}"),
        };
        Value::of_organization(number).map(|value| {
            let (property, about) = match value.name.as_str() {
                "name" => (name.clone(), format!("the name{which}, such as `contoso`")),
                "connected_at" => (
                    format!("CONNECTED_AT{suffix}"),
                    format!("the time of the connection{which}, such as `2026-11-20T18:00:00Z`"),
                ),
                _ => (
                    format!("TENANT{suffix}"),
                    format!("the tenant{which}: a GUID, or `microsoft-account`"),
                ),
            };
            Property {
                belongs_to: if property == name {
                    String::new()
                } else {
                    name.clone()
                },
                name: property,
                value,
                about,
            }
        })
    };
    let of_key = |key: &'static super::PolicyKey| match key.kind {
        KeyKind::Organizations => (1..=ORGANIZATIONS).flat_map(of_organization).collect(),
        _ => vec![Property {
            name: key.name.to_uppercase().replace('.', "_"),
            value: Value::of(key),
            belongs_to: String::new(),
            about: takes(key.kind),
        }],
    };
    KEYS.iter().flat_map(of_key).collect()
}

fn takes(kind: KeyKind) -> String {
    match kind {
        KeyKind::Bool => "`true` or `false`".to_owned(),
        KeyKind::Number { min, max } => format!("a whole number from {min} to {max}"),
        KeyKind::Choice(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        KeyKind::Time => "a time, such as `2026-11-20T18:00:00Z`".to_owned(),
        KeyKind::List => "entries with commas between".to_owned(),
        KeyKind::Secret => "text; hidden in the installer's log".to_owned(),
        KeyKind::Text | KeyKind::Organizations => "text".to_owned(),
    }
}

/// What `build-msi` reads: property, key, value, what it belongs to, `hidden` for a secret; tabs between, `-` for nothing.
pub(super) fn table() -> String {
    let mut text = "# property\tregistry key\tvalue\tbelongs to\thidden\n".to_owned();
    for property in properties() {
        let or_dash = |word: &str| {
            if word.is_empty() {
                "-".to_owned()
            } else {
                word.to_owned()
            }
        };
        let hidden = if property.value.kind == KeyKind::Secret {
            "hidden"
        } else {
            ""
        };
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\n",
            property.name,
            property.value.key(),
            property.value.name,
            or_dash(&property.belongs_to),
            or_dash(hidden)
        ));
    }
    text
}

/// The rows of the table in the documents.
pub(super) fn rows() -> String {
    let row = |property: Property| {
        format!(
            "| `{}` | `{}` | {} |\n",
            property.name,
            property.value.dotted(),
            property.about
        )
    };
    properties().into_iter().map(row).collect()
}
