//! The schemas under version control are those of the types: a change of the wire format is seen in review.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use rekey_report::schema;

/// Set it to write the files anew instead of comparing them.
const REWRITE: &str = "REKEY_REWRITE_SCHEMA";

#[test]
fn report_schema_is_the_one_kept() {
    compare("rekey.report-1.json", &schema::report());
}

#[test]
fn scan_schema_is_the_one_kept() {
    compare("rekey.scan-1.json", &schema::scan());
}

#[allow(
    clippy::disallowed_methods,
    reason = "rewriting the kept schema is what the variable asks for"
)]
fn compare(name: &str, schema: &impl serde::Serialize) {
    // Asked when it runs: a target folder can hold a program that another checkout built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    let path = Path::new(&package).join("schema").join(name);
    let generated = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == generated,
        "schema/{name} differs from the types. If the change is meant, run the test again with {REWRITE}=1 \
         and commit the file."
    );
}
