//! The pages about the change itself: SSH keys, organizations, readiness, announcement, audit.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::pages::snapshot;
use crate::sample;
use crate::support::{Collector, form_token};

/// Two workstations of contoso, of which one is done, and one that waits for fabrikam.
async fn filled() -> (Collector, String) {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    let (_, token) = collector.enroll("CONTOSO-LT-07", "sam").await;
    let mut full = sample::full("CONTOSO-LT-07", "sam", "2026-11-23T09:00:00Z");
    full["agent"] = json!("0.0.9");
    full["ring"] = json!("pilot");
    collector.report(&token, &full).await;
    let (_, token) = collector.enroll("CONTOSO-LT-08", "kim").await;
    let clean = sample::clean("CONTOSO-LT-08", "kim", "2026-11-23T11:00:00Z");
    collector.report(&token, &clean).await;
    let (_, token) = collector.enroll("FABRIKAM-LT-01", "lee").await;
    let mut waiting = sample::full("FABRIKAM-LT-01", "lee", "2026-11-23T11:30:00Z");
    waiting["state"] = json!("waiting");
    waiting["organizations"] = json!([{ "name": "fabrikam", "tenant": null, "connected_at": null,
        "gated": true, "unknown": false }]);
    waiting["ssh_keys"] = json!([]);
    collector.report(&token, &waiting).await;
    collector.turn_clock("2026-11-23T12:05:00Z").await;
    (collector, session)
}

