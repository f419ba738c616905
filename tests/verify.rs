//! What the service says of tenants and tokens counts, and nothing but the service is asked.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::{Value, json};
use support::server::{Reply, Request, Server};
use support::tokens::pat84;
use support::{Answer, CONNECTED, Home, OLD_TENANT, TENANT};

/// rekey on this home, with a server in place of the service.
fn rekey(home: &Home, server: &Server, arguments: &[&str]) -> Answer {
    let contoso = ["--org", "contoso", "--connected-at", CONNECTED];
    let mut command = home.command(&[arguments, &contoso].concat());
    command.env("REKEY_TEST_GATEWAY", &server.url);
    Answer::of(&command.output().unwrap())
}

fn tenant(tenant: &str) -> Reply {
    let authority = format!("Bearer authorization_uri=https://login.microsoftonline.com/{tenant}");
    Reply::status(401, "").header("WWW-Authenticate", &authority)
}

/// Connection data of a person of this tenant, or of a Microsoft account.
fn person(domain: &str) -> Reply {
    let descriptor =
        format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{domain}\\dev@contoso.com");
    let user = json!({"id": TENANT, "descriptor": descriptor, "providerDisplayName": "Dev"});
    Reply::json(200, &json!({ "authenticatedUser": user }))
}

fn is_tenant_question(request: &Request) -> bool {
    request.line == "GET /dev.azure.com/contoso"
}

const FEED: &str = "//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/";

/// A home whose npm has a token that was made in the month of the connection, so that nothing here tells its age.
fn npm() -> (Home, String) {
    let home = Home::new();
    // October 2026, as `CONNECTED`.
    let token = pat84('C', 'J', 1);
    home.write(".npmrc", format!("{FEED}:_authToken={token}\n"));
    (home, token)
}

fn finding(answer: &Answer) -> Value {
    let scan = answer.json();
    let findings = scan["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{scan}");
    findings[0].clone()
}

