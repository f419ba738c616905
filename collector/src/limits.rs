//! How much one device, one enrolment secret and whoever fails to enrol may ask.
//!
//! A whole office can come from one address (NAT), so plain requests are never counted by address: only those of one
//! token, of one secret, and enrolments that were refused. Each collector counts for itself. That is enough: what is
//! held back is load on this very process and its database, and secrets of 256 random bits are not found by trying.
//! With several collectors the limits are that many times as wide; how often a secret may be used is counted in the
//! database, over all of them.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::secret::Digest;

/// So many at once, and then one each `every`.
#[derive(Debug, Clone, Copy)]
struct Rate {
    every: SignedDuration,
    burst: i32,
}

/// A workstation asks once and sends what waits, at most fifty reports, a few times a day.
const DEVICE: Rate = Rate {
    every: SignedDuration::from_millis(200),
    burst: 600,
};

/// A secret may be that of a whole company that logs on at nine o'clock.
const SECRET: Rate = Rate {
    every: SignedDuration::from_millis(2),
    burst: 20_000,
};

/// One wrong secret from one address: an office whose policy still names the old one asks often.
const WRONG_SECRET: Rate = Rate {
    every: SignedDuration::from_secs(30),
    burst: 60,
};

/// Whatever wrong secrets from one address.
const WRONG_ADDRESS: Rate = Rate {
    every: SignedDuration::from_secs(2),
    burst: 300,
};

/// Addresses that are told to wait.
const NEWS: Rate = Rate {
    every: SignedDuration::from_secs(60),
    burst: 1,
};

/// Whether a request may go on, and if not, when one may.
pub(crate) type Allowed = Result<(), RetryAfter>;

/// Seconds to wait, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryAfter(pub(crate) u64);

/// All limits of this process.
pub(crate) struct Limits {
    devices: Limiter,
    secrets: Limiter,
    wrong_secrets: Limiter,
    wrong_addresses: Limiter,
    news: Limiter,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            devices: Limiter::of(DEVICE),
            secrets: Limiter::of(SECRET),
            wrong_secrets: Limiter::of(WRONG_SECRET),
            wrong_addresses: Limiter::of(WRONG_ADDRESS),
            news: Limiter::of(NEWS),
        }
    }
}

impl Limits {
    /// Counts a request of a device, before the database is asked whose token it is.
    pub(crate) fn device(&self, token: &Digest, now: Timestamp) -> Allowed {
        self.devices.take(token.as_bytes(), now)
    }

    /// Counts an enrolment, before the database is asked. Where that secret, or whatever secrets, were wrong too often
    /// from that address, it is not even tried; other secrets from there still are.
    pub(crate) fn enrolment(&self, secret: &Digest, from: IpAddr, now: Timestamp) -> Allowed {
        self.wrong_secrets.look((secret.as_bytes(), from), now)?;
        self.wrong_addresses.look(from, now)?;
        self.secrets.take(secret.as_bytes(), now)
    }

    /// Counts an enrolment that was refused.
    pub(crate) fn refused(&self, secret: &Digest, from: IpAddr, now: Timestamp) {
        let _ = self.wrong_secrets.take((secret.as_bytes(), from), now);
        let _ = self.wrong_addresses.take(from, now);
    }

    /// Whether it is worth a note that enrolments from there are held back: once a minute.
    pub(crate) fn is_news(&self, from: IpAddr, now: Timestamp) -> bool {
        self.news.take(from, now).is_ok()
    }
}

/// Below so many keys nothing is looked through.
const FEW: usize = 4096;

/// Counts by key, as a generic cell rate algorithm: kept of each key is only when its burst is whole again, and a key
/// whose time has come is as good as unknown.
struct Limiter {
    rate: Rate,
    hasher: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    whole_at: HashMap<u64, Timestamp>,
    sweep_at: usize,
}

impl Limiter {
    fn of(rate: Rate) -> Self {
        Self {
            rate,
            hasher: RandomState::new(),
            state: Mutex::new(State::default()),
        }
    }

    /// Counts one.
    fn take(&self, key: impl Hash, now: Timestamp) -> Allowed {
        let key = self.hasher.hash_one(key);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = state.whole_at.get(&key).copied().unwrap_or(now).max(now);
        self.check(whole, now)?;
        if state.whole_at.len() >= state.sweep_at.max(FEW) {
            state.whole_at.retain(|_, whole| *whole > now);
            state.sweep_at = state.whole_at.len() * 2;
        }
        state.whole_at.insert(key, whole + self.rate.every);
        Ok(())
    }

    /// Whether one more would be allowed.
    fn look(&self, key: impl Hash, now: Timestamp) -> Allowed {
        let key = self.hasher.hash_one(key);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = state.whole_at.get(&key).copied().unwrap_or(now);
        self.check(whole, now)
    }

    fn check(&self, whole: Timestamp, now: Timestamp) -> Allowed {
        let room = self.rate.every * (self.rate.burst - 1);
        let wait = whole.duration_since(now) - room;
        if !wait.is_positive() {
            return Ok(());
        }
        let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
        Err(RetryAfter(seconds.unsigned_abs().max(1)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let limiter = Limiter::of(Rate {
            every: SignedDuration::from_secs(10),
            burst: 3,
        });
        for _ in 0..3 {
            assert_eq!(limiter.take("a", now()), Ok(()));
        }
        assert_eq!(limiter.take("a", now()), Err(RetryAfter(10)));
        assert_eq!(limiter.take("b", now()), Ok(()), "another is not held up");
        let later = now() + SignedDuration::from_secs(10);
        assert_eq!(limiter.take("a", later), Ok(()));
        assert_eq!(limiter.look("a", later), Err(RetryAfter(10)));
    }

    #[test]
    fn an_office_with_an_old_secret_does_not_shut_out_a_new_one() {
        let limits = Limits::default();
        let office = "192.0.2.1".parse().unwrap();
        let (old, new) = (Digest::of("old"), Digest::of("new"));
        for _ in 0..60 {
            assert!(limits.enrolment(&old, office, now()).is_ok());
            limits.refused(&old, office, now());
        }
        assert!(limits.enrolment(&old, office, now()).is_err());
        assert!(limits.enrolment(&new, office, now()).is_ok());
        let home = "198.51.100.7".parse().unwrap();
        assert!(limits.enrolment(&old, home, now()).is_ok());
    }

    #[test]
    fn a_company_logs_on_from_one_address() {
        let limits = Limits::default();
        let (secret, office) = (Digest::of("company"), "192.0.2.1".parse().unwrap());
        for _ in 0..20_000 {
            assert!(limits.enrolment(&secret, office, now()).is_ok());
        }
        assert_eq!(limits.enrolment(&secret, office, now()), Err(RetryAfter(1)));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let limiter = Limiter::of(DEVICE);
        for key in 0..FEW {
            limiter.take(key, now()).unwrap();
        }
        let later = now() + SignedDuration::from_secs(1);
        limiter.take(FEW, later).unwrap();
        assert_eq!(limiter.state.lock().unwrap().whole_at.len(), 1);
    }
}
