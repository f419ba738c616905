//! People who use the collector: roles, accounts, tokens and the audit log, through the real socket.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Collector, cookie, form_token};

impl Collector {
    /// Sends a page's form as the browser of that session does.
    pub(crate) async fn submit(
        &self,
        session: &str,
        page: &str,
        path: &str,
        fields: &str,
    ) -> Response {
        let page = self.page(session, page).await;
        let token = form_token(&page);
        self.post(path)
            .header("cookie", session)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("form={token}&{fields}"))
            .send()
            .await
            .unwrap()
    }

    async fn sign_in_as(&self, user: &str, password: &str) -> Response {
        let form = self.get("/login").send().await.unwrap();
        let before = cookie(&form, "rekey-sign-in");
        let page = form.text().await.unwrap();
        let body = format!(
            "form={}&next=%2F&user={user}&password={password}",
            form_token(&page)
        );
        self.post("/login")
            .header("cookie", before)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Makes somebody and answers their password.
    async fn add_person(&self, admin: &str, name: &str, role: &str) -> String {
        let fields = format!("name={name}&role={role}");
        let answer = self
            .submit(admin, "/settings/people", "/settings/people", &fields)
            .await;
        assert_eq!(answer.status(), 200);
        shown(&answer.text().await.unwrap())
    }

    async fn session_of(&self, user: &str, password: &str) -> String {
        let answer = self.sign_in_as(user, password).await;
        assert_eq!(answer.status(), 303);
        cookie(&answer, "rekey-session")
    }

    async fn status(&self, session: &str, path: &str) -> u16 {
        let request = self.get(path).header("cookie", session);
        request.send().await.unwrap().status().as_u16()
    }

    async fn log(&self, asked: &str) -> Vec<Value> {
        let log = self.admin(&format!("/api/v1/audit-log?{asked}")).await;
        log["entries"].as_array().unwrap().clone()
    }
}

/// The secret that a page shows once.
fn shown(page: &str) -> String {
    let (_, rest) = page.split_once("<pre><code>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

async fn id_of(collector: &Collector, admin: &str, name: &str) -> String {
    let page = collector.page(admin, "/settings/people").await;
    let mut ids = page.split("href=\"/settings/people/").skip(1);
    ids.find_map(|rest| {
        rest.split_once(&format!("\">{name}<"))
            .filter(|(id, _)| id.len() < 9)
    })
    .unwrap()
    .0
    .to_owned()
}

#[tokio::test]
async fn an_auditor_sees_everything_and_changes_nothing() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    let password = collector.add_person(&admin, "kim", "auditor").await;
    let kim = collector.session_of("KIM", &password).await;
    for path in [
        "/",
        "/devices",
        "/settings/people",
        "/settings/api-tokens",
        "/audit-log",
        "/settings/account",
        "/api/v1/devices",
        "/api/v1/audit-log",
        "/api/v1/cleaning",
    ] {
        assert_eq!(collector.status(&kim, path).await, 200, "{path}");
    }
    let people = collector.page(&kim, "/settings/people").await;
    assert!(
        !people.contains("Add a local person"),
        "no form that would be refused"
    );
    for (path, fields) in [
        ("/settings/people", "name=lee&role=admin"),
        ("/settings/people/1/disable", ""),
        ("/settings/people/1/role", "role=auditor"),
        ("/settings/people/1/password", ""),
        ("/settings/api-tokens", "name=x&role=admin&days="),
        ("/settings/api-tokens/1/revoke", ""),
    ] {
        let answer = collector.submit(&kim, "/", path, fields).await;
        assert_eq!(answer.status(), 403, "{path}");
        assert!(answer.text().await.unwrap().contains("read-only"), "{path}");
    }
    let page = collector.page(&kim, "/").await;
    let pause = collector
        .client
        .put(format!("{}/api/v1/cleaning", collector.url));
    let pause = pause
        .header("cookie", &kim)
        .header("x-rekey-form", form_token(&page))
        .json(&json!({ "scope": "all", "state": "paused" }));
    let answer = pause.send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"], "read-only");
}

#[tokio::test]
async fn a_changed_role_and_a_disabled_person_count_at_once() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    let password = collector.add_person(&admin, "kim", "auditor").await;
    let kim = collector.session_of("kim", &password).await;
    let id = id_of(&collector, &admin, "kim").await;
    let page = format!("/settings/people/{id}");
    let change = async |what: &str, fields: &str| {
        let answer = collector
            .submit(&admin, &page, &format!("{page}/{what}"), fields)
            .await;
        answer.status().as_u16()
    };
    assert_eq!(change("role", "role=admin").await, 303);
    assert!(
        collector
            .page(&kim, "/settings/people")
            .await
            .contains("Add a local person")
    );
    assert_eq!(change("disable", "").await, 303);
    assert_eq!(collector.status(&kim, "/").await, 303, "signed out");
    assert_eq!(collector.sign_in_as("kim", &password).await.status(), 401);
    assert_eq!(change("enable", "").await, 303);
    let kim = collector.session_of("kim", &password).await;
    let reset = collector
        .submit(&admin, &page, &format!("{page}/password"), "")
        .await;
    let new = shown(&reset.text().await.unwrap());
    assert_eq!(collector.status(&kim, "/").await, 303);
    assert_eq!(collector.sign_in_as("kim", &password).await.status(), 401);
    assert_eq!(collector.sign_in_as("kim", &new).await.status(), 303);

    let own = id_of(&collector, &admin, "admin").await;
    let answer = collector
        .submit(
            &admin,
            &page,
            &format!("/settings/people/{own}/disable"),
            "",
        )
        .await;
    assert_eq!(answer.status(), 303, "kim is an admin too");
    assert_eq!(collector.status(&admin, "/").await, 303);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    let id = id_of(&collector, &admin, "admin").await;
    for (what, fields) in [("disable", ""), ("role", "role=auditor")] {
        let path = format!("/settings/people/{id}/{what}");
        let answer = collector
            .submit(&admin, "/settings/people", &path, fields)
            .await;
        assert_eq!(answer.status(), 409);
        assert!(answer.text().await.unwrap().contains("last local admin"));
    }
    assert_eq!(collector.status(&admin, "/").await, 200);
}