fn codes(finding: &Value) -> Vec<&str> {
    let evidence = finding["evidence"].as_array().unwrap();
    evidence
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_token_of_the_old_identity_is_stale_though_it_works() {
    let (home, token) = npm();
    let server = Server::new(|request| {
        if is_tenant_question(request) {
            tenant(TENANT)
        } else {
            person("Windows Live ID")
        }
    });
    let answer = rekey(&home, &server, &["scan", "--verify", "--json"]).expect(1);
    let finding = finding(&answer);
    assert_eq!(finding["verdict"], "stale", "{finding}");
    assert_eq!(codes(&finding)[0], "accepted-as-old-identity");
    assert!(
        answer.stderr.contains("REKEY_TEST_GATEWAY"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("Asked the service about 1 token."),
        "{}",
        answer.stderr
    );
    assert!(!answer.stdout.contains(&token) && !answer.stderr.contains(&token));
    let lines: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(
        lines,
        [
            "GET /dev.azure.com/contoso",
            "GET /dev.azure.com/contoso/_apis/connectionData?api-version=7.1-preview.1",
        ]
    );
}

#[test]
fn a_refusal_counts_once_the_slots_own_address_refuses_too() {
    for (feed, verdict) in [(401, "stale"), (200, "unsure"), (500, "unsure")] {
        let (home, _) = npm();
        let server = Server::new(move |request| {
            if request.line.contains("_packaging") {
                Reply::status(feed, "{}")
            } else if is_tenant_question(request) {
                tenant(TENANT)
            } else {
                Reply::page(203, "<html>Sign In</html>")
            }
        });
        let answer = rekey(&home, &server, &["scan", "--verify", "--json"]).expect(1);
        let finding = finding(&answer);
        assert_eq!(finding["verdict"], verdict, "{feed}: {finding}");
        let rejected = codes(&finding).contains(&"rejected-by-server");
        assert_eq!(rejected, feed == 401, "{feed}: {finding}");
        let asked = server.requests();
        let last = &asked.last().unwrap().line;
        assert_eq!(*last, format!("GET /{}", FEED.trim_matches('/')));
    }
}

#[test]
fn trouble_on_the_way_is_no_evidence() {
    for reply in [
        Reply::status(403, ""),
        Reply::status(429, "").header("Retry-After", "30"),
        Reply::page(200, "<html>Welcome to the guest network</html>"),
        Reply::Cut,
        Reply::status(302, "").header("Location", "https://contoso.com/take"),
    ] {
        let (home, _) = npm();
        let server = Server::new(move |request| {
            if is_tenant_question(request) {
                tenant(TENANT)
            } else {
                reply.clone()
            }
        });
        let answer = rekey(&home, &server, &["scan", "--verify", "--json"]).expect(1);
        assert_eq!(finding(&answer)["verdict"], "unsure");
        assert!(
            answer.stderr.contains("It said nothing of 1 token"),
            "{}",
            answer.stderr
        );
        assert_eq!(
            server.requests().len(),
            2,
            "a redirect was followed, or it was asked again"
        );
    }
}

#[test]
fn an_organization_without_a_tenant_is_not_connected_yet_and_nothing_of_it_is_changed() {
    let home = Home::new();
    // Made long before.
    let line = format!("{FEED}:_authToken={}\n", pat84('B', 'A', 1));
    home.write(".npmrc", &line);
    let server = Server::new(|_| tenant("00000000-0000-0000-0000-000000000000"));
    let answer = rekey(&home, &server, &["run", "--verify", "--yes", "--json"]).expect(4);
    assert!(answer.stderr.contains("not connected"), "{}", answer.stderr);
    assert_eq!(home.read(".npmrc"), line);
    assert_eq!(server.requests().len(), 1, "a token was shown");
}

#[test]
fn a_tenant_that_is_set_wins_and_is_not_asked_for() {
    let (home, _) = npm();
    let server = Server::new(|_| person(OLD_TENANT));
    let arguments = ["scan", "--verify", "--json", "--tenant", TENANT];
    let answer = rekey(&home, &server, &arguments).expect(1);
    assert_eq!(codes(&finding(&answer))[0], "accepted-as-old-identity");
    assert!(!server.requests().iter().any(is_tenant_question));
}

#[test]
fn a_home_that_is_only_looked_at_asks_nobody_unless_told_to() {
    let (home, _) = npm();
    let server = Server::new(|_| Reply::status(500, ""));
    for command in [&["scan"][..], &["run", "--unattended"], &["clean", "--yes"]] {
        rekey(&home, &server, command).expect(1);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_the_service_said_still_holds_after_the_clean_up() {
    let (home, token) = npm();
    // It goes, so that rekey looks once more.
    let old = pat84('B', 'A', 2);
    home.write(
        ".yarnrc.yml",
        format!("npmRegistries:\n  \"{FEED}\":\n    npmAuthToken: {old}\n"),
    );
    let config = home.write("kept.toml", "pats = \"only-if-broken\"\n");
    let shown = |request: &Request, token: &str| {
        let digits = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!(":{token}"),
        );
        request.raw_headers.contains(&digits)
    };
    let server = Server::new(move |request| {
        if is_tenant_question(request) {
            tenant(TENANT)
        } else if shown(request, &token) {
            person(TENANT)
        } else {
            Reply::status(401, "")
        }
    });
    let config = config.to_str().unwrap();
    let run = ["run", "--verify", "--yes", "--config", config];
    rekey(&home, &server, &run).expect(1);
    assert!(!home.read(".yarnrc.yml").contains(&old));
    let status = home.rekey(&["status", "--json"]);
    let findings = status.json()["scan"]["findings"].clone();
    let left = findings.as_array().unwrap();
    assert_eq!(left.len(), 1, "{findings}");
    assert_eq!(left[0]["verdict"], "current", "{findings}");
    assert_eq!(codes(&left[0])[0], "accepted-as-current-identity");
}

#[test]
fn one_token_in_many_slots_is_tried_once() {
    let (home, token) = npm();
    home.write("web/.npmrc", format!("{FEED}:_authToken={token}\n"));
    let server = Server::new(|request| {
        if is_tenant_question(request) {
            tenant(TENANT)
        } else {
            person(TENANT)
        }
    });
    let answer = rekey(&home, &server, &["scan", "--verify", "--json"]).expect(1);
    assert_eq!(answer.json()["findings"].as_array().unwrap().len(), 2);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn words_that_contradict_each_other_are_refused_before_anything_is_asked() {
    let (home, _) = npm();
    let server = Server::new(|_| Reply::status(500, ""));
    let never = home.write("never.toml", "[network]\nverify = \"never\"\n");
    let never = never.to_str().unwrap().to_owned();
    for (arguments, word) in [
        (&["scan", "--verify", "--offline"][..], "--offline"),
        (&["scan", "--verify", "--config", &never], "network.verify"),
    ] {
        let answer = rekey(&home, &server, arguments).expect(2);
        assert!(answer.stderr.contains(word), "{}", answer.stderr);
    }
    for gateway in ["http://10.0.0.1:80", "https://127.0.0.1:1", "x"] {
        let mut command = home.command(&["scan", "--org", "contoso"]);
        let answer = Answer::of(&command.env("REKEY_TEST_GATEWAY", gateway).output().unwrap());
        assert!(answer.expect(2).stderr.contains("REKEY_TEST_GATEWAY"));
    }
    let mut command = home.command_at_work(&["scan", "--org", "contoso"]);
    command.env("REKEY_TEST_GATEWAY", &server.url);
    let answer = Answer::of(&command.output().unwrap());
    assert!(answer.expect(2).stderr.contains("--home"));
    assert!(server.requests().is_empty());
}
