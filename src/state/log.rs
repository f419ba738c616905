//! The daily log: what was done to which place. It never holds a secret.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use super::{StateFault, StateFolder};
use crate::platform::own_files;

/// How many daily files are kept.
const KEPT: usize = 7;
/// A file is named by the day in UTC on which its runs began: `rekey.2026-11-20.log`.
const BEGIN: &str = "rekey.";
const END: &str = ".log";

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
    let today = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d");
    let name = format!("{BEGIN}{today}{END}");
    let path = folder.join(&name);
    let file = own_files::append(&path).map_err(|error| super::unwritable(path, &error))?;
    forget_old(&folder, &name);
    // Only rekey's own words: the libraries below log addresses and headers.
    let ours = Targets::new().with_target("rekey", LevelFilter::DEBUG);
    let layer = fmt::layer()
        .with_writer(file)
        .with_ansi(false)
        .with_target(false)
        .with_filter(ours);
    Ok(tracing_subscriber::registry().with(layer))
}

/// Deletes the files of the oldest days. One that stays for now is for the next run: no work fails for it.
fn forget_old(folder: &Path, today: &str) {
    let is_older = |name: &String| name.starts_with(BEGIN) && name.ends_with(END) && name != today;
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(is_older)
        .collect();
    // The day is in the name, so the oldest comes first.
    names.sort_unstable();
    for name in names.iter().rev().skip(KEPT - 1) {
        let _ = own_files::remove(&folder.join(name));
    }
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
        std::fs::write(logs.join("notes.txt"), "x").unwrap();
        let now = "2026-01-28T00:10:00+01:00".parse().unwrap();
        drop(subscriber(&state, now).unwrap());
        let mut names: Vec<_> = logged(&state)
            .into_iter()
            .map(|(path, _)| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        let days = (21..28).map(|day| format!("rekey.2026-01-{day}.log"));
        let kept: Vec<_> = std::iter::once("notes.txt".to_owned())
            .chain(days)
            .collect();
        assert_eq!(names, kept);
    }
}
