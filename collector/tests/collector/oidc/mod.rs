//! Sign-in at an identity provider: a real one, on loopback.
//!
//! The provider knows the real time, so these collectors start with it too.

mod browser;
mod provider;

use jiff::{SignedDuration, Timestamp};
use rekey_collector::oidc::OidcSettings;
use rekey_collector::server::SignIn;
use reqwest::Response;

use crate::support::{Collector, cookie, form_token};
use provider::{Browser, Does, Provider, free_port, location, settings};

/// Where the collector sends the browser, and what the browser must bring back.
struct Begun {
    url: String,
    cookie: String,
}

async fn collector(settings: OidcSettings) -> Collector {
    let sign_in = SignIn {
        provider: Some(settings),
        no_local: false,
    };
    let collector = Collector::start_with(|options| options.sign_in = sign_in).await;
    collector.turn_clock(&Timestamp::now().to_string()).await;
    collector
}

async fn begin(collector: &Collector, next: &str) -> Begun {
    let answer = collector
        .get(&format!("/login/provider?next={next}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let kept = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        kept.contains("HttpOnly") && kept.contains("SameSite=Lax"),
        "{kept}"
    );
    Begun {
        cookie: cookie(&answer, "rekey-provider"),
        url: location(&answer, &collector.url),
    }
}

async fn end(collector: &Collector, begun: &Begun, back: &str) -> Response {
    let request = collector.get(back).header("cookie", &begun.cookie);
    request.send().await.unwrap()
}

/// The whole way of somebody, and what the collector says at its end.
async fn sign_in(collector: &Collector, name: &str) -> Response {
    let begun = begin(collector, "/devices").await;
    let back = Browser::new().go(&begun.url, Does::SignIn(name)).await;
    end(collector, &begun, &back).await
}

async fn said(answer: Response, status: u16) -> String {
    assert_eq!(answer.status(), status);
    assert!(
        !answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .any(|cookie| cookie.to_str().unwrap().contains("rekey-session=r")),
        "no session"
    );
    answer.text().await.unwrap()
}

#[tokio::test]
async fn an_admin_comes_in_and_is_told_how_to_leave_altogether() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let page = collector
        .get("/login?next=%2Fdevices")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("href=\"/login/provider?next=%2Fdevices\""),
        "{page}"
    );
    assert!(
        page.contains("name=\"password\""),
        "the local form is there too"
    );

    let answer = sign_in(&collector, "admin").await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/devices");
    let session = cookie(&answer, "rekey-session");
    let people = collector.page(&session, "/settings/people").await;
    assert!(people.contains("admin@contoso.example") && people.contains("Add a local person"));
    assert!(people.contains("data-label=\"Signs in by\">127.0.0.1<"));

    let out = collector.submit(&session, "/", "/logout", "").await;
    let out = said(out, 200).await;
    assert!(
        out.contains(&format!("{}/session/end?", provider.issuer)),
        "{out}"
    );
    let gone = collector
        .get("/")
        .header("cookie", &session)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 303);
}

#[tokio::test]
async fn an_auditor_looks_and_does_not_change() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let session = cookie(&sign_in(&collector, "auditor").await, "rekey-session");
    let people = collector.page(&session, "/settings/people").await;
    assert!(!people.contains("Add a local person"));
    let change = collector
        .submit(&session, "/", "/settings/people", "name=x&role=admin")
        .await;
    assert_eq!(change.status(), 403);
}

#[tokio::test]
async fn without_a_role_one_is_told_whom_to_ask_and_what_was_looked_at() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let mut settings = provider.settings();
    let collector_of_roles = collector(settings.clone()).await;
    let page = said(sign_in(&collector_of_roles, "stranger").await, 403).await;
    for told in [
        "stranger@contoso.example",
        "<code>roles</code>",
        "<code>other</code>",
        "Ask whoever runs this collector",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let log = collector_of_roles.admin("/api/v1/audit-log").await;
    assert_eq!(log["entries"][0]["action"], "sign-in-refused");
    assert_eq!(log["entries"][0]["details"]["reason"], "no-role");
    assert_eq!(log["entries"][0]["subject"], "stranger@contoso.example");

    settings.roles_claim = "groups".into();
    let of_groups = collector(settings).await;
    let page = said(sign_in(&of_groups, "admin").await, 403).await;
    assert!(page.contains("<code>groups</code>") && page.contains("there is no such claim"));
}

