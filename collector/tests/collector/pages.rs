//! What an admin sees.

use serde_json::json;

use crate::sample;
use crate::support::{Collector, form_token};

/// What differs at each run.
fn settle(page: &str) -> String {
    page.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

pub(crate) fn snapshot(name: &str, page: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("[0-9a-f]{64}", "[form]");
    settings.add_filter(
        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[id]",
    );
    settings.add_filter("127\\.0\\.0\\.1:[0-9]+", "[address]");
    settings.bind(|| insta::assert_snapshot!(name, settle(page)));
}

#[tokio::test]
async fn the_empty_overview_says_how_to_begin() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    snapshot("overview_empty", &collector.page(&session, "/").await);
}

#[tokio::test]
async fn overview_and_device() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    let (id, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    collector
        .report(
            &token,
            &sample::full("CONTOSO-LT-07", "sam", "2026-11-23T09:00:00Z"),
        )
        .await;
    let (_, token) = collector.enroll("CONTOSO-LT-08", "kim").await;
    collector
        .report(
            &token,
            &sample::clean("CONTOSO-LT-08", "kim", "2026-11-23T11:00:00Z"),
        )
        .await;
    collector.turn_clock("2026-11-23T12:05:00Z").await;
    snapshot("overview", &collector.page(&session, "/").await);
    snapshot(
        "device",
        &collector.page(&session, &format!("/devices/{id}")).await,
    );
    let listed = collector.page(&session, "/devices?state=compliant").await;
    assert!(listed.contains("CONTOSO-LT-08") && !listed.contains("CONTOSO-LT-07"));
}

#[tokio::test]
async fn silence_is_shown_as_silence() {
    let collector = Collector::start().await;
    let (id, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    collector
        .report(
            &token,
            &sample::clean("CONTOSO-LT-07", "sam", "2026-11-23T09:00:00Z"),
        )
        .await;
    collector.turn_clock("2026-12-03T12:00:00Z").await;
    let session = collector.sign_in().await;
    let page = collector.page(&session, &format!("/devices/{id}")).await;
    assert!(page.contains("The last report came 10 days ago."), "{page}");
    assert!(!page.contains("Failed"));
}

#[tokio::test]
async fn whatever_a_report_says_is_text() {
    let collector = Collector::start().await;
    let script = "<script>alert(1)</script>";
    let (id, token) = collector.enroll(script, "sam").await;
    let mut report = sample::full(script, "sam", "2026-11-23T09:00:00Z");
    for field in ["store", "organization"] {
        report["findings"][0][field] = json!(script);
    }
    report["findings"][0]["location"] = json!({ "path": format!("\"'{script}") });
    report["findings"][0]["evidence"][0]["detail"] = json!(script);
    report["findings"][1]["advice"] = json!(script);
    report["organizations"][0]["name"] = json!(script);
    report["places"][0]["reason"] = json!(script);
    report["outcomes"][1]["reason"] = json!(script);
    report["machine"]["version"] = json!(script);
    report["ring"] = json!(script);
    collector.report(&token, &report).await;
    let session = collector.sign_in().await;
    for path in [
        "/audit".to_owned(),
        "/readiness".to_owned(),
        "/".to_owned(),
        "/devices".to_owned(),
        format!("/devices/{id}"),
        format!("/devices?q={script}"),
    ] {
        let page = collector.page(&session, &path).await;
        assert!(!page.contains("<script"), "{path}");
        assert!(page.contains("alert(1)"), "{path}");
    }
}

#[tokio::test]
async fn pages_are_closed_until_the_right_password() {
    let collector = Collector::start().await;
    for path in ["/", "/devices", "/devices/1"] {
        let answer = collector.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        assert!(
            answer.headers()["location"]
                .to_str()
                .unwrap()
                .starts_with("/login")
        );
    }
    let wrong = collector.try_sign_in("wrong").await;
    assert_eq!(wrong.status(), 401);
    assert!(
        wrong
            .text()
            .await
            .unwrap()
            .contains("The name or the password is wrong.")
    );
    let without_form = collector.post("/login");
    let without_form = without_form
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("user=admin&password={}", collector.first.password));
    assert_eq!(without_form.send().await.unwrap().status(), 403);
    for _ in 0..7 {
        collector.try_sign_in("wrong").await;
    }
    let right = collector.first.password.clone();
    assert_eq!(collector.try_sign_in(&right).await.status(), 429);
    collector.turn_clock("2026-11-23T12:11:00Z").await;
    assert_eq!(collector.try_sign_in(&right).await.status(), 303);
}

#[tokio::test]
async fn a_session_ends_by_sign_out_and_by_itself() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    let page = collector.page(&session, "/").await;
    let leave = async |form: &str| {
        let request = collector.post("/logout").header("cookie", &session);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("form={form}")).send().await.unwrap();
        collector
            .get("/")
            .header("cookie", &session)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        leave("forged").await,
        200,
        "another page cannot sign anybody out"
    );
    assert_eq!(leave(form_token(&page)).await, 303);

    let session = collector.sign_in().await;
    collector.turn_clock("2026-11-24T00:00:00Z").await;
    let answer = collector
        .get("/")
        .header("cookie", &session)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn browsers_are_told_to_run_nothing() {
    let collector = Collector::start().await;
    let answer = collector.get("/login").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let page = answer.text().await.unwrap();
    assert!(!page.contains("<script") && !page.contains("style=\""));
}
