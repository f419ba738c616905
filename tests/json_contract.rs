//! What `--json` prints: one object, with these keys and no others, and nothing else on stdout.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::Value;
use support::plain::plant;
use support::{CONNECTED, Home, TENANT};

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

#[track_caller]
fn keys(value: &Value, expected: &[&str]) {
    let mut keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = expected.to_vec();
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected, "{value:#}");
}

#[track_caller]
fn each<'a>(value: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    let items = value[list].as_array().unwrap();
    assert!(!items.is_empty(), "{list} is empty");
    items.iter()
}

#[track_caller]
fn check_scan(scan: &Value) {
    assert_eq!(scan["schema"], "rekey.scan/1");
    keys(
        scan,
        &[
            "schema",
            "run",
            "organizations",
            "findings",
            "places",
            "summary",
        ],
    );
    keys(&scan["summary"], &["stale", "current", "unsure"]);
    let expected =
        serde_json::json!([{ "name": "contoso", "tenant": TENANT, "connected_at": CONNECTED }]);
    assert_eq!(scan["organizations"], expected);
    assert_eq!(
        scan["run"].as_str().unwrap().as_bytes()[14],
        b'7',
        "a UUID of version 7"
    );
    for place in each(scan, "places") {
        keys(place, &["store", "path", "state", "reason"]);
        let state = place["state"].as_str().unwrap();
        assert!(["read", "absent", "unreadable", "locked", "skipped"].contains(&state));
    }
    for evidence in each(scan, "findings").flat_map(|finding| each(finding, "evidence")) {
        keys(evidence, &["code", "detail"]);
    }
    for location in each(scan, "findings").map(|finding| &finding["location"]) {
        keys(location, &["path", "line", "entry"]);
    }
}

#[test]
fn scan_prints_findings_and_places() {
    let home = planted();
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    check_scan(&scan);
    for finding in each(&scan, "findings") {
        keys(
            finding,
            &[
                "id",
                "store",
                "kind",
                "organization",
                "location",
                "verdict",
                "evidence",
                "remedy",
                "fingerprint",
            ],
        );
    }
    let again = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        again["findings"], scan["findings"],
        "ids and fingerprints are the same from run to run"
    );
    assert_ne!(again["run"], scan["run"]);
}

#[test]
fn clean_and_run_print_the_plan_and_what_became_of_it() {
    let home = planted();
    for command in [
        &["run", "--unattended", "--json"],
        &["clean", "--yes", "--json"],
    ] {
        let answer = home.about_contoso(command);
        assert_eq!(answer.stderr, "");
        let run = answer.json();
        assert_eq!(run["schema"], "rekey.run/1");
        keys(
            &run,
            &["schema", "run", "scan", "plan", "outcomes", "steps"],
        );
        check_scan(&run["scan"]);
        assert_eq!(run["run"], run["scan"]["run"]);
        for edit in each(&run, "plan") {
            keys(edit, &["id", "finding", "action", "location", "remedy"]);
            let action = edit["action"].as_str().unwrap();
            assert!(
                ["delete-file", "edit-file", "set-git-config"].contains(&action),
                "{action}"
            );
            assert!(each(&run["scan"], "findings").any(|finding| finding["id"] == edit["finding"]));
        }
        let ids: Vec<_> = each(&run, "plan").map(|edit| &edit["id"]).collect();
        let edits: Vec<_> = each(&run, "outcomes")
            .map(|outcome| &outcome["edit"])
            .collect();
        assert_eq!(ids, edits);
        for outcome in each(&run, "outcomes") {
            keys(outcome, &["edit", "state", "reason"]);
        }
        for step in each(&run, "steps") {
            keys(step, &["id", "organization", "state", "proof"]);
        }
        let steps: Vec<_> = each(&run, "steps")
            .map(|step| step["id"].as_str().unwrap())
            .collect();
        assert_eq!(
            steps,
            [
                "sign-in",
                "caches",
                "pats",
                "ssh-keys",
                "microsoft-account",
                "subscription"
            ]
        );
    }
}