#[tokio::test]
async fn only_people_of_the_tenant_come_in() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let page = said(sign_in(&collector, "guest").await, 403).await;
    assert!(page.contains("another tenant"), "{page}");
}

#[tokio::test]
async fn what_was_begun_elsewhere_or_twice_is_refused() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let ours = begin(&collector, "/").await;
    let theirs = begin(&collector, "/").await;
    let back = Browser::new().go(&ours.url, Does::SignIn("admin")).await;
    let without = collector.get(&back).send().await.unwrap();
    assert!(said(without, 400).await.contains("try once more"));
    let other = end(&collector, &theirs, &back).await;
    assert!(
        said(other, 400).await.contains("try once more"),
        "another browser's cookie"
    );
    let (_, query) = back.split_once('?').unwrap();
    let forged = format!("/login/callback?{}", query.replace("state=", "state=0"));
    said(end(&collector, &ours, &forged).await, 400).await;
    let elsewhere = back.replace("iss=http%3A%2F%2F127", "iss=http%3A%2F%2F128");
    assert_ne!(elsewhere, back);
    assert!(
        said(end(&collector, &ours, &elsewhere).await, 502)
            .await
            .contains("not believed")
    );

    assert_eq!(end(&collector, &ours, &back).await.status(), 303);
    let replayed = end(&collector, &ours, &back).await;
    assert!(
        said(replayed, 400).await.contains("try once more"),
        "a code is taken once"
    );
}

#[tokio::test]
async fn a_token_for_another_sign_in_is_not_believed() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let begun = begin(&collector, "/").await;
    let other = begin(&collector, "/").await;
    let part = |url: &str, name: &str| {
        let url = reqwest::Url::parse(url).unwrap();
        url.query_pairs()
            .find(|(key, _)| key == name)
            .unwrap()
            .1
            .into_owned()
    };
    let nonce = begun
        .url
        .replace(&part(&begun.url, "nonce"), &part(&other.url, "nonce"));
    let back = Browser::new().go(&nonce, Does::SignIn("admin")).await;
    let page = said(end(&collector, &begun, &back).await, 502).await;
    assert!(page.contains("not believed"), "{page}");

    // A code that was stolen on its way is of no use with another verifier.
    let challenge = part(&other.url, "code_challenge");
    let stolen = begun
        .url
        .replace(&part(&begun.url, "code_challenge"), &challenge);
    let back = Browser::new().go(&stolen, Does::SignIn("admin")).await;
    said(end(&collector, &begun, &back).await, 400).await;
}

#[tokio::test]
async fn cancelling_is_no_fault() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let begun = begin(&collector, "/").await;
    let back = Browser::new().go(&begun.url, Does::Cancel).await;
    let page = said(end(&collector, &begun, &back).await, 200).await;
    assert!(page.contains("You cancelled the sign-in"), "{page}");
}

#[tokio::test]
async fn too_late_is_too_late() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    let later = async |minutes: i64| {
        let time = Timestamp::now() + SignedDuration::from_mins(minutes);
        collector.turn_clock(&time.to_string()).await;
    };
    let begun = begin(&collector, "/").await;
    let back = Browser::new().go(&begun.url, Does::SignIn("admin")).await;
    later(11).await;
    said(end(&collector, &begun, &back).await, 400).await;

    // The token itself holds for five minutes.
    later(0).await;
    let begun = begin(&collector, "/").await;
    let back = Browser::new().go(&begun.url, Does::SignIn("admin")).await;
    later(8).await;
    let page = said(end(&collector, &begun, &back).await, 502).await;
    assert!(page.contains("not believed"), "{page}");
}

