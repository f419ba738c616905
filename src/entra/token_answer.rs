//! What the sign-in answers: a token, or an error of OAuth (RFC 6749 §5.2, RFC 8628 §3.5).

use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::{Zeroize as _, Zeroizing};

use super::SignInFault;
use super::aadsts::{Refusal, code_in};
use crate::model::Secret;
use crate::network::Answer;

/// The person did not agree to the application.
const PERSON_DECLINED: u32 = 65_004;

#[derive(Deserialize)]
struct Token {
    access_token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct OauthError {
    error: String,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    error_description: String,
}

/// A value that the sign-in gave.
///
/// # Errors
/// What it answered instead.
pub(super) fn value<T: DeserializeOwned>(mut answer: Answer) -> Result<T, SignInFault> {
    let status = answer.status;
    let read = if status == 200 && answer.is_json() {
        serde_json::from_slice(&answer.body).map_err(|_| SignInFault::Strange(status))
    } else {
        Err(fault(&answer))
    };
    // A token may stand in it.
    answer.body.zeroize();
    read
}

/// The token that the sign-in gave.
///
/// # Errors
/// What it answered instead.
pub(super) fn token(answer: Answer) -> Result<Secret, SignInFault> {
    let token: Token = value(answer)?;
    Ok(Secret::new(token.access_token.as_str()))
}

fn fault(answer: &Answer) -> SignInFault {
    let error = Some(answer).filter(|answer| answer.is_json());
    let error = error.and_then(|answer| serde_json::from_slice::<OauthError>(&answer.body).ok());
    match (answer.status, error) {
        (429, _) => SignInFault::Busy,
        (_, Some(error)) => error.fault(),
        (status @ 500..=599, None) => SignInFault::Down(status),
        (status, None) => SignInFault::Strange(status),
    }
}

impl OauthError {
    fn fault(&self) -> SignInFault {
        let first = self.error_codes.first().copied();
        let code = first.or_else(|| code_in(&self.error_description));
        match (self.error.as_str(), code) {
            ("authorization_declined", _) | ("access_denied", None | Some(PERSON_DECLINED)) => {
                SignInFault::Declined
            }
            ("bad_verification_code", _) => SignInFault::BadCode,
            ("expired_token" | "code_expired", _) => SignInFault::TooLate,
            // "access_denied" stands for rules of the tenant too.
            (error, code) => SignInFault::Refused(Refusal::new(code, error)),
        }
    }
}

/// What the sign-in's own page says in the address that it sends the browser to.
pub(super) fn of_page(error: &str, description: &str) -> SignInFault {
    OauthError {
        error: error.to_owned(),
        error_codes: Vec::new(),
        error_description: description.to_owned(),
    }
    .fault()
}
