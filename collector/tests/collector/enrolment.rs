//! Enrolment secrets with their terms, refusals with their reasons, clones, and limits that fit an office behind NAT.

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::sample;
use crate::support::{Collector, form_token};

async fn make(collector: &Collector, terms: Value) -> String {
    let answer = put(collector, terms).await;
    assert_eq!(answer.status(), 201);
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["state"], "active");
    made["secret"].as_str().unwrap().to_owned()
}

async fn put(collector: &Collector, terms: Value) -> Response {
    let url = format!("{}/api/v1/enroll-secrets", collector.url);
    let request = collector.client.put(url);
    let request = request.bearer_auth(&collector.first.api_token);
    request.json(&terms).send().await.unwrap()
}

async fn try_enroll(collector: &Collector, body: &Value) -> Response {
    let request = collector.post("/api/v1/enroll").json(body);
    request.send().await.unwrap()
}

async fn refused(collector: &Collector, body: &Value, status: u16, reason: &str) {
    let answer = try_enroll(collector, body).await;
    assert_eq!(answer.status(), status, "{reason}");
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["error"], reason);
    assert!(said["message"].as_str().unwrap().ends_with('.'));
}

#[tokio::test]
async fn a_one_time_secret_enrols_one_workstation_and_that_one_again() {
    let collector = Collector::start().await;
    let secret = make(&collector, json!({ "name": "pilot", "max_uses": 1 })).await;
    let machines = ["CONTOSO-1", "CONTOSO-2", "CONTOSO-3", "CONTOSO-4"];
    let bodies = machines.map(|machine| sample::enrolment(&secret, machine, "sam"));
    let tries = bodies.iter().map(|body| try_enroll(&collector, body));
    let answers = join_all(tries).await;
    let enrolled: Vec<_> = answers
        .iter()
        .zip(&bodies)
        .filter(|(answer, _)| answer.status() == 200)
        .map(|(_, body)| body)
        .collect();
    let [winner] = enrolled[..] else {
        panic!("{} enrolled", enrolled.len());
    };
    let again = try_enroll(&collector, winner).await;
    assert_eq!(again.status(), 200, "its token got lost");
    let other = sample::enrolment(&secret, "CONTOSO-5", "sam");
    refused(&collector, &other, 410, "secret-used-up").await;

    let listed = collector.admin("/api/v1/enroll-secrets").await;
    let pilot = &listed["secrets"][0];
    assert_eq!(
        (&pilot["name"], &pilot["state"], &pilot["uses"]),
        (&json!("pilot"), &json!("used-up"), &json!(1))
    );
    assert!(!listed.to_string().contains(&secret));
    let reasons = &listed["refused"]["reasons"];
    assert_eq!(
        *reasons,
        json!([{ "reason": "secret-used-up", "count": 4 }])
    );
    let newest = &listed["refused"]["newest"][0];
    assert_eq!(
        (
            &newest["machine_name"],
            &newest["secret"],
            &newest["address"]
        ),
        (&json!("CONTOSO-5"), &json!("pilot"), &json!("127.0.0.1"))
    );
}

#[tokio::test]
async fn every_refusal_has_its_name() {
    let collector = Collector::start().await;
    let enrolment = |secret: &str| sample::enrolment(secret, "CONTOSO-LT-07", "sam");
    refused(&collector, &enrolment("wrong"), 401, "unknown-secret").await;

    let bound = json!({ "name": "bound", "for": { "machine_name": "contoso-lt-07" } });
    let bound = make(&collector, bound).await;
    assert_eq!(
        try_enroll(&collector, &enrolment(&bound)).await.status(),
        200
    );
    let other = sample::enrolment(&bound, "CONTOSO-LT-08", "sam");
    refused(&collector, &other, 409, "secret-not-for-this-device").await;

    let short = json!({ "name": "short", "expires_at": "2026-11-23T13:00:00Z" });
    let short = make(&collector, short).await;
    assert_eq!(
        try_enroll(&collector, &enrolment(&short)).await.status(),
        200
    );
    collector.turn_clock("2026-11-23T13:00:00Z").await;
    refused(&collector, &enrolment(&short), 410, "secret-expired").await;

    let url = format!("{}/api/v1/enroll-secrets/Bound", collector.url);
    let revoke = async || {
        let request = collector.client.delete(&url);
        let request = request.bearer_auth(&collector.first.api_token);
        request.send().await.unwrap().status()
    };
    assert_eq!(revoke().await, 204);
    assert_eq!(revoke().await, 404);
    refused(&collector, &enrolment(&bound), 410, "secret-revoked").await;

    let mut nobody = enrolment(&collector.first.secret);
    nobody["device"]["person"]["id"] = json!("");
    refused(&collector, &nobody, 400, "bad-device").await;
    let mut placeholder = enrolment(&collector.first.secret);
    placeholder["device"]["machine"]["id"] = json!("00000000-0000-0000-0000-000000000000");
    refused(&collector, &placeholder, 400, "placeholder-machine-id").await;
}

#[tokio::test]
async fn the_terms_of_a_secret_change_and_the_secret_stays() {
    let collector = Collector::start().await;
    let secret = make(&collector, json!({ "name": "Pilot", "max_uses": 1 })).await;
    let changed = put(&collector, json!({ "name": "pilot", "max_uses": 2 })).await;
    assert_eq!(changed.status(), 200);
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(
        (&changed["name"], &changed["max_uses"], &changed["secret"]),
        (&json!("Pilot"), &json!(2), &Value::Null)
    );
    for machine in ["CONTOSO-1", "CONTOSO-2"] {
        let body = sample::enrolment(&secret, machine, "sam");
        assert_eq!(try_enroll(&collector, &body).await.status(), 200);
    }
    for wrong in [
        json!({ "name": " " }),
        json!({ "name": "x", "max_uses": 0 }),
        json!({ "name": "x", "secret": "mine" }),
    ] {
        assert_eq!(put(&collector, wrong).await.status(), 400);
    }
}