/// Sends the form of a page as a browser does.
async fn send(
    collector: &Collector,
    session: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> reqwest::Response {
    let page = collector.page(session, "/").await;
    let mut all = vec![("form", form_token(&page))];
    all.extend(fields);
    let body = serde_urlencoded::to_string(&all).unwrap();
    let request = collector.post(path).header("cookie", session);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(body).send().await.unwrap()
}

#[tokio::test]
async fn each_page_of_the_change() {
    let (collector, session) = filled().await;
    let fields = [
        ("name", "fabrikam"),
        ("connected_at", "2026-12-01T18:00"),
        ("contact", "help@fabrikam.example"),
    ];
    let answer = send(&collector, &session, "/settings/organizations", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    for (name, path) in [
        ("organization_settings", "/settings/organizations"),
        ("ssh_keys", "/ssh-keys"),
        ("readiness", "/readiness"),
        ("announcement_before", "/announcement"),
        ("announcement_after", "/announcement?organization=contoso"),
        ("audit", "/audit"),
        ("overview_of_one", "/?organization=contoso"),
        (
            "devices_filtered",
            "/devices?state=action-needed&organization=contoso&ring=pilot&sort=heard",
        ),
    ] {
        snapshot(name, &collector.page(&session, path).await);
    }
}

#[tokio::test]
async fn without_data_each_page_says_what_to_do_next() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    for (path, next) in [
        ("/devices", "how to enrol the first one"),
        ("/ssh-keys", "No workstation reports such a key"),
        ("/readiness", "Set its name and the day"),
        ("/announcement", "Which organization is it about?"),
        (
            "/settings/organizations",
            "Which organization is to be connected?",
        ),
        ("/audit", "None is known."),
    ] {
        let page = collector.page(&session, path).await;
        assert!(page.contains(next), "{path}: {page}");
    }
    let nobody = collector
        .get("/?organization=nobody")
        .header("cookie", &session);
    assert_eq!(nobody.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_admin_sets_an_organization_and_is_told_where_reports_differ() {
    let (collector, session) = filled().await;
    let set = async |fields: &[(&str, &str)]| {
        send(&collector, &session, "/settings/organizations", fields)
            .await
            .status()
    };
    let other = "11111111-2222-3333-4444-555555555555";
    let fields = [
        ("name", "Contoso"),
        ("tenant", other),
        ("connected_at", "2026-11-20T17:00"),
    ];
    assert_eq!(set(&fields).await, StatusCode::SEE_OTHER);
    let page = collector.page(&session, "/settings/organizations").await;
    assert!(page.contains("Reports name another tenant"), "{page}");
    assert!(page.contains("Reports say that it was connected on 20 Nov 2026, 18:00 UTC"));
    let answer = collector.admin("/api/v1/organizations").await;
    let contoso = &answer["organizations"][0];
    assert_eq!(
        (&contoso["tenant"], &contoso["differs"]),
        (&json!(other), &json!(true))
    );
    assert_eq!(contoso["connected_at"], "2026-11-20T17:00:00Z");
    assert_eq!(contoso["set_by"], "admin");

    assert_eq!(set(&[("name", "two words")]).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        set(&[("name", "contoso"), ("action", "remove")]).await,
        StatusCode::SEE_OTHER
    );
    let page = collector.page(&session, "/settings/organizations").await;
    assert!(!page.contains("Reports name another tenant"));
}

#[tokio::test]
async fn organizations_are_put_as_a_whole_list() {
    let (collector, _) = filled().await;
    let put = async |body: Value| {
        let request = collector
            .client
            .put(format!("{}/api/v1/organizations", collector.url));
        request
            .bearer_auth(&collector.first.api_token)
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let body = json!({ "organizations": [{ "name": "contoso", "contact": "help@contoso.example" }, { "name": "northwind" }] });
    assert_eq!(put(body).await.status(), 200);
    let answer =
        put(json!({ "organizations": [{ "name": "northwind", "connected_at": "2026-12-24" }] }))
            .await;
    let answer: Value = answer.json().await.unwrap();
    let of = |name: &str| {
        let mut all = answer["organizations"].as_array().unwrap().iter();
        all.find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(
        of("contoso")["set_by"],
        Value::Null,
        "what is not in the list is set no more"
    );
    assert_eq!(of("northwind")["connected_at"], "2026-12-24T00:00:00Z");
    for wrong in [
        json!({ "organizations": [{ "name": "a b" }] }),
        json!({ "organizations": [{ "name": "contoso" }, { "name": "Contoso" }] }),
        json!({ "organizations": [{ "name": "contoso", "tenant": "x" }] }),
        json!({ "organizations": [{ "name": "contoso", "connected_at": "soon" }] }),
        json!({ "organizations": [{}] }),
        json!([]),
    ] {
        assert_eq!(put(wrong.clone()).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_ticket_is_noted_and_changed_and_new_keys_are_told_from_its_own() {
    let (collector, session) = filled().await;
    let ticket = async |fields: &[(&str, &str)]| {
        send(&collector, &session, "/ssh-keys/tickets", fields)
            .await
            .status()
    };
    let new = [
        ("organization", "contoso"),
        ("number", "2611 0001"),
        ("state", "open"),
    ];
    assert_eq!(ticket(&new).await, StatusCode::SEE_OTHER);
    let page = collector.page(&session, "/ssh-keys").await;
    assert!(
        page.contains("2611 0001") && !page.contains("came up after"),
        "{page}"
    );
    let (_, rest) = page.split_once("name=\"id\" value=\"").unwrap();
    let id = rest.split_once('"').unwrap().0;
    let cleared = [
        ("id", id),
        ("organization", "contoso"),
        ("number", "2611 0001"),
        ("state", "cleared"),
    ];
    assert_eq!(ticket(&cleared).await, StatusCode::SEE_OTHER);

    let (_, token) = collector.enroll("CONTOSO-LT-09", "ada").await;
    let mut later = sample::full("CONTOSO-LT-09", "ada", "2026-11-23T12:10:00Z");
    later["ssh_keys"][0]["sha256"] = json!("SHA256:later");
    collector.turn_clock("2026-11-23T12:11:00Z").await;
    collector.report(&token, &later).await;
    let page = collector.page(&session, "/ssh-keys").await;
    assert!(
        page.contains("1 key came up after the newest ticket"),
        "{page}"
    );
    assert!(page.contains("ticket cleared"));

    let answer = collector
        .admin("/api/v1/ssh-keys?organization=Contoso&limit=1")
        .await;
    assert_eq!(answer["keys"].as_array().unwrap().len(), 1);
    assert_eq!(answer["tickets"][0]["state"], "cleared");
    let next = serde_urlencoded::to_string([("after", answer["next"].as_str().unwrap())]).unwrap();
    let rest = collector
        .admin(&format!("/api/v1/ssh-keys?organization=contoso&{next}"))
        .await;
    assert_eq!(rest["keys"][0]["holders"].as_array().unwrap().len(), 1);
    for wrong in [
        [
            ("organization", "contoso"),
            ("number", ""),
            ("state", "open"),
        ],
        [
            ("organization", "contoso"),
            ("number", "1"),
            ("state", "lost"),
        ],
    ] {
        assert_eq!(ticket(&wrong).await, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn the_table_of_keys_is_ready_for_the_ticket() {
    let (collector, _) = filled().await;
    let request = collector.get("/api/v1/ssh-keys.csv?organization=contoso");
    let answer = request
        .bearer_auth(&collector.first.api_token)
        .send()
        .await
        .unwrap();
    let name = answer.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(name.contains("rekey-ssh-keys-contoso.csv"), "{name}");
    let text = answer.text().await.unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "organization,algorithm,md5,sha256,first_seen,workstations,people,gone_at"
    );
    assert!(
        lines[1].starts_with("contoso,ssh-ed25519,00:11:22:"),
        "{text}"
    );
    assert!(lines[1].contains(",1,sam@contoso.example,"), "{text}");
}

#[tokio::test]
async fn the_announcement_comes_as_files() {
    let (collector, session) = filled().await;
    let get = async |path: &str| {
        let answer = collector
            .get(path)
            .header("cookie", &session)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let text = get("/announcement.txt?organization=contoso&when=after").await;
    assert!(
        text.contains("rekey run") && text.contains("was connected"),
        "{text}"
    );
    let mail = get("/announcement.eml?organization=contoso&when=before").await;
    assert!(
        mail.starts_with("X-Unsent: 1\r\nSubject: Azure DevOps contoso"),
        "{mail}"
    );
    assert!(mail.contains("multipart/alternative"));
}

#[tokio::test]
async fn nobody_else_s_form_sets_a_ticket() {
    let (collector, session) = filled().await;
    for path in ["/ssh-keys/tickets", "/settings/organizations"] {
        let request = collector.post(path).header("cookie", &session);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.body("form=forged&name=x&organization=x&number=1&state=open");
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}
