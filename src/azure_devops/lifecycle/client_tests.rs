#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::azure_devops::Gateway;
use crate::azure_devops::testing::{contoso, soon};
use crate::network::NetworkFault;
use crate::testing::fake_service::{FakeService, Issued};
use crate::testing::{Reply, pat84};

const TENANT: Uuid = Uuid::from_u128(2);

fn now() -> Timestamp {
    "2026-11-29T16:00:00Z".parse().unwrap()
}

fn fake() -> FakeService {
    FakeService::new("contoso", TENANT, now())
}

fn give(fake: &FakeService, name: &str) -> Issued {
    fake.give(
        name,
        "vso.code_write vso.packaging",
        "2026-03-05T10:00:00.1234567Z",
        "2027-03-05T10:00:00Z",
    )
}

fn with<T>(fake: &FakeService, ask: impl FnOnce(&PatClient<'_>) -> T) -> T {
    let services = Services::new(Some(Gateway::new(fake.url()).unwrap())).unwrap();
    ask(&PatClient {
        services: &services,
        organization: &contoso(),
        access_token: &Secret::new(fake.access_token()),
        deadline: soon(),
    })
}

fn list(fake: &FakeService) -> Result<Vec<PatRecord>, LifecycleFault> {
    with(fake, |client| {
        let client = *client;
        client.list()
    })
}

const WANTED: NewPat<'static> = NewPat {
    display_name: "git on northwind",
    scope: "vso.code_write",
    valid_to: Timestamp::constant(1_796_572_800, 0),
};

#[test]
fn every_token_is_listed_from_page_to_page() {
    let fake = fake();
    fake.set_page_size(2);
    let given: Vec<Issued> = ["a", "b", "c", "d", "e"]
        .map(|name| give(&fake, name))
        .into();
    fake.give(
        "old",
        "app_token",
        "2025-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
    );
    let listed = list(&fake).unwrap();
    let names: Vec<&str> = listed
        .iter()
        .map(|record| record.display_name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(listed[0].authorization_id, given[0].authorization_id);
    assert_eq!(listed[0].valid_from, given[0].valid_from);
    assert!(!listed[0].is_for_several_organizations());
    assert_eq!(
        listed[0].scopes().collect::<Vec<_>>(),
        ["vso.code_write", "vso.packaging"]
    );
    assert_eq!(fake.requests().len(), 3);
    assert!(fake.requests()[0].line.starts_with(
        "GET /vssps.dev.azure.com/contoso/_apis/tokens/pats?api-version=7.1-preview.1&"
    ));
}

#[test]
fn a_list_without_end_is_not_taken_for_whole() {
    let fake = fake();
    let page = Reply::json(200, &json!({"continuationToken": "again", "patTokens": []}));
    for _ in 0..2 {
        fake.instead_of("GET", page.clone());
    }
    assert_eq!(list(&fake), Err(LifecycleFault::TooMany));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_token_is_made_for_this_organization_alone_and_told_as_a_secret() {
    let fake = fake();
    let created = with(&fake, |client| client.create(&WANTED)).unwrap();
    let issued = &fake.issued()[0];
    assert_eq!(created.token.expose(), issued.token);
    assert_eq!(created.record.authorization_id, issued.authorization_id);
    assert_eq!(issued.valid_to, WANTED.valid_to);
    assert!(!format!("{created:?}").contains(&issued.token));
    let body: serde_json::Value = serde_json::from_slice(&fake.requests()[0].body).unwrap();
    assert_eq!(
        body,
        json!({"displayName": "git on northwind", "scope": "vso.code_write",
               "validTo": "2026-12-06T16:00:00Z", "allOrgs": false})
    );
}

#[test]
fn a_token_is_revoked_and_one_that_is_gone_is_gone() {
    let fake = fake();
    let given = give(&fake, "a");
    let revoke = || with(&fake, |client| client.revoke(given.authorization_id));
    assert_eq!(revoke(), Ok(Revoked::Now));
    assert!(fake.living().is_empty());
    assert_eq!(revoke(), Ok(Revoked::Before));
    // The list decides, and not what might be the wrong address.
    let other = give(&fake, "b");
    fake.instead_of("DELETE", Reply::status(404, ""));
    assert_eq!(
        with(&fake, |client| client.revoke(other.authorization_id)),
        Err(LifecycleFault::NotFound)
    );
}

#[rstest]
#[case("authorizationNotFound", true)]
#[case("accessDenied", false)]
fn an_error_by_name_may_say_that_it_is_gone(#[case] error: &str, #[case] gone: bool) {
    let fake = fake();
    let reply = Reply::json(200, &json!({"patTokenError": error}));
    fake.instead_of("DELETE", reply);
    let result = with(&fake, |client| client.revoke(Uuid::from_u128(1)));
    assert_eq!(result.is_ok(), gone, "{result:?}");
}

#[test]
fn each_error_that_the_service_names_is_told() {
    for error in PatError::KNOWN {
        let fake = fake();
        fake.refuse_creation(Some(error.name()));
        let fault = with(&fake, |client| client.create(&WANTED)).unwrap_err();
        assert_eq!(fault, LifecycleFault::Refused(error.clone()));
        assert!(!fault.may_be_done());
        assert!(fault.next_step().ends_with('.'));
    }
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}

#[rstest]
#[case(Reply::page(203, "<html>Sign In</html>"), LifecycleFault::SignIn(203))]
#[case(Reply::page(302, "").header("Location", "/evil.contoso.com/"), LifecycleFault::SignIn(302))]
#[case(Reply::status(401, ""), LifecycleFault::SignIn(401))]
#[case(
    refused(401, "TF400813: The user is not authorized"),
    LifecycleFault::OtherIdentity
)]
#[case(
    refused(401, "TF401444: Please sign-in at least once"),
    LifecycleFault::NeverSeen
)]
#[case(
    refused(403, "VS403463: The conditional access policy"),
    LifecycleFault::ConditionalAccess
)]
#[case(Reply::status(403, ""), LifecycleFault::Forbidden)]
#[case(Reply::status(404, ""), LifecycleFault::NotFound)]
#[case(Reply::status(429, "").header("Retry-After", "30"), LifecycleFault::Busy { seconds: Some(30) })]
#[case(Reply::status(429, ""), LifecycleFault::Busy { seconds: None })]
#[case(Reply::status(503, "").header("Retry-After", "9"), LifecycleFault::Busy { seconds: Some(9) })]
#[case(Reply::status(503, ""), LifecycleFault::Down(503))]
#[case(Reply::page(500, "<html>"), LifecycleFault::Down(500))]
#[case(
    Reply::page(200, "<html>Welcome to the guest network</html>"),
    LifecycleFault::Page
)]
#[case(Reply::json(200, &json!([])), LifecycleFault::Unreadable)]
#[case(refused(400, "bad"), LifecycleFault::Status(400))]
fn an_answer_that_is_none_is_told_with_a_next_step(
    #[case] reply: Reply,
    #[case] expected: LifecycleFault,
) {
    let fake = fake();
    fake.instead_of("GET", reply.clone());
    assert_eq!(list(&fake), Err(expected.clone()));
    fake.instead_of("POST", reply.clone());
    let fault = with(&fake, |client| client.create(&WANTED)).unwrap_err();
    assert_eq!(fault, expected);
    // No redirect was followed.
    assert_eq!(fake.requests().len(), 2);
    assert!(fault.to_string().len() > 15, "{fault}");
    assert!(fault.next_step().ends_with('.'), "{fault:?}");
    let odd = matches!(expected, LifecycleFault::Unreadable);
    fake.instead_of("DELETE", reply);
    let revoked = with(&fake, |client| {
        client.revoke(give(&fake, "a").authorization_id)
    });
    // The body of a success is not described.
    assert_eq!(revoked.is_ok(), odd, "{revoked:?}");
}

