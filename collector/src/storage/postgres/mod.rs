//! PostgreSQL: for more than one collector, or where there is a database server already.
//!
//! The program keeps nothing that another collector on the same database would miss. Rows of devices are locked in the
//! order of their ids, so that two writers never wait for each other; sums are spread over shards.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Result, StorageError};

// What the files in ../sql name, for this driver.
use sqlx::postgres::PgRow as Row;
use sqlx::{PgConnection as Connection, PgPool as Pool, Postgres as Driver};

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

pub use database::Database as Postgres;

/// Connections of one collector; a server takes a hundred by default.
const CONNECTIONS: u32 = 12;

/// How many batches of reports are written at the same time.
const WRITERS: usize = 3;

/// A stretch is read whole.
const WAYS: list::Ways = list::Ways::new(2_000, 500);

/// The planner guesses how many rows fit, and turns from the order to a sort of all of them where it guesses few.
const KEEPS_TO_THE_ORDER: bool = false;

/// How many queries look tokens up at the same time.
const LOOKUPS: usize = 2;

/// Into so many parts each sum is divided.
const SHARDS: i64 = 16;

/// Begins to read what is there at this moment.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Holds the rows until the commit.
const LOCK: &str = " FOR UPDATE OF d";

/// Keeps the rows as they are until the commit.
const SHARE: &str = " FOR SHARE";

/// Where a database is, from `postgres://USER@HOST/NAME` and the parameters that PostgreSQL's own tools know.
pub fn location(url: &str) -> Option<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).ok()?;
    Some(options.application_name("rekey-collector"))
}

impl Postgres {
    /// Connects and brings the tables up to this version; several collectors may start at once.
    pub async fn open(options: PgConnectOptions) -> Result<Self> {
        Self::open_as(options, None, None).await
    }

    /// The same with a replica that lists and numbers are read from, or with the tables of an older version, to take in
    /// what that one kept.
    pub async fn open_as(
        options: PgConnectOptions,
        replica: Option<PgConnectOptions>,
        version: Option<i64>,
    ) -> Result<Self> {
        // A pool would only say that it waited; this says for what.
        Connection::connect_with(&options).await?.close().await?;
        let pool = pool(options).await?;
        let migrations = sqlx::migrate!("migrations/postgres");
        match version {
            Some(version) => migrations.run_to(version, &pool).await,
            None => migrations.run(&pool).await,
        }
        .map_err(|error| StorageError::Unavailable(Box::new(error)))?;
        let shard = i64::from(rand::random::<u32>()) % SHARDS;
        let lists = match replica {
            Some(replica) => self::pool(replica).await?,
            None => pool.clone(),
        };
        Ok(Self::start(pool.clone(), pool, lists, shard))
    }
}

async fn pool(options: PgConnectOptions) -> Result<Pool> {
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(2))
        .connect_with(options)
        .await?)
}

/// A transaction that writes.
async fn begin(pool: &Pool) -> Result<sqlx::Transaction<'static, Driver>> {
    Ok(pool.begin().await?)
}
