//! What stands in the managed preferences of macOS for each key: flat, by the names of the documents.

use super::plist::Plist;
use super::{KeyKind, PolicyKey};

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

/// A value that can be used as it stands: the default, or an example where there is none.
pub(super) fn sample(key: &PolicyKey) -> Plist {
    match (key.kind, key.default) {
        (KeyKind::Bool, default) => Plist::Bool(default == Some("true")),
        (KeyKind::Number { min, .. }, default) => Plist::Number(
            default
                .and_then(|text| text.parse().ok())
                .unwrap_or(min + 3),
        ),
        (KeyKind::Choice(words), default) => Plist::text(default.unwrap_or(words[0])),
        (KeyKind::Organizations, _) => Plist::List(vec![Plist::table([
            ("name", Plist::text("contoso")),
            ("connected_at", Plist::text("2026-11-20T18:00:00Z")),
            ("tenant", Plist::text(TENANT)),
        ])]),
        (KeyKind::List, _) => Plist::List(vec![Plist::text(placeholder(key))]),
        (KeyKind::Text | KeyKind::Secret | KeyKind::Time, _) => Plist::text(placeholder(key)),
    }
}

/// What may be typed for a key that takes text.
pub(super) fn placeholder(key: &PolicyKey) -> &'static str {
    match key.name {
        "scan.roots" => "~/src",
        "scan.exclude" => "archive",
        "collector.url" => "https://rekey.contoso.example",
        "collector.enroll_secret" => "what the collector has shown",
        "collector.ca_file" => "/Library/Application Support/contoso/ca.pem",
        "collector.ring" => "pilot",
        "guide.deadline" => "2026-12-18T18:00:00Z",
        "entra.client_id" => "33333333-0000-4000-8000-000000000003",
        name => unreachable!("{name} has no example: add one here"),
    }
}