#[test]
fn status_prints_the_last_run() {
    let home = planted();
    let never = home.rekey(&["status", "--json"]).expect(1).json();
    assert_eq!(never, serde_json::json!({ "schema": "rekey.status/1" }));
    let run = home
        .about_contoso(&["run", "--unattended", "--json"])
        .expect(1)
        .json();
    let status = home.rekey(&["status", "--json"]).expect(1).json();
    assert_eq!(status["schema"], "rekey.status/1");
    keys(
        &status,
        &[
            "schema",
            "run",
            "at",
            "state",
            "scan",
            "organizations",
            "outcomes",
            "steps",
            "errors",
            "ssh_keys",
        ],
    );
    assert_eq!(status["run"], run["run"]);
    assert_eq!(status["state"], "action-needed");
    assert_eq!(status["outcomes"], run["outcomes"]);
    assert_eq!(
        status["scan"]["run"], run["run"],
        "what is left at the end of the run is of that run"
    );
}

#[test]
fn guide_prints_the_steps_with_what_to_do() {
    let home = planted();
    let guide = home.about_contoso(&["guide", "--json"]).expect(1).json();
    assert_eq!(guide["schema"], "rekey.guide/1");
    keys(&guide, &["schema", "steps"]);
    for step in each(&guide, "steps") {
        keys(
            step,
            &[
                "id",
                "organization",
                "state",
                "proof",
                "address",
                "instructions",
                "command",
                "deferred_until",
            ],
        );
    }
    let one = home
        .about_contoso(&["guide", "pats", "--json"])
        .expect(1)
        .json();
    let ids: Vec<_> = each(&one, "steps").map(|step| &step["id"]).collect();
    assert_eq!(ids, ["pats"]);
}

#[test]
fn undo_prints_the_files_and_the_runs() {
    let home = planted();
    let nothing = home.rekey(&["undo", "--json"]).expect(0).json();
    assert_eq!(
        nothing,
        serde_json::json!({ "schema": "rekey.undo/1", "run": null, "files": [] })
    );
    let run = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(0)
        .json();
    let list = home.rekey(&["undo", "--list", "--json"]).expect(0).json();
    assert_eq!(list["schema"], "rekey.undo/1");
    keys(&list, &["schema", "runs"]);
    keys(
        &list["runs"][0],
        &["run", "at", "changes", "undone", "until"],
    );
    assert_eq!(list["runs"][0]["run"], run["run"]);
    let undo = home.rekey(&["undo", "--json"]).expect(0).json();
    keys(&undo, &["schema", "run", "files"]);
    assert_eq!(undo["run"], run["run"]);
    for file in each(&undo, "files") {
        keys(file, &["path", "state", "reason"]);
        assert_eq!(file["state"], "restored");
    }
    let purge = home.rekey(&["undo", "--purge", "--json"]).expect(0).json();
    keys(&purge, &["schema", "purged", "left"]);
}

#[test]
fn report_prints_what_the_schema_says_and_the_same_bytes_each_time() {
    let home = planted();
    let none = home.rekey(&["report"]).expect(2);
    assert!(none.stderr.contains("rekey run"), "{}", none.stderr);
    let nobody = "http://127.0.0.1:9";
    home.about_contoso(&["run", "--unattended", "--collector", nobody])
        .expect(1);
    let shown = home.rekey(&["report"]).expect(0);
    let report: rekey_report::Report = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(report.organizations[0].organization.name, "contoso");
    assert_eq!(
        home.rekey(&["report", "--json"]).expect(0).stdout,
        shown.stdout
    );
    let spool = std::fs::read_dir(home.join(".local/state/rekey/spool")).unwrap();
    let kept: Vec<_> = spool
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert_eq!(
        kept,
        [shown.stdout.as_bytes()],
        "what is shown is what will be sent"
    );
}

#[test]
fn helpers_and_old_addresses_stand_beside_the_findings() {
    let home = planted();
    home.write(
        "src/app/.gitmodules",
        "[submodule \"one\"]\n\turl = https://contoso.visualstudio.com/web/_git/one\n",
    );
    home.write(
        ".config/git/config",
        "[credential]\n\thelper = store\n\thelper = !echo password=x\n",
    );
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    for helper in each(&scan, "helpers") {
        keys(
            helper,
            &[
                "kind",
                "name",
                "scope",
                "level",
                "path",
                "line",
                "repository",
            ],
        );
    }
    let kinds: Vec<_> = each(&scan, "helpers")
        .map(|helper| &helper["kind"])
        .collect();
    assert_eq!(kinds, ["store", "inline"]);
    for address in each(&scan, "old_addresses") {
        keys(
            address,
            &[
                "id",
                "organization",
                "path",
                "line",
                "entry",
                "address",
                "modern",
                "command",
            ],
        );
    }
}
