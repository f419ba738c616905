//! Reports that wait for a collector: `spool/<uuid>.json`, the oldest first.

use std::path::PathBuf;

use rekey_report::{Place, PlaceState, REPORT_LIMIT, Report};
use uuid::Uuid;

use crate::platform::own_files;
use crate::state::{StateFault, StateFolder};

/// The folder below the state folder.
const FOLDER: &str = "spool";
/// A copy of the newest report, which `rekey report` shows when it has been sent.
const LAST: &str = "last-report.json";
/// So that a collector that never comes back does not fill the disk.
const MOST_REPORTS: usize = 50;
const MOST_BYTES: u64 = 20 * 1024 * 1024;

/// The reports that no collector has acknowledged.
#[derive(Debug)]
pub struct Spool<'a> {
    state: &'a StateFolder,
}

impl<'a> Spool<'a> {
    /// The spool, made where it is missing.
    pub fn open(state: &'a StateFolder) -> Result<Self, StateFault> {
        state.folder(FOLDER)?;
        Ok(Self { state })
    }

    /// Keeps the report until it is acknowledged. Answers the bytes, which are those that are sent.
    ///
    /// Of more than 50 reports, or 20 MB, the oldest go.
    pub fn add(&self, report: &Report) -> Result<Vec<u8>, StateFault> {
        let bytes = bytes(report);
        self.state.write(&name(report.id), &bytes)?;
        self.state.write(LAST, &bytes)?;
        self.drop_oldest()?;
        Ok(bytes)
    }

    /// The ids of the reports that wait, the oldest first.
    pub fn waiting(&self) -> Result<Vec<Uuid>, StateFault> {
        let mut ids: Vec<Uuid> = self
            .files()?
            .into_iter()
            .filter_map(|(file, _)| Uuid::try_parse(file.strip_suffix(".json")?).ok())
            .collect();
        // Version 7 begins with the time.
        ids.sort_unstable();
        Ok(ids)
    }

    /// The bytes of one; `None` where it is gone.
    pub fn read(&self, id: Uuid) -> Result<Option<Vec<u8>>, StateFault> {
        self.state.read(&name(id))
    }

    /// Forgets one that the collector has.
    pub fn delivered(&self, id: Uuid) -> Result<(), StateFault> {
        remove(self.state.path(&name(id)))
    }

    /// Puts one aside that the collector will never take.
    pub fn reject(&self, id: Uuid) -> Result<(), StateFault> {
        let path = self.state.path(&name(id));
        own_files::rename(&path, &self.state.path(&format!("{}.rejected", name(id))))
            .map_err(|error| crate::state::unwritable(path, &error))
    }

    /// The newest report, sent or not.
    pub fn last(state: &StateFolder) -> Result<Option<Vec<u8>>, StateFault> {
        state.read(LAST)
    }

