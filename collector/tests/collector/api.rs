//! Enrolment, the agent's question and the admin's API.

use serde_json::{Value, json};

use crate::sample;
use crate::support::Collector;

#[tokio::test]
async fn enrolment_needs_the_secret_and_knows_who_comes_back() {
    let collector = Collector::start().await;
    let (first, _) = collector.enroll("CONTOSO-1", "sam").await;
    let (again, _) = collector.enroll("CONTOSO-1", "sam").await;
    let (other, _) = collector.enroll("CONTOSO-1", "kim").await;
    assert_eq!(first, again);
    assert_ne!(first, other);
    let body = sample::enrolment("wrong", "CONTOSO-1", "sam");
    let answer = collector
        .post("/api/v1/enroll")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["error"],
        "unknown-secret"
    );
}

#[tokio::test]
async fn a_wrong_body_is_told_without_repeating_it() {
    let collector = Collector::start().await;
    let body = json!({ "secret": { "sensitive-part": 1 }, "device": 1 });
    let answer = collector
        .post("/api/v1/enroll")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("bad-json") && !text.contains("sensitive-part"),
        "{text}"
    );
}

#[tokio::test]
async fn secrets_are_nowhere_on_the_disk() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-1", "sam").await;
    collector
        .report(
            &token,
            &sample::full("CONTOSO-1", "sam", "2026-11-23T11:00:00Z"),
        )
        .await;
    let session = collector.sign_in().await;
    let session = session.split_once('=').unwrap().1;
    let bytes = collector.bytes_on_disk();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("CONTOSO-1"), "the search finds what is there");
    let first = &collector.first;
    for secret in [
        &token,
        session,
        &first.password,
        &first.secret,
        &first.api_token,
    ] {
        assert!(!holds(secret));
        let random = secret.rsplit('-').next().unwrap();
        assert!(!holds(random));
    }
}

#[tokio::test]
async fn the_admin_api_is_closed_to_strangers() {
    let collector = Collector::start().await;
    let (_, device) = collector.enroll("CONTOSO-1", "sam").await;
    for path in [
        "compliance",
        "devices",
        "devices/1",
        "export.csv",
        "cleaning",
    ] {
        let path = format!("/api/v1/{path}");
        let bare = collector.get(&path).send().await.unwrap();
        let wrong = collector
            .get(&path)
            .bearer_auth(&device)
            .send()
            .await
            .unwrap();
        for answer in [bare, wrong] {
            assert_eq!(answer.status(), 401);
            assert_eq!(
                answer.json::<Value>().await.unwrap()["error"],
                "unknown-admin"
            );
        }
    }
    let session = collector.sign_in().await;
    collector.page(&session, "/api/v1/compliance").await;
}

#[tokio::test]
async fn compliance_counts_as_documented() {
    let collector = Collector::start().await;
    let empty = collector.admin("/api/v1/compliance").await;
    let none =
        json!({ "compliant": 0, "action-needed": 0, "failed": 0, "waiting": 0, "silent": 0 });
    assert_eq!(
        (&empty["devices"], &empty["organizations"]),
        (&none, &json!([]))
    );
    assert_eq!(empty["as_of"], "2026-11-23T12:00:00Z");
    assert_eq!(empty["people"], json!({ "never-reported": 0 }));

    let (_, one) = collector.enroll("CONTOSO-1", "sam").await;
    let (_, two) = collector.enroll("CONTOSO-2", "kim").await;
    collector
        .report(
            &one,
            &sample::clean("CONTOSO-1", "sam", "2026-11-23T11:00:00Z"),
        )
        .await;
    collector
        .report(
            &two,
            &sample::full("CONTOSO-2", "kim", "2026-11-23T11:00:00Z"),
        )
        .await;
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(
        (
            &numbers["devices"]["compliant"],
            &numbers["devices"]["action-needed"]
        ),
        (&json!(1), &json!(1))
    );
    let contoso = &numbers["organizations"][0];
    assert_eq!(
        (&contoso["name"], &contoso["findings"]),
        (&json!("contoso"), &json!({ "stale": 1, "unsure": 0 }))
    );

    collector.turn_clock("2026-11-30T12:00:00Z").await;
    collector
        .report(
            &one,
            &sample::clean("CONTOSO-1", "sam", "2026-11-30T11:00:00Z"),
        )
        .await;
    collector.turn_clock("2026-11-30T12:00:01Z").await;
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(
        (
            &numbers["devices"]["compliant"],
            &numbers["devices"]["silent"]
        ),
        (&json!(1), &json!(1))
    );
    assert_eq!(numbers["devices"]["failed"], 0, "silence is no failure");
}

