//! A few threads that share one stack of tasks, each of which may lead to more.
//!
//! The threads can be left behind: a folder of a network that is away may never answer.

use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::budget::{Budget, TICK};

/// More threads than this only wait for the same disk.
const MOST_THREADS: usize = 8;
/// Threads that take the place of those that hang.
const MOST_REPLACEMENTS: usize = 8;

/// As many threads as there are processors, up to eight.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_THREADS)
}

/// What came of the work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drained<T, L> {
    /// What was gathered.
    pub(crate) gathered: L,
    /// Tasks that were never begun, as the time was used up.
    pub(crate) left: Vec<T>,
    /// Tasks that were begun and do not end.
    pub(crate) hanging: Vec<T>,
}

/// One kind of work.
pub(crate) trait Work: Send + Sync + 'static {
    /// What is to be done.
    type Task: Clone + Send + 'static;
    /// What one thread sees of it.
    type Notes: Default + Send + 'static;

    /// Does one task: notes what is seen, and adds what comes of it to `more`.
    fn work(&self, task: Self::Task, notes: &mut Self::Notes, more: &mut Vec<Self::Task>);

    /// How many parts of tasks were begun so far, where single tasks take long.
    fn beats(&self) -> u64 {
        0
    }

    /// Moves notes to those that are kept, whose order says nothing.
    fn keep(kept: &mut Self::Notes, notes: &mut Self::Notes);
}

/// Works through `first` and all that comes of it, as far as the time goes.
pub(crate) fn drain<W: Work>(
    work: W,
    first: Vec<W::Task>,
    threads: usize,
    budget: &Budget,
) -> Drained<W::Task, W::Notes> {
    let shared = Arc::new(Shared {
        work,
        state: Mutex::new(State {
            ready: first,
            begun: Vec::new(),
            kept: W::Notes::default(),
            count: 0,
            ended: 0,
            waiting: 0,
            closed: false,
        }),
        more: Condvar::new(),
        fewer: Condvar::new(),
        budget: budget.clone(),
    });
    let mut workers: Vec<_> = (0..threads).filter_map(|_| start(&shared)).collect();
    if workers.is_empty() {
        // Where the system gives no thread, this one does the work.
        shared.drain();
    }
    wait(&shared, &mut workers);
    let mut state = shared.lock();
    let drained = Drained {
        gathered: std::mem::take(&mut state.kept),
        left: std::mem::take(&mut state.ready),
        hanging: state.begun.drain(..).map(|(_, task)| task).collect(),
    };
    drop(state);
    for worker in workers {
        // Those that hang are left behind.
        if (drained.hanging.is_empty() || worker.is_finished())
            && let Err(panic) = worker.join()
        {
            std::panic::resume_unwind(panic);
        }
    }
    drained
}

struct Shared<W: Work> {
    work: W,
    state: Mutex<State<W>>,
    /// There is more to do, or nothing any more.
    more: Condvar,
    /// A task has ended and nothing else is to be done.
    fewer: Condvar,
    budget: Budget,
}

struct State<W: Work> {
    ready: Vec<W::Task>,
    /// Tasks that somebody is at, which may still bring more, by their numbers.
    begun: Vec<(u64, W::Task)>,
    kept: W::Notes,
    /// How many were begun so far.
    count: u64,
    /// How many have ended so far.
    ended: u64,
    /// Threads without a task.
    waiting: usize,
    /// Nothing new begins.
    closed: bool,
}

impl<W: Work> State<W> {
    /// Whether nothing goes on and nothing will.
    fn is_over(&self) -> bool {
        self.begun.is_empty() && (self.closed || self.ready.is_empty())
    }

    fn end(&mut self, number: u64) {
        self.begun.retain(|(begun, _)| *begun != number);
        self.ended += 1;
    }
}

fn start<W: Work>(shared: &Arc<Shared<W>>) -> Option<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    Builder::new().spawn(move || shared.drain()).ok()
}

