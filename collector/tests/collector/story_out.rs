//! Webhooks in the database: who wants what, messages made once, taken by one collector at a time.

use jiff::{SignedDuration, Timestamp};
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    self, Action, Actor, Body, Claimed, CleaningChange, CleaningScope, DeliveryState, Event,
    Happened, NewDevice, NewEnrolment, NewEntry, NewReport, SecretKept, Sent, Shape, Sqlite,
    Storage, Terms, Webhook, Who,
};
use rekey_report::{Cleaning, Report};
use serde_json::{Value, json};

use crate::postgres::Postgres;
use crate::sample;
use crate::story_fleet::put;

#[tokio::test]
async fn webhooks_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Sqlite::open(&folder.path().join("story.db")).await.unwrap();
    story(&storage, &storage).await;
}

/// Two collectors on one database.
#[tokio::test]
async fn webhooks_on_postgresql() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let open = || storage::Postgres::open(storage::postgres_location(&server.url()).unwrap());
    story(&open().await.unwrap(), &open().await.unwrap()).await;
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn webhook(name: &str, events: &[Event]) -> Webhook {
    Webhook {
        name: name.into(),
        url: "https://hooks.contoso.example/".into(),
        shape: Shape::Json,
        events: events.to_vec(),
        secret: "key".into(),
        every_seconds: 60,
        created_at: at("2026-11-23T08:00:00Z"),
    }
}

async fn claim(storage: &dyn Storage, now: Timestamp) -> Vec<Claimed> {
    let until = now + SignedDuration::from_mins(1);
    storage.claim(now, until, false).await.unwrap()
}

async fn sent(storage: &dyn Storage, claimed: &Claimed, state: DeliveryState, next_at: Timestamp) {
    let sent = Sent {
        id: claimed.payload.id.clone(),
        state,
        next_at,
        answer: "200 OK".into(),
    };
    storage.sent(&sent, next_at).await.unwrap();
}

async fn enrol(storage: &dyn Storage, machine: &str) -> String {
    let value = sample::enrolment("", machine, "sam")["device"].take();
    let enrolment = NewEnrolment {
        device: NewDevice::of(&serde_json::from_value(value).unwrap()),
        secret: Digest::of("enroll"),
        address: String::new(),
        token: Digest::of(machine),
        at: at("2026-11-23T08:00:00Z"),
    };
    storage.enroll(enrolment).await.unwrap().device().unwrap()
}

async fn report(storage: &dyn Storage, device: &str, received_at: &str, value: Value) {
    let body = Body::plain(serde_json::to_vec(&value).unwrap());
    let report: Report = serde_json::from_value(value).unwrap();
    let report = NewReport::of(&report, device.to_owned(), at(received_at), body);
    storage.take_report(report).await.unwrap();
}

async fn story(one: &dyn Storage, two: &dyn Storage) {
    let kept = put(one, "enroll", Terms::default()).await;
    assert_eq!(kept, SecretKept::Made);
    let device = enrol(one, "CONTOSO-1").await;
    report(
        one,
        &device,
        "2026-11-23T09:00:00Z",
        sample::full("CONTOSO-1", "sam", "2026-11-23T08:50:00Z"),
    )
    .await;
    let now = at("2026-11-23T09:00:00Z");
    one.gather(now).await.unwrap();
    assert!(claim(one, now).await.is_empty(), "nobody wants anything");

    let devices = [
        Event::DeviceStateChanged,
        Event::FirstReport,
        Event::SshKeysToClear,
    ];
    one.put_webhook(&webhook("devices", &devices), None)
        .await
        .unwrap();
    one.put_webhook(
        &webhook("brake", &[Event::CleaningPaused, Event::CleaningResumed]),
        None,
    )
    .await
    .unwrap();
    one.put_webhook(&webhook("done", &[Event::OrganizationComplete]), None)
        .await
        .unwrap();
    let names: Vec<_> = one
        .webhooks()
        .await
        .unwrap()
        .into_iter()
        .map(|hook| (hook.name, hook.events.len()))
        .collect();
    assert_eq!(
        names,
        [
            ("brake".into(), 2),
            ("devices".into(), 3),
            ("done".into(), 1)
        ]
    );

    changes(one, two, &device).await;
    leases(one, two).await;
    brake(one).await;
    audit(one).await;
    complete(one, two, &device).await;
    many(one).await;

    assert!(one.remove_webhook("done", None).await.unwrap());
    assert!(!one.remove_webhook("done", None).await.unwrap());
    assert!(one.deliveries("done", 10).await.unwrap().is_empty());
    assert_eq!(one.recount().await.unwrap(), [""; 0]);
}

