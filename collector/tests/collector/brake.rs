//! The brake that pulls itself, on each database, and what an admin sees of it.

use jiff::Timestamp;
use rekey_collector::brake::{self, Pulled};
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    self, Actor, Body, CleaningChange, CleaningScope, EditFailures, NewDevice, NewEnrollSecret,
    NewEnrolment, NewReport, Sqlite, Storage, Terms, Who,
};
use rekey_report::{Cleaning, Report};
use serde_json::json;

use crate::pages::snapshot;
use crate::postgres::Postgres;
use crate::sample;
use crate::support::{Collector, form_token};

#[tokio::test]
async fn it_pulls_itself_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brake.db");
    story(&Sqlite::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn it_pulls_itself_on_postgresql() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let location = storage::postgres_location(&server.url()).unwrap();
    story(&storage::Postgres::open(location).await.unwrap()).await;
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One run each of workstations of these numbers, in a ring of their own, with or without a failed edit.
async fn reports(
    storage: &dyn Storage,
    numbers: impl Iterator<Item = u32>,
    ring: &str,
    failed: bool,
    when: &str,
) {
    let reports = numbers.map(async |number| {
        let machine = format!("CONTOSO-{number}");
        let mut value = sample::clean(&machine, "kim", when);
        value["ring"] = json!(ring);
        value["sequence"] = json!(at(when).as_second());
        if failed {
            value["state"] = json!("failed");
            value["errors"] = json!(1);
            value["outcomes"] = json!([{ "edit": "e1", "finding": "f1", "state": "failed", "reason": "The disk is full." }]);
        }
        let report: Report = serde_json::from_value(value.clone()).unwrap();
        let device = NewDevice::of(&rekey_report::EnrollDevice {
            machine: report.machine.clone(),
            person: report.person.clone(),
            ring: report.ring.clone(),
        });
        let enrolment = NewEnrolment {
            device,
            secret: Digest::of("enroll"),
            address: String::new(),
            token: Digest::of(&format!("{machine} {when}")),
            at: at(when),
        };
        let device = storage.enroll(enrolment).await.unwrap();
        let device = device.device().unwrap();
        let body = Body::plain(serde_json::to_vec(&value).unwrap());
        NewReport::of(&report, device, at(when), body)
    });
    // All at once, so that the database takes them in a few commits.
    let reports = futures_util::future::join_all(reports).await;
    for taken in storage.take_reports(reports).await.unwrap() {
        taken.unwrap();
    }
}

async fn story(storage: &dyn Storage) {
    let (nine, ten) = ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let secret = NewEnrollSecret {
        secret: Digest::of("enroll"),
        name: "enroll".into(),
        terms: Terms::default(),
        by: Actor::local(Who::CommandLine),
        at: at(nine),
    };
    storage.put_enroll_secret(secret).await.unwrap();
    reports(storage, 0..400, "broad", false, nine).await;
    reports(storage, 0..19, "broad", true, ten).await;
    assert_eq!(brake::watch(storage, at(ten)).await.unwrap(), [], "19");
    // However often the same workstations fail, they are the same.
    reports(storage, 0..19, "broad", true, "2026-11-23T10:05:00Z").await;
    let now = at("2026-11-23T10:06:00Z");
    assert_eq!(brake::watch(storage, now).await.unwrap(), []);

    reports(storage, 19..20, "broad", true, "2026-11-23T10:07:00Z").await;
    let now = at("2026-11-23T10:08:00Z");
    let pulled = Pulled {
        scope: CleaningScope::All,
        failures: EditFailures {
            failed: 20,
            reported: 400,
        },
    };
    assert_eq!(brake::watch(storage, now).await.unwrap(), [pulled]);
    assert_eq!(brake::watch(storage, now).await.unwrap(), [], "told once");
    assert_eq!(storage.cleaning_for(None).await.unwrap(), Cleaning::Paused);
    let states = storage.cleaning().await.unwrap();
    assert_eq!(states.settings[0].by, "the brake");
    assert_eq!(
        states.settings[0].reason,
        "Edits failed on 20 of 400 workstations that reported."
    );

    // An admin looked and lets it go on: what failed before does not pull it again.
    let change = CleaningChange {
        scope: CleaningScope::All,
        state: Cleaning::Allowed,
        actor: Actor::local(Who::User("sam".into())),
        reason: "A full file server, mended.".into(),
        at: at("2026-11-23T11:00:00Z"),
    };
    assert!(storage.set_cleaning(&change).await.unwrap());
    let now = at("2026-11-23T11:01:00Z");
    assert_eq!(brake::watch(storage, now).await.unwrap(), []);

    // Twenty of a ring are too few of all, and all of that ring.
    let noon = "2026-11-23T12:00:00Z";
    reports(storage, 20..400, "broad", false, noon).await;
    reports(storage, 1000..1100, "broad", false, noon).await;
    reports(storage, 2000..2020, "pilot", true, noon).await;
    let now = at("2026-11-23T12:01:00Z");
    let pulled = brake::watch(storage, now).await.unwrap();
    assert_eq!(
        pulled
            .iter()
            .map(|pulled| &pulled.scope)
            .collect::<Vec<_>>(),
        [&CleaningScope::Ring("pilot".into())]
    );
    assert_eq!(
        storage.cleaning_for(Some("pilot")).await.unwrap(),
        Cleaning::Paused
    );
    assert_eq!(
        storage.cleaning_for(Some("broad")).await.unwrap(),
        Cleaning::Allowed
    );
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn an_admin_pauses_and_lets_go_on_from_the_page() {
    let collector = Collector::start().await;
    let cookie = collector.sign_in().await;
    let page = collector.page(&cookie, "/settings/cleaning").await;
    assert!(page.contains("Running"), "{page}");
    let form = form_token(&page).to_owned();
    let post = |form: String, state: &'static str| {
        collector
            .post("/settings/cleaning")
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!(
                "form={form}&ring=Pilot&state={state}&reason=A+look"
            ))
            .send()
    };
    let foreign = post("x".into(), "paused").await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(post(form.clone(), "paused").await.unwrap().status(), 303);
    let page = collector.page(&cookie, "/settings/cleaning").await;
    snapshot("cleaning", &page);
    assert_eq!(post(form.clone(), "allowed").await.unwrap().status(), 303);
    assert_eq!(post(form, "sideways").await.unwrap().status(), 404);
    let page = collector.page(&cookie, "/settings/cleaning").await;
    assert!(!page.contains("Paused"), "{page}");
}
