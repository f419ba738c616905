//! The whole line: credentials that real tools wrote, the real rekey, the real collector, and what an admin then sees.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::similar_names,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use support::collector::Collector;
use support::http::{Stub, request};
use support::real::plant;
use support::tokens::pat84;
use support::tree::{differences, tree};
use support::{Answer, Home, TENANT};

const STATE: &str = ".local/state/rekey";
/// What a run may be kept waiting by a collector, in seconds, with room for a slow machine. It takes about 11.
const LONGEST_RUN: &str = "30";

/// A home with one stale token and a binding, written by hand: quick.
fn small_home() -> (Home, String) {
    let home = Home::new();
    let secret = pat84('C', 'C', 1);
    home.write(
        ".git-credentials",
        format!("https://dev:{secret}@dev.azure.com/contoso\nhttps://github.com\n"),
    );
    home.write(
        ".gitconfig",
        "[credential \"azrepos:org/contoso\"]\n\tusername = dev@outlook.example\n\
         \tazureAuthority = https://login.microsoftonline.com/11111111-0000-4000-8000-000000000001\n",
    );
    (home, secret)
}

fn enroll(home: &Home, collector: &Collector) -> String {
    let arguments = ["enroll", "--json", "--collector", &collector.url];
    let secret = ["--secret-file", &collector.secret_file()];
    let told = home
        .rekey(&[&arguments[..], &secret].concat())
        .expect(0)
        .json();
    assert_eq!(told["collector"], collector.url);
    told["device_id"].as_str().unwrap().to_owned()
}

fn run(home: &Home, collector: &str, arguments: &[&str]) -> Answer {
    home.about_contoso(&[&["run", "--collector", collector], arguments].concat())
}

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

fn states(collector: &Collector) -> Value {
    collector.get("/api/v1/compliance")["devices"].clone()
}

/// The cells of the one line that the table has for a device.
fn csv_row(collector: &Collector, device: &str) -> Value {
    let table = collector.ask("/api/v1/export.csv");
    let mut lines = table.text().lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut rows = lines.filter(|line| line.contains(device));
    let row = rows.next().unwrap();
    assert!(rows.next().is_none() && !row.contains('"'), "{row}");
    let cells = row.split(',').map(|cell| Value::String(cell.to_owned()));
    let head = head.into_iter().map(str::to_owned);
    Value::Object(head.zip(cells).collect())
}

#[track_caller]
fn assert_holds_none(bytes: &[u8], secrets: &[String]) {
    for secret in secrets {
        // Base64 has three forms, by where in a group of three bytes the secret begins; the middle is the same.
        let encoded = (0..3).map(|shift| {
            let text = STANDARD.encode(format!("{}{secret}", ":".repeat(shift)));
            text[4..text.len() - 4].to_owned()
        });
        for form in encoded.chain([secret.clone()]) {
            let found = bytes
                .windows(form.len())
                .any(|window| window == form.as_bytes());
            assert!(!found, "a planted secret is there");
        }
    }
}