/// A device that moves is told with what it was before, by whichever collector comes first, once.
async fn changes(one: &dyn Storage, two: &dyn Storage, device: &str) {
    report(
        one,
        device,
        "2026-11-23T10:00:00Z",
        sample::clean("CONTOSO-1", "sam", "2026-11-23T09:50:00Z"),
    )
    .await;
    let other = enrol(one, "CONTOSO-2").await;
    report(
        one,
        &other,
        "2026-11-23T10:00:01Z",
        sample::full("CONTOSO-2", "sam", "2026-11-23T09:50:00Z"),
    )
    .await;
    let now = at("2026-11-23T10:00:02Z");
    let (first, second) = tokio::join!(one.gather(now), two.gather(now));
    first.unwrap();
    second.unwrap();
    let (first, second) = tokio::join!(claim(one, now), claim(two, now));
    let all = [first, second].concat();
    assert_eq!(all.len(), 1, "one message, and one who sends it");
    let payload = &all[0].payload;
    let told: Vec<_> = payload
        .events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ["device-state-changed", "first-report", "ssh-keys-to-clear"]
    );
    let moved = &payload.events[0];
    assert_eq!(
        (
            &moved["machine"],
            &moved["state_before"],
            &moved["state"],
            &moved["at"]
        ),
        (
            &json!("CONTOSO-1"),
            &json!("action-needed"),
            &json!("compliant"),
            &json!("2026-11-23T10:00:00Z")
        )
    );
    assert_eq!(payload.events[2]["keys"], json!(["SHA256:sample"]));
    sent(one, &all[0], DeliveryState::Delivered, now).await;
    assert!(claim(two, now).await.is_empty());
    let deliveries = two.deliveries("devices", 10).await.unwrap();
    assert_eq!(
        (
            deliveries.len(),
            deliveries[0].state,
            deliveries[0].attempts
        ),
        (1, DeliveryState::Delivered, 1)
    );
}

/// Whoever dies while sending lets go after a minute; what is put off comes when its time is there.
async fn leases(one: &dyn Storage, two: &dyn Storage) {
    let now = at("2026-11-23T11:00:00Z");
    let test = Happened::new(Event::Test, Some(now), json!({}));
    one.send_to("devices", &test, now).await.unwrap();
    let lost = claim(one, now).await;
    assert_eq!((lost.len(), lost[0].attempts), (1, 1));
    assert!(claim(two, now).await.is_empty());
    let later = now + SignedDuration::from_mins(1);
    let again = claim(two, later).await;
    assert_eq!(
        again[0].payload, lost[0].payload,
        "the same message with the same id"
    );
    assert_eq!(again[0].attempts, 2);
    let put_off = later + SignedDuration::from_mins(10);
    sent(two, &again[0], DeliveryState::Pending, put_off).await;
    assert!(claim(one, later).await.is_empty());
    let third = claim(one, put_off).await;
    sent(one, &third[0], DeliveryState::Failed, put_off).await;
    assert!(
        claim(one, put_off + SignedDuration::from_hours(1))
            .await
            .is_empty()
    );
    let newest = &one.deliveries("devices", 1).await.unwrap()[0];
    assert_eq!((newest.state, newest.attempts), (DeliveryState::Failed, 3));
}

async fn brake(storage: &dyn Storage) {
    let now = at("2026-11-23T12:00:00Z");
    let pilot = CleaningScope::Ring("pilot".into());
    for (scope, state) in [
        (&CleaningScope::All, Cleaning::Paused),
        (&CleaningScope::All, Cleaning::Paused),
        (&pilot, Cleaning::Allowed),
        (&CleaningScope::All, Cleaning::Allowed),
    ] {
        let change = CleaningChange {
            scope: scope.clone(),
            state,
            actor: Actor::local(Who::Brake),
            reason: "sample".into(),
            at: now,
        };
        storage.set_cleaning(&change).await.unwrap();
    }
    storage.gather(now).await.unwrap();
    let told = claim(storage, now).await;
    assert_eq!(told[0].webhook.name, "brake");
    let events: Vec<_> = told[0]
        .payload
        .events
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), &event["ring"]))
        .collect();
    assert_eq!(
        events,
        [
            ("cleaning-paused", &Value::Null),
            ("cleaning-resumed", &Value::Null)
        ],
        "only what changed"
    );
    sent(storage, &told[0], DeliveryState::Delivered, now).await;
}

