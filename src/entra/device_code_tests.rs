#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::entra::testing::{Patient, TENANT, client, fake, services};
use crate::testing::Reply;
use crate::testing::fake_service::{Poll, USER_CODE};

fn sign_in(polls: &[Poll]) -> (Result<AccessToken, SignInFault>, Vec<u64>) {
    let fake = fake();
    fake.polls(polls);
    let mut person = Patient::new();
    let result = token(&services(&fake), TENANT, client(), &mut person);
    let waits = person.waits.iter().map(Duration::as_secs).collect();
    (result, waits)
}

const PENDING: Poll = Poll::Error("authorization_pending", 70_016);
const SLOW_DOWN: Poll = Poll::Error("slow_down", 0);

#[test]
fn a_person_who_types_the_code_is_signed_in() {
    let fake = fake();
    fake.polls(&[PENDING, PENDING, Poll::SignedIn]);
    let mut person = Patient::new();
    let found = token(&services(&fake), TENANT, client(), &mut person).unwrap();
    assert_eq!(found.way(), Way::DeviceCode);
    let shown = &person.codes[0];
    assert_eq!(shown.code, USER_CODE);
    assert_eq!(shown.page, "https://microsoft.com/devicelogin");
    assert_eq!(person.waits, [Duration::from_secs(5); 3]);
    // No refresh token is asked for.
    let bodies = fake.requests();
    let scopes = bodies
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body));
    assert!(scopes.into_iter().all(|body| !body.contains("offline")));
}

#[test]
fn a_service_that_wants_to_be_asked_less_often_is() {
    let (result, waits) = sign_in(&[SLOW_DOWN, SLOW_DOWN, Poll::SignedIn]);
    assert!(result.is_ok());
    assert_eq!(waits, [5, 10, 15]);
}

#[rstest]
#[case(Poll::Error("authorization_declined", 0), SignInFault::Declined)]
#[case(Poll::Error("access_denied", 65_004), SignInFault::Declined)]
#[case(Poll::Error("bad_verification_code", 70_018), SignInFault::BadCode)]
#[case(Poll::Error("expired_token", 70_019), SignInFault::TooLate)]
#[case(Poll::OtherTenant(Uuid::from_u128(9)), SignInFault::OtherTenant { tenant: TENANT, found: Some(Uuid::from_u128(9)) })]
fn another_answer_ends_it(#[case] poll: Poll, #[case] fault: SignInFault) {
    assert_eq!(sign_in(&[PENDING, poll]).0, Err(fault));
}

#[rstest]
#[case(Poll::Error("invalid_grant", 50_020), "does not belong")]
#[case(Poll::Error("invalid_grant", 90_072), "does not belong")]
#[case(Poll::Error("access_denied", 53_003), "Conditional Access")]
#[case(Poll::Error("invalid_grant", 50_199), "Conditional Access")]
#[case(Poll::Error("interaction_required", 50_076), "second factor")]
fn a_refusal_is_told_by_its_code(#[case] poll: Poll, #[case] words: &str) {
    let fault = sign_in(&[poll]).0.unwrap_err();
    assert!(fault.to_string().contains(words), "{fault}");
}

#[test]
fn a_code_that_nobody_types_ends() {
    let (result, waits) = sign_in(&[]);
    assert_eq!(result, Err(SignInFault::TooLate));
    assert_eq!(waits.iter().sum::<u64>(), 900);
}

#[test]
fn a_person_may_stop() {
    let fake = fake();
    let mut person = Patient::new();
    person.patience = 2;
    let result = token(&services(&fake), TENANT, client(), &mut person);
    assert_eq!(result, Err(SignInFault::Stopped));
}

#[test]
fn trouble_for_a_moment_does_not_end_it_and_lasting_trouble_does() {
    let fake = fake();
    let busy = Reply::status(429, "");
    for reply in [Reply::Cut, Reply::status(503, ""), busy.clone()] {
        fake.instead_of("/token", reply);
    }
    fake.polls(&[Poll::SignedIn]);
    let mut person = Patient::new();
    assert!(token(&services(&fake), TENANT, client(), &mut person).is_ok());
    assert_eq!(person.waits.len(), 4);

    for _ in 0..=FAILURES {
        fake.instead_of("/token", busy.clone());
    }
    let result = token(&services(&fake), TENANT, client(), &mut person);
    assert_eq!(result, Err(SignInFault::Busy));
}

#[rstest]
#[case(
    Reply::page(200, "<html>Welcome to the guest network</html>"),
    SignInFault::Strange(200)
)]
#[case(Reply::json(200, &json!({})), SignInFault::Strange(200))]
#[case(Reply::status(302, "").header("Location", "/evil.contoso.com/"), SignInFault::Strange(302))]
#[case(Reply::status(500, ""), SignInFault::Down(500))]
fn what_is_no_answer_of_the_sign_in_is_told(#[case] reply: Reply, #[case] fault: SignInFault) {
    let fake = fake();
    fake.instead_of("/devicecode", reply);
    let result = token(&services(&fake), TENANT, client(), &mut Patient::new());
    assert_eq!(result, Err(fault));
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn the_person_is_sent_to_no_other_page_and_shown_no_other_code() {
    for (page, code) in [
        ("https://microsoft.com.contoso.com/devicelogin", USER_CODE),
        ("http://microsoft.com/devicelogin", USER_CODE),
        ("https://dev@microsoft.com/devicelogin", USER_CODE),
        ("https://microsoft.com/devicelogin", "a\u{1b}[2J"),
        ("https://microsoft.com/devicelogin", ""),
    ] {
        let fake = fake();
        let odd = json!({"device_code": "d", "user_code": code, "verification_uri": page, "expires_in": 900});
        fake.instead_of("/devicecode", Reply::json(200, &odd));
        let mut person = Patient::new();
        let result = token(&services(&fake), TENANT, client(), &mut person);
        assert_eq!(result, Err(SignInFault::Strange(200)), "{page} {code}");
        assert!(person.codes.is_empty());
    }
}
