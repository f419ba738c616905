//! Findings that are meant to stay, and the same scan for other programs.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::Value;
use support::Home;
use support::plain::{plant, set_modified};
use support::tokens::pat84;

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

/// The finding in `~/.pypirc`.
fn in_pypirc(scan: &Value) -> Value {
    let findings = scan["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["store"] == "pypirc");
    found.unwrap().clone()
}

fn scan(home: &Home) -> Value {
    home.about_contoso(&["scan", "--json"]).json()
}

#[test]
fn an_accepted_finding_leaves_the_count_and_the_plan_and_says_why() {
    let home = planted();
    let before = scan(&home);
    let id = in_pypirc(&before)["id"].as_str().unwrap().to_owned();
    let answer = home
        .about_contoso(&[
            "accept",
            &id[..6],
            "--reason",
            "the nightly build needs it",
            "--until",
            "2099-01-01T00:00:00Z",
            "--json",
        ])
        .expect(0)
        .json();
    assert_eq!(answer["schema"], "rekey.accept/1");
    assert_eq!(answer["accepted"][0]["id"], id.as_str());
    let after = scan(&home);
    let accepted = &in_pypirc(&after)["accepted"];
    assert_eq!(accepted["reason"], "the nightly build needs it");
    assert_eq!(accepted["until"], "2099-01-01T00:00:00Z");
    assert!(!accepted["by"].as_str().unwrap().is_empty());
    let stale = |scan: &Value| scan["summary"]["stale"].as_u64().unwrap();
    assert_eq!(stale(&after), stale(&before) - 1);

    let kept = home.read(".pypirc");
    home.about_contoso(&["clean", "--yes"]).expect(0);
    assert_eq!(home.read(".pypirc"), kept);
    let shown = home.about_contoso(&["scan"]).expect(0).stdout;
    assert!(shown.contains("the nightly build"), "{shown}");
    assert!(shown.contains("1 accepted"), "{shown}");
}

#[test]
fn the_next_token_in_the_same_entry_is_a_new_finding() {
    let home = planted();
    let id = in_pypirc(&scan(&home))["id"].as_str().unwrap().to_owned();
    home.about_contoso(&["accept", &id, "--reason", "x"])
        .expect(0);
    assert!(in_pypirc(&scan(&home))["accepted"].is_object());
    let text: String = home
        .read(".pypirc")
        .lines()
        .map(|line| match line.split_once("password") {
            Some((_, rest)) if rest.contains("AZDO") => {
                format!("password = {}\n", pat84('C', 'B', 99))
            }
            _ => format!("{line}\n"),
        })
        .collect();
    set_modified(&home.write(".pypirc", text));
    let next = in_pypirc(&scan(&home));
    assert_eq!(next["id"], id.as_str());
    assert_eq!(next["accepted"], Value::Null);
}

#[test]
fn the_word_can_be_taken_back() {
    let home = planted();
    let id = in_pypirc(&scan(&home))["id"].as_str().unwrap().to_owned();
    home.about_contoso(&["accept", &id]).expect(0);
    let listed = home.about_contoso(&["accept"]).expect(0).stdout;
    assert!(listed.contains("no reason was given"), "{listed}");
    home.about_contoso(&["accept", &id, "--withdraw"]).expect(0);
    assert_eq!(in_pypirc(&scan(&home))["accepted"], Value::Null);
    home.about_contoso(&["accept", &id, "--withdraw"]).expect(2);
}

#[test]
fn a_wrong_word_is_refused_before_anything_is_done() {
    let home = planted();
    for (arguments, hint) in [
        (&["accept", "xyz"][..], "rekey accept lists"),
        (&["accept", "ffffffffffffffff"], "rekey accept lists"),
        (
            &["accept", "abcd", "--until", "soon"],
            "2026-11-20T18:00:00Z",
        ),
        (
            &["accept", "abcd", "--until", "2020-01-01T00:00:00Z"],
            "past",
        ),
        (&["accept", "--reason", "x"], "ID"),
    ] {
        let answer = home.about_contoso(arguments).expect(2);
        assert!(answer.stderr.contains(hint), "{}", answer.stderr);
    }
    assert!(!home.join(".local/state/rekey/accepted.json").exists());
}

#[test]
fn what_is_accepted_is_reported_and_leaves_the_run_open_unless_policy_says_otherwise() {
    let home = planted();
    let id = in_pypirc(&scan(&home))["id"].as_str().unwrap().to_owned();
    home.about_contoso(&["accept", &id, "--reason", "it stays"])
        .expect(0);
    home.declare_all_steps("contoso");
    let config = home.write("rekey.toml", "[accept]\nallowed = true\n");
    // Not even the person's own settings make it compliant: that is for machine policy to say.
    home.about_contoso(&["clean", "--yes", "--config", config.to_str().unwrap()])
        .expect(0);
    let detected = home.rekey(&["status", "--detect"]).expect(1).stdout;
    assert!(detected.contains("state=action-needed"), "{detected}");
    assert!(detected.contains("stale=0"), "{detected}");
    let report = home.rekey(&["report", "--json"]).stdout;
    assert!(report.contains("it stays"), "{report}");
}

#[test]
fn sarif_says_what_json_says_and_no_secret() {
    let home = planted();
    let plain = support::plain::plain_home();
    let json = scan(&home);
    let pypirc = in_pypirc(&json)["id"].as_str().unwrap().to_owned();
    home.about_contoso(&["accept", &pypirc, "--reason", "it stays"])
        .expect(0);
    let answer = home.about_contoso(&["scan", "--sarif", "--all"]).expect(1);
    let log = answer.json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "rekey");
    let details = run["automationDetails"].as_object().unwrap();
    assert_eq!(details.keys().collect::<Vec<_>>(), ["id"]);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    for finding in json["findings"].as_array().unwrap() {
        let result = results
            .iter()
            .find(|result| result["partialFingerprints"]["rekeyFinding/v1"] == finding["id"])
            .unwrap();
        assert_eq!(result["ruleId"], finding["store"]);
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], finding["store"]);
        assert_eq!(result["level"], "error");
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["region"]["startLine"], finding["location"]["line"]);
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        let path = url::Url::parse(uri).unwrap().to_file_path().unwrap();
        assert_eq!(path.to_str(), finding["location"]["path"].as_str());
        let accepted = finding["id"] == pypirc.as_str();
        assert_eq!(result.get("suppressions").is_some(), accepted);
    }
    assert!(
        results
            .iter()
            .any(|result| result["kind"] == "informational")
    );
    for secret in &plain.secrets {
        assert!(!answer.stdout.contains(secret.as_str()));
    }
    home.about_contoso(&["scan", "--sarif", "--json"]).expect(2);
}

#[test]
fn nothing_is_removed_while_it_cannot_be_read_what_is_meant_to_stay() {
    for (file, content) in [
        ("accepted.json", &b"{\"accepted\": ["[..]),
        ("fingerprint.key", b"short"),
    ] {
        let home = planted();
        let id = in_pypirc(&scan(&home))["id"].as_str().unwrap().to_owned();
        home.about_contoso(&["accept", &id, "--reason", "x"])
            .expect(0);
        let kept = home.read(".pypirc");
        let state = format!(".local/state/rekey/{file}");
        home.write(&state, content);
        for command in ["clean", "run"] {
            for word in ["--yes", "--unattended"] {
                let answer = home.about_contoso(&[command, word]).expect(3);
                assert!(answer.stderr.contains(file), "{}", answer.stderr);
                assert!(answer.stderr.contains("move it away"), "{}", answer.stderr);
            }
        }
        assert_eq!(home.read(".pypirc"), kept);
        // A look warns and goes on.
        for look in [&["scan"][..], &["clean", "--dry-run"]] {
            let answer = home.about_contoso(look).expect(1);
            assert!(answer.stderr.contains(file), "{}", answer.stderr);
        }
    }
}
