//! What goes out: webhooks, log records, findings for a SIEM, metrics, the API's description.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use rekey_collector::webhooks::{Options, Otlp, signature};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::sample;
use crate::support::Collector;

async fn put(collector: &Collector, name: &str, hook: Value) -> (u16, Value) {
    let answer = collector
        .client
        .put(format!("{}/api/v1/webhooks/{name}", collector.url))
        .bearer_auth(&collector.first.api_token)
        .json(&hook)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn hook(receiver: &Receiver, shape: &str) -> Value {
    let url = format!("{}/in/secret-path", receiver.url);
    json!({ "url": url, "shape": shape, "events": ["first-report", "cleaning-paused"] })
}

#[tokio::test]
async fn a_change_is_told_signed_and_once() {
    let collector = Collector::start().await;
    let mut receiver = Receiver::start().await;
    let (status, made) = put(&collector, "siem", hook(&receiver, "json")).await;
    assert_eq!(status, 200);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    collector.report(&token, &report).await;
    let message = receiver.next().await;
    assert_eq!(message.path, "/in/secret-path");
    let body = message.json();
    assert_eq!(body["events"][0]["event"], "first-report");
    assert_eq!(body["events"][0]["machine"], "CONTOSO-1");
    assert_eq!(body["id"], message.header("idempotency-key"));
    let now = crate::support::NOON.parse().unwrap();
    assert_eq!(
        message.header("x-rekey-signature"),
        signature(&secret, now, &message.body)
    );

    let (_, changed) = put(
        &collector,
        "siem",
        json!({ "shape": "json", "events": ["first-report"] }),
    )
    .await;
    assert_eq!(changed["secret"], Value::Null, "it is not shown again");
    let list = collector.admin("/api/v1/webhooks").await;
    assert_eq!(list["webhooks"][0]["target"], format!("{}/…", receiver.url));
    assert!(!list.to_string().contains("secret-path") && !list.to_string().contains(&secret));
    assert!(receiver.nothing_more());
}

/// The example of the documentation, on a message as it is sent.
#[test]
fn the_verification_in_the_documentation_works() {
    let page = include_str!("../../../docs/collector-api.md");
    let (_, rest) = page.split_once("```python\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let now: jiff::Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let signed = signature("key", now, "{\"a\":\"ä\"}");
    let check = format!(
        "{example}\nimport sys\nheader = sys.argv[1]\nbody = '{{\"a\":\"ä\"}}'.encode()\n\
         assert is_genuine('key', header, body, now=1795435200 + 299)\n\
         assert not is_genuine('key', header, body, now=1795435200 + 301)\n\
         assert not is_genuine('other', header, body, now=1795435200)\n\
         assert not is_genuine('key', header, body + b' ', now=1795435200)\n"
    );
    let python = std::process::Command::new("python3")
        .args(["-c", &check, &signed])
        .output();
    let Ok(python) = python else {
        eprintln!("not tried: there is no python3");
        return;
    };
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
}

#[tokio::test]
async fn what_is_refused_comes_again_with_the_same_id() {
    let collector = Collector::start().await;
    let mut receiver = Receiver::start().await;
    put(&collector, "siem", hook(&receiver, "json")).await;
    receiver.answer(503);
    test(&collector, "siem").await;
    let first = receiver.next().await;
    collector.turn_clock("2026-11-23T12:00:10Z").await;
    let second = receiver.next().await;
    assert_eq!(first.body, second.body);
    assert_eq!(
        first.header("idempotency-key"),
        second.header("idempotency-key")
    );
    assert_ne!(
        first.header("x-rekey-signature"),
        second.header("x-rekey-signature")
    );
}

async fn test(collector: &Collector, name: &str) {
    let request = collector.post(&format!("/api/v1/webhooks/{name}/test"));
    let answer = request
        .bearer_auth(&collector.first.api_token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
}

#[tokio::test]
async fn chats_get_their_own_forms() {
    let collector = Collector::start().await;
    let mut receiver = Receiver::start().await;
    for (shape, pointer) in [
        ("teams", "/attachments/0/content/body/0/text"),
        ("slack", "/blocks/0/text/text"),
    ] {
        put(&collector, shape, hook(&receiver, shape)).await;
        test(&collector, shape).await;
        let body = receiver.next().await.json();
        assert_eq!(body.pointer(pointer).unwrap(), "rekey – Test: 1", "{body}");
    }
}

#[tokio::test]
async fn a_webhook_that_cannot_be_is_told_why() {
    let collector = Collector::start().await;
    let good = json!({ "url": "https://hooks.contoso.example/", "shape": "json", "events": ["first-report"] });
    let with = |field: &str, value: Value| {
        let mut hook = good.clone();
        hook[field] = value;
        hook
    };
    for (hook, word) in [
        (
            with("url", json!("http://hooks.contoso.example/")),
            "bad-url",
        ),
        (with("url", json!("https://169.254.169.254/")), "bad-url"),
        (with("url", json!("file:///etc/passwd")), "bad-url"),
        (with("url", Value::Null), "bad-url"),
        (with("events", json!([])), "bad-webhook"),
        (with("events", json!(["test"])), "bad-webhook"),
        (with("shape", json!("otlp")), "bad-webhook"),
        (with("every_seconds", json!(1)), "bad-webhook"),
        (with("events", json!(["unknown"])), "bad-json"),
    ] {
        let (status, answer) = put(&collector, "x", hook.clone()).await;
        assert_eq!((status, &answer["error"]), (400, &json!(word)), "{hook}");
    }
    assert_eq!(put(&collector, "Not-A-Name", good.clone()).await.0, 400);
    assert_eq!(put(&collector, "x", good).await.0, 200);
}

#[tokio::test]
async fn the_page_adds_tests_and_removes() {
    let collector = Collector::start().await;
    let mut receiver = Receiver::start().await;
    let cookie = collector.sign_in().await;
    let page = collector.page(&cookie, "/settings/webhooks").await;
    let token = crate::support::form_token(&page).to_owned();
    let post = async |path: &str, body: String| {
        let request = collector.post(path).header("cookie", &cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.unwrap()
    };
    let url = receiver.url.replace(':', "%3A").replace('/', "%2F");
    let form = format!(
        "name=chat&url={url}&shape=slack&events=first-report&events=cleaning-paused&every_seconds="
    );
    let strange = post("/settings/webhooks", format!("form=no&{form}")).await;
    assert_eq!(strange.status(), 403);
    let made = post("/settings/webhooks", format!("form={token}&{form}")).await;
    assert_eq!(made.status(), 200);
    assert!(made.text().await.unwrap().contains("rekey-webhook-"));
    assert!(
        !collector
            .page(&cookie, "/settings/webhooks")
            .await
            .contains("rekey-webhook-")
    );
    let tested = post("/settings/webhooks/chat/test", format!("form={token}")).await;
    assert_eq!(tested.status(), 303);
    receiver.next().await;
    let removed = post("/settings/webhooks/chat/remove", format!("form={token}")).await;
    assert_eq!(removed.status(), 303);
    let bad = post(
        "/settings/webhooks",
        format!("form={token}&name=chat&shape=slack&events=first-report"),
    )
    .await;
    assert_eq!(bad.status(), 400);
    assert!(
        bad.text()
            .await
            .unwrap()
            .contains("A new webhook needs an address.")
    );
}

/// Read with OpenTelemetry's own types.
#[tokio::test]
async fn changes_are_log_records_of_opentelemetry() {
    let mut receiver = Receiver::start().await;
    let otlp = Otlp::parse(&receiver.url, Some("api-key=a=b")).unwrap();
    let collector = Collector::start_with(|options| {
        options.webhooks = Options {
            private: false,
            otlp: Some(otlp),
        };
    })
    .await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    collector.report(&token, &report).await;
    let message = receiver.next().await;
    assert_eq!(
        (message.path.as_str(), message.header("api-key")),
        ("/v1/logs", "a=b")
    );
    let request: ExportLogsServiceRequest = serde_json::from_str(&message.body).unwrap();
    let resource = &request.resource_logs[0];
    let service = &resource.resource.as_ref().unwrap().attributes[0];
    assert_eq!(service.key, "service.name");
    let records = &resource.scope_logs[0].log_records;
    let names: Vec<_> = records
        .iter()
        .map(|record| record.event_name.as_str())
        .collect();
    assert_eq!(names, ["rekey.first-report", "rekey.ssh-keys-to-clear"]);
    let noon: jiff::Timestamp = crate::support::NOON.parse().unwrap();
    assert_eq!(i128::from(records[0].time_unix_nano), noon.as_nanosecond());
    let keys: BTreeSet<_> = records[0]
        .attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .collect();
    assert!(keys.is_superset(&BTreeSet::from([
        "device",
        "machine",
        "person",
        "state",
        "organizations"
    ])));
    assert!(records[0].body.is_some());
}

#[tokio::test]
async fn findings_for_a_siem_are_as_the_schema_has_them() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    collector
        .report(
            &token,
            &sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z"),
        )
        .await;
    collector.enroll("CONTOSO-2", "kim").await;
    let request = collector
        .get("/api/v1/ocsf.jsonl")
        .bearer_auth(&collector.first.api_token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let text = answer.text().await.unwrap();
    let findings: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let judged: Vec<_> = findings
        .iter()
        .map(|finding| finding["compliance"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        judged,
        ["Fail", "Warning", "Warning"],
        "no answer is no failure"
    );
    let schema: Value = serde_json::from_str(include_str!("fixtures/ocsf.json")).unwrap();
    for finding in &findings {
        fits(finding, "compliance_finding", &schema);
        assert_eq!(
            finding["type_uid"],
            200_300 + finding["activity_id"].as_i64().unwrap()
        );
    }
}

/// Every required attribute is there, and none that the schema does not have.
fn fits(value: &Value, object: &str, schema: &Value) {
    let known = &schema["objects"][object];
    let fields = value.as_object().unwrap();
    for required in known["required"].as_array().unwrap() {
        assert!(
            fields.contains_key(required.as_str().unwrap()),
            "{object} lacks {required}"
        );
    }
    for (name, field) in fields {
        let attribute = &known["attributes"][name];
        assert!(attribute.is_string(), "{object} has no {name}");
        let kind = attribute.as_str().unwrap();
        let items = field
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![field.clone()]);
        for item in items {
            if item.is_object() && schema["objects"][kind].is_object() {
                fits(&item, kind, schema);
            }
        }
    }
}

#[tokio::test]
async fn metrics_tell_the_fleet_and_this_collector() {
    let collector = Collector::start().await;
    assert_eq!(
        collector.get("/metrics").send().await.unwrap().status(),
        401
    );
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    let report = sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z");
    collector.report(&token, &report).await;
    collector.report(&token, &report).await;
    collector.send("wrong", &report).await;
    collector.turn_clock("2026-11-23T12:05:00Z").await;
    let request = collector
        .get("/metrics")
        .bearer_auth(&collector.first.api_token);
    let text = request.send().await.unwrap().text().await.unwrap();
    for line in [
        "rekey_devices{state=\"action-needed\"} 1",
        "rekey_people{state=\"action-needed\"} 1",
        "rekey_organization_devices{organization=\"contoso\",state=\"action-needed\"} 1",
        "rekey_findings{verdict=\"stale\"} 1",
        "rekey_reports_total{outcome=\"taken\",reason=\"\"} 1",
        "rekey_reports_total{outcome=\"duplicate\",reason=\"\"} 1",
        "rekey_reports_total{outcome=\"rejected\",reason=\"unknown-device\"} 1",
        "rekey_report_batch_size_count 2",
        "rekey_newest_report_age_seconds 300",
        "rekey_database_up 1",
        "rekey_cleaning_paused 0",
        "rekey_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/reports\",status=\"202\"} 2",
    ] {
        assert!(
            text.lines().any(|known| known == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn metrics_can_be_public() {
    let collector = Collector::start_with(|options| options.metrics_public = true).await;
    assert_eq!(
        collector.get("/metrics").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn the_description_of_the_api_is_served_to_anybody() {
    let collector = Collector::start().await;
    let answer = collector.get("/openapi.json").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let document: Value = answer.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/reports"]["post"].is_object());
}
