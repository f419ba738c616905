//! How much time is left for work that takes several requests.

use std::time::{Duration, Instant};

/// An end that several requests share.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So long from now; without an end where that is beyond what a clock can tell.
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    /// What is left of it, and never more than `most`; `None` where nothing is.
    pub fn left(self, most: Duration) -> Option<Duration> {
        let left = self
            .0
            .map_or(most, |end| end.saturating_duration_since(Instant::now()));
        (!left.is_zero()).then(|| left.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_gets_what_is_left_and_never_more_than_its_own_limit() {
        let hour = Duration::from_secs(3600);
        let second = Duration::from_secs(1);
        assert_eq!(Deadline::after(hour).left(second), Some(second));
        assert!(
            Deadline::after(second)
                .left(hour)
                .is_some_and(|left| left <= second)
        );
        assert_eq!(Deadline::after(Duration::ZERO).left(second), None);
        assert_eq!(Deadline::after(Duration::MAX).left(second), Some(second));
    }
}
