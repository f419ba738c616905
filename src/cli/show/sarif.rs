//! A scan as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for tools that gather findings. It says
//! no more than `--json` does.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use url::Url;

use super::words;
use crate::model::{Finding, Location, Place, PlaceState, Scan, Verdict};
use crate::reporting::is_unread;
use crate::stores;

/// Where the schema of the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one scan: a rule for each kind of place, a result for each finding, a notification for each place that
/// was not read.
pub(crate) fn sarif(scan: &Scan) -> Value {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &scan.findings {
        let next = rules.len();
        rules.entry(&finding.store).or_insert(next);
    }
    let mut descriptors: Vec<_> = rules.iter().collect();
    descriptors.sort_unstable_by_key(|(_, index)| **index);
    let descriptors: Vec<_> = descriptors
        .into_iter()
        .map(|(name, _)| rule(name))
        .collect();
    let results: Vec<_> = scan
        .findings
        .iter()
        .map(|finding| result(finding, rules.get(finding.store.as_str())))
        .collect();
    let notifications: Vec<_> = scan.places.iter().filter_map(notification).collect();
    let whole = !scan.places.iter().any(is_unread);
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rekey",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            } },
            // Not as `guid`: the format knows no UUID of version 7.
            "automationDetails": { "id": format!("rekey/{}", scan.run) },
            "invocations": [{
                "executionSuccessful": whole,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(name: &str) -> Value {
    let about = stores::ALL
        .iter()
        .map(|store| store.about())
        .find(|about| about.name == name);
    json!({
        "id": name,
        "shortDescription": { "text": about.map_or(name, |about| about.title) },
        "help": { "text": about.map_or(name, |about| about.clears) },
    })
}

fn result(finding: &Finding, rule: Option<&usize>) -> Value {
    // What nothing was asked about (`--all`: of another organization) is told, not judged.
    let unjudged = finding.evidence.is_empty() && finding.verdict == Verdict::Unsure;
    let (kind, level) = match finding.verdict {
        Verdict::Stale => ("fail", "error"),
        Verdict::Unsure if unjudged => ("informational", "none"),
        Verdict::Unsure => ("fail", "warning"),
        Verdict::Current => ("pass", "none"),
    };
    let organization = finding.organization.as_deref().unwrap_or("unknown");
    let text = format!(
        "{} {} of organization {organization}: {}",
        finding.verdict,
        words::kind(finding.kind),
        words::reasons(finding)
    );
    let mut result = json!({
        "ruleId": finding.store,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [location(&finding.location)],
        "partialFingerprints": { "rekeyFinding/v1": finding.id },
        "properties": {
            "verdict": finding.verdict,
            "kind": finding.kind,
            "organization": finding.organization,
            "remedy": finding.remedy,
            "evidence": finding.evidence,
        },
    });
    if let Some(index) = rule {
        result["ruleIndex"] = json!(index);
    }
    if let Some(word) = &finding.accepted {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": word.reason,
        }]);
    }
    result
}

fn location(location: &Location) -> Value {
    let mut shown = Map::new();
    if let Some(uri) = location.path.as_deref().and_then(uri) {
        let mut physical = json!({ "artifactLocation": { "uri": uri } });
        if let Some(line) = location.line {
            physical["region"] = json!({ "startLine": line });
        }
        shown.insert("physicalLocation".to_owned(), physical);
    }
    let entry = location.entry.as_deref();
    let name = match &location.path {
        Some(_) => entry.map(str::to_owned),
        None => Some([words::place(location), words::entry(location)].join(" ")),
    };
    if let Some(name) = name {
        let logical = json!([{ "fullyQualifiedName": super::plain(&name) }]);
        shown.insert("logicalLocations".to_owned(), logical);
    }
    Value::Object(shown)
}

/// `file:///home/dev/.npmrc`; `None` for what is no absolute path.
fn uri(path: &str) -> Option<String> {
    Url::from_file_path(Path::new(path)).ok().map(String::from)
}

fn notification(place: &Place) -> Option<Value> {
    let (level, what) = match place.state {
        PlaceState::Unreadable => ("error", "could not be read"),
        PlaceState::Locked => ("warning", "is locked"),
        PlaceState::Skipped => ("note", "was left alone"),
        PlaceState::Read | PlaceState::Absent => return None,
    };
    let reason = place.reason.as_deref().unwrap_or_default();
    let mut notification = json!({
        "level": level,
        "message": { "text": super::plain(&format!("{} {what}: {reason}", place.path)) },
    });
    if let Some(uri) = uri(&place.path) {
        notification["locations"] =
            json!([{ "physicalLocation": { "artifactLocation": { "uri": uri } } }]);
    }
    Some(notification)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use uuid::Uuid;

    use super::*;
    use crate::cli::fault::Exit;
    use crate::model::Summary;

    #[test]
    fn it_is_no_success_where_the_exit_code_is_that_of_a_failure() {
        for &state in PlaceState::ALL {
            let scan = Scan {
                schema: "rekey.scan/1".to_owned(),
                run: Uuid::nil(),
                organizations: Vec::new(),
                findings: Vec::new(),
                places: vec![Place {
                    store: "os-vault".to_owned(),
                    path: "/home/dev/x".to_owned(),
                    state,
                    reason: None,
                }],
                summary: Summary::default(),
                helpers: Vec::new(),
                old_addresses: Vec::new(),
            };
            let said = sarif(&scan)["runs"][0]["invocations"][0]["executionSuccessful"].clone();
            let failed = crate::cli::scan::exit(&scan) == Exit::Failed;
            assert_eq!(said, !failed, "{state}");
            let unread = matches!(state, PlaceState::Unreadable | PlaceState::Locked);
            assert_eq!(failed, unread, "{state}");
        }
    }
}
