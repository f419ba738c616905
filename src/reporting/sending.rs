//! When to try the collector again: `sending.json`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::platform;
use crate::state::{StateFault, StateFolder};

const NAME: &str = "sending.json";

/// The first pause between runs; it doubles with each run that fails.
const FIRST_PAUSE_SECONDS: u64 = 60;
/// No pause is longer.
const LONGEST_PAUSE_SECONDS: u64 = 6 * 60 * 60;

/// What is remembered of sending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sending {
    /// How many runs failed in a row.
    failures: u32,
    /// Runs before that do not try.
    next_try: Option<Timestamp>,
    /// The number of the newest report.
    sequence: u64,
}

impl Sending {
    pub(super) fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    pub(super) fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// Until when no run tries. A time that is further off than any pause comes from a clock that was wrong.
    pub(super) fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        let furthest = later(now, LONGEST_PAUSE_SECONDS);
        self.next_try
            .filter(|next| *next > now && *next <= furthest)
    }

    /// A run failed. The pause has full jitter, so that workstations that failed together do not come back together;
    /// it is never shorter than what the collector asked for.
    pub(super) fn failed(&mut self, now: Timestamp, asked_seconds: Option<u64>) {
        let doubled = FIRST_PAUSE_SECONDS << self.failures.min(16);
        let pause = below(doubled.min(LONGEST_PAUSE_SECONDS));
        let asked = asked_seconds.unwrap_or(0).min(LONGEST_PAUSE_SECONDS);
        self.next_try = Some(later(now, pause.max(asked)));
        self.failures = self.failures.saturating_add(1);
    }

    /// A run got everything through.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.next_try = None;
    }
}

/// The number of the next report; counts from 1 and never back, over enrolments too.
pub(super) fn next_sequence(state: &StateFolder) -> Result<u64, StateFault> {
    let mut sending = Sending::load(state)?;
    sending.sequence = sending.sequence.saturating_add(1);
    sending.save(state)?;
    Ok(sending.sequence)
}

/// A random number from 0 to `limit`. Without randomness it is the limit: waiting longer harms nobody.
pub(super) fn below(limit: u64) -> u64 {
    match platform::random() {
        Ok(bytes) => u64::from_le_bytes(bytes) % limit.saturating_add(1).max(1),
        Err(_) => limit,
    }
}

fn later(now: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn pauses_grow_and_stay_under_six_hours() {
        let mut sending = Sending::default();
        for _ in 0..100 {
            sending.failed(now(), None);
            let next = sending.next_try.unwrap();
            assert!(next >= now() && next <= later(now(), LONGEST_PAUSE_SECONDS));
        }
        assert_eq!(sending.failures, 100);
    }

    #[test]
    fn a_run_waits_at_least_as_long_as_the_collector_asked() {
        let mut sending = Sending::default();
        sending.failed(now(), Some(600));
        assert_eq!(sending.not_before(now()), Some(later(now(), 600)));
        assert_eq!(sending.not_before(later(now(), 600)), None);
    }

    #[test]
    fn a_clock_that_was_wrong_does_not_stop_sending() {
        let sending = Sending {
            next_try: Some("2126-01-01T00:00:00Z".parse().unwrap()),
            ..Sending::default()
        };
        assert_eq!(sending.not_before(now()), None);
    }

    #[test]
    fn reports_are_counted_from_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        assert_eq!(next_sequence(&state).unwrap(), 1);
        assert_eq!(next_sequence(&state).unwrap(), 2);
    }
}
