//! The daily log: what was done to which place. It never holds a secret.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Subscriber};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use super::{StateFault, StateFolder};
use crate::platform::own_files;

/// How many daily files are kept.
const KEPT: usize = 7;

/// Keeps the log open for as long as it lives.
#[must_use]
pub struct LogGuard {
    _local: Option<DefaultGuard>,
}

/// Starts the log of this process. Where one was started before, the new one holds for this thread until the guard goes.
///
/// # Errors
/// Where `logs` is not the owner's own folder or cannot be written.
pub fn start(state: &StateFolder, now: Timestamp) -> Result<LogGuard, StateFault> {
    let dispatch = Dispatch::new(subscriber(state, now)?);
    let local = tracing::dispatcher::set_global_default(dispatch.clone())
        .is_err()
        .then(|| tracing::dispatcher::set_default(&dispatch));
    Ok(LogGuard { _local: local })
}

/// Writes each line at once: a run that is killed has said what it did.
fn subscriber(
    state: &StateFolder,
    now: Timestamp,
) -> Result<impl Subscriber + Send + Sync + 'static, StateFault> {
    let folder = state.folder("logs")?;
    // The appender would make the file with the mode that the umask gives. It names it by the day in UTC.
    let today = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    let path = folder.join(format!("rekey.{today}.log"));
    own_files::prepare_append(&path).map_err(|error| super::unwritable(path, &error))?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("rekey")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(&folder)
        .map_err(|error| StateFault::Unwritable {
            path: folder,
            reason: error.to_string(),
        })?;
    // Only rekey's own words: the libraries below log addresses and headers.
    let ours = Targets::new().with_target("rekey", LevelFilter::DEBUG);
    let layer = fmt::layer()
        .with_writer(appender)
        .with_ansi(false)
        .with_target(false)
        .with_filter(ours);
    Ok(tracing_subscriber::registry().with(layer))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;

    fn logged(state: &StateFolder) -> Vec<(std::path::PathBuf, String)> {
        std::fs::read_dir(state.path("logs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    #[test]
    fn only_rekeys_own_words_are_logged_and_only_for_the_owner() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let log = subscriber(&state, Timestamp::now()).unwrap();
        tracing::subscriber::with_default(log, || {
            tracing::info!(finding = "ab12", "removed");
            tracing::error!(target: "hyper_util", "authorization: x");
        });
        let text: String = logged(&state).into_iter().map(|(_, text)| text).collect();
        assert!(text.contains("removed finding=\"ab12\""), "{text}");
        assert!(!text.contains("authorization"), "{text}");
        #[cfg(unix)]
        for (path, _) in logged(&state) {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }

    #[test]
    fn seven_days_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let logs = state.folder("logs").unwrap();
        for day in 10..28 {
            std::fs::write(logs.join(format!("rekey.2026-01-{day}.log")), "x").unwrap();
        }
        drop(subscriber(&state, Timestamp::now()).unwrap());
        assert!(logged(&state).len() <= KEPT, "{:?}", logged(&state));
    }
}
