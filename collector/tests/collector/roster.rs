//! The roster and people, as scripts and admins see them.

use reqwest::Response;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::pages::snapshot;
use crate::sample;
use crate::support::{Collector, form_token};

const ROSTER: &str = "\u{feff}Device;E-Mail;Display name;City\r\n\
    CONTOSO-LT-07;Sam@contoso.example;Sam Moe;Oslo\r\n\
    CONTOSO-LT-08;kim@contoso.example;\"Lee, Kim\";Oslo\r\n\
    CONTOSO-LT-09;kim@contoso.example;\"Lee, Kim\";Oslo\r\n";

async fn put(collector: &Collector, query: &str, kind: &str, body: impl Into<String>) -> Response {
    let url = format!("{}/api/v1/roster{query}", collector.url);
    let request = collector.client.put(url);
    request
        .bearer_auth(&collector.first.api_token)
        .header("content-type", kind)
        .body(body.into())
        .send()
        .await
        .unwrap()
}

async fn kept(collector: &Collector, query: &str, kind: &str, body: impl Into<String>) -> Value {
    let answer = put(collector, query, kind, body).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn who_is_on_the_roster_and_was_never_heard_of_is_counted() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    let seen = kept(&collector, "?preview=true", "text/csv", ROSTER).await;
    assert_eq!(
        (&seen["kept"], &seen["added"], &seen["people"]),
        (&json!(false), &json!(3), &json!(2))
    );
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(numbers["people"], json!({ "never-reported": 0 }));
    kept(&collector, "", "text/csv; charset=utf-8", ROSTER).await;
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(numbers["people"], json!({ "never-reported": 1 }));
    let clean = sample::clean("CONTOSO-LT-07", "sam", "2026-11-23T11:00:00Z");
    collector.report(&token, &clean).await;

    let people = collector.admin("/api/v1/people").await;
    let states: Vec<_> = people["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| (person["key"].as_str().unwrap(), &person["state"]))
        .collect();
    assert_eq!(
        states,
        [
            ("kim@contoso.example", &json!("never-reported")),
            ("sam@contoso.example", &json!("compliant"))
        ]
    );
    let kim = collector
        .admin("/api/v1/people?state=never-reported&q=lee")
        .await;
    assert_eq!(kim["people"].as_array().unwrap().len(), 1);
    let kim = collector
        .admin("/api/v1/people/Kim%40contoso.example")
        .await;
    assert_eq!(
        kim["roster_devices"],
        json!(["CONTOSO-LT-08", "CONTOSO-LT-09"])
    );
    let sam = collector
        .admin("/api/v1/people/sam%40contoso.example")
        .await;
    assert_eq!(sam["workstations"][0]["state"], "compliant");
    assert_eq!(sam["heard_at"], "2026-11-23T12:00:00Z");
    let first = collector.admin("/api/v1/people?limit=1").await;
    let next = first["next"].as_str().unwrap().replace('@', "%40");
    let second = format!("/api/v1/people?limit=1&after={next}");
    let second = collector.admin(&second).await;
    assert_eq!(
        (&second["people"][0]["key"], &second["next"]),
        (&json!("sam@contoso.example"), &Value::Null)
    );
    let csv = collector.get("/api/v1/people.csv?state=never-reported");
    let csv = csv.bearer_auth(&collector.first.api_token).send().await;
    let csv = csv.unwrap().text().await.unwrap();
    assert_eq!(
        csv.lines().nth(1).unwrap(),
        "never-reported,kim@contoso.example,\"Lee, Kim\",yes,0,0,0,0,0,0,0,"
    );
    let roster = collector.admin("/api/v1/roster?limit=2").await;
    assert_eq!(
        (&roster["lines"], roster["people"].as_array().unwrap().len()),
        (&json!(3), 2)
    );
    let after = roster["next"].as_str().unwrap().replace(' ', "%20");
    let rest = collector
        .admin(&format!("/api/v1/roster?after={after}"))
        .await;
    assert_eq!(rest["people"][0]["email"], "sam@contoso.example");
}

#[tokio::test]
async fn a_file_with_bad_lines_is_taken_whole_or_not_at_all() {
    let collector = Collector::start().await;
    let bad = "email\nkim@contoso.example\nkim\n\nsam@\n";
    let answer = put(&collector, "", "text/csv", bad).await;
    assert_eq!(answer.status(), 400);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["error"], "bad-roster");
    let lines: Vec<_> = said["lines"].as_array().unwrap().iter().collect();
    let lines: Vec<_> = lines.iter().map(|line| line["line"].as_u64()).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    assert_eq!(collector.admin("/api/v1/roster").await["lines"], 0);
    let taken = kept(&collector, "?bad=skip", "text/csv", bad).await;
    assert_eq!(
        (&taken["lines"], taken["skipped"].as_array().unwrap().len()),
        (&json!(1), 2)
    );

    for (query, kind, body, status, error) in [
        ("", "text/csv", "name\nKim", 400, "bad-roster"),
        ("", "text/csv", "email\n", 400, "empty-roster"),
        ("", "text/plain", "email\n", 415, "unknown-type"),
        ("", "application/json", "[]", 400, "bad-json"),
        ("?mode=both", "text/csv", ROSTER, 400, "bad-query"),
        ("?bad=maybe", "text/csv", ROSTER, 400, "bad-query"),
    ] {
        let answer = put(&collector, query, kind, body).await;
        assert_eq!(answer.status(), status, "{kind} {body}");
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], error);
    }
    let long = format!("email\n{}", "x".repeat(4 * 1024 * 1024));
    assert_eq!(put(&collector, "", "text/csv", long).await.status(), 413);
}

