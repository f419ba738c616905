//! A collector that says no, says nothing, or is not there.

use serde_json::{Value, json};

use super::seen::{csv_row, states};
use super::{STATE, assert_holds_none, enroll, run, small_home};
use crate::support::collector::Collector;
use crate::support::http::{Stub, request};
use crate::support::tree::{differences, tree};
use crate::support::{Answer, Home, TENANT};

/// What a run may be kept waiting by a collector, in seconds, with room for a slow machine. It takes about 11.
const LONGEST_RUN: &str = "30";

/// A run that is ended, and fails, where a collector holds it up for ever.
fn run_in_time(home: &Home, collector: &str) -> Answer {
    let rekey = home.command(&["run", "--yes", "--org", "contoso", "--tenant", TENANT]);
    let mut command = std::process::Command::new("timeout");
    command.arg(LONGEST_RUN).arg(rekey.get_program());
    command.args(rekey.get_args());
    command.args(["--collector", collector]);
    command.env_clear().stdin(std::process::Stdio::null());
    Answer::of(&command.output().unwrap())
}

fn spool(home: &Home) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(home.join(STATE).join("spool")) else {
        return Vec::new();
    };
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_paused_collector_holds_every_change_back_until_it_is_resumed() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let device = enroll(&home, &collector);
    let before = tree(&home.path());
    collector.put(
        "/api/v1/cleaning",
        &json!({"scope": "all", "state": "paused"}),
    );

    let paused = run(&home, &collector.url, &["--yes", "--json"])
        .expect(4)
        .json();
    assert_eq!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
    for outcome in paused["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["state"], "pending", "{outcome}");
    }
    assert_eq!(states(&collector)["waiting"], 1);
    let seen = collector.get(&format!("/api/v1/devices/{device}"));
    assert_eq!(seen["report"]["state"], "waiting");
    assert_eq!(seen["organizations"][0]["state"], "waiting");
    assert_eq!(csv_row(&collector, &device)["state"], "waiting");

    collector.put(
        "/api/v1/cleaning",
        &json!({"scope": "all", "state": "allowed"}),
    );
    run(&home, &collector.url, &["--yes"]).expect(1);
    assert_ne!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
    assert_eq!(states(&collector)["action-needed"], 1);
    assert_eq!(
        collector.get("/api/v1/compliance")["organizations"][0]["findings"]["stale"],
        0
    );
}

#[test]
fn a_paused_ring_holds_only_its_own_workstations_back() {
    let collector = Collector::start();
    collector.put(
        "/api/v1/cleaning",
        &json!({"scope": "ring", "ring": "Pilot", "state": "paused"}),
    );
    for (ring, code) in [("pilot", 4), ("broad", 1)] {
        let (home, _) = small_home();
        let config = format!(
            "[collector]\nenroll_secret = \"{}\"\nring = \"{ring}\"\n",
            collector.secret
        );
        let config = home.write("rekey.toml", config);
        let config = ["--yes", "--config", config.to_str().unwrap()];
        run(&home, &collector.url, &config).expect(code);
        let list = collector.get("/api/v1/devices");
        let rings = list["devices"].as_array().unwrap().iter();
        assert!(
            rings.into_iter().any(|device| device["ring"] == ring),
            "{list:#}"
        );
    }
}

#[test]
fn a_place_that_cannot_be_read_is_a_failure_for_the_admin_too() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let device = enroll(&home, &collector);
    std::fs::create_dir(home.join(".npmrc")).unwrap();
    run(&home, &collector.url, &["--yes"]).expect(3);
    assert_eq!(states(&collector)["failed"], 1);
    assert_eq!(csv_row(&collector, &device)["errors"], "1");
}

