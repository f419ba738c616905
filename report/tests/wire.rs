//! What the wire format promises: round trips, tolerance of what is newer, fixed words.

#![allow(clippy::unwrap_used)]

use rekey_report::{DeviceState, EvidenceCode, Report, StepId, Summary};
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "schema": "rekey.report/1",
        "id": "019ab000-0000-7000-8000-000000000001",
        "run": "019ab000-0000-7000-8000-000000000002",
        "sequence": 3,
        "scanned_at": "2026-11-23T02:47:00Z",
        "machine": { "id": "m-1", "name": "CONTOSO-LT-07", "system": "linux", "version": null, "architecture": "x86_64" },
        "person": { "id": "p-1", "name": "sam@contoso.example" },
        "agent": "0.1.0",
        "ring": "pilot",
        "state": "action-needed",
        "organizations": [{ "name": "contoso", "tenant": null, "connected_at": "2026-11-20T18:00:00Z", "gated": false, "unknown": false }],
        "findings": [{
            "id": "f-1", "store": "npm", "kind": "pat", "organization": "contoso",
            "location": { "path": "~/.npmrc", "line": 4, "entry": "//pkgs.dev.azure.com/contoso/:_password" },
            "verdict": "stale", "evidence": [{ "code": "created-before-connection", "detail": "2026-03" }],
            "remedy": "automatic", "fingerprint": null
        }],
        "places": [], "places_read": 12,
        "summary": { "stale": 1, "current": 0, "unsure": 0 },
        "outcomes": [{ "edit": "e-1", "state": "done", "reason": null }],
        "steps": [{ "id": "pats", "organization": "contoso", "state": "done", "proof": "declared" }],
        "errors": 0, "ssh_keys": []
    })
}

#[test]
fn a_report_survives_the_round_trip() {
    let report: Report = serde_json::from_value(sample()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), sample());
}

#[test]
fn a_newer_agent_may_say_more() {
    let mut newer = sample();
    newer["invented_later"] = json!({ "any": ["thing"] });
    newer["findings"][0]["invented_later"] = json!(1);
    newer["organizations"][0]["invented_later"] = json!(1);
    let report: Report = serde_json::from_value(newer).unwrap();
    assert_eq!(report, serde_json::from_value(sample()).unwrap());
}

#[test]
fn what_has_a_default_may_be_left_out() {
    let mut short = sample();
    let fields = short.as_object_mut().unwrap();
    fields.remove("ring");
    fields.remove("ssh_keys");
    short["organizations"][0]
        .as_object_mut()
        .unwrap()
        .remove("unknown");
    let report: Report = serde_json::from_value(short).unwrap();
    assert_eq!((report.ring, report.ssh_keys.len()), (None, 0));
}

#[test]
fn a_word_that_is_not_on_the_list_is_refused() {
    let mut wrong = sample();
    wrong["state"] = json!("fine");
    assert!(serde_json::from_value::<Report>(wrong).is_err());
}

#[test]
fn the_words_in_json_are_the_words_shown() {
    for state in DeviceState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
    for step in StepId::ALL {
        assert_eq!(serde_json::to_value(step).unwrap(), step.to_string());
    }
    for code in EvidenceCode::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

#[test]
fn accepted_findings_are_not_counted() {
    let mut report: Report = serde_json::from_value(sample()).unwrap();
    let mut accepted = report.findings[0].clone();
    accepted.accepted = Some(rekey_report::Accepted {
        reason: "build account".into(),
        until: None,
        by: "sam".into(),
    });
    report.findings.push(accepted);
    let expected = Summary {
        stale: 1,
        current: 0,
        unsure: 0,
    };
    assert_eq!(Summary::of(&report.findings), expected);
}
