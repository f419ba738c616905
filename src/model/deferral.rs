//! How far and how often a step may be put off.

use jiff::Timestamp;

/// What policy allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeferralLimits {
    /// When the steps must be done.
    pub deadline: Option<Timestamp>,
    /// How often one step may be put off.
    pub most: Option<u32>,
}

/// Why a step cannot be put off, or not so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDeferral {
    /// The time for it is over since then.
    Overdue(Timestamp),
    /// It was put off so often already.
    TooOften(u32),
    /// Only until then.
    TooFar(Timestamp),
}

impl DeferralLimits {
    /// Whether a step that was put off so often may be put off once more.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, count: u32, now: Timestamp) -> Result<(), NoDeferral> {
        if let Some(deadline) = self.deadline.filter(|deadline| *deadline <= now) {
            return Err(NoDeferral::Overdue(deadline));
        }
        match self.most {
            Some(most) if count >= most => Err(NoDeferral::TooOften(most)),
            _ => Ok(()),
        }
    }

    /// The same, until this time.
    ///
    /// # Errors
    /// Why not.
    pub fn check_until(
        &self,
        until: Timestamp,
        count: u32,
        now: Timestamp,
    ) -> Result<(), NoDeferral> {
        self.check(count, now)?;
        match self.deadline {
            Some(deadline) if until > deadline => Err(NoDeferral::TooFar(deadline)),
            _ => Ok(()),
        }
    }

    /// When a step that was put off until this time waits again: a deadline that was set since comes first.
    pub fn end(&self, until: Timestamp) -> Timestamp {
        self.deadline.map_or(until, |deadline| deadline.min(until))
    }

    /// How often more it may be put off; `None` without a limit.
    pub fn left(&self, count: u32) -> Option<u32> {
        self.most.map(|most| most.saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn at(day: &str) -> Timestamp {
        format!("2026-12-{day}T18:00:00Z").parse().unwrap()
    }

    #[test]
    fn without_limits_a_step_is_put_off_at_will() {
        let limits = DeferralLimits::default();
        assert_eq!(limits.check_until(at("31"), 99, at("01")), Ok(()));
        assert_eq!(limits.end(at("31")), at("31"));
        assert_eq!(limits.left(99), None);
    }

    #[test]
    fn before_the_deadline_never_beyond_it_and_after_it_no_more() {
        let limits = DeferralLimits {
            deadline: Some(at("18")),
            most: None,
        };
        assert_eq!(limits.check_until(at("18"), 0, at("01")), Ok(()));
        let beyond = limits.check_until(at("19"), 0, at("01"));
        assert_eq!(beyond, Err(NoDeferral::TooFar(at("18"))));
        let after = limits.check(0, at("18"));
        assert_eq!(after, Err(NoDeferral::Overdue(at("18"))));
        assert_eq!(limits.end(at("31")), at("18"));
    }

    #[test]
    fn it_is_put_off_so_often_and_no_more() {
        let limits = DeferralLimits {
            deadline: None,
            most: Some(2),
        };
        assert_eq!(limits.check(1, at("01")), Ok(()));
        assert_eq!(limits.left(1), Some(1));
        assert_eq!(limits.check(2, at("01")), Err(NoDeferral::TooOften(2)));
        assert_eq!(limits.left(3), Some(0));
    }
}