#[tokio::test]
async fn an_office_that_keeps_trying_is_told_to_wait_and_others_are_not() {
    let collector = Collector::start().await;
    let body = sample::enrolment("wrong", "CONTOSO-1", "sam");
    for _ in 0..60 {
        assert_eq!(try_enroll(&collector, &body).await.status(), 401);
    }
    let answer = try_enroll(&collector, &body).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "30");
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["error"], "too-many-enrolments");
    collector.enroll("CONTOSO-2", "kim").await;
    collector.turn_clock("2026-11-23T12:00:30Z").await;
    refused(&collector, &body, 401, "unknown-secret").await;
}

#[tokio::test]
async fn one_workstation_that_asks_without_end_is_told_to_wait() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let (_, other) = collector.enroll("CONTOSO-2", "kim").await;
    let ask = async |token: &str| {
        let request = collector.get("/api/v1/agent").bearer_auth(token);
        request.send().await.unwrap()
    };
    for _ in 0..600 {
        assert_eq!(ask(&token).await.status(), 200);
    }
    let report = sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    let answer = collector.send(&token, &report).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "1");
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["error"], "too-many-requests");
    assert_eq!(ask(&other).await.status(), 200);
    collector.turn_clock("2026-11-23T12:00:01Z").await;
    assert!(!collector.report(&token, &report).await);
}

#[tokio::test]
async fn two_machines_that_report_as_one_are_seen_and_looked_at() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    let numbered = |sequence: u64| {
        let mut report = sample::clean("CONTOSO-LT-07", "sam", "2026-11-23T11:00:00Z");
        report["sequence"] = json!(sequence);
        report
    };
    let first = numbered(1);
    collector.report(&token, &first).await;
    assert!(collector.report(&token, &first).await, "sent twice");
    let path = format!("/api/v1/devices/{id}");
    assert_eq!(collector.admin(&path).await["cloned_at"], Value::Null);
    collector.report(&token, &numbered(1)).await;
    let device = collector.admin(&path).await;
    assert_eq!(device["cloned_at"], "2026-11-23T12:00:00Z");

    let session = collector.sign_in().await;
    let page_path = format!("/devices/{id}");
    let page = collector.page(&session, &page_path).await;
    assert!(page.contains("Two machines seem to report as this one"));
    let looked = async |form: &str| {
        let request = collector.post(&format!("/devices/{id}/cloned"));
        let request = request.header("cookie", &session);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(format!("form={form}")).send().await.unwrap();
        answer.status()
    };
    assert_eq!(looked("forged").await, 403);
    assert_eq!(looked(form_token(&page)).await, 303);
    let page = collector.page(&session, &page_path).await;
    assert!(!page.contains("Two machines"));
    let log = collector.admin("/api/v1/audit-log").await;
    assert_eq!(log["entries"][0]["action"], "clone-settled");
    assert_eq!(log["entries"][0]["subject"], "CONTOSO-LT-07");
    collector.report(&token, &numbered(2)).await;
    assert_eq!(collector.admin(&path).await["cloned_at"], Value::Null);
    collector.report(&token, &numbered(2)).await;
    assert_ne!(
        collector.admin(&path).await["cloned_at"],
        Value::Null,
        "seen again"
    );
}

#[tokio::test]
async fn a_secret_is_made_shown_once_and_revoked_on_the_page() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    let send = async |path: &str, body: String| {
        let request = collector.post(path).header("cookie", &session);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.unwrap()
    };
    let page = collector.page(&session, "/settings/enrolment").await;
    let form = form_token(&page).to_owned();
    let wanted = "name=Pilot&days=30&max_uses=1&machine_name=CONTOSO-LT-07";
    let made = send("/settings/enrolment", format!("form={form}&{wanted}")).await;
    assert_eq!(made.status(), 200);
    let made = made.text().await.unwrap();
    let (_, secret) = made.split_once("<pre><code>").unwrap();
    let secret = secret.split('<').next().unwrap().to_owned();
    assert!(made.contains("It enrols 1 workstation named CONTOSO-LT-07, until 23 Dec 2026"));
    let body = sample::enrolment(&secret, "CONTOSO-LT-07", "sam");
    assert_eq!(try_enroll(&collector, &body).await.status(), 200);
    refused(
        &collector,
        &sample::enrolment("wrong", "CONTOSO-LT-08", "kim"),
        401,
        "unknown-secret",
    )
    .await;
    let page = collector.page(&session, "/settings/enrolment").await;
    assert!(!page.contains(&secret));
    crate::pages::snapshot("enrolment", &page);
    crate::pages::snapshot("enrolment_made", &made);

    let twice = send("/settings/enrolment", format!("form={form}&{wanted}")).await;
    assert_eq!(twice.status(), 409);
    let forged = send("/settings/enrolment/revoke", "form=x&name=Pilot".into()).await;
    assert_eq!(forged.status(), 403);
    let revoked = send(
        "/settings/enrolment/revoke",
        format!("form={form}&name=Pilot"),
    )
    .await;
    assert_eq!(revoked.status(), 303);
    refused(&collector, &body, 410, "secret-revoked").await;
    let log = collector.admin("/api/v1/audit-log").await;
    let deeds: Vec<_> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), &entry["subject"]))
        .collect();
    let pilot = json!("Pilot");
    assert!(deeds.contains(&("enroll-secret-made", &pilot)), "{deeds:?}");
    assert_eq!(deeds[0], ("enroll-secret-revoked", &pilot));
    assert!(!log.to_string().contains(&secret));
}
