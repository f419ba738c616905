//! The collector's pages in a real browser, about workstations that the real rekey reported; see `browser/pages.mjs`.
//! Not on Windows: the collector is a Linux server, and the browser a Linux program.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say why they are skipped"
)]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::json;

use support::collector::Collector;
use support::real::{plant, plant_netrc};
use support::{Home, not_tried};

#[test]
fn an_admin_signs_in_and_sees_what_the_api_answers() {
    let Some(chromium) = chromium() else {
        not_tried("there is no chromium on PATH");
        return;
    };
    let collector = Collector::start();
    let device = fill(&collector);

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let playwright = Command::new(root.join("ci/browser-tools"))
        .output()
        .unwrap();
    assert!(
        playwright.status.success(),
        "{}",
        String::from_utf8_lossy(&playwright.stderr)
    );
    let playwright = String::from_utf8(playwright.stdout).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("node")
        .arg(root.join("tests/browser/pages.mjs"))
        .env("CHROMIUM", chromium)
        .env("PLAYWRIGHT", playwright.trim())
        .env("REKEY_URL", &collector.url)
        .env("REKEY_USER", &collector.user)
        .env("REKEY_PASSWORD", &collector.password)
        .env("REKEY_API_TOKEN", &collector.api_token)
        .env("REKEY_DEVICE", &device)
        // The browser leaves nothing in the home of whoever runs the tests.
        .env("HOME", profile.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn chromium() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let programs = std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)));
    programs.into_iter().find(|program| program.is_file())
}

/// One workstation in each state but silent, and one that has not reported. Answers the one with most to see.
fn fill(collector: &Collector) -> String {
    let there = ["--collector", collector.url.as_str()];
    let enroll = |home: &Home| {
        let secret = collector.secret_file();
        let arguments = ["enroll", "--json", "--secret-file", &secret];
        let told = home
            .rekey(&[&arguments[..], &there].concat())
            .expect(0)
            .json();
        told["device_id"].as_str().unwrap().to_owned()
    };
    let run = |home: &Home, how: &str, code: i32| {
        home.about_contoso(&[&["run", how], &there[..]].concat())
            .expect(code);
    };
    let pause =
        |state: &str| collector.put("/api/v1/cleaning", &json!({"scope": "all", "state": state}));

    let full = Home::new();
    plant(&full);
    plant_netrc(&full);
    // Which organization the SSH key is for, a remote tells.
    full.git("over-ssh", &["init", "-q"]);
    let remote = "git@ssh.dev.azure.com:v3/contoso/web/app";
    full.git("over-ssh", &["remote", "add", "origin", remote]);
    let device = enroll(&full);
    run(&full, "--unattended", 1);
    full.write(".netrc", full.read(".netrc") + "# looked at\n");
    run(&full, "--unattended", 1);

    let failed = Home::new();
    std::fs::create_dir(failed.join(".npmrc")).unwrap();
    enroll(&failed);
    run(&failed, "--unattended", 3);

    let waiting = Home::new();
    plant_netrc(&waiting);
    enroll(&waiting);
    pause("paused");
    run(&waiting, "--yes", 4);
    pause("allowed");

    let done = Home::new();
    done.git("src", &["init", "-q"]);
    let url = "https://dev.azure.com/contoso/web/_git/app";
    done.git("src", &["remote", "add", "origin", url]);
    done.declare_all_steps("contoso");
    enroll(&done);
    run(&done, "--unattended", 0);

    enroll(&Home::new());
    device
}
