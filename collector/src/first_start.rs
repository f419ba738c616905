//! The first start: makes the first admin and the secrets, shows them once, keeps only their hashes.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;

use crate::auth::hash_password;
use crate::clock::Clock;
use crate::data_folder;
use crate::secret::{Purpose, Secret};
use crate::storage::{FirstSecrets, Storage};

/// The first admin's name.
const ADMIN: &str = "admin";

/// Writes three lines to `shown` when nobody can sign in yet; nothing at any later start.
///
/// They are shown before they are kept: a crash in between makes the next start show new ones, while
/// the other order would lock everybody out for good.
pub async fn first_start(
    storage: &dyn Storage,
    clock: &Clock,
    shown: &mut impl Write,
) -> anyhow::Result<()> {
    if storage.is_set_up().await? {
        return Ok(());
    }
    let password = Secret::password();
    let (enroll, api) = (Secret::new(Purpose::Enroll), Secret::new(Purpose::Api));
    let secrets = FirstSecrets {
        user: ADMIN.to_owned(),
        password: hash_password(password.reveal())?,
        enroll: enroll.digest(),
        api: api.digest(),
    };
    write!(
        shown,
        "admin: {ADMIN} {}\nenroll-secret: {}\napi-token: {}\n",
        password.reveal(),
        enroll.reveal(),
        api.reveal()
    )
    .and_then(|()| shown.flush())
    .context("The first password and secrets could not be shown, so none were made. Start again with a readable standard output, or name a file that can be written with --first-start-file.")?;
    let kept = storage.set_up(&secrets, clock.now()).await?;
    anyhow::ensure!(
        kept,
        "Another collector was started for the first time on the same database: use what that one showed."
    );
    Ok(())
}

/// A file for its owner alone that the first start writes; a later start, which writes nothing, does not touch it.
///
/// A service's standard output goes to a journal or a container's log, which more people read than may sign in.
pub struct OwnersFile {
    path: PathBuf,
    opened: Option<File>,
}

impl OwnersFile {
    /// Nothing is made before something is written.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, opened: None }
    }
}

impl Write for OwnersFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.opened {
            return file.write(bytes);
        }
        let mut file = data_folder::create_for_owner(&self.path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
        })?;
        let written = file.write(bytes)?;
        self.opened = Some(file);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.opened.as_ref().map_or(Ok(()), File::sync_all)
    }
}

#[cfg(all(test, unix))]
#[allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and make a link"
)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_its_owners_alone_and_only_there_once_something_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("first-start");
        let mut file = OwnersFile::new(path.clone());
        file.flush().unwrap();
        assert!(!path.exists());
        file.write_all(b"admin: somebody").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "admin: somebody");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn what_a_start_that_broke_off_has_shown_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("first-start");
        for text in ["the first, and longer", "the second"] {
            let mut file = OwnersFile::new(path.clone());
            file.write_all(text.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "the second");
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (
            folder.path().join("first-start"),
            folder.path().join("other"),
        );
        std::os::unix::fs::symlink(&other, &path).unwrap();
        let fault = OwnersFile::new(path).write_all(b"x").unwrap_err();
        assert!(fault.to_string().contains("first-start"), "{fault}");
        assert!(!other.exists());
    }
}