#[test]
fn a_report_waits_until_its_collector_is_back() {
    let mut collector = Collector::start();
    let (home, secret) = small_home();
    let device = enroll(&home, &collector);
    collector.stop();
    let answer = run_in_time(&home, &collector.url).expect(1);
    assert!(
        answer.stderr.contains("the report waits"),
        "{}",
        answer.stderr
    );
    assert_eq!(spool(&home).len(), 1);
    let waiting = home.rekey(&["report"]).expect(0).stdout;
    assert_holds_none(waiting.as_bytes(), &[secret]);

    let url = collector.url.clone();
    let send = ["report", "--send", "--collector", &url];
    home.rekey(&send).expect(3);
    collector.start_again();
    home.rekey(&send).expect(0);
    assert_eq!(spool(&home), Vec::<String>::new());
    let stored = collector.ask(&format!("/api/v1/devices/{device}"));
    assert!(stored.text().contains(waiting.trim_end()));
}

#[test]
fn a_collector_that_stays_silent_or_fails_delays_a_run_and_loses_nothing() {
    for stub in [Stub::silent(), Stub::answering(500), Stub::answering(404)] {
        let (home, secret) = small_home();
        let state = format!(
            "{{\"collector\": \"{}\", \"device_id\": \"d\", \"token\": \"t\"}}",
            stub.url
        );
        home.write(&format!("{STATE}/enrolment.json"), state);
        let answer = run_in_time(&home, &stub.url).expect(1);
        assert!(
            answer.stderr.contains("the report waits"),
            "{}",
            answer.stderr
        );
        assert!(!answer.stderr.contains(&secret));
        assert_eq!(spool(&home).len(), 1, "{}", answer.stderr);
    }
}

#[test]
fn a_workstation_that_its_collector_forgot_waits_or_enrols_again() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let device = enroll(&home, &collector);
    let enrolment = home.read(&format!("{STATE}/enrolment.json"));
    let token: Value = serde_json::from_str(&enrolment).unwrap();
    let token = token["token"].as_str().unwrap();
    let forgotten = enrolment.replace(token, &"A".repeat(token.len()));
    home.write(&format!("{STATE}/enrolment.json"), forgotten);

    let answer = run(&home, &collector.url, &["--yes"]).expect(1);
    assert!(answer.stderr.contains("rekey enroll"), "{}", answer.stderr);
    assert_eq!(spool(&home).len(), 1);

    let config = format!("[collector]\nenroll_secret = \"{}\"\n", collector.secret);
    let config = home.write("rekey.toml", config);
    let config = ["--yes", "--config", config.to_str().unwrap()];
    run(&home, &collector.url, &config).expect(1);
    assert_eq!(spool(&home), Vec::<String>::new());
    let seen = collector.get(&format!("/api/v1/devices/{device}"));
    assert_eq!(
        seen["history"].as_array().unwrap().len(),
        2,
        "the same device, with its history"
    );
    let agent = format!("{}/api/v1/agent", collector.url);
    assert_eq!(request("GET", &agent, token, None).status, 401);
}

#[test]
fn a_forgotten_workstation_heeds_the_pause_all_the_same() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let before = tree(&home.path());
    collector.put(
        "/api/v1/cleaning",
        &json!({"scope": "all", "state": "paused"}),
    );
    let forgotten = format!(
        "{{\"collector\": \"{}\", \"device_id\": \"d\", \"token\": \"forgotten\"}}",
        collector.url
    );
    home.write(&format!("{STATE}/enrolment.json"), forgotten);
    let folder = Home::new();
    let config = format!("[collector]\nenroll_secret = \"{}\"\n", collector.secret);
    let config = folder.write("rekey.toml", config);
    run(
        &home,
        &collector.url,
        &["--yes", "--config", config.to_str().unwrap()],
    )
    .expect(4);
    assert_eq!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
}

#[test]
fn a_wrong_secret_is_said_in_plain_words() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let file = home.write("secret", "not-the-secret-of-this-collector");
    let arguments = ["enroll", "--collector", &collector.url, "--secret-file"];
    let answer = home.rekey(&[&arguments[..], &[file.to_str().unwrap()]].concat());
    let answer = answer.expect(3);
    assert!(answer.stderr.contains("ask the admin"), "{}", answer.stderr);
    assert!(
        !answer.stderr.contains("not-the-secret"),
        "{}",
        answer.stderr
    );
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
    assert_eq!(collector.get("/api/v1/compliance")["enrolled"]["total"], 0);
}
