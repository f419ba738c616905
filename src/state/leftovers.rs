//! Half-written files of calls that were killed.

use std::path::Path;

use jiff::{Timestamp, ToSpan as _};

use super::StateFolder;
use crate::platform::own_files;

/// Folders that whole files are written into; the first is the state folder itself.
const FOLDERS: &[&str] = &["", "spool"];

impl StateFolder {
    /// Deletes what a killed call was writing. One that still writes is younger than an hour.
    ///
    /// What cannot be deleted stays: it is in nobody's way.
    pub fn sweep(&self, now: Timestamp) {
        let youngest = now.saturating_sub(1.hour()).unwrap_or(now);
        for folder in FOLDERS {
            let entries = std::fs::read_dir(self.path(folder));
            for entry in entries.into_iter().flatten().flatten() {
                let name = entry.file_name();
                let is_ours = name.to_str().is_some_and(own_files::is_temporary);
                if is_ours && written(&entry.path()).is_some_and(|written| written < youngest) {
                    let _ = own_files::remove(&entry.path());
                }
            }
        }
    }
}

/// `None` where it is no plain file.
fn written(path: &Path) -> Option<Timestamp> {
    let metadata = path.symlink_metadata().ok()?;
    let written = metadata.is_file().then(|| metadata.modified().ok())??;
    Timestamp::try_from(written).ok()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;

    #[test]
    fn only_what_was_being_written_long_ago_goes() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("rekey")).unwrap();
        state.folder("spool").unwrap();
        let names = [".rekey-a1B2c3.tmp", "spool/.rekey-a1B2c3.tmp", "x.json"];
        for name in names {
            std::fs::write(state.path(name), "{").unwrap();
        }
        std::fs::create_dir(state.path(".rekey-folder.tmp")).unwrap();
        let now = Timestamp::try_from(state.path(names[0]).metadata().unwrap().modified().unwrap());
        let now = now.unwrap();
        let left = || names.map(|name| state.path(name).exists());
        state.sweep(now + 30.minutes());
        assert_eq!(left(), [true, true, true]);
        state.sweep(now + 2.hours());
        assert_eq!(left(), [false, false, true]);
        assert!(state.path(".rekey-folder.tmp").exists());
    }
}
