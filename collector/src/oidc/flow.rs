//! What ties the end of a sign-in to its beginning.
//!
//! Any collector must be able to finish what another one began, so nothing of it stays in the process. The
//! browser keeps one random secret in a cookie that it sends to this collector alone, and state, nonce and
//! the PKCE verifier are each hashed from the whole cookie. So no key has to be shared or kept, no row is
//! written for strangers, and what is seen on the way (the state, the challenge, the code) opens nothing
//! without the cookie: whoever brings another one brings another nonce and another verifier.

use jiff::{SignedDuration, Timestamp};

use crate::secret::{Digest, Purpose, Secret};

/// How long somebody may take at the provider.
pub(crate) const FLOW_LENGTH: SignedDuration = SignedDuration::from_mins(10);

/// Longer ones are no pages of ours.
const LONGEST_NEXT: usize = 1024;

/// The cookie's name. Over TLS browsers then take it only from this very host.
pub(crate) const fn flow_cookie(secure: bool) -> &'static str {
    if secure {
        "__Host-rekey-provider"
    } else {
        "rekey-provider"
    }
}

/// One sign-in. The cookie is `TIME.SECRET.NEXT`: seconds since 1970, the secret, and where to go on to.
pub(super) struct Flow {
    cookie: String,
    next: String,
}

impl Flow {
    pub(super) fn begin(now: Timestamp, next: &str) -> Self {
        let next = if next.len() > LONGEST_NEXT { "/" } else { next };
        let secret = Secret::new(Purpose::Session);
        let written = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
        Self {
            cookie: format!("{}.{}.{written}", now.as_second(), secret.reveal()),
            next: next.to_owned(),
        }
    }

    /// From the cookie; none where it is not one of ours, or too old.
    pub(super) fn resume(cookie: &str, now: Timestamp) -> Option<Self> {
        let mut parts = cookie.splitn(3, '.');
        let began_at = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
        let secret = parts.next()?;
        let [(_, next)]: [(String, String); 1] =
            serde_urlencoded::from_str::<Vec<_>>(parts.next()?)
                .ok()?
                .try_into()
                .ok()?;
        let age = now.duration_since(began_at);
        let flow = Self {
            cookie: cookie.to_owned(),
            next,
        };
        let fits = secret.len() >= 64 && age < FLOW_LENGTH && age > -FLOW_LENGTH;
        fits.then_some(flow)
    }

    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    pub(super) fn next(&self) -> &str {
        &self.next
    }

    pub(super) fn state(&self) -> Digest {
        self.part("state")
    }

    pub(super) fn nonce(&self) -> String {
        self.part("nonce").to_hex()
    }

    /// 64 characters of those that RFC 7636 §4.1 allows.
    pub(super) fn verifier(&self) -> String {
        self.part("verifier").to_hex()
    }

    fn part(&self, what: &str) -> Digest {
        Digest::of(&format!("rekey sign-in {what} of {}", self.cookie))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn another_collector_finds_the_same_parts_in_the_cookie() {
        let begun = Flow::begin(noon(), "/devices?state=silent&q=a.b");
        let resumed = Flow::resume(begun.cookie(), noon()).unwrap();
        assert_eq!(resumed.next(), "/devices?state=silent&q=a.b");
        assert!(resumed.state().matches(&begun.state()));
        assert_eq!(resumed.nonce(), begun.nonce());
        assert_eq!(resumed.verifier(), begun.verifier());
        let parts = [begun.state().to_hex(), begun.nonce(), begun.verifier()];
        assert!(
            parts
                .iter()
                .all(|part| !begun.cookie().contains(part.as_str()))
        );
        assert!(parts[0] != parts[1] && parts[1] != parts[2]);
    }

    #[test]
    fn a_changed_cookie_has_other_parts() {
        let begun = Flow::begin(noon(), "/");
        let later = begun.cookie().replacen("17", "18", 1);
        assert!(Flow::resume(&later, noon()).is_none());
        let elsewhere = begun.cookie().replace("next=", "next=x");
        let elsewhere = Flow::resume(&elsewhere, noon()).unwrap();
        assert!(!elsewhere.state().matches(&begun.state()));
    }

    #[test]
    fn it_is_over_after_a_while_and_nonsense_is_none() {
        let begun = Flow::begin(noon(), "/");
        assert!(Flow::resume(begun.cookie(), noon() + FLOW_LENGTH).is_none());
        for nonsense in ["", ".", "..", "1.2.3", "x.y.z", "1795435200.short.next=%2F"] {
            assert!(Flow::resume(nonsense, noon()).is_none(), "{nonsense}");
        }
        assert_eq!(Flow::begin(noon(), &"/".repeat(5000)).next(), "/");
    }
}
