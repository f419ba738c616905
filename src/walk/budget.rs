//! How long looking may take, by a clock that a test can set.

use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How often somebody who waits looks at the clock.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// What is told of what there was no time for.
pub(crate) const LATE: &str = "the time for looking was used up";

/// Time for looking.
#[derive(Clone)]
pub struct Budget {
    /// Since looking began.
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    limit: Duration,
}

impl Budget {
    /// What looking may take in all.
    pub const USUAL: Duration = Duration::from_secs(60);
    /// What reading every file may take: as long as somebody may wait for it, but not for ever.
    pub const OF_EVERYTHING: Duration = Duration::from_secs(6 * 60 * 60);
    /// What is begun in time may take this much longer. What does not answer by then never will.
    pub const GRACE: Duration = Duration::from_secs(5);
    /// Nothing takes as long as this for one folder or file, unless it hangs.
    pub const PATIENCE: Duration = Duration::from_secs(15);

    /// That much, by a clock that tells the time since looking began.
    pub fn new(limit: Duration, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            limit,
        }
    }

    /// As long as it takes.
    pub fn unlimited() -> Self {
        Self::new(Duration::MAX, || Duration::ZERO)
    }

    /// The same clock with two thirds of the time, for the first part of the work.
    #[must_use]
    pub fn first_part(&self) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            limit: self.limit / 3 * 2,
        }
    }

    /// The time since looking began.
    pub fn elapsed(&self) -> Duration {
        (self.clock)()
    }

    /// Whether nothing new may begin.
    pub fn is_used_up(&self) -> bool {
        self.elapsed() >= self.limit
    }

    /// Whether what was begun is not waited for any more.
    pub fn is_overdue(&self) -> bool {
        self.elapsed() >= self.limit.saturating_add(Self::GRACE)
    }

    /// Does it in a thread that can be left behind; `None` where it is not done in time.
    pub fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, answer) = mpsc::channel();
        std::thread::Builder::new()
            // Nobody listens any more where it took too long.
            .spawn(move || drop(done.send(work())))
            .ok()?;
        loop {
            match answer.recv_timeout(TICK) {
                Ok(answer) => return Some(answer),
                Err(mpsc::RecvTimeoutError::Timeout) if !self.is_overdue() => {}
                Err(_) => return None,
            }
        }
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let elapsed = self.elapsed();
        write!(formatter, "{elapsed:?} of {:?}", self.limit)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that goes on by so many seconds each time it is looked at.
    pub(crate) fn hasty(seconds: u64) -> impl Fn() -> Duration + Send + Sync + 'static {
        let looked = AtomicU64::new(0);
        move || Duration::from_secs(looked.fetch_add(seconds, Ordering::Relaxed))
    }

    #[test]
    fn what_was_begun_in_time_is_waited_for_a_little_longer() {
        let at = |seconds| Budget::new(Budget::USUAL, move || Duration::from_secs(seconds));
        for (seconds, used_up, overdue) in [
            (0, false, false),
            (59, false, false),
            (60, true, false),
            (64, true, false),
            (65, true, true),
        ] {
            let budget = at(seconds);
            assert_eq!(
                (budget.is_used_up(), budget.is_overdue()),
                (used_up, overdue)
            );
        }
        assert!(at(40).first_part().is_used_up() && !at(39).first_part().is_used_up());
        assert!(!Budget::unlimited().is_overdue());
    }

    #[test]
    fn what_hangs_is_left_behind() {
        let budget = Budget::new(Budget::USUAL, hasty(50));
        let (_never, wait) = mpsc::channel::<()>();
        assert_eq!(budget.within(move || wait.recv().is_ok()), None);
        assert_eq!(Budget::unlimited().within(|| 7), Some(7));
    }
}
