//! SQLite: the database that needs nothing set up.
//!
//! All writes go through one connection, for SQLite has one writer at a time and waiting in line is
//! fairer than being refused; reads have connections of their own and never wait for a write.

mod access;
mod devices;
mod intake;
mod numbers;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{
    CleaningScope, CleaningStates, Compliance, Device, DeviceFilter, DevicePage, FirstSecrets,
    HistoryEntry, KnownDevice, NewDevice, NewReport, Result, Storage, StorageError, Taken, User,
};
use crate::secret::Digest;
use intake::Intake;

/// How many pages and scripts can read at the same time.
const READERS: u32 = 4;

/// A SQLite file.
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    intake: Intake,
}

impl Sqlite {
    /// Opens the file, makes it where it is not there, and brings its tables up to this version.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on the disk when it returns: a receipt stands on that.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(20))
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|error| StorageError::Unavailable(Box::new(error)))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(20))
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        let intake = Intake::start(writer.clone());
        Ok(Self {
            writer,
            readers,
            intake,
        })
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::NotUnderstood(error.to_string())
            }
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

/// Times are kept as microseconds, which both databases compare as plain numbers.
fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| StorageError::NotUnderstood(format!("the time {micros}")))
}

#[async_trait]
impl Storage for Sqlite {
    async fn ready(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    async fn is_set_up(&self) -> Result<bool> {
        access::is_set_up(&self.readers).await
    }

    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool> {
        access::set_up(&self.writer, secrets, now).await
    }

    async fn user(&self, name: &str) -> Result<Option<User>> {
        access::user(&self.readers, name).await
    }

    async fn open_session(
        &self,
        token: &Digest,
        user: &User,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        access::open_session(&self.writer, token, user, now, until).await
    }

    async fn session(&self, token: &Digest, now: Timestamp) -> Result<Option<User>> {
        access::session(&self.readers, token, now).await
    }

    async fn close_session(&self, token: &Digest) -> Result<()> {
        access::close_session(&self.writer, token).await
    }

    async fn enroll_secrets(&self) -> Result<Vec<Digest>> {
        access::enroll_secrets(&self.readers).await
    }

    async fn is_api_token(&self, token: &Digest) -> Result<bool> {
        access::is_api_token(&self.readers, token).await
    }

    async fn enroll(&self, device: &NewDevice, token: &Digest, now: Timestamp) -> Result<String> {
        devices::enroll(&self.writer, device, token, now).await
    }

    async fn device_by_token(&self, token: &Digest) -> Result<Option<KnownDevice>> {
        devices::by_token(&self.readers, token).await
    }

    async fn take_report(&self, report: NewReport) -> Result<Taken> {
        self.intake.take(report).await
    }

    async fn cleaning_for(&self, ring: Option<&str>) -> Result<Cleaning> {
        access::cleaning_for(&self.readers, ring).await
    }

    async fn cleaning(&self) -> Result<CleaningStates> {
        access::cleaning(&self.readers).await
    }

    async fn set_cleaning(
        &self,
        scope: &CleaningScope,
        state: Cleaning,
        now: Timestamp,
    ) -> Result<()> {
        access::set_cleaning(&self.writer, scope, state, now).await
    }

    async fn compliance(&self, silent_before: Timestamp) -> Result<Compliance> {
        numbers::compliance(&self.readers, silent_before).await
    }

    async fn devices(
        &self,
        filter: &DeviceFilter,
        silent_before: Timestamp,
        limit: u32,
    ) -> Result<DevicePage> {
        devices::list(&self.readers, filter, silent_before, limit).await
    }

    async fn device(&self, id: &str, silent_before: Timestamp) -> Result<Option<Device>> {
        devices::one(&self.readers, id, silent_before).await
    }

    async fn current_report(&self, device: &str) -> Result<Option<Vec<u8>>> {
        devices::current_report(&self.readers, device).await
    }

    async fn history(&self, device: &str, limit: u32) -> Result<Vec<HistoryEntry>> {
        devices::history(&self.readers, device, limit).await
    }
}