/// Waits until all is done, the time is used up, or only what hangs is left.
fn wait<W: Work>(shared: &Arc<Shared<W>>, workers: &mut Vec<JoinHandle<()>>) {
    let most = workers.len() + MOST_REPLACEMENTS;
    let (mut done, mut since) = ((0, 0), shared.budget.elapsed());
    let mut state = shared.lock();
    while !state.is_over() {
        let waited = shared.fewer.wait_timeout(state, TICK);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let now = shared.budget.elapsed();
        let known = (state.ended, shared.work.beats());
        if known != done {
            (done, since) = (known, now);
        }
        let stands_still = now.saturating_sub(since) >= Budget::PATIENCE;
        if stands_still && !state.ready.is_empty() && !state.closed && workers.len() < most {
            since = now;
            drop(state);
            workers.extend(start(shared));
            state = shared.lock();
        } else if stands_still || shared.budget.is_overdue() {
            break;
        }
        if shared.budget.is_used_up() {
            state.closed = true;
            shared.more.notify_all();
        }
    }
    state.closed = true;
    shared.more.notify_all();
}

impl<W: Work> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self) {
        let mut notes = W::Notes::default();
        let mut more = Vec::new();
        let mut done = None;
        while let Some((number, task)) = self.next(done, &mut notes, &mut more) {
            let unwinding = Unwinding(self, number);
            self.work.work(task, &mut notes, &mut more);
            std::mem::forget(unwinding);
            done = Some(number);
        }
    }

    /// Hands in what came of one task and takes the next; `None` once all is done.
    fn next(
        &self,
        done: Option<u64>,
        notes: &mut W::Notes,
        more: &mut Vec<W::Task>,
    ) -> Option<(u64, W::Task)> {
        let is_used_up = self.budget.is_used_up();
        let mut state = self.lock();
        if let Some(number) = done {
            state.end(number);
            W::keep(&mut state.kept, notes);
            state.ready.append(more);
        }
        state.closed |= is_used_up;
        loop {
            if state.is_over() {
                self.fewer.notify_one();
            }
            if state.closed || state.is_over() {
                self.more.notify_all();
                return None;
            }
            if let Some(task) = state.ready.pop() {
                let number = state.count;
                state.count += 1;
                state.begun.push((number, task.clone()));
                if !state.ready.is_empty() && state.waiting > 0 {
                    self.more.notify_all();
                }
                return Some((number, task));
            }
            state.waiting += 1;
            state = self
                .more
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }
}

/// Ends all work where one task panics, so that nobody waits for ever.
struct Unwinding<'a, W: Work>(&'a Shared<W>, u64);

