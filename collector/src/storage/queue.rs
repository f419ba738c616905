//! Work that many ask for at the same time, done many at a time: a commit waits for the disk, and the disk takes a
//! hundred reports in the time of one. Nobody is answered before the commit.

use std::sync::Arc;

use async_trait::async_trait;
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Result, StorageError};

/// The most in one commit.
const BATCH: usize = 256;

/// The most that wait in line; beyond it senders wait at the door.
const LINE: usize = 1024;

/// How often a batch is tried where another writer is in the way.
const TRIES: u32 = 5;

/// Does a batch in one commit.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    type Job: Send + Sync + 'static;
    type Done: Send + 'static;

    /// Either all is done, and each job has its answer, or nothing is and the error says why.
    async fn all(&self, jobs: &[Self::Job]) -> Result<Vec<Result<Self::Done>>>;
}

struct Waiting<W: Work> {
    job: W::Job,
    answer: oneshot::Sender<Result<W::Done>>,
}

/// A line before workers.
pub(super) struct Queue<W: Work> {
    door: mpsc::Sender<Waiting<W>>,
    /// How many were in each commit.
    pub(super) sizes: Histogram,
}

impl<W: Work> Queue<W> {
    /// Its workers end by themselves when it is dropped.
    pub(super) fn start(work: Arc<W>, workers: usize) -> Self {
        let (sender, receiver) = mpsc::channel(LINE);
        let receiver = Arc::new(Mutex::new(receiver));
        let sizes = Histogram::new([1.0, 4.0, 16.0, 64.0, 128.0, 256.0]);
        for _ in 0..workers {
            tokio::spawn(serve(work.clone(), receiver.clone(), sizes.clone()));
        }
        Self {
            door: sender,
            sizes,
        }
    }

    pub(super) async fn add(&self, job: W::Job) -> Result<W::Done> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the collector is stopping".into());
        self.door
            .send(Waiting { job, answer })
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn serve<W: Work>(
    work: Arc<W>,
    line: Arc<Mutex<mpsc::Receiver<Waiting<W>>>>,
    sizes: Histogram,
) {
    loop {
        let mut waiting = Vec::with_capacity(BATCH);
        // While this worker writes, the next one gathers.
        if line.lock().await.recv_many(&mut waiting, BATCH).await == 0 {
            return;
        }
        sizes.observe(f64::from(u32::try_from(waiting.len()).unwrap_or(u32::MAX)));
        let (jobs, answers): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|waiting| (waiting.job, waiting.answer))
            .unzip();
        match persistently(&*work, &jobs).await {
            Ok(done) => {
                for (answer, done) in answers.into_iter().zip(done) {
                    let _ = answer.send(done);
                }
            }
            // One that the database refuses must not take the others with it, so each is tried alone.
            Err(StorageError::Refused(_) | StorageError::NotUnderstood(_)) => {
                for (job, answer) in jobs.iter().zip(answers) {
                    let _ = answer.send(alone(&*work, job).await);
                }
            }
            Err(error) => {
                let why = error.to_string();
                for answer in answers {
                    let _ = answer.send(Err(StorageError::Unavailable(why.clone().into())));
                }
            }
        }
    }
}

/// Another writer may be in the way a few times.
async fn persistently<W: Work>(work: &W, jobs: &[W::Job]) -> Result<Vec<Result<W::Done>>> {
    for _ in 1..TRIES {
        match work.all(jobs).await {
            Err(StorageError::Again(_)) => tokio::task::yield_now().await,
            done => return done,
        }
    }
    work.all(jobs).await
}

async fn alone<W: Work>(work: &W, job: &W::Job) -> Result<W::Done> {
    let nothing = || StorageError::NotUnderstood("a batch without an answer".into());
    let mut done = persistently(work, std::slice::from_ref(job)).await?;
    done.pop().unwrap_or_else(|| Err(nothing()))
}