#[tokio::test]
async fn a_provider_that_is_away_stops_nobody_else() {
    let port = free_port();
    let Some(first) = Provider::start() else {
        return;
    };
    let collector = collector(settings(&format!("http://127.0.0.1:{port}"), &first.secret)).await;
    let page = said(collector.get("/login/provider").send().await.unwrap(), 503).await;
    assert!(page.contains("does not answer now"), "{page}");
    assert!(page.contains("Local names and passwords work"), "{page}");
    collector.sign_in().await;

    // It comes back, and nothing has to be started again.
    let provider = Provider::start_at(port, first.secret.clone()).unwrap();
    assert_eq!(sign_in(&collector, "admin").await.status(), 303);
    let begun = begin(&collector, "/").await;
    let back = Browser::new().go(&begun.url, Does::SignIn("admin")).await;
    drop(provider);
    said(end(&collector, &begun, &back).await, 503).await;
}

#[tokio::test]
async fn a_provider_is_believed_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let Some(provider) = Provider::start_tls(&certificate, &key) else {
        return;
    };
    assert!(provider.issuer.starts_with("https://"));
    let strange = collector(provider.settings()).await;
    let page = said(strange.get("/login/provider").send().await.unwrap(), 503).await;
    assert!(page.contains("does not answer now"), "{page}");
    let mut settings = provider.settings();
    settings.ca = Some(certificate);
    let known = collector(settings).await;
    assert_eq!(sign_in(&known, "admin").await.status(), 303);
}

#[tokio::test]
async fn new_keys_of_the_provider_are_fetched_when_they_are_needed() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(provider.settings()).await;
    assert_eq!(sign_in(&collector, "admin").await.status(), 303);
    provider.take_new_keys().await;
    assert_eq!(sign_in(&collector, "admin").await.status(), 303);
}

#[tokio::test]
async fn another_collector_ends_what_one_began() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (one, two) = (
        collector(provider.settings()).await,
        collector(provider.settings()).await,
    );
    let begun = begin(&one, "/devices").await;
    let back = Browser::new().go(&begun.url, Does::SignIn("admin")).await;
    let answer = end(&two, &begun, &back).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/devices");
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_admins_to_mend() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let collector = collector(settings(&provider.issuer, "not-the-secret")).await;
    let page = said(sign_in(&collector, "admin").await, 502).await;
    assert!(page.contains("not set up for each other"), "{page}");
    assert!(!page.contains("not-the-secret"));
}

#[tokio::test]
async fn who_is_disabled_here_stays_out_and_local_names_can_be_switched_off() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let sign_in_there = SignIn {
        provider: Some(provider.settings()),
        no_local: true,
    };
    let collector = Collector::start_with(|options| options.sign_in = sign_in_there).await;
    collector.turn_clock(&Timestamp::now().to_string()).await;
    let page = collector
        .get("/login")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!page.contains("name=\"password\"") && page.contains("/login/provider"));
    let local = collector
        .post("/login")
        .header("content-type", "application/x-www-form-urlencoded");
    let body = format!("user=admin&password={}&form=0", collector.first.password);
    assert_eq!(local.body(body).send().await.unwrap().status(), 403);

    let admin = cookie(&sign_in(&collector, "admin").await, "rekey-session");
    let auditor = cookie(&sign_in(&collector, "auditor").await, "rekey-session");
    let people = collector.page(&admin, "/settings/people").await;
    let (before, _) = people.split_once("\">auditor@contoso.example</a>").unwrap();
    let id = before.rsplit_once("/settings/people/").unwrap().1;
    let path = format!("/settings/people/{id}/disable");
    assert_eq!(
        collector
            .submit(&admin, "/settings/people", &path, "")
            .await
            .status(),
        303
    );
    let ended = collector
        .get("/")
        .header("cookie", &auditor)
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 303);
    let page = said(sign_in(&collector, "auditor").await, 403).await;
    assert!(page.contains("has disabled you"), "{page}");
    assert!(!form_token(&collector.page(&admin, "/").await).is_empty());
}