impl<W: Work> Drop for Unwinding<'_, W> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.end(self.1);
        state.closed = true;
        self.0.more.notify_all();
        self.0.fewer.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc;

    use super::super::budget::tests::hasty;
    use super::*;

    /// Adds up tasks, each of which brings two smaller ones.
    struct Doubling;

    impl Work for Doubling {
        type Task = u32;
        type Notes = u64;

        fn work(&self, depth: u32, sum: &mut u64, more: &mut Vec<u32>) {
            *sum += 1;
            if depth > 0 {
                more.extend([depth - 1, depth - 1]);
            }
        }

        fn keep(kept: &mut u64, notes: &mut u64) {
            *kept += std::mem::take(notes);
        }
    }

    #[test]
    fn every_task_and_what_comes_of_it_is_done_once() {
        for threads in [0, 1, 2, 8] {
            let drained = drain(Doubling, vec![14, 3], threads, &Budget::unlimited());
            assert_eq!(drained.gathered, (1 << 15) - 1 + (1 << 4) - 1);
            assert_eq!((drained.left, drained.hanging), (vec![], vec![]));
        }
    }

    #[test]
    fn no_task_is_no_work() {
        let drained = drain(Doubling, Vec::new(), 2, &Budget::unlimited());
        assert_eq!(drained.gathered, 0);
    }

    #[test]
    fn what_is_not_begun_in_time_is_told() {
        let budget = Budget::new(Budget::USUAL, hasty(10));
        let drained = drain(Doubling, vec![14], 1, &budget);
        // Each task that was done left one more than it took.
        assert_eq!(drained.left.len() as u64, drained.gathered + 1);
        assert!(drained.gathered < 7);
        let late = Budget::new(Budget::USUAL, || Budget::USUAL);
        let drained = drain(Doubling, vec![14, 3], 2, &late);
        assert_eq!((drained.gathered, drained.left), (0, vec![14, 3]));
    }

    /// Tasks of which the first hang until they are let go.
    struct Hanging(Mutex<mpsc::Receiver<()>>, u32);

    impl Work for Hanging {
        type Task = u32;
        type Notes = Vec<u32>;

        fn work(&self, task: u32, notes: &mut Vec<u32>, more: &mut Vec<u32>) {
            if task < self.1 {
                let _ = self.0.lock().unwrap().recv();
            }
            notes.push(task);
            if task == 10 {
                more.extend([11, 12]);
            }
        }

        fn keep(kept: &mut Vec<u32>, notes: &mut Vec<u32>) {
            kept.append(notes);
        }
    }

    #[test]
    fn what_hangs_is_told_and_the_rest_is_done_all_the_same() {
        for (hanging, threads) in [(1, 1), (1, 2), (2, 2)] {
            let (_never, wait) = mpsc::channel();
            // Slow enough for the rest to be done, quick enough to give up soon.
            let budget = Budget::new(std::time::Duration::from_secs(100_000), hasty(3));
            let first = vec![10, 1, 0];
            let work = Hanging(Mutex::new(wait), hanging);
            let mut drained = drain(work, first, threads, &budget);
            drained.gathered.sort_unstable();
            drained.hanging.sort_unstable();
            assert_eq!(drained.hanging, (0..hanging).collect::<Vec<_>>());
            let done: Vec<_> = (hanging..2).chain(10..13).collect();
            assert_eq!(drained.gathered, done, "{hanging} {threads}");
            assert!(drained.left.is_empty());
        }
    }

    #[test]
    fn what_hangs_at_the_end_of_the_time_is_not_waited_for() {
        let (_never, wait) = mpsc::channel();
        let budget = Budget::new(Budget::USUAL, hasty(30));
        let work = Hanging(Mutex::new(wait), 1);
        let drained = drain(work, vec![7, 0], 1, &budget);
        assert_eq!((drained.hanging, drained.left), (vec![0], vec![7]));
    }

    /// One task that takes long and goes on.
    struct Slow(AtomicU64);

    impl Work for Slow {
        type Task = ();
        type Notes = u64;

        fn work(&self, (): (), sum: &mut u64, _more: &mut Vec<()>) {
            for _ in 0..20 {
                std::thread::sleep(TICK / 2);
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            *sum += 1;
        }

        fn beats(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn keep(kept: &mut u64, notes: &mut u64) {
            *kept += std::mem::take(notes);
        }
    }

    #[test]
    fn what_takes_long_and_goes_on_does_not_hang() {
        let budget = Budget::new(std::time::Duration::from_secs(100_000), hasty(4));
        let drained = drain(Slow(AtomicU64::new(0)), vec![()], 1, &budget);
        assert_eq!((drained.gathered, drained.hanging), (1, vec![]));
    }

    /// A task that panics.
    struct Panicking;

    impl Work for Panicking {
        type Task = u32;
        type Notes = ();

        fn work(&self, _task: u32, (): &mut (), _more: &mut Vec<u32>) {
            std::panic::resume_unwind(Box::new("stop"))
        }

        fn keep((): &mut (), (): &mut ()) {}
    }

    #[test]
    fn a_panic_ends_the_work_instead_of_hanging_it() {
        let caught = std::panic::catch_unwind(|| {
            drain(Panicking, vec![1], 4, &Budget::unlimited());
        });
        assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "stop");
    }
}