#[tokio::test]
async fn one_changes_the_own_password_and_ends_the_own_sessions() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    let other = collector.sign_in().await;
    let old = collector.first.password.clone();
    let path = "/settings/account/password";
    let change = async |fields: String| {
        let answer = collector
            .submit(&admin, "/settings/account", path, &fields)
            .await;
        answer.status().as_u16()
    };
    assert_eq!(
        change("old=wrong&new=long-enough-1&again=long-enough-1".into()).await,
        403
    );
    assert_eq!(
        change(format!("old={old}&new=short&again=short")).await,
        400
    );
    assert_eq!(
        change(format!("old={old}&new=long-enough-1&again=long-enough-2")).await,
        400
    );
    assert_eq!(collector.status(&other, "/").await, 200);
    assert_eq!(
        change(format!("old={old}&new=long-enough-1&again=long-enough-1")).await,
        303
    );
    assert_eq!(collector.status(&admin, "/").await, 200, "this one goes on");
    assert_eq!(collector.status(&other, "/").await, 303);
    assert_eq!(collector.sign_in_as("admin", &old).await.status(), 401);
    let other = collector.session_of("admin", "long-enough-1").await;
    let page = collector.page(&other, "/settings/account").await;
    let (_, rest) = page.split_once("/settings/account/sessions/").unwrap();
    let newest = rest.split_once('/').unwrap().0;
    let end = format!("/settings/account/sessions/{newest}/end");
    let answer = collector
        .submit(&admin, "/settings/account", &end, "")
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(collector.status(&other, "/").await, 303);
}

#[tokio::test]
async fn an_unused_session_ends() {
    let collector = Collector::start().await;
    let session = collector.sign_in().await;
    collector.turn_clock("2026-11-23T13:30:00Z").await;
    assert_eq!(collector.status(&session, "/").await, 200);
    collector.turn_clock("2026-11-23T15:00:00Z").await;
    assert_eq!(collector.status(&session, "/").await, 200, "used meanwhile");
    collector.turn_clock("2026-11-23T17:00:00Z").await;
    assert_eq!(collector.status(&session, "/").await, 303);
}

#[tokio::test]
async fn tokens_have_a_role_an_end_and_are_shown_once() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    let page = "/settings/api-tokens";
    let made = collector
        .submit(&admin, page, page, "name=nightly&role=auditor&days=30")
        .await;
    let token = shown(&made.text().await.unwrap());
    let ask = async |method: reqwest::Method, path: &str| {
        let request = collector
            .client
            .request(method, format!("{}{path}", collector.url));
        let request = request
            .bearer_auth(&token)
            .json(&json!({ "scope": "all", "state": "paused" }));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(reqwest::Method::GET, "/api/v1/devices").await, 200);
    assert_eq!(ask(reqwest::Method::PUT, "/api/v1/cleaning").await, 403);
    let list = collector.page(&admin, page).await;
    assert!(list.contains("nightly") && !list.contains(&token));
    let same = collector
        .submit(&admin, page, page, "name=nightly&role=admin&days=")
        .await;
    assert_eq!(same.status(), 409);
    collector.turn_clock("2026-12-23T12:00:00Z").await;
    assert_eq!(
        ask(reqwest::Method::GET, "/api/v1/devices").await,
        401,
        "it ended"
    );
    let admin = collector.sign_in().await;
    assert!(collector.page(&admin, page).await.contains("expired"));
    let first = collector.first.api_token.clone();
    let revoked = collector
        .submit(&admin, page, "/settings/api-tokens/1/revoke", "")
        .await;
    assert_eq!(revoked.status(), 303);
    let answer = collector
        .get("/api/v1/devices")
        .bearer_auth(first)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn forms_of_other_pages_change_nothing() {
    let collector = Collector::start().await;
    let admin = collector.sign_in().await;
    for body in ["name=lee&role=admin", "form=0123&name=lee&role=admin"] {
        let answer = collector
            .post("/settings/people")
            .header("cookie", &admin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403);
    }
    assert!(
        !collector
            .page(&admin, "/settings/people")
            .await
            .contains("lee")
    );
    let stranger = collector
        .post("/settings/people")
        .body("")
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 303);
}