#[test]
fn a_connection_that_is_cut_leaves_open_whether_it_was_done() {
    let fake = fake();
    fake.after("POST", Reply::Cut);
    let fault = with(&fake, |client| client.create(&WANTED)).unwrap_err();
    assert!(matches!(fault, LifecycleFault::Network(_)), "{fault:?}");
    assert!(fault.may_be_done());
    assert_eq!(fake.living().len(), 1);
}

#[test]
fn a_token_that_does_not_come_with_its_record_may_be_there_all_the_same() {
    let fake = fake();
    let record = json!({"displayName": "x", "scope": "y", "validFrom": now().to_string(),
        "validTo": now().to_string(), "authorizationId": Uuid::nil(), "token": null});
    let reply = Reply::json(200, &json!({"patToken": record, "patTokenError": "none"}));
    fake.instead_of("POST", reply);
    let fault = with(&fake, |client| client.create(&WANTED)).unwrap_err();
    assert_eq!(fault, LifecycleFault::Unreadable);
    assert!(fault.may_be_done());
}

#[test]
fn no_answer_in_time_is_told() {
    let fake = fake();
    fake.instead_of("GET", Reply::Silence);
    let services = Services::new(Some(Gateway::new(fake.url()).unwrap())).unwrap();
    let client = PatClient {
        services: &services,
        organization: &contoso(),
        access_token: &Secret::new(fake.access_token()),
        deadline: Deadline::after(Duration::from_millis(300)),
    };
    assert_eq!(client.list(), Err(NetworkFault::TooSlow.into()));
}

#[test]
fn a_name_is_shown_on_one_line_and_without_a_token() {
    let token = pat84('C', 'A', 1);
    let record = PatRecord {
        authorization_id: Uuid::nil(),
        display_name: format!("git\u{1b}[2J\n{token}"),
        scope: String::new(),
        valid_from: now(),
        valid_to: now(),
        target_accounts: None,
    };
    let shown = record.shown_name();
    assert!(
        !shown.contains(&token) && !shown.contains(char::is_control),
        "{shown}"
    );
    assert!(record.is_for_several_organizations());
}
