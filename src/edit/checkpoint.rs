//! The moments at which a kill must do no harm. Tests stop at each of them; otherwise they are nothing.

/// A moment between two steps.
#[cfg(not(test))]
pub(super) fn checkpoint() {}

#[cfg(test)]
pub(super) use stopping::checkpoint;

#[cfg(test)]
pub(super) mod stopping {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    struct Stopped;

    pub(in crate::edit) fn checkpoint() {
        match LEFT.get() {
            // Unwinding stands for the kill: no code of this module cleans up while it unwinds.
            Some(0) => resume_unwind(Box::new(Stopped)),
            Some(left) => LEFT.set(Some(left - 1)),
            None => {}
        }
    }

    /// Runs `work` and stops it at the checkpoint of this number; `None` where it was stopped.
    pub(in crate::edit) fn stop_at<T>(number: usize, work: impl FnOnce() -> T) -> Option<T> {
        LEFT.set(Some(number));
        let result = catch_unwind(AssertUnwindSafe(work));
        LEFT.set(None);
        match result {
            Ok(value) => Some(value),
            Err(payload) if payload.is::<Stopped>() => None,
            Err(payload) => resume_unwind(payload),
        }
    }
}
