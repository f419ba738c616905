//! Signing in with a code that the person types into a page, on this device or another (RFC 8628).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::sign_in::{Person, REQUEST};
use super::{AccessToken, SCOPE, SignInFault, Way, token_answer};
use crate::azure_devops::{Endpoint, Services};
use crate::model::Secret;
use crate::network::Deadline;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where a code is typed. Whatever the answer says, the person is sent to no other host.
const PAGES: [&str; 5] = [
    "microsoft.com",
    "www.microsoft.com",
    "login.microsoft.com",
    "login.microsoftonline.com",
    "aka.ms",
];

/// How often it is asked whether the person has signed in, at most and at least, in seconds.
const INTERVAL: (u64, u64) = (1, 60);
/// What RFC 8628 has an impatient client wait longer, in seconds.
const SLOWER: u64 = 5;
/// How long a code may be good for, in seconds.
const LONGEST: u32 = 1_800;
/// How often in a row the network may fail.
const FAILURES: u32 = 5;

/// What the person needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// What they type.
    pub code: String,
    /// The page that they type it into.
    pub page: String,
    /// Until when it is good.
    pub until: Timestamp,
}

#[derive(Deserialize)]
struct Begun {
    device_code: Zeroizing<String>,
    user_code: String,
    verification_uri: String,
    expires_in: u32,
    #[serde(default)]
    interval: Option<u64>,
}

/// Shows a code to the person and waits until they have signed in.
///
/// # Errors
/// Where they have not.
pub(super) fn token(
    services: &Services,
    tenant: Uuid,
    client: Uuid,
    person: &mut dyn Person,
) -> Result<AccessToken, SignInFault> {
    let client = client.to_string();
    let fields = [("client_id", client.as_str()), ("scope", SCOPE)];
    let answer = services.post_form(
        &Endpoint::device_code(tenant),
        &fields,
        Deadline::after(REQUEST),
    )?;
    let begun: Begun = token_answer::value(answer)?;
    let shown = begun.shown(person.now())?;
    person.show_code(&shown);
    let secret = wait(services, tenant, &client, &begun, shown.until, person)?;
    AccessToken::accept(secret, tenant, person.now(), Way::DeviceCode)
}

impl Begun {
    fn shown(&self, now: Timestamp) -> Result<DeviceCode, SignInFault> {
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let code = self.user_code.trim();
        let page = Url::parse(&self.verification_uri).ok().filter(|page| {
            page.scheme() == "https"
                && page.username().is_empty()
                && page.port().is_none()
                && page.host_str().is_some_and(|host| PAGES.contains(&host))
        });
        match page {
            Some(page) if (4..=32).contains(&code.len()) && code.bytes().all(is_code) => {
                let life = SignedDuration::from_secs(self.expires_in.min(LONGEST).into());
                Ok(DeviceCode {
                    code: code.to_owned(),
                    page: page.into(),
                    until: now.saturating_add(life).unwrap_or(now),
                })
            }
            _ => Err(SignInFault::Strange(200)),
        }
    }
}

fn wait(
    services: &Services,
    tenant: Uuid,
    client: &str,
    begun: &Begun,
    until: Timestamp,
    person: &mut dyn Person,
) -> Result<Secret, SignInFault> {
    let mut interval = begun.interval.unwrap_or(5);
    let mut failures = 0;
    loop {
        interval = interval.clamp(INTERVAL.0, INTERVAL.1);
        if !person.wait(Duration::from_secs(interval)) {
            return Err(SignInFault::Stopped);
        }
        if person.now() >= until {
            return Err(SignInFault::TooLate);
        }
        let fields = [
            ("grant_type", GRANT),
            ("client_id", client),
            ("device_code", begun.device_code.as_str()),
        ];
        let answer =
            services.post_form(&Endpoint::token(tenant), &fields, Deadline::after(REQUEST));
        match answer
            .map_err(SignInFault::from)
            .and_then(token_answer::token)
        {
            Err(SignInFault::Refused(refusal)) => {
                failures = 0;
                match refusal.error.as_deref() {
                    Some("authorization_pending") => {}
                    Some("slow_down") => interval += SLOWER,
                    _ => return Err(SignInFault::Refused(refusal)),
                }
            }
            // A network that fails for a moment must not end what the person is about to do.
            Err(SignInFault::Network(_) | SignInFault::Busy | SignInFault::Down(_))
                if failures < FAILURES =>
            {
                failures += 1;
                interval += SLOWER;
            }
            other => return other,
        }
    }
}

#[cfg(test)]
#[path = "device_code_tests.rs"]
mod tests;
