//! The first start: makes the first admin and the secrets, shows them once, keeps only their hashes.

use std::io::Write;

use anyhow::Context as _;

use crate::auth::hash_password;
use crate::clock::Clock;
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
    .context("The first password and secrets could not be shown, so none were made. Start again with a readable standard output.")?;
    let kept = storage.set_up(&secrets, clock.now()).await?;
    anyhow::ensure!(
        kept,
        "Another collector was started for the first time on the same database: use what that one showed."
    );
    Ok(())
}
