//! A few threads that share one stack of tasks, each of which may lead to more.
//!
//! Unlike those of the pool they may borrow, and are waited for: whoever reads every file has no minute to keep to.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Works through `first` and all that comes of it. Each thread gathers into its own `L`.
pub(crate) fn drain<T, L>(
    first: Vec<T>,
    threads: usize,
    work: impl Fn(T, &mut L, &mut Vec<T>) + Sync,
) -> Vec<L>
where
    T: Send,
    L: Default + Send,
{
    let stack = Stack::new(first);
    let worker = || {
        let mut gathered = L::default();
        let mut more = Vec::new();
        while let Some(task) = stack.take() {
            let _busy = Busy(&stack);
            work(task, &mut gathered, &mut more);
            stack.give(&mut more);
        }
        gathered
    };
    std::thread::scope(|scope| {
        // Where the system gives no thread, the others do the work.
        let others: Vec<_> = (1..threads)
            .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, worker).ok())
            .collect();
        let mut all = vec![worker()];
        for other in others {
            match other.join() {
                Ok(gathered) => all.push(gathered),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

struct Stack<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    ready: Vec<T>,
    /// Threads at work, which may still bring more.
    busy: usize,
    waiting: usize,
}

impl<T> Stack<T> {
    fn new(ready: Vec<T>) -> Self {
        let state = State {
            ready,
            busy: 0,
            waiting: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task, and a seat among the busy; `None` once all is done.
    fn take(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.ready.pop() {
                state.busy += 1;
                return Some(task);
            }
            if state.busy == 0 {
                return None;
            }
            state.waiting += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    fn give(&self, more: &mut Vec<T>) {
        if more.is_empty() {
            return;
        }
        let mut state = self.lock();
        let several = more.len() > 1;
        state.ready.append(more);
        // The giver takes one itself.
        if several && state.waiting > 0 {
            self.changed.notify_all();
        }
    }
}

/// Leaves the seat when the task is done, and when it panics, so that nobody waits for ever.
struct Busy<'a, T>(&'a Stack<T>);

impl<T> Drop for Busy<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy -= 1;
        if state.busy == 0 && state.waiting > 0 {
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::drain;

    #[test]
    fn every_task_and_what_comes_of_it_is_done_once() {
        for threads in [1, 2, 8] {
            let sums: Vec<u64> = drain(vec![14_u32, 3], threads, |depth, sum: &mut u64, more| {
                *sum += 1;
                if depth > 0 {
                    more.extend([depth - 1, depth - 1]);
                }
            });
            assert_eq!(sums.iter().sum::<u64>(), (1 << 15) - 1 + (1 << 4) - 1);
        }
    }

    #[test]
    fn no_task_is_no_work() {
        let sums: Vec<u64> = drain(Vec::<()>::new(), 2, |(), _, _| ());
        assert_eq!(sums, [0, 0]);
    }

    #[test]
    fn a_panic_ends_the_work_instead_of_hanging_it() {
        let caught = std::panic::catch_unwind(|| {
            drain(vec![1], 4, |_, (): &mut (), _| {
                std::panic::resume_unwind(Box::new("stop"))
            });
        });
        assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "stop");
    }
}
