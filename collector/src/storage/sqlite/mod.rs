//! SQLite: the database that needs nothing set up.
//!
//! All writes go through one connection, for SQLite has one writer at a time and waiting in line is
//! fairer than being refused; reads have connections of their own and never wait for a write.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Result, StorageError};

// What the files in ../sql name, for this driver.
use sqlx::sqlite::SqliteRow as Row;
use sqlx::{Sqlite as Driver, SqliteConnection as Connection, SqlitePool as Pool};

#[path = "../sql/access.rs"]
mod access;
#[path = "../sql/along.rs"]
mod along;
#[path = "../sql/api_tokens.rs"]
mod api_tokens;
#[path = "../sql/audit.rs"]
mod audit;
#[path = "../sql/changes.rs"]
mod changes;
#[path = "../sql/cleaning.rs"]
mod cleaning;
#[path = "../sql/database.rs"]
mod database;
#[path = "../sql/devices.rs"]
mod devices;
#[path = "../sql/enroll_secrets.rs"]
mod enroll_secrets;
#[path = "../sql/enrolment.rs"]
mod enrolment;
#[path = "../sql/fewest.rs"]
mod fewest;
#[path = "../sql/fit.rs"]
mod fit;
#[path = "../sql/given.rs"]
mod given;
#[cfg(test)]
#[path = "../sql/given_story.rs"]
mod given_story;
#[path = "../sql/intake.rs"]
mod intake;
#[path = "../sql/list.rs"]
mod list;
#[cfg(test)]
#[path = "../sql/list_story.rs"]
mod list_story;
#[path = "../sql/numbers.rs"]
mod numbers;
#[path = "../sql/organizations.rs"]
mod organizations;
#[path = "../sql/outbox.rs"]
mod outbox;
#[path = "../sql/parts.rs"]
mod parts;
#[path = "../sql/people.rs"]
mod people;
#[path = "../sql/persons.rs"]
mod persons;
#[path = "../sql/recount.rs"]
mod recount;
#[path = "../sql/refused.rs"]
mod refused;
#[path = "../sql/roster.rs"]
mod roster;
#[path = "../sql/roster_kept.rs"]
mod roster_kept;
#[path = "../sql/roster_settled.rs"]
mod roster_settled;
mod rows;
mod schema;
#[path = "../sql/sessions.rs"]
mod sessions;
#[path = "../sql/ssh_keys.rs"]
mod ssh_keys;
#[path = "../sql/stored.rs"]
mod stored;
#[path = "../sql/sums.rs"]
mod sums;
#[path = "../sql/tables.rs"]
mod tables;
#[cfg(test)]
mod tests;
#[path = "../sql/tokens.rs"]
mod tokens;
#[path = "../sql/tries.rs"]
mod tries;
#[path = "../sql/upkeep.rs"]
mod upkeep;
#[path = "../sql/webhooks.rs"]
mod webhooks;

pub use database::Database as Sqlite;

/// How many pages and scripts can read at the same time.
const READERS: u32 = 4;

/// Pages that a connection keeps, in KiB as SQLite counts them: the writer comes back to the same indexes with each batch.
const WRITER_CACHE: &str = "-26000";
const READER_CACHE: &str = "-6000";

/// With one writer, every sum is in one piece.
const SHARDS: i64 = 1;

/// SQLite has one writer at a time.
const WRITERS: usize = 1;

/// A device that is taken costs three to five microseconds, one that is passed by in the order one to three.
const WAYS: list::Ways = list::Ways::new(2_000, 4_000);

/// SQLite goes along an index where one has the order that is asked for.
const KEEPS_TO_THE_ORDER: bool = true;

/// How many queries look tokens up at the same time: with one, the others gather meanwhile.
const LOOKUPS: usize = 1;

/// Begins to read what is there at this moment.
const SNAPSHOT: &str = "BEGIN";

/// The only writer has all rows to itself.
const LOCK: &str = "";
const SHARE: &str = "";

impl Sqlite {
    /// Opens the file, makes it where it is not there, and brings its tables up to this version.
    pub async fn open(path: &Path) -> Result<Self> {
        Self::open_as(path, None).await
    }

    /// The same with the tables of an older version, to take in what that one kept.
    pub async fn open_as(path: &Path, version: Option<i64>) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on the disk when it returns: a receipt stands on that.
            .synchronous(SqliteSynchronous::Full)
            // Under load a checkpoint of every 4 MB would write the same pages over and over.
            .pragma("wal_autocheckpoint", "8000")
            // All that writers of reports say, in each of its sizes.
            .statement_cache_capacity(400)
            // So many rows are read ahead before they are asked for.
            .row_buffer_size(512)
            .busy_timeout(Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(20))
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
            .await?;
        let migrations = sqlx::migrate!("migrations/sqlite");
        match version {
            Some(version) => migrations.run_to(version, &writer).await,
            None => migrations.run(&writer).await,
        }
        .map_err(|error| StorageError::Unavailable(Box::new(error)))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(20))
            .connect_with(
                options
                    .pragma("cache_size", READER_CACHE)
                    .pragma("query_only", "on"),
            )
            .await?;
        Ok(Self::start(writer, readers.clone(), readers, 0))
    }
}

/// A transaction that writes: it waits for its turn at once, not in the middle.
async fn begin(pool: &Pool) -> Result<sqlx::Transaction<'static, Driver>> {
    Ok(pool.begin_with("BEGIN IMMEDIATE").await?)
}
