//! The database as the rest of the collector holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use super::super::queue::Queue;
use super::super::{Result, StorageError};
use super::enrolment::Enrolments;
use super::intake::Reports;
use super::tokens::Tokens;
use super::{LOOKUPS, Pool, SHARDS, WRITERS};

/// Which part of the sums a batch adds to: the next one each time, so that batches that are written at the same time
/// do not wait for each other.
pub(super) struct Shards(AtomicI64);

impl Shards {
    pub(super) fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed).rem_euclid(SHARDS)
    }
}

/// A database with its connections and the lines before its writers.
pub struct Database {
    pub(super) writer: Pool,
    pub(super) readers: Pool,
    /// For lists and numbers, which may be a little older.
    pub(super) lists: Pool,
    pub(super) shards: Arc<Shards>,
    pub(super) reports: Arc<Reports>,
    pub(super) report_line: Queue<Reports>,
    pub(super) enrolment_line: Queue<Enrolments>,
    pub(super) token_line: Queue<Tokens>,
}

impl Database {
    /// `shard` is the part of the summaries with which this program begins.
    pub(super) fn start(writer: Pool, readers: Pool, lists: Pool, shard: i64) -> Self {
        let shards = Arc::new(Shards(AtomicI64::new(shard)));
        let tokens = Arc::new(Tokens {
            pool: readers.clone(),
        });
        let reports = Arc::new(Reports {
            pool: writer.clone(),
            shards: shards.clone(),
        });
        let enrolments = Arc::new(Enrolments {
            pool: writer.clone(),
            shards: shards.clone(),
        });
        Self {
            report_line: Queue::start(reports.clone(), WRITERS),
            enrolment_line: Queue::start(enrolments, 1),
            token_line: Queue::start(tokens, LOOKUPS),
            reports,
            writer,
            readers,
            lists,
            shards,
        }
    }
}

/// Times are kept as microseconds, which both databases compare as plain numbers.
pub(super) fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| StorageError::NotUnderstood(format!("the time {micros}")))
}

/// A number that is never negative in the database.
pub(super) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// JSON in a column.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StorageError::NotUnderstood(error.to_string()))
}

/// JSON from a column.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StorageError::NotUnderstood(error.to_string()))
}
