//! Where everything is kept, and how each command opens it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use super::Stop;
use crate::data_folder;
use crate::storage::{Postgres, PostgresLocation, Sqlite, Storage, postgres_location};

/// Where everything is kept.
#[derive(Args)]
pub(super) struct Kept {
    /// The data folder [default: the user's data folder, rekey-collector].
    #[arg(long, value_name = "DIR", env = "REKEY_COLLECTOR_DATA")]
    data: Option<PathBuf>,
    /// The database: postgres://USER@HOST/NAME, or sqlite:FILE [default: SQLite in the data folder].
    #[arg(
        long,
        value_name = "URL",
        env = "REKEY_COLLECTOR_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
}

/// The database, with the tables of this version.
pub(super) async fn open(kept: &Kept) -> Result<Arc<dyn Storage>, Stop> {
    open_as(kept, None, None).await
}

/// The same for a command that makes no sense without a database.
pub(super) async fn open_existing(kept: &Kept) -> Result<Arc<dyn Storage>, Stop> {
    if kept.database.is_none() {
        let folder = kept.data.clone().map_or_else(data_folder::default_path, Ok);
        let folder = folder.map_err(Stop::Settings)?;
        if !data_folder::has_database(&folder) {
            return Err(Stop::Settings(anyhow::anyhow!(
                "There is no database in {}. Name the collector's data folder with --data DIR.",
                folder.display()
            )));
        }
    }
    open(kept).await
}

/// With a replica to read from, or with the tables of an older version, where one is given.
pub(super) async fn open_as(
    kept: &Kept,
    replica: Option<&str>,
    version: Option<i64>,
) -> Result<Arc<dyn Storage>, Stop> {
    let path = match kept.database.as_deref() {
        None => {
            let folder = kept.data.clone().map_or_else(data_folder::default_path, Ok);
            folder
                .and_then(|folder| data_folder::prepare(&folder))
                .map_err(Stop::Settings)?
        }
        Some(url) if is_postgres(url) => {
            let location = location("--database", url)?;
            let replica = replica
                .map(|url| self::location("--database-replica", url))
                .transpose()?;
            let storage = Postgres::open_as(location, replica, version)
                .await
                .context("The PostgreSQL database cannot be opened. Is the server running, and is --database right?")
                .map_err(Stop::Trouble)?;
            return Ok(Arc::new(storage));
        }
        Some(url) => sqlite_path(url).map_err(Stop::Settings)?,
    };
    if replica.is_some() {
        return Err(Stop::Settings(anyhow::anyhow!(
            "--database-replica goes with a PostgreSQL --database alone."
        )));
    }
    let storage = Sqlite::open_as(&path, version)
        .await
        .with_context(|| format!("The database {} cannot be opened.", path.display()))
        .map_err(Stop::Trouble)?;
    Ok(Arc::new(storage))
}

fn location(option: &str, url: &str) -> Result<PostgresLocation, Stop> {
    let location = Some(url)
        .filter(|url| is_postgres(url))
        .and_then(postgres_location);
    let wrong = || {
        format!(
            "{option} is no address of a PostgreSQL database. Write it like postgres://USER@HOST/NAME."
        )
    };
    location.with_context(wrong).map_err(Stop::Settings)
}

fn is_postgres(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    matches!(scheme, "postgres" | "postgresql")
}

/// The URL is never repeated in the message: it can hold a password.
fn sqlite_path(url: &str) -> anyhow::Result<PathBuf> {
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .filter(|path| !path.is_empty())
        .context(
            "--database takes postgres://USER@HOST/NAME or sqlite:FILE. Leave it out for SQLite in the data folder.",
        )?;
    data_folder::prepare_file(&PathBuf::from(path))
}