#[tokio::test]
async fn json_is_added_and_the_roster_can_be_removed() {
    let collector = Collector::start().await;
    let people = json!({ "people": [
        { "email": "kim@contoso.example", "name": "Kim Lee", "device": "CONTOSO-LT-07" },
        { "email": "sam@contoso.example" }
    ] });
    let kind = "application/json";
    let added = kept(&collector, "?mode=add", kind, people.to_string()).await;
    assert_eq!(
        (&added["mode"], &added["added"]),
        (&json!("add"), &json!(2))
    );
    let delete = collector
        .client
        .delete(format!("{}/api/v1/roster", collector.url));
    let delete = delete.bearer_auth(&collector.first.api_token);
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(numbers["people"]["never-reported"], 0);
    assert_eq!(collector.admin("/api/v1/people").await["people"], json!([]));
}

struct Browser<'a> {
    collector: &'a Collector,
    session: String,
    form: String,
}

impl Browser<'_> {
    async fn upload(&self, form: &str, mode: &'static str, file: &str, skip: bool) -> Response {
        let mut parts = Form::new()
            .text("form", form.to_owned())
            .part("file", Part::text(file.to_owned()).file_name("roster.csv"))
            .text("mode", mode);
        if skip {
            parts = parts.text("skip", "yes");
        }
        let request = self.collector.post("/settings/roster");
        let request = request.header("cookie", &self.session);
        request.multipart(parts).send().await.unwrap()
    }

    async fn send(&self, path: &str) -> Response {
        let request = self.collector.post(path).header("cookie", &self.session);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = format!("form={}", self.form);
        request.body(body).send().await.unwrap()
    }
}

#[tokio::test]
async fn an_admin_sees_what_a_file_changes_before_it_is_kept() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    let page = collector.page(&session, "/settings/roster").await;
    snapshot("roster_empty", &page);
    let browser = Browser {
        collector: &collector,
        session: session.clone(),
        form: form_token(&page).to_owned(),
    };
    let forged = browser.upload("forged", "replace", ROSTER, false).await;
    assert_eq!(forged.status(), 403);
    let bad = format!("{ROSTER};;nobody;\r\n");
    let told = browser.upload(&browser.form, "replace", &bad, false).await;
    assert_eq!(told.status(), 422);
    snapshot("roster_bad", &told.text().await.unwrap());

    let looked = browser.upload(&browser.form, "replace", &bad, true).await;
    assert_eq!(looked.status(), 303);
    let place = looked.headers()["location"].to_str().unwrap().to_owned();
    snapshot("roster_preview", &collector.page(&session, &place).await);
    assert_eq!(collector.admin("/api/v1/roster").await["lines"], 0);
    let keep = place.split('?').next().unwrap();
    let done = browser.send(keep).await;
    assert_eq!(done.headers()["location"], "/settings/roster?done=kept");
    assert_eq!(browser.send(keep).await.status(), 404, "kept once");
    let log = collector.admin("/api/v1/audit-log").await;
    assert_eq!(log["entries"][0]["action"], "roster-imported");
    assert_eq!(log["entries"][0]["details"]["added"], 3);
    let page = collector.page(&session, "/settings/roster?done=kept").await;
    assert!(page.contains("2 people have never reported"), "{page}");
}

