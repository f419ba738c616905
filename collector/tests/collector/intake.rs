//! Reports: once, in order, whole, durable; and everything that is refused.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Response;
use serde_json::{Value, json};

use crate::sample;
use crate::support::Collector;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn send(
    collector: &Collector,
    token: &str,
    body: Vec<u8>,
    encoding: Option<&str>,
) -> Response {
    let mut request = collector
        .post("/api/v1/reports")
        .bearer_auth(token)
        .body(body);
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    request.send().await.unwrap()
}

async fn refused(answer: Response, status: u16, error: &str) {
    assert_eq!(answer.status(), status);
    let rejection: Value = answer.json().await.unwrap();
    assert_eq!(rejection["error"], error);
    assert!(rejection["message"].as_str().unwrap().ends_with('.'));
}

#[tokio::test]
async fn sending_twice_counts_once() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    assert!(!collector.report(&token, &report).await);
    assert!(collector.report(&token, &report).await);
    let device = collector.admin(&format!("/api/v1/devices/{id}")).await;
    assert_eq!(device["history"].as_array().unwrap().len(), 1);
    assert_eq!(device["report"], report, "the report is kept as it came");
}

#[tokio::test]
async fn a_late_report_is_kept_and_changes_nothing() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-1", "sam").await;
    collector
        .report(
            &token,
            &sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z"),
        )
        .await;
    collector
        .report(
            &token,
            &sample::full("CONTOSO-1", "sam", "2026-11-22T11:00:00Z"),
        )
        .await;
    let device = collector.admin(&format!("/api/v1/devices/{id}")).await;
    assert_eq!(
        (&device["state"], &device["findings"]["stale"]),
        (&json!("compliant"), &json!(0))
    );
    assert_eq!(device["history"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_clock_that_is_ahead_does_not_hold_its_state_for_ever() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-1", "sam").await;
    collector
        .report(
            &token,
            &sample::full("CONTOSO-1", "sam", "2031-01-01T00:00:00Z"),
        )
        .await;
    collector.turn_clock("2026-11-23T13:00:00Z").await;
    collector
        .report(
            &token,
            &sample::clean("CONTOSO-1", "sam", "2026-11-23T12:59:00Z"),
        )
        .await;
    let device = collector.admin(&format!("/api/v1/devices/{id}")).await;
    assert_eq!(device["state"], "compliant");
}

#[tokio::test]
async fn many_at_once_are_each_kept() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-1", "sam").await;
    let (collector, token) = (&collector, &token);
    let sends = (0..60).map(|_| async move {
        let report = sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
        assert!(!collector.report(token, &report).await);
    });
    futures_util::future::join_all(sends).await;
    let device = collector.admin(&format!("/api/v1/devices/{id}")).await;
    assert_eq!(device["history"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn gzip_is_taken_and_a_bomb_is_not() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    let folded = gzip(&serde_json::to_vec(&report).unwrap());
    let answer = send(&collector, &token, folded.clone(), Some("gzip")).await;
    assert_eq!(answer.status(), 202);

    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 128 * 1024);
    refused(
        send(&collector, &token, bomb, Some("gzip")).await,
        413,
        "too-large",
    )
    .await;
    let long = vec![b' '; rekey_report::REPORT_LIMIT + 1];
    refused(send(&collector, &token, long, None).await, 413, "too-large").await;
    let half = folded[..folded.len() / 2].to_vec();
    refused(
        send(&collector, &token, half, Some("gzip")).await,
        400,
        "bad-gzip",
    )
    .await;
    refused(
        send(&collector, &token, folded, Some("br")).await,
        415,
        "unknown-encoding",
    )
    .await;
}

#[tokio::test]
async fn what_is_no_report_is_named() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    let with = |change: fn(&mut Value)| {
        let mut report = report.clone();
        change(&mut report);
        serde_json::to_vec(&report).unwrap()
    };
    let newer = with(|report| *report = json!({ "schema": "rekey.report/2" }));
    for (body, error) in [
        (b"not json".to_vec(), "bad-json"),
        (b"{\"schema\":".to_vec(), "bad-json"),
        (vec![b'['; 100_000], "bad-json"),
        (with(|report| report["state"] = json!("fine")), "bad-json"),
        (
            with(|report| report["schema"] = json!("rekey.report/2")),
            "unknown-schema",
        ),
        (newer, "unknown-schema"),
    ] {
        refused(send(&collector, &token, body, None).await, 400, error).await;
    }
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(
        numbers["newest_report_at"],
        Value::Null,
        "nothing of it was kept"
    );
}

#[tokio::test]
async fn an_unknown_token_is_told_to_enrol_again() {
    let collector = Collector::start().await;
    let (_, old) = collector.enroll("CONTOSO-1", "sam").await;
    let (_, new) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    refused(collector.send(&old, &report).await, 401, "unknown-device").await;
    refused(
        collector.send(&collector.first.api_token, &report).await,
        401,
        "unknown-device",
    )
    .await;
    let bare = collector
        .post("/api/v1/reports")
        .json(&report)
        .send()
        .await
        .unwrap();
    refused(bare, 401, "unknown-device").await;
    assert!(!collector.report(&new, &report).await);
}
