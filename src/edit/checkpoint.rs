//! The moments at which a kill must do no harm. Tests stop at each of them; otherwise they are nothing.

/// A moment between two steps.
#[cfg(not(test))]
pub(crate) fn checkpoint() {}

#[cfg(test)]
pub(crate) use stopping::checkpoint;

#[cfg(test)]
pub(crate) mod stopping {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    type Action = Box<dyn FnOnce()>;

    thread_local! {
        /// How many checkpoints to pass, and what happens at the one after.
        static NEXT: RefCell<Option<(usize, Action)>> = const { RefCell::new(None) };
    }

    struct Stopped;

    pub(crate) fn checkpoint() {
        let due = NEXT.with_borrow_mut(|next| match next {
            Some((0, _)) => next.take(),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        });
        if let Some((_, action)) = due {
            action();
        }
    }

    /// Runs `work` and stops it at the checkpoint of this number; `None` where it was stopped.
    pub(crate) fn stop_at<T>(number: usize, work: impl FnOnce() -> T) -> Option<T> {
        // Unwinding stands for the kill: no code of this module cleans up while it unwinds.
        let stop = || resume_unwind(Box::new(Stopped));
        match catch_unwind(AssertUnwindSafe(|| interrupt_at(number, stop, work))) {
            Ok((value, _)) => Some(value),
            Err(payload) if payload.is::<Stopped>() => None,
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Runs `work`, and `action` at the checkpoint of this number; false where there was none.
    pub(crate) fn interrupt_at<T>(
        number: usize,
        action: impl FnOnce() + 'static,
        work: impl FnOnce() -> T,
    ) -> (T, bool) {
        NEXT.set(Some((number, Box::new(action))));
        let value = work();
        (value, NEXT.take().is_none())
    }

    /// More steps than any run that a story is told of has.
    const ENOUGH: usize = 400;

    /// Tells a story for each step until one was not stopped; how many steps it took, for tests that must not run dry.
    pub(crate) fn each_stop(story: impl FnMut(usize) -> bool) -> usize {
        each_stop_by(1, story)
    }

    /// The same for each step of this many, for stories that are slow to tell.
    pub(in crate::edit) fn each_stop_by(
        stride: usize,
        mut story: impl FnMut(usize) -> bool,
    ) -> usize {
        let finished = (0..ENOUGH).step_by(stride).find(|number| !story(*number));
        finished.unwrap_or_else(|| unreachable!("more than {ENOUGH} steps"))
    }
}
