//! The whole line: credentials that real tools wrote, the real rekey, the real collector, and what an admin then sees.
//! Not on Windows: the collector is a Linux server, and the real tools are Linux programs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::similar_names,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "whole_line/seen.rs"]
mod seen;
mod support;
#[path = "whole_line/trouble.rs"]
mod trouble;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use seen::assert_admin_sees;
use support::collector::Collector;
use support::real::plant;
use support::tokens::pat84;
use support::{Answer, Home};

const STATE: &str = ".local/state/rekey";

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
