#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::entra::testing::{Patient, TENANT, client, fake, now, services};
use crate::testing::fake_service::Poll;

fn way<'a>(services: &'a Services, programs: Option<&'a Programs>) -> SignIn<'a> {
    SignIn {
        services,
        programs,
        tenant: TENANT,
        client: Some(client()),
    }
}

// Not on Windows: the scripts that stand in are of Unix.
#[cfg(unix)]
#[test]
fn the_azure_cli_comes_first_and_asks_nobody() {
    let home = crate::testing::TestHome::new();
    let fake = fake();
    let services = services(&fake);
    let script = format!("echo '{{\"accessToken\":\"{}\"}}'", fake.access_token());
    let programs = crate::entra::testing::azure_cli(&home, &script);
    let found = way(&services, Some(&programs))
        .with(&mut Patient::new())
        .unwrap();
    assert_eq!(found.way(), crate::entra::Way::AzureCli);
    assert!(fake.requests().is_empty());
}

// Not on Windows: the scripts that stand in are of Unix.
#[cfg(unix)]
#[test]
fn one_that_is_signed_out_is_told_and_the_next_way_is_tried() {
    let home = crate::testing::TestHome::new();
    let fake = fake();
    let services = services(&fake);
    let script = "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1";
    let programs = crate::entra::testing::azure_cli(&home, script);
    let mut person = Patient::new();
    fake.polls(&[Poll::SignedIn]);
    let found = way(&services, Some(&programs)).with(&mut person).unwrap();
    assert_eq!(found.way(), crate::entra::Way::DeviceCode);
    assert!(person.turned_down[0].contains("Azure CLI is not signed in"));
    let without = SignIn {
        client: None,
        ..way(&services, Some(&programs))
    };
    let fault = without.with(&mut person).unwrap_err();
    assert!(fault.next_step().contains("az login --tenant"), "{fault:?}");
}

#[test]
fn the_browser_is_used_where_the_tenants_rules_refuse_a_code() {
    let fake = fake();
    let services = services(&fake);
    fake.polls(&[Poll::Error("access_denied", 53_003)]);
    let mut person = Patient::new();
    let fault = way(&services, None).with(&mut person).unwrap_err();
    assert!(matches!(fault, SignInFault::NoPage(_)), "{fault:?}");
    assert!(person.turned_down[0].contains("AADSTS53003"));

    // The account is the same in any browser.
    fake.polls(&[Poll::Error("invalid_grant", 50_020)]);
    let fault = way(&services, None).with(&mut person).unwrap_err();
    assert!(matches!(fault, SignInFault::Refused(_)), "{fault:?}");
}

#[test]
fn without_an_application_and_the_azure_cli_there_is_no_way() {
    let fake = fake();
    let services = services(&fake);
    let without = SignIn {
        client: None,
        ..way(&services, None)
    };
    assert_eq!(
        without.with(&mut Patient::new()),
        Err(SignInFault::NoClient)
    );
    assert_eq!(without.quietly(now()), Err(SignInFault::NoAzureCli));
}