    /// Names and sizes of all files that are reports, rejected ones too; the oldest first.
    fn files(&self) -> Result<Vec<(String, u64)>, StateFault> {
        let folder = self.state.path(FOLDER);
        let unreadable = |error: std::io::Error| StateFault::Unreadable {
            path: folder.clone(),
            reason: error.to_string(),
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let plain = name.strip_suffix(".rejected").unwrap_or(&name);
            let id = plain.strip_suffix(".json").map(Uuid::try_parse);
            if matches!(id, Some(Ok(_))) {
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                files.push((name, size));
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn drop_oldest(&self) -> Result<(), StateFault> {
        let files = self.files()?;
        let mut bytes: u64 = files.iter().map(|(_, size)| size).sum();
        let mut count = files.len();
        for (file, size) in files {
            // The newest stays whatever its size.
            if count <= 1 || (count <= MOST_REPORTS && bytes <= MOST_BYTES) {
                break;
            }
            tracing::warn!(report = file, "dropped: too many reports wait");
            remove(self.state.path(FOLDER).join(file))?;
            bytes -= size;
            count -= 1;
        }
        Ok(())
    }
}

fn remove(path: PathBuf) -> Result<(), StateFault> {
    own_files::remove(&path).map_err(|error| crate::state::unwritable(path, &error))
}

/// The report as it is shown, kept and sent: one serialization for all three.
///
/// One that is longer than a collector takes is cut: findings are left out from the end, the summary still counts them,
/// and a place says so.
pub fn bytes(report: &Report) -> Vec<u8> {
    let whole = serialize(report);
    if whole.len() <= REPORT_LIMIT {
        return whole;
    }
    let mut short = report.clone();
    while serialize(&short).len() > REPORT_LIMIT - 1024 && !emptied(&short) {
        short.findings.truncate(short.findings.len() / 2);
        short.outcomes.truncate(short.outcomes.len() / 2);
        short.places.truncate(short.places.len() / 2);
    }
    let left_out = report.findings.len() - short.findings.len();
    short.places.push(Place {
        store: "report".to_owned(),
        path: "report".to_owned(),
        state: PlaceState::Skipped,
        reason: Some(format!("too long: {left_out} findings are left out")),
    });
    serialize(&short)
}

fn emptied(report: &Report) -> bool {
    report.findings.is_empty() && report.outcomes.is_empty() && report.places.is_empty()
}

fn serialize(report: &Report) -> Vec<u8> {
    // Only a map with odd keys can fail, and a report has none.
    let mut bytes = serde_json::to_vec_pretty(report).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn name(id: Uuid) -> String {
    format!("{FOLDER}/{id}.json")
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use rekey_report::Verdict;

    use super::super::testing::{finding, report};
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn state() -> (tempfile::TempDir, StateFolder) {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        (folder, state)
    }

    #[test]
    fn what_is_shown_is_what_is_kept_and_the_oldest_comes_first() {
        let (_folder, state) = state();
        let spool = Spool::open(&state).unwrap();
        spool.add(&report(id(2))).unwrap();
        let shown = spool.add(&report(id(1))).unwrap();
        assert_eq!(spool.waiting().unwrap(), [id(1), id(2)]);
        assert_eq!(spool.read(id(1)).unwrap().unwrap(), shown);
        assert_eq!(Spool::last(&state).unwrap().unwrap(), shown);
        let read: Report = serde_json::from_slice(&shown).unwrap();
        assert_eq!(read, report(id(1)));
    }

    #[test]
    fn what_is_delivered_or_rejected_waits_no_more() {
        let (_folder, state) = state();
        let spool = Spool::open(&state).unwrap();
        spool.add(&report(id(1))).unwrap();
        spool.add(&report(id(2))).unwrap();
        spool.delivered(id(1)).unwrap();
        spool.reject(id(2)).unwrap();
        assert!(spool.waiting().unwrap().is_empty());
        let rejected = format!("spool/{}.json.rejected", id(2));
        assert!(state.path(&rejected).exists());
    }

    #[test]
    fn a_collector_that_never_comes_back_does_not_fill_the_disk() {
        let (_folder, state) = state();
        let spool = Spool::open(&state).unwrap();
        for number in 1..MOST_REPORTS + 3 {
            let path = state.path(&name(id(number as u128)));
            std::fs::write(path, bytes(&report(id(1)))).unwrap();
        }
        spool.add(&report(id(53))).unwrap();
        let waiting = spool.waiting().unwrap();
        assert_eq!(waiting.len(), MOST_REPORTS);
        assert_eq!(waiting[0], id(4));
        std::fs::write(
            state.path(&name(id(5))),
            vec![b' '; usize::try_from(MOST_BYTES).unwrap()],
        )
        .unwrap();
        spool.add(&report(id(99))).unwrap();
        let waiting = spool.waiting().unwrap();
        assert!(!waiting.contains(&id(5)) && waiting.contains(&id(6)));
    }

    #[test]
    fn other_files_in_the_spool_are_left_alone() {
        let (_folder, state) = state();
        let spool = Spool::open(&state).unwrap();
        std::fs::write(state.path("spool/notes.json"), "x").unwrap();
        std::fs::write(state.path("spool/.rekey-x.tmp"), "x").unwrap();
        assert!(spool.waiting().unwrap().is_empty());
    }

    #[test]
    fn a_report_that_is_too_long_is_cut_and_says_so() {
        let mut long = report(id(1));
        long.findings = vec![finding(&"1".repeat(1_000_000), Verdict::Stale); 5];
        long.summary.stale = 5;
        let bytes = bytes(&long);
        assert!(bytes.len() <= REPORT_LIMIT);
        let read: Report = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.summary.stale, 5);
        let reason = read.places.last().unwrap().reason.clone().unwrap();
        assert!(reason.contains("are left out"), "{reason}");
    }
}
