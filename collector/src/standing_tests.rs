#![allow(clippy::unwrap_used)]

use rekey_report::{DeviceState, Report};
use serde_json::{Value, json};

use super::{Counts, Standing};

fn report(change: impl FnOnce(&mut Value)) -> Report {
    let mut report = json!({
        "schema": "rekey.report/1",
        "id": "019ab000-0000-7000-8000-000000000001", "run": "019ab000-0000-7000-8000-000000000002",
        "sequence": 1, "scanned_at": "2026-11-23T02:47:00Z",
        "machine": { "id": "m", "name": "M", "system": "linux", "version": null, "architecture": "x86_64" },
        "person": { "id": "p", "name": null }, "agent": "0.1.0", "state": "compliant",
        "organizations": [organization("Contoso", false), organization("fabrikam", false)],
        "findings": [], "places": [], "places_read": 3,
        "summary": { "stale": 0, "current": 0, "unsure": 0 },
        "outcomes": [], "steps": [], "errors": 0
    });
    change(&mut report);
    serde_json::from_value(report).unwrap()
}

fn organization(name: &str, gated: bool) -> Value {
    json!({ "name": name, "tenant": null, "connected_at": null, "gated": gated })
}

fn finding(organization: Option<&str>, verdict: &str) -> Value {
    json!({ "id": "f", "store": "npm", "kind": "pat", "organization": organization,
        "location": { "path": "~/.npmrc" }, "verdict": verdict, "evidence": [], "remedy": "automatic", "fingerprint": null })
}

fn states(standing: &Standing) -> Vec<&'static str> {
    standing
        .organizations
        .iter()
        .map(|entry| entry.state.as_str())
        .collect()
}

#[test]
fn what_is_left_counts_for_its_organization_without_case() {
    let standing = Standing::of(&report(|report| {
        report["state"] = json!("action-needed");
        report["findings"] = json!([
            finding(Some("contoso"), "stale"),
            finding(Some("contoso"), "current")
        ]);
    }));
    assert_eq!(states(&standing), ["action-needed", "compliant"]);
    assert_eq!(
        standing.organizations[0].findings,
        Counts {
            stale: 1,
            unsure: 0
        }
    );
    assert_eq!(
        standing.stores["npm"],
        Counts {
            stale: 1,
            unsure: 0
        }
    );
}

#[test]
fn a_green_report_that_contradicts_itself_is_not_green() {
    let left = report(|report| report["findings"] = json!([finding(None, "unsure")]));
    assert_eq!(Standing::of(&left).state, DeviceState::ActionNeeded);
    let failed = report(|report| report["errors"] = json!(2));
    assert_eq!(Standing::of(&failed).state, DeviceState::Failed);
    let typing_error = report(|report| report["organizations"][0]["unknown"] = json!(true));
    assert_eq!(
        states(&Standing::of(&typing_error)),
        ["action-needed", "compliant"]
    );
}

#[test]
fn what_has_no_owner_leaves_no_organization_done() {
    let standing = Standing::of(&report(|report| {
        report["state"] = json!("action-needed");
        report["findings"] = json!([finding(None, "unsure")]);
    }));
    assert_eq!(states(&standing), ["action-needed", "action-needed"]);
    let unexplained = Standing::of(&report(|report| report["state"] = json!("action-needed")));
    assert_eq!(states(&unexplained), ["action-needed", "action-needed"]);
}

#[test]
fn a_gated_organization_waits() {
    let standing = Standing::of(&report(|report| {
        report["organizations"][1]["gated"] = json!(true);
    }));
    assert_eq!(states(&standing), ["compliant", "waiting"]);
}

#[test]
fn accepted_findings_are_not_counted_and_declared_steps_are() {
    let standing = Standing::of(&report(|report| {
        report["findings"] = json!([finding(Some("contoso"), "stale")]);
        report["findings"][0]["accepted"] =
            json!({ "reason": "build", "until": null, "by": "sam" });
        report["steps"] = json!([{ "id": "pats", "organization": "contoso", "state": "done", "proof": "declared" }]);
    }));
    assert_eq!(standing.state, DeviceState::Compliant);
    assert_eq!((standing.declared_steps, standing.open_steps), (1, 0));
}
