//! The data folder: made here, and only its owner can enter it. The one place that writes to the disk beside SQLite.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

const DATABASE: &str = "collector.db";

/// Where data is kept when nobody says so.
pub(crate) fn default_path() -> anyhow::Result<PathBuf> {
    dirs::data_dir()
        .map(|folder| folder.join("rekey-collector"))
        .context("No data folder is known for this user. Give one with --data DIR.")
}

/// Makes the folder and an empty database file in it, both for the owner alone, and answers the file's path.
pub(crate) fn prepare(folder: &Path) -> anyhow::Result<PathBuf> {
    let database = folder.join(DATABASE);
    create(folder)
        .and_then(|()| tighten(folder, &database))
        .and_then(|()| touch(&database))
        .with_context(|| {
            format!(
                "The data folder {} cannot be used. Give another with --data DIR, or mend its rights.",
                folder.display()
            )
        })?;
    Ok(database)
}

/// Makes an empty database file for the owner alone, in a folder that is there.
pub(crate) fn prepare_file(database: &Path) -> anyhow::Result<PathBuf> {
    touch(database).with_context(|| {
        format!(
            "The database file {} cannot be used. Name one in a folder that you can write to.",
            database.display()
        )
    })?;
    Ok(database.to_owned())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the collector's own folder; no person's file is touched"
)]
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A folder that was there before is closed to others when it is empty or already ours; one with
/// something else in it may be shared on purpose.
#[allow(
    clippy::disallowed_methods,
    reason = "the collector's own folder; no person's file is touched"
)]
fn tighten(folder: &Path, database: &Path) -> io::Result<()> {
    let empty = fs::read_dir(folder)?.next().is_none();
    if !empty && !database.exists() {
        tracing::warn!(folder = %folder.display(), "the data folder has other files in it, so its rights are left alone");
        return Ok(());
    }
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// SQLite gives its log files the rights of the database file, so that one is made first.
#[allow(
    clippy::disallowed_methods,
    reason = "the collector's own file; no person's file is touched"
)]
fn touch(database: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(database)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.sync_all()
}

/// Makes a file of that name for the owner alone; one that is there is left as it is.
#[allow(
    clippy::disallowed_methods,
    reason = "a file that whoever runs the collector names"
)]
pub(crate) fn create_new(path: &Path) -> anyhow::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| {
        format!(
            "The file {} cannot be made. Name one that is not there yet, in a folder that you can write to.",
            path.display()
        )
    })
}

/// Makes a file for the owner alone. What an earlier call has left there, and nothing else, is replaced.
#[allow(
    clippy::disallowed_methods,
    reason = "a file that whoever runs the collector names"
)]
pub(crate) fn create_for_owner(path: &Path) -> io::Result<fs::File> {
    // Anything else in its place stays, and is the error of the next call.
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
        fs::remove_file(path)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the folder has a database.
pub(crate) fn has_database(folder: &Path) -> bool {
    folder.join(DATABASE).exists()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_file_are_for_the_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        let database = prepare(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&database)), (0o700, 0o600));
        prepare(&folder).unwrap();
    }

    #[test]
    fn a_path_that_is_a_file_is_told_in_a_sentence() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = prepare(file.path()).unwrap_err().to_string();
        assert!(error.contains("cannot be used"), "{error}");
    }
}