/// What the audit log keeps is told as it is kept, and a change that is not made is not told.
async fn audit(storage: &dyn Storage) {
    let now = at("2026-11-23T12:30:00Z");
    storage
        .put_webhook(&webhook("log", &[Event::AuditEntry]), None)
        .await
        .unwrap();
    let entry = |action| NewEntry::new(now, Actor::local(Who::User("sam".into())), action, "other");
    let made = entry(Action::WebhookMade);
    let other = webhook("other", &[Event::FirstReport]);
    storage.put_webhook(&other, Some(&made)).await.unwrap();
    let removed = entry(Action::WebhookRemoved);
    assert!(
        !storage
            .remove_webhook("nobody", Some(&removed))
            .await
            .unwrap()
    );
    storage.gather(now).await.unwrap();
    let told = claim(storage, now).await;
    assert_eq!(told[0].payload.counts["audit-entry"], 1);
    let entry = &told[0].payload.events[0];
    assert_eq!(
        (&entry["who"], &entry["action"], &entry["subject"]),
        (&json!("sam"), &json!("webhook-made"), &json!("other"))
    );
    sent(storage, &told[0], DeliveryState::Delivered, now).await;
    assert!(storage.remove_webhook("log", None).await.unwrap());
    assert!(storage.remove_webhook("other", None).await.unwrap());
}

async fn complete(one: &dyn Storage, two: &dyn Storage, device: &str) {
    let now = at("2026-11-23T13:00:00Z");
    let silent_before = at("2026-11-16T13:00:00Z");
    one.tick(now, silent_before).await.unwrap();
    one.gather(now).await.unwrap();
    assert!(
        claim(one, now).await.is_empty(),
        "one workstation is not done"
    );
    report(
        one,
        device,
        "2026-11-23T13:01:00Z",
        sample::clean("CONTOSO-1", "sam", "2026-11-23T13:00:00Z"),
    )
    .await;
    let other = enrol(one, "CONTOSO-2").await;
    report(
        one,
        &other,
        "2026-11-23T13:01:00Z",
        sample::clean("CONTOSO-2", "sam", "2026-11-23T13:00:00Z"),
    )
    .await;
    let now = at("2026-11-23T13:02:00Z");
    let (first, second) = tokio::join!(one.tick(now, silent_before), two.tick(now, silent_before));
    first.unwrap();
    second.unwrap();
    one.tick(now, silent_before).await.unwrap();
    two.gather(now).await.unwrap();
    let told = claim(two, now).await;
    let done: Vec<_> = told
        .iter()
        .filter(|one| one.webhook.name == "done")
        .collect();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].payload.counts["organization-complete"], 1, "once");
    assert_eq!(done[0].payload.events[0]["organization"], "contoso");
    for told in &told {
        sent(two, told, DeliveryState::Delivered, now).await;
    }
}

/// Ten thousand changes are one message, and the next comes after the time that the webhook asks for.
async fn many(storage: &dyn Storage) {
    let now = at("2026-11-23T14:00:00Z");
    let change = Happened::new(Event::DeviceStateChanged, None, json!({ "machine": "M" }));
    storage
        .happened(&vec![change.clone(); 10_000])
        .await
        .unwrap();
    storage.gather(now).await.unwrap();
    let told = claim(storage, now).await;
    assert_eq!(told.len(), 1);
    let payload = &told[0].payload;
    assert_eq!(
        (
            payload.counts["device-state-changed"],
            payload.events.len(),
            payload.more
        ),
        (10_000, 100, 9_900)
    );
    assert_eq!(payload.events[0]["at"], "2026-11-23T14:00:00Z");
    sent(storage, &told[0], DeliveryState::Delivered, now).await;
    storage.happened(&[change]).await.unwrap();
    let soon = now + SignedDuration::from_secs(59);
    storage.gather(soon).await.unwrap();
    assert!(claim(storage, soon).await.is_empty());
    let then = now + SignedDuration::from_secs(60);
    storage.gather(then).await.unwrap();
    assert_eq!(claim(storage, then).await.len(), 1);
    // What is over is forgotten after a week; what is pending is not.
    storage
        .gather(then + SignedDuration::from_hours(24 * 8))
        .await
        .unwrap();
    let left: Vec<_> = storage
        .deliveries("devices", 10)
        .await
        .unwrap()
        .into_iter()
        .map(|delivery| delivery.state)
        .collect();
    assert_eq!(left, [DeliveryState::Pending]);
}