#[test]
fn an_admin_sees_what_happened_on_a_workstation() {
    let collector = Collector::start();
    let home = Home::new();
    let planted = plant(&home);
    let device = enroll(&home, &collector);
    assert_eq!(
        collector.get("/api/v1/compliance")["enrolled"],
        json!({"total": 1, "not-reported": 1, "declared": 0})
    );

    // Unattended, bindings go and tokens that may still be alive stay.
    let first = run(&home, &collector.url, &["--unattended", "--json"])
        .expect(1)
        .json();
    let left = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert!(left["summary"]["stale"].as_u64() > Some(1), "{left:#}");
    assert_admin_sees(&collector, &device, &first, &left, "action-needed");

    let cleaned = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(1)
        .json();
    let second = run(&home, &collector.url, &["--unattended", "--json"])
        .expect(1)
        .json();
    let left = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_ne!(cleaned["scan"]["summary"], left["summary"]);
    // A private key is never removed.
    assert_eq!(
        left["summary"],
        json!({"stale": 1, "current": 2, "unsure": 0})
    );
    assert_admin_sees(&collector, &device, &second, &left, "action-needed");
    let seen = collector.get(&format!("/api/v1/devices/{device}"));
    assert_eq!(seen["history"].as_array().unwrap().len(), 2);
    let keys = seen["report"]["ssh_keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1, "Support is told which key to clear");
    let public = home.join(".ssh/contoso.pub");
    let shown = home.tool(
        "ssh-keygen",
        &["-lf", public.to_str().unwrap()],
        &home.path(),
        "",
    );
    let sha256 = keys[0]["sha256"].as_str().unwrap();
    assert!(shown.expect(0).stdout.contains(sha256));

    // The key is taken away, and the person has done their steps.
    for file in ["contoso", "contoso.pub"] {
        std::fs::remove_file(home.join(".ssh").join(file)).unwrap();
    }
    home.write(
        ".ssh/config",
        "Host github.com\n  IdentityFile ~/.ssh/github\n",
    );
    home.declare_all_steps("contoso");
    let third = run(&home, &collector.url, &["--unattended", "--json"])
        .expect(0)
        .json();
    let left = home.about_contoso(&["scan", "--json"]).expect(0).json();
    assert_admin_sees(&collector, &device, &third, &left, "compliant");
    let numbers = collector.get("/api/v1/compliance");
    assert_eq!(numbers["enrolled"]["declared"], 1, "told apart from proof");

    let mut secrets = planted.secrets;
    let enrolment: Value =
        serde_json::from_str(&home.read(&format!("{STATE}/enrolment.json"))).unwrap();
    secrets.push(enrolment["token"].as_str().unwrap().to_owned());
    secrets
        .extend([&collector.password, &collector.secret, &collector.api_token].map(Clone::clone));
    assert_holds_none(&collector.bytes_on_disk(), &secrets);
}

/// The numbers, the list, the device and the table against the run's own words and against what is there now.
#[track_caller]
fn assert_admin_sees(collector: &Collector, device: &str, run: &Value, left: &Value, state: &str) {
    let mut expected =
        json!({"compliant": 0, "action-needed": 0, "failed": 0, "waiting": 0, "silent": 0});
    expected[state] = 1.into();
    let (stale, unsure) = (&left["summary"]["stale"], &left["summary"]["unsure"]);
    let findings = json!({"stale": stale, "unsure": unsure});
    let open = || {
        let all = left["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["verdict"] != "current")
    };
    // A key may serve any organization, so that it is counted with none.
    let own = |verdict: &str| {
        let own = open().filter(|finding| finding["organization"] == "contoso");
        own.filter(|finding| finding["verdict"] == verdict).count()
    };
    let own = json!({"stale": own("stale"), "unsure": own("unsure")});

    let numbers = collector.get("/api/v1/compliance");
    assert_eq!(numbers["devices"], expected);
    let organizations = json!([{"name": "contoso", "devices": expected, "findings": own}]);
    assert_eq!(numbers["organizations"], organizations);
    assert!(!numbers["newest_report_at"].is_null());
    let mut places: Vec<_> = open()
        .map(|finding| finding["store"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut counted: Vec<_> = numbers["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    counted.sort_unstable();
    assert_eq!(counted, places);

    let list = collector.get("/api/v1/devices");
    let [row] = list["devices"].as_array().unwrap().as_slice() else {
        panic!("{list:#}");
    };
    let seen = collector.get(&format!("/api/v1/devices/{device}"));
    for told in [row, &seen] {
        assert_eq!(told["id"], device);
        assert_eq!(told["state"], state);
        assert_eq!(told["findings"], findings);
        assert_eq!(told["organizations"][0]["name"], "contoso");
        assert_eq!(told["organizations"][0]["state"], state);
        assert_eq!(told["organizations"][0]["findings"], own);
        let host = gethostname::gethostname();
        assert_eq!(told["machine"]["name"], host.to_str().unwrap());
    }
    let report = &seen["report"];
    assert_eq!(report["run"], run["run"]);
    assert_eq!(
        report["findings"].as_array().map(Vec::len),
        left["findings"].as_array().map(Vec::len)
    );
    assert_eq!(report["summary"], left["summary"]);
    assert_eq!(report["outcomes"], run["outcomes"]);
    assert_eq!(report["steps"], run["steps"]);
    let newest = &seen["history"][0];
    assert_eq!(
        (&newest["id"], &newest["state"]),
        (&report["id"], &json!(state))
    );

    let cells = csv_row(collector, device);
    assert_eq!(cells["state"], state);
    assert_eq!(cells["machine"], seen["machine"]["name"]);
    assert_eq!(cells["person"], report["person"]["name"]);
    assert_eq!(cells["organizations"], "contoso");
    for (cell, number) in [
        ("stale", stale),
        ("unsure", unsure),
        ("open_steps", &seen["steps"]["open"]),
        ("declared_steps", &seen["steps"]["declared"]),
        ("errors", &report["errors"]),
    ] {
        assert_eq!(cells[cell], number.to_string(), "{cell}");
    }
}

#[test]
fn the_report_that_is_shown_is_the_one_that_is_stored_byte_for_byte_and_counts_once() {
    let collector = Collector::start();
    let (home, _) = small_home();
    let device = enroll(&home, &collector);
    run(&home, &collector.url, &["--yes"]).expect(1);
    let stored = || collector.ask(&format!("/api/v1/devices/{device}"));
    let history = || stored().json()["history"].as_array().unwrap().len();
    let shown = home.rekey(&["report"]).expect(0).stdout;
    assert!(stored().text().contains(shown.trim_end()), "{shown}");

    // The receipt got lost, so that it is sent again.
    let id = serde_json::from_str::<Value>(&shown).unwrap()["id"].clone();
    let id = id.as_str().unwrap();
    home.write(&format!("{STATE}/spool/{id}.json"), &shown);
    let sent = ["report", "--send", "--json", "--collector", &collector.url];
    let answer = home.rekey(&sent).expect(0).json();
    assert_eq!(
        (&answer["delivered"], &answer["waiting"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(history(), 1);

    // `clean` sends nothing by itself: what is shown before is what is sent afterwards.
    home.about_contoso(&["clean", "--yes"]).expect(0);
    let shown = home.rekey(&["report"]).expect(0).stdout;
    assert_eq!(shown, home.rekey(&["report"]).expect(0).stdout);
    home.rekey(&sent).expect(0);
    assert!(stored().text().contains(shown.trim_end()), "{shown}");
    assert_eq!(shown, home.rekey(&["report"]).expect(0).stdout);
    assert_eq!(history(), 2);
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
