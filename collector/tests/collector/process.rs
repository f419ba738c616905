//! The program itself: what it prints, when it refuses, and what a power cut leaves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rekey_collector::storage::{Devices as _, Sqlite};
use serde_json::Value;

use crate::sample;
use crate::support::{FirstLines, client};

struct Running {
    child: Child,
    url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(data: &Path) -> Self {
        let mut child = collector()
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()))
            .unwrap();
        // A full pipe would stop the program.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// Ends it as a power cut does and answers what it printed.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        let mut printed = String::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_string(&mut printed).unwrap();
        printed
    }
}

fn collector() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey-collector"));
    command.env_clear().arg("serve");
    command
}

#[tokio::test]
async fn a_receipt_survives_a_power_cut() {
    let data = tempfile::tempdir().unwrap();
    let first = Running::start(data.path());
    let first = FirstLines::parse(&first.kill());
    let client = client();
    for round in 0..5 {
        let running = Running::start(data.path());
        let enrolment = sample::enrolment(&first.secret, "CONTOSO-1", "sam");
        let url = format!("{}/api/v1/enroll", running.url);
        let enrolled: Value = client
            .post(url)
            .json(&enrolment)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let report = sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
        let request = client.post(format!("{}/api/v1/reports", running.url));
        let request = request
            .bearer_auth(enrolled["token"].as_str().unwrap())
            .json(&report);
        assert_eq!(request.send().await.unwrap().status(), 202);
        assert_eq!(running.kill(), "", "later starts print nothing");

        let storage = Sqlite::open(&data.path().join("collector.db"))
            .await
            .unwrap();
        let history = storage
            .history(enrolled["device_id"].as_str().unwrap(), 100)
            .await
            .unwrap();
        assert_eq!(history.len(), round + 1);
        assert!(
            history
                .iter()
                .any(|entry| entry.id.to_string() == report["id"])
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_data_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let running = Running::start(&data);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    drop(running);
}

#[test]
fn wrong_settings_are_exit_2_and_a_sentence() {
    let data = tempfile::tempdir().unwrap();
    for (arguments, sentence) in [
        (&["--listen", "0.0.0.0:0"][..], "--behind-proxy"),
        (&["--listen", "[::]:0"], "--tls-cert"),
        (&["--listen", "here"], "127.0.0.1:8787"),
        (
            &["--database", "postgres://somebody:word@localhost:word/x"],
            "postgres://USER@HOST/NAME",
        ),
        (&["--database", "mysql://x"], "sqlite:FILE"),
        (
            &["--tls-cert", "missing.pem", "--tls-key", "missing.key"],
            "missing.pem",
        ),
        (&["--tls-cert", "missing.pem"], "--tls-key"),
        (&["--silent-after-days", "0"], "--silent-after-days"),
    ] {
        let output = collector()
            .arg("--data")
            .arg(data.path().join("new"))
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        assert!(
            !said.contains("word@"),
            "a password in an address is not repeated"
        );
        assert!(output.stdout.is_empty());
    }
    assert!(!data.path().join("new").exists(), "nothing was done");
}

#[cfg(unix)]
#[test]
fn stops_cleanly_when_the_system_asks() {
    let data = tempfile::tempdir().unwrap();
    let mut running = Running::start(data.path());
    let id = running.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    assert!(data.path().join("collector.db").exists());
}
