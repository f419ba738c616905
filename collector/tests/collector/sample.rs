//! Reports and enrolments to send.

use serde_json::{Value, json};
use uuid::Uuid;

/// Names what is sent, so that a test can change one thing of it.
pub(crate) fn enrolment(secret: &str, machine: &str, person: &str) -> Value {
    json!({ "secret": secret, "device": {
        "machine": machine_of(machine),
        "person": { "id": format!("p-{person}"), "name": format!("{person}@contoso.example") },
    } })
}

fn machine_of(name: &str) -> Value {
    json!({ "id": format!("m-{name}"), "name": name, "system": "linux", "version": "12", "architecture": "x86_64" })
}

/// A report of nothing left.
pub(crate) fn clean(machine: &str, person: &str, scanned_at: &str) -> Value {
    json!({
        "schema": "rekey.report/1", "id": Uuid::now_v7(), "run": Uuid::now_v7(), "sequence": 1,
        "scanned_at": scanned_at, "machine": machine_of(machine),
        "person": { "id": format!("p-{person}"), "name": format!("{person}@contoso.example") },
        "agent": "0.1.0", "state": "compliant",
        "organizations": [organization("contoso", false)],
        "findings": [], "places": [], "places_read": 12,
        "summary": { "stale": 0, "current": 0, "unsure": 0 },
        "outcomes": [], "steps": [], "errors": 0, "ssh_keys": []
    })
}

pub(crate) fn organization(name: &str, gated: bool) -> Value {
    json!({ "name": name, "tenant": "00000000-0000-0000-0000-00000000c0de",
        "connected_at": "2026-11-20T18:00:00Z", "gated": gated, "unknown": false })
}

/// A report with something of everything.
pub(crate) fn full(machine: &str, person: &str, scanned_at: &str) -> Value {
    let mut report = clean(machine, person, scanned_at);
    report["state"] = json!("action-needed");
    report["organizations"] = json!([
        organization("contoso", false),
        organization("northwind", true)
    ]);
    report["findings"] = json!([
        {
            "id": "f1", "store": "npm", "kind": "pat", "organization": "contoso",
            "location": { "path": "~/.npmrc", "line": 4, "entry": "//pkgs.dev.azure.com/contoso/:_password" },
            "verdict": "stale", "evidence": [{ "code": "created-before-connection", "detail": "2026-03" }],
            "remedy": "automatic", "fingerprint": "a1b2c3d4"
        },
        {
            "id": "f2", "store": "ssh-key", "kind": "ssh-key", "organization": null,
            "location": { "path": "~/.ssh/id_ed25519" },
            "verdict": "unsure", "evidence": [{ "code": "written-after-connection", "detail": "2026-11-22" }],
            "remedy": "manual", "fingerprint": null, "advice": "Have Support clear it."
        },
        {
            "id": "f3", "store": "netrc", "kind": "password", "organization": "contoso",
            "location": {}, "verdict": "stale", "evidence": [], "remedy": "consent", "fingerprint": null,
            "accepted": { "reason": "build <account>", "until": null, "by": person }
        }
    ]);
    report["summary"] = json!({ "stale": 1, "current": 0, "unsure": 1 });
    report["places"] = json!([{ "store": "os-vault", "path": "Secret Service", "state": "locked", "reason": "the keyring is locked" }]);
    report["outcomes"] = json!([
        { "edit": "e1", "state": "done", "reason": null },
        { "edit": "e2", "state": "changed-meanwhile", "reason": "~/.netrc changed" }
    ]);
    report["steps"] = json!([
        { "id": "sign-in", "organization": "contoso", "state": "done", "proof": "declared" },
        { "id": "caches", "organization": "contoso", "state": "done", "proof": "verified" },
        { "id": "pats", "organization": "contoso", "state": "pending", "proof": null }
    ]);
    report["ssh_keys"] = json!([{ "organization": "contoso", "algorithm": "ssh-ed25519",
        "md5": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "sha256": "SHA256:sample" }]);
    report
}