#[tokio::test]
async fn devices_are_listed_by_what_is_asked() {
    let collector = Collector::start().await;
    for name in ["CONTOSO-3", "CONTOSO-1", "CONTOSO-2"] {
        let (_, token) = collector.enroll(name, "sam").await;
        collector
            .report(&token, &sample::clean(name, "sam", "2026-11-23T11:00:00Z"))
            .await;
    }
    let first = collector.admin("/api/v1/devices?limit=2").await;
    assert_eq!(first["devices"][0]["machine"]["name"], "CONTOSO-1");
    let next = first["next"].as_str().unwrap();
    let second = collector
        .admin(&format!("/api/v1/devices?limit=2&after={next}"))
        .await;
    assert_eq!(
        (second["devices"].as_array().unwrap().len(), &second["next"]),
        (1, &Value::Null)
    );
    let found = collector
        .admin("/api/v1/devices?q=contoso-2&state=compliant&organization=CONTOSO")
        .await;
    assert_eq!(found["devices"].as_array().unwrap().len(), 1);
    for wrong in ["state=fine", "limit=many"] {
        let request = collector.get(&format!("/api/v1/devices?{wrong}"));
        let answer = request
            .bearer_auth(&collector.first.api_token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test]
async fn the_export_is_one_line_a_device_and_no_formula() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("=HYPERLINK(\"x\")", "sam").await;
    let mut report = sample::full("=HYPERLINK(\"x\")", "sam", "2026-11-23T11:00:00Z");
    report["person"]["name"] = json!("@SUM(A1)");
    collector.report(&token, &report).await;
    let request = collector
        .get("/api/v1/export.csv")
        .bearer_auth(&collector.first.api_token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let text = answer.text().await.unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("state,machine,person,organizations,stale,unsure,"));
    let expected =
        "action-needed,\"'=HYPERLINK(\"\"x\"\")\",'@SUM(A1),contoso; northwind,1,1,1,1,0,";
    assert!(lines[1].starts_with(expected), "{}", lines[1]);
}

#[tokio::test]
async fn cleaning_can_be_paused_for_all_or_a_ring() {
    let collector = Collector::start().await;
    let mut body = sample::enrolment(&collector.first.secret, "CONTOSO-1", "sam");
    body["device"]["ring"] = json!("pilot");
    let enrolled: Value = collector
        .post("/api/v1/enroll")
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = enrolled["token"].as_str().unwrap();
    let ask = async || -> Value {
        collector
            .get("/api/v1/agent")
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    let put = async |setting: Value| {
        let request = collector
            .client
            .put(format!("{}/api/v1/cleaning", collector.url));
        request
            .bearer_auth(&collector.first.api_token)
            .json(&setting)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(ask().await, json!({ "cleaning": "allowed" }));
    assert_eq!(
        put(json!({ "scope": "ring", "ring": "pilot", "state": "paused" })).await,
        200
    );
    assert_eq!(ask().await, json!({ "cleaning": "paused" }));
    assert_eq!(
        put(json!({ "scope": "ring", "ring": "pilot", "state": "allowed" })).await,
        200
    );
    assert_eq!(ask().await, json!({ "cleaning": "allowed" }));
    assert_eq!(put(json!({ "scope": "all", "state": "paused" })).await, 200);
    assert_eq!(ask().await, json!({ "cleaning": "paused" }));
    assert_eq!(
        put(json!({ "scope": "ring", "state": "paused" })).await,
        400
    );
    assert_eq!(
        put(json!({ "scope": "all", "ring": "pilot", "state": "paused" })).await,
        400
    );
}

#[tokio::test]
async fn load_balancers_get_their_answers() {
    let collector = Collector::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(collector.get(path).send().await.unwrap().status(), 200);
    }
    let nothing = collector.get("/api/v1/nothing").send().await.unwrap();
    assert_eq!(nothing.status(), 404);
    assert_eq!(nothing.json::<Value>().await.unwrap()["error"], "not-found");
}