#[tokio::test]
async fn nobody_is_locked_out_from_afar() {
    let collector = Collector::start_behind_proxy().await;
    let sign_in = async |address: &str, password: &str| {
        let form = collector.get("/login").send().await.unwrap();
        let before = cookie(&form, "rekey-sign-in");
        let page = form.text().await.unwrap();
        let body = format!("form={}&user=admin&password={password}", form_token(&page));
        let answer = collector
            .post("/login")
            .header("cookie", before)
            .header("x-forwarded-for", address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    let right = collector.first.password.clone();
    assert_eq!(sign_in("192.0.2.1", &right).await, 303);
    for place in 0..12 {
        for _ in 0..8 {
            assert_eq!(sign_in(&format!("198.51.100.{place}"), "wrong").await, 401);
        }
    }
    assert_eq!(
        sign_in("198.51.100.1", "wrong").await,
        429,
        "this place has tried enough"
    );
    for place in 50..54 {
        assert_eq!(sign_in(&format!("198.51.100.{place}"), "wrong").await, 401);
    }
    assert_eq!(
        sign_in("203.0.113.9", &right).await,
        429,
        "the name has been tried enough"
    );
    assert_eq!(
        sign_in("192.0.2.1", &right).await,
        303,
        "but not where its owner has been"
    );
}

#[tokio::test]
async fn the_log_tells_who_did_what_and_holds_no_secret() {
    let collector = Collector::start().await;
    collector.try_sign_in("wrong").await;
    collector.sign_in_as("hunter2-typed-as-name", "x").await;
    let admin = collector.sign_in().await;
    let password = collector.add_person(&admin, "kim", "auditor").await;
    let pause = collector
        .client
        .put(format!("{}/api/v1/cleaning", collector.url));
    let pause = pause.bearer_auth(&collector.first.api_token);
    pause
        .json(&json!({ "scope": "ring", "ring": "Pilot", "state": "paused" }))
        .send()
        .await
        .unwrap();

    let entries = collector.log("").await;
    let brief: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap();
            format!(
                "{} {} {} {}",
                text("who_kind"),
                text("who"),
                text("action"),
                text("subject")
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            "api-token first start cleaning-paused pilot",
            "user admin user-added kim",
            "user admin signed-in admin",
            "stranger not signed in sign-in-refused ",
            "stranger not signed in sign-in-refused admin",
            "command-line command line set-up admin",
        ]
    );
    assert_eq!(entries[1]["details"], json!({ "role": "auditor" }));
    assert_eq!(entries[1]["address"], "127.0.0.1");
    assert_eq!(entries[3]["details"], json!({ "reason": "unknown-name" }));
    let disk = collector.bytes_on_disk();
    for secret in [password.as_str(), "hunter2-typed-as-name"] {
        assert!(
            !disk
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes())
        );
    }
    assert_eq!(collector.log("who=admin&action=user-added").await.len(), 1);
    let first = collector.admin("/api/v1/audit-log?limit=4").await;
    let rest = collector
        .log(&format!("limit=4&before={}", first["next"]))
        .await;
    assert_eq!(rest.len(), 2);
    let wrong = collector
        .get("/api/v1/audit-log?action=nothing")
        .bearer_auth(&collector.first.api_token);
    assert_eq!(wrong.send().await.unwrap().status(), 400);

    let csv = collector
        .get("/api/v1/audit-log.csv")
        .bearer_auth(&collector.first.api_token);
    let csv = csv.send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.starts_with("number,at,who_kind,who,action,subject,address,details,hash\r\n6,"));
    let page = collector.page(&admin, "/audit-log?who=admin").await;
    assert!(page.contains("Person added") && !page.contains("Cleaning paused</td>"));
}
