//! Everything out of a collector and into another, of either kind, by the real program.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};

use flate2::read::MultiGzDecoder;
use jiff::{SignedDuration, Timestamp};
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    self, Actor, Body, CleaningChange, CleaningScope, Devices as _, Enrolment as _, FirstSecrets,
    NewDevice, NewEnrolment, NewReport, Numbers as _, Sqlite, Storage, Upkeep as _, Who,
};
use rekey_report::{Cleaning, Report};

use crate::postgres::Postgres;
use crate::sample;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
        .args(arguments)
        .env_remove("REKEY_COLLECTOR_DATABASE")
        .output()
        .unwrap()
}

fn done(arguments: &[&str]) -> Output {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output
}

fn refused(arguments: &[&str], code: i32, sentence: &str) {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(sentence), "{arguments:?}: {said}");
}

/// Some of everything.
async fn fill(storage: &dyn Storage) {
    let now = at("2026-11-23T09:00:00Z");
    let secrets = FirstSecrets {
        user: "admin".into(),
        password: "hash".into(),
        enroll: Digest::of("enroll"),
        api: Digest::of("api"),
    };
    assert!(storage.set_up(&secrets, now).await.unwrap());
    for (machine, person) in [
        ("CONTOSO-1", "kim"),
        ("CONTOSO-2", "kim"),
        ("FABRIKAM-1", "lee"),
    ] {
        let value = sample::full(machine, person, "2026-11-23T08:50:00Z");
        let report: Report = serde_json::from_value(value.clone()).unwrap();
        let device = NewDevice::of(&rekey_report::EnrollDevice {
            machine: report.machine.clone(),
            person: report.person.clone(),
            ring: None,
        });
        let token = Digest::of(&format!("token of {machine}"));
        let enrolment = NewEnrolment {
            device,
            secret: Digest::of("enroll"),
            address: String::new(),
            token,
            at: now,
        };
        let id = storage.enroll(enrolment).await.unwrap().device().unwrap();
        let body = Body::plain(serde_json::to_vec(&value).unwrap());
        let report = NewReport::of(&report, id, now, body);
        storage.take_report(report).await.unwrap();
    }
    let change = CleaningChange {
        scope: CleaningScope::Ring("pilot".into()),
        state: Cleaning::Paused,
        actor: Actor::local(Who::User("sam".into())),
        reason: "A look.".into(),
        at: now,
    };
    storage.set_cleaning(&change).await.unwrap();
    storage
        .tick(now, now - SignedDuration::from_hours(24))
        .await
        .unwrap();
}

/// All lines but the first, which says when it was made.
fn lines(path: &Path) -> Vec<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut lines: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
    // Neither database promises an order of rows, nor of tables that do not refer to each other.
    lines.sort();
    lines
}

#[tokio::test]
async fn a_backup_comes_back_on_the_same_and_on_the_other_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(path("old")).unwrap();
    {
        let storage = Sqlite::open(&folder.path().join("old/collector.db"))
            .await
            .unwrap();
        fill(&storage).await;
    }
    done(&["backup", &path("first.archive"), "--data", &path("old")]);
    done(&["restore", &path("first.archive"), "--data", &path("new")]);
    let again = Sqlite::open(&folder.path().join("new/collector.db"))
        .await
        .unwrap();
    assert_eq!(again.recount().await.unwrap(), [""; 0]);
    assert_eq!(again.compliance().await.unwrap().devices.action_needed, 3);
    let known = again
        .device_by_token(&Digest::of("token of CONTOSO-2"))
        .await
        .unwrap();
    let id = known.expect("tokens stay valid").id;
    let report = again.current_report(&id).await.unwrap().unwrap();
    assert!(serde_json::from_slice::<Report>(&report.json().unwrap()).is_ok());
    drop(again);

    let Some(server) = Postgres::start() else {
        return;
    };
    let url = server.url();
    done(&["restore", &path("first.archive"), "--database", &url]);
    let location = storage::postgres_location(&url).unwrap();
    let moved = storage::Postgres::open(location).await.unwrap();
    assert_eq!(moved.recount().await.unwrap(), [""; 0]);
    // Numbers that the database gives go on.
    let value = sample::clean("CONTOSO-1", "kim", "2026-11-24T08:50:00Z");
    let report: Report = serde_json::from_value(value).unwrap();
    let body = Body::plain(b"{}".to_vec());
    done(&["backup", &path("second.archive"), "--database", &url]);
    let (first, second) = (
        lines(&folder.path().join("first.archive")),
        lines(&folder.path().join("second.archive")),
    );
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let new = these.iter().filter(|line| !those.contains(line));
        new.cloned().collect()
    };
    // The log's end, its row and the count of rows are others, for the restore is an entry.
    assert_eq!(only(&first, &second).len(), 2);
    let new = only(&second, &first);
    assert_eq!(new.len(), 3, "{new:?}");
    assert!(
        new.iter().any(|line| line.contains("\"restored\"")),
        "{new:?}"
    );
    let report = NewReport::of(&report, id, at("2026-11-24T09:00:00Z"), body);
    storage::Intake::take_report(&moved, report).await.unwrap();
    refused(
        &["restore", &path("first.archive"), "--database", &url],
        2,
        "There is a database already",
    );
}

