//! Signing in on the browser of this workstation: an authorization code that only this process can redeem.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::loopback::Loopback;
use super::pkce::{challenge, unguessable};
use super::sign_in::{Person, REQUEST};
use super::{AccessToken, SCOPE, SignInFault, Way, token_answer};
use crate::azure_devops::{Endpoint, Services};
use crate::model::Secret;
use crate::network::Deadline;

/// How long the person may take.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// How often it is looked whether the browser has come.
const STEP: Duration = Duration::from_millis(100);

/// Opens the page of the sign-in and waits until the browser brings its answer.
///
/// # Errors
/// Where the person has not signed in.
pub(super) fn token(
    services: &Services,
    tenant: Uuid,
    client: Uuid,
    person: &mut dyn Person,
) -> Result<AccessToken, SignInFault> {
    let client = client.to_string();
    let (verifier, state) = (unguessable()?, unguessable()?);
    let door = Loopback::open()?;
    let address = door.address();
    let challenge = challenge(&verifier);
    let page = Endpoint::authorize(
        tenant,
        &[
            ("client_id", &client),
            ("response_type", "code"),
            ("redirect_uri", &address),
            ("response_mode", "query"),
            ("scope", SCOPE),
            ("state", state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
        ],
    );
    person
        .open_page(&page.address())
        .map_err(SignInFault::NoPage)?;
    let code = wait(&door, &state, person)?;
    drop(door);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &client),
        ("code", code.expose()),
        ("redirect_uri", &address),
        ("code_verifier", verifier.expose()),
        ("scope", SCOPE),
    ];
    let answer = services.post_form(&Endpoint::token(tenant), &fields, Deadline::after(REQUEST))?;
    let secret = token_answer::token(answer)?;
    AccessToken::accept(secret, tenant, person.now(), Way::Browser)
}

fn wait(door: &Loopback, state: &Secret, person: &mut dyn Person) -> Result<Secret, SignInFault> {
    let now = person.now();
    let until: Timestamp = now.saturating_add(LONGEST).unwrap_or(now);
    loop {
        if let Some(answer) = door.answer(state) {
            return answer;
        }
        if person.now() >= until {
            return Err(SignInFault::TooLate);
        }
        if !person.wait(STEP) {
            return Err(SignInFault::Stopped);
        }
    }
}

#[cfg(test)]
#[path = "browser_tests.rs"]
mod tests;
