//! A database of the benchmark's own.

use std::path::PathBuf;

use clap::ValueEnum;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::numbers::processor_seconds_of_all;
use crate::postgres::Postgres;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Where SQLite's file is.
pub(crate) enum Folder {
    /// It goes with the benchmark.
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

pub(crate) enum Database {
    Sqlite(Folder),
    Postgres(Box<Postgres>),
}

impl Database {
    /// An empty one: SQLite in the folder for temporary files, or a PostgreSQL server of our own with the settings that
    /// it comes with, so commits wait for the disk in both.
    pub(crate) fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(Folder::Temporary(tempfile::tempdir().unwrap())),
            Kind::Postgres => {
                let server = Postgres::start_with(&[]).expect("PostgreSQL's server");
                Self::Postgres(Box::new(server))
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(..) => format!("sqlite:{}", self.path().display()),
            Self::Postgres(server) => server.url(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::Sqlite(Folder::Temporary(folder)) => folder.path().join("collector.db"),
            Self::Sqlite(Folder::Kept(folder)) => folder.join("collector.db"),
            Self::Postgres(server) => server.folder().to_owned(),
        }
    }

    /// The seconds of the processors that its server has had; none where it runs in whoever uses it.
    pub(crate) fn processor_seconds(&self) -> f64 {
        match self {
            Self::Sqlite(..) => 0.0,
            Self::Postgres(server) => server.process().map_or(0.0, processor_seconds_of_all),
        }
    }

    /// One number that a query answers.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(..) => {
                let pool = self.sqlite().await;
                sqlx::query_scalar(query).fetch_one(&pool).await.unwrap()
            }
            Self::Postgres(server) => {
                let mut connection = PgConnection::connect(&server.url()).await.unwrap();
                sqlx::query_scalar(query)
                    .fetch_one(&mut connection)
                    .await
                    .unwrap()
            }
        }
    }

    /// A writer as the collector's own.
    pub(crate) async fn sqlite(&self) -> SqlitePool {
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .unwrap()
    }

    pub(crate) async fn postgres(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .connect(&self.url())
            .await
            .unwrap()
    }
}