#[test]
fn what_is_no_archive_or_no_empty_place_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    refused(
        &["backup", &path("a.archive"), "--data", &path("nothing")],
        2,
        "There is no database",
    );
    assert!(!folder.path().join("nothing").exists());
    std::fs::write(path("a.archive"), "not one").unwrap();
    refused(
        &["restore", &path("a.archive"), "--data", &path("new")],
        2,
        "a.archive",
    );
    assert!(!folder.path().join("new").exists());
    refused(
        &["restore", &path("none.archive"), "--data", &path("new")],
        2,
        "cannot be opened",
    );
}

#[tokio::test]
async fn a_cut_archive_is_taken_in_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(path("old")).unwrap();
    {
        let storage = Sqlite::open(&folder.path().join("old/collector.db"))
            .await
            .unwrap();
        fill(&storage).await;
    }
    done(&["backup", &path("a.archive"), "--data", &path("old")]);
    refused(
        &["backup", &path("a.archive"), "--data", &path("old")],
        2,
        "not there yet",
    );
    let whole = std::fs::read(path("a.archive")).unwrap();
    std::fs::write(path("cut.archive"), &whole[..whole.len() - 40]).unwrap();
    refused(
        &["restore", &path("cut.archive"), "--data", &path("new")],
        1,
        "nothing of it was",
    );
    done(&["restore", &path("a.archive"), "--data", &path("new")]);
}

#[tokio::test]
async fn workstations_are_exported_and_forgotten_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let database = folder.path().join("collector.db");
    fill(&Sqlite::open(&database).await.unwrap()).await;
    let output = done(&["export", "--data", data]);
    let csv = String::from_utf8(output.stdout).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    let output = done(&[
        "export", "--data", data, "--format", "jsonl", "--state", "silent",
    ]);
    assert!(output.stdout.is_empty());
    refused(
        &["export", "--data", data, "--state", "odd"],
        2,
        "compliant",
    );
    let kim = ["forget", "--data", data, "--person", "Kim@contoso.example"];
    done(&kim);
    refused(&kim, 2, "Nothing is kept");
    let storage = Sqlite::open(&database).await.unwrap();
    assert_eq!(storage.compliance().await.unwrap().devices.total(), 1);
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn old_reports_lose_their_content_and_then_their_line() {
    let folder = tempfile::tempdir().unwrap();
    kept_for_a_time(&Sqlite::open(&folder.path().join("a.db")).await.unwrap()).await;
    if let Some(server) = Postgres::start() {
        let location = storage::postgres_location(&server.url()).unwrap();
        kept_for_a_time(&storage::Postgres::open(location).await.unwrap()).await;
    }
}

async fn kept_for_a_time(storage: &dyn Storage) {
    fill(storage).await;
    let device = storage
        .device_by_token(&Digest::of("token of CONTOSO-1"))
        .await;
    let id = device.unwrap().unwrap().id;
    for day in 24..=26 {
        let value = sample::clean("CONTOSO-1", "kim", &format!("2026-11-{day}T08:50:00Z"));
        let report: Report = serde_json::from_value(value.clone()).unwrap();
        let body = Body::plain(serde_json::to_vec(&value).unwrap());
        let received = at(&format!("2026-11-{day}T09:00:00Z"));
        let report = NewReport::of(&report, id.clone(), received, body);
        storage.take_report(report).await.unwrap();
    }
    let now = at("2026-12-24T00:00:00Z");
    storage
        .clear(now, at("2026-11-25T12:00:00Z"), at("2026-11-24T12:00:00Z"))
        .await
        .unwrap();
    assert_eq!(
        storage.history(&id, 10).await.unwrap().len(),
        2,
        "26 and 25"
    );
    assert!(
        storage
            .current_report(&id)
            .await
            .unwrap()
            .unwrap()
            .json()
            .is_some()
    );
    // Within the hour nothing more is done; afterwards all but what a state rests on goes.
    let soon = now + SignedDuration::from_mins(59);
    storage.clear(soon, now, now).await.unwrap();
    assert_eq!(storage.history(&id, 10).await.unwrap().len(), 2);
    let later = now + SignedDuration::from_hours(1);
    storage.clear(later, now, now).await.unwrap();
    assert_eq!(storage.history(&id, 10).await.unwrap().len(), 1);
    assert!(
        storage
            .current_report(&id)
            .await
            .unwrap()
            .unwrap()
            .json()
            .is_some()
    );
    assert_eq!(storage.compliance().await.unwrap().devices.total(), 3);
}
