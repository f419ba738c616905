//! The database as the rest of the collector holds it.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::queue::Queue;
use super::super::{Result, StorageError};
use super::enrolment::Enrolments;
use super::intake::Reports;
use super::{Pool, WRITERS};

/// A database with its connections and the lines before its writers.
pub struct Database {
    pub(super) writer: Pool,
    pub(super) readers: Pool,
    /// For lists and numbers, which may be a little older.
    pub(super) lists: Pool,
    pub(super) shard: i64,
    pub(super) reports: Arc<Reports>,
    pub(super) report_line: Queue<Reports>,
    pub(super) enrolment_line: Queue<Enrolments>,
}

impl Database {
    /// `shard` is the part of the summaries that this writer adds to.
    pub(super) fn start(writer: Pool, readers: Pool, lists: Pool, shard: i64) -> Self {
        let reports = Arc::new(Reports {
            pool: writer.clone(),
            shard,
        });
        let enrolments = Arc::new(Enrolments {
            pool: writer.clone(),
            shard,
        });
        Self {
            report_line: Queue::start(reports.clone(), WRITERS),
            enrolment_line: Queue::start(enrolments, 1),
            reports,
            writer,
            readers,
            lists,
            shard,
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
