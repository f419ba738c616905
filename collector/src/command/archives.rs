//! `rekey-collector backup` and `restore`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{Kept, Stop, open, open_as, open_existing};
use crate::archive::{ArchiveReader, ArchiveWriter};
use crate::clock::Clock;
use crate::data_folder;
use crate::storage::{Action, Actor, NewEntry, Storage, StorageError, Who};

pub(super) const BACKUP: &str = "\
Examples:
  rekey-collector backup /backups/collector-monday.archive
      Everything as it is at this moment. Reports go on coming in meanwhile.
  rekey-collector backup --database postgres://rekey@db/rekey /backups/collector.archive

The file has names of people and machines and the places of credentials, and hashes of passwords
and tokens. It is made for its owner alone; keep it so. It has no credential.";

pub(super) const RESTORE: &str = "\
Examples:
  rekey-collector restore /backups/collector-monday.archive --data /var/lib/rekey-collector
      Into a data folder that has no database yet.
  rekey-collector restore collector.archive --database postgres://rekey@db/rekey
      Into an empty PostgreSQL database: so a collector moves from SQLite to PostgreSQL.

It takes everything or nothing. People, tokens of workstations and secrets stay valid.";

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write; it must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Args)]
pub(super) struct Restore {
    /// The file that `backup` wrote.
    file: PathBuf,
    #[command(flatten)]
    kept: Kept,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn backup(backup: Backup) -> Result<(), Stop> {
    let storage = open_existing(&backup.kept).await?;
    let file = data_folder::create_new(&backup.file).map_err(Stop::Settings)?;
    match write(&*storage, file).await {
        Ok(rows) => {
            say(&format!("{}: {rows} rows", backup.file.display()));
            Ok(())
        }
        Err(error) => {
            // Half a backup must not be taken for one.
            let _ = std::fs::remove_file(&backup.file);
            Err(Stop::Trouble(error.context(format!(
                "The backup {} could not be written, and was removed.",
                backup.file.display()
            ))))
        }
    }
}

async fn write(storage: &dyn Storage, file: File) -> anyhow::Result<u64> {
    let version = storage.version().await?;
    let now = Clock::system().now();
    let mut archive = ArchiveWriter::begin(BufWriter::new(file), version, now)?;
    storage.dump(&mut archive).await?;
    let (file, rows) = archive.end()?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(rows)
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn restore(restore: Restore) -> Result<(), Stop> {
    let mut archive = read(&restore.file).map_err(Stop::Settings)?;
    let version = archive.head().version;
    let storage = open_as(&restore.kept, None, Some(version)).await?;
    // What this version kept before it is opened as the newest again below.
    let (used, here) =
        async { Ok::<_, StorageError>((storage.is_set_up().await?, storage.version().await?)) }
            .await
            .map_err(|error| Stop::Trouble(error.into()))?;
    if used || here != version {
        return Err(Stop::Settings(anyhow::anyhow!(
            "There is a database already, and it is left as it is. Give an empty data folder or database."
        )));
    }
    let taken = storage.fill(&mut archive).await;
    taken
        .with_context(|| {
            format!(
                "{} could not be taken in; nothing of it was.",
                restore.file.display()
            )
        })
        .map_err(Stop::Trouble)?;
    drop(storage);
    // Brings an older archive's tables up to this version.
    let storage = open(&restore.kept).await?;
    let actor = Actor::local(Who::CommandLine);
    let name = restore.file.file_name().unwrap_or_default();
    let entry = NewEntry::new(
        Clock::system().now(),
        actor,
        Action::Restored,
        name.to_string_lossy(),
    );
    let kept = storage.audit(&entry).await;
    kept.map_err(|error| Stop::Trouble(error.into()))?;
    say(&format!(
        "{} rows of {}",
        archive.rows(),
        archive.head().made_at
    ));
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<ArchiveReader<BufReader<File>>> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("{shown} cannot be opened."))?;
    let archive = ArchiveReader::open(BufReader::new(file))
        .with_context(|| format!("{shown} cannot be read."))?;
    anyhow::ensure!(
        archive.head().version <= crate::storage::newest_version(),
        "{shown} was made by a newer collector. Update this one first."
    );
    Ok(archive)
}

fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
