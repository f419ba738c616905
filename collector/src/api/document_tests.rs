#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Set it to write the file anew instead of comparing it.
const REWRITE: &str = "REKEY_REWRITE_DOCS";

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "rewriting the kept document is what the variable asks for"
)]
fn the_document_is_the_one_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, DOCUMENT.as_str()).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept.replace("\r\n", "\n") == *DOCUMENT,
        "collector/openapi.json differs from the handlers. If the change is meant, run the test again with \
         {REWRITE}=1 and commit the file."
    );
}

/// Only `routes!` takes an endpoint together with its description.
#[test]
fn no_endpoint_is_without_its_description() {
    let table = include_str!("mod.rs");
    assert!(
        !table.contains(".route("),
        "add endpoints with `.routes(routes!(handler))`, and `#[utoipa::path(…)]` above the handler"
    );
}

fn document() -> Value {
    serde_json::from_str(&DOCUMENT).unwrap()
}

fn operations(document: &Value) -> Vec<&Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths
        .flat_map(|path| path.as_object().unwrap().values())
        .collect()
}

#[test]
fn operations_have_names_of_their_own_and_say_who_may() {
    let document = document();
    let operations = operations(&document);
    let names: BTreeSet<_> = operations
        .iter()
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), operations.len());
    for operation in operations {
        let name = &operation["operationId"];
        assert!(operation["security"].is_array(), "{name}");
        assert!(operation["summary"].is_string(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn follow(value: &Value, document: &Value) {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|field| follow(field, document)),
            Value::Array(items) => items.iter().for_each(|item| follow(item, document)),
            _ => {}
        }
    }
    let document = document();
    follow(&document, &document);
}

/// Every word that a handler of the API refuses with is told in the document.
#[test]
fn every_word_of_a_refusal_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut missing = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let quoted = text.split("Rejected::").skip(1).filter_map(|call| {
            let given = call.strip_prefix("bad(").or(call.strip_prefix("new("))?;
            given
                .trim_start()
                .strip_prefix('"')
                .or_else(|| given.split_once(',')?.1.trim_start().strip_prefix('"'))?
                .split('"')
                .next()
        });
        missing.extend(
            quoted
                .filter(|word| !DOCUMENT.contains(&format!("\"{word}\"")))
                .map(str::to_owned),
        );
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Two types of one name would be described as one of them. What agents send and get is the report crate's.
#[test]
fn the_words_of_the_wire_are_described_as_they_are() {
    let document: serde_json::Value = serde_json::from_str(&DOCUMENT).unwrap();
    let schemas = &document["components"]["schemas"];
    for (name, field) in [
        ("Person", "id"),
        ("Machine", "architecture"),
        ("Finding", "verdict"),
        ("Step", "proof"),
    ] {
        assert!(
            schemas[name]["properties"].get(field).is_some(),
            "{name}.{field}"
        );
    }
    let told = schemas["ReportedOrganization"].to_string();
    assert!(told.contains("gated"), "{told}");
}