#[tokio::test]
async fn people_are_listed_and_each_has_a_page() {
    let collector = Collector::start().await;
    let (_, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    let full = sample::full("CONTOSO-LT-07", "sam", "2026-11-23T09:00:00Z");
    collector.report(&token, &full).await;
    let (_, token) = collector.enroll("CONTOSO-LT-08", "kim").await;
    let clean = sample::clean("CONTOSO-LT-08", "kim", "2026-11-23T11:00:00Z");
    collector.report(&token, &clean).await;
    let session = collector.sign_in().await;
    let bare = collector.page(&session, "/people").await;
    assert!(bare.contains("There is no roster yet"));
    kept(&collector, "", "text/csv", ROSTER).await;
    let ann = "email,name,device\nann@contoso.example,Ann <b>,CONTOSO-LT-10\n";
    kept(&collector, "?mode=add", "text/csv", ann).await;
    collector.turn_clock("2026-11-23T12:05:00Z").await;
    snapshot("people", &collector.page(&session, "/people").await);
    for (name, key) in [("kim", "kim"), ("ann", "ann")] {
        let path = format!("/people/{key}%40contoso.example");
        snapshot(
            &format!("person_{name}"),
            &collector.page(&session, &path).await,
        );
    }
    let never = collector
        .page(&session, "/people?state=never-reported")
        .await;
    assert!(never.contains("ann@contoso.example") && !never.contains("sam@"));
    // A key that is no address.
    let mut nameless = sample::enrolment(&collector.first.secret, "X/1", "y");
    nameless["device"]["person"] = json!({ "id": "a/b#c" });
    let request = collector.post("/api/v1/enroll").json(&nameless);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let listed = collector.page(&session, "/people").await;
    assert!(listed.contains("/people/%23a%2Fb%23c"), "{listed}");
    let page = collector.page(&session, "/people/%23a%2Fb%23c").await;
    assert!(page.contains("name not reported") && page.contains("X/1"));
    let missing = collector.get("/people/nobody").header("cookie", &session);
    assert_eq!(missing.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_person_is_forgotten_where_it_is_meant() {
    let collector = Collector::start().await;
    let (first, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    let clean = sample::clean("CONTOSO-LT-07", "sam", "2026-11-23T11:00:00Z");
    collector.report(&token, &clean).await;
    let (second, _) = collector.enroll("CONTOSO-LT-08", "sam").await;
    let cookie = collector.sign_in().await;
    let path = "/people/sam%40contoso.example";
    let page = collector.page(&cookie, path).await;
    let form = form_token(&page).to_owned();
    let post = |sure: &'static str| {
        let request = collector.post(&format!("{path}/forget"));
        let request = request.header("cookie", &cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("form={form}{sure}")).send()
    };
    assert_eq!(post("").await.unwrap().status(), 303);
    collector.admin(&format!("/api/v1/devices/{first}")).await;

    let delete = |path: String| {
        let request = collector.client.delete(format!("{}{path}", collector.url));
        let request = request.bearer_auth(&collector.first.api_token);
        async { request.send().await.unwrap().status() }
    };
    let device = format!("/api/v1/devices/{second}");
    assert_eq!(delete(device.clone()).await, 204);
    assert_eq!(delete(device).await, 404);
    assert_eq!(post("&sure=yes").await.unwrap().status(), 303);
    let numbers = collector.admin("/api/v1/compliance").await;
    assert_eq!(numbers["enrolled"]["total"], 0);
    assert_eq!(
        delete("/api/v1/people/sam%40contoso.example".into()).await,
        404
    );
    let log = collector.admin("/api/v1/audit-log").await.to_string();
    assert!(log.contains("person-erased"), "{log}");
    assert!(!log.contains("sam@contoso.example"), "{log}");
    assert_eq!(collector.send(&token, &clean).await.status(), 401);
}
