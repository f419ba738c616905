//! What the last run left behind for `status`, `report` and device management.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rekey_report::{
    DeviceState, HelperProof, Outcome, ReportedOrganization, Scan, SshKey, Step, StepState, Summary,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StateFault, StateFolder};
use crate::model::Depth;
use crate::platform::own_files;

const NAME: &str = "last-run.json";

/// The longest name that an Azure DevOps organization can have.
const LONGEST_NAME: usize = 50;

/// What the last run found, did and left. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// The run.
    pub run: Uuid,
    /// When the places were read.
    pub at: Timestamp,
    /// Where the workstation stands.
    pub state: DeviceState,
    /// What remains after the run, with its summary.
    pub scan: Scan,
    /// How much was read for it.
    #[serde(default, skip_serializing_if = "Depth::is_usual")]
    pub depth: Depth,
    /// The organizations in scope, with what is known of them.
    pub organizations: Vec<ReportedOrganization>,
    /// What became of the edits.
    pub outcomes: Vec<Outcome>,
    /// The person's steps.
    pub steps: Vec<Step>,
    /// What git's helpers answered after the edits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<HelperProof>,
    /// How many places and edits failed.
    pub errors: u32,
    /// Public keys of the SSH keys that Support must clear.
    #[serde(default)]
    pub ssh_keys: Vec<SshKey>,
}

impl LastRun {
    /// The last run; `None` where there was none.
    pub fn load(state: &StateFolder) -> Result<Option<Self>, StateFault> {
        state.read_json(NAME)
    }

    /// The last run of the person with that home, for root and SYSTEM. No link is followed, and the file must be that
    /// person's. `state` is their state folder; one outside the home is not looked at.
    pub fn load_of_person(home: &Path, state: &Path) -> Result<Option<Self>, StateFault> {
        let path = state.join(NAME);
        let unreadable = |reason: String| StateFault::Unreadable {
            path: path.clone(),
            reason,
        };
        let below = path
            .strip_prefix(home)
            .map_err(|_| unreadable("it is not below the home folder".to_owned()))?;
        let bytes = own_files::read_of_person(home, below)
            .map_err(|error| unreadable(error.to_string()))?;
        bytes
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()
            .map_err(|error| StateFault::Broken {
                path: path.clone(),
                reason: format!("line {}, column {}", error.line(), error.column()),
            })
    }

    /// Remembers the run.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// How many steps wait for the person, put off or not.
    pub fn open_steps(&self) -> usize {
        let open = |step: &&Step| matches!(step.state, StepState::Pending | StepState::Deferred);
        self.steps.iter().filter(open).count()
    }

    /// The line for device management, in ASCII and at most 200 characters, and the exit code with it.
    pub fn detect_line(&self) -> (String, u8) {
        let utc = self.at.to_zoned(TimeZone::UTC);
        let names: Vec<&str> = self
            .organizations
            .iter()
            .map(|reported| reported.organization.name.as_str())
            .collect();
        let code = match self.state {
            DeviceState::Compliant | DeviceState::Waiting => 0,
            DeviceState::ActionNeeded | DeviceState::Failed => 1,
        };
        let text = line(
            self.state.as_str(),
            &short(&names),
            self.scan.summary,
            self.open_steps(),
            self.errors,
            &utc.strftime("%Y-%m-%dT%H:%MZ").to_string(),
        );
        (text, code)
    }

    /// The line where rekey never ran.
    pub fn never_run_line() -> (String, u8) {
        let nothing = Summary::default();
        (line("never-run", "none", nothing, 0, 0, "never"), 1)
    }

    /// The line where the saved state cannot be read.
    pub fn unreadable_line() -> (String, u8) {
        let nothing = Summary::default();
        (line("failed", "none", nothing, 0, 1, "unknown"), 1)
    }
}

/// The first name and how many more, with nothing in it but what a name can have.
fn short(names: &[&str]) -> String {
    let first: String = names
        .first()
        .unwrap_or(&"none")
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .take(LONGEST_NAME)
        .collect();
    match names.len() {
        0 | 1 => first,
        more => format!("{first}+{}", more - 1),
    }
}

fn line(
    state: &str,
    organizations: &str,
    summary: Summary,
    steps: usize,
    errors: u32,
    at: &str,
) -> String {
    format!(
        "rekey v={} state={state} org={organizations} stale={} unsure={} steps={steps} err={errors} at={at}",
        env!("CARGO_PKG_VERSION"),
        summary.stale,
        summary.unsure,
    )
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use rekey_report::{Organization, Proof, StepId};

    use super::*;

    fn last_run(names: &[&str], state: DeviceState) -> LastRun {
        let reported = |name: &&str| ReportedOrganization {
            organization: Organization {
                name: (*name).to_owned(),
                tenant: None,
                connected_at: None,
            },
            gated: false,
            unknown: false,
        };
        let step = |id, state, proof| Step {
            id,
            organization: "contoso".to_owned(),
            state,
            proof,
        };
        LastRun {
            run: Uuid::nil(),
            at: "2026-11-23T02:47:59Z".parse().unwrap(),
            state,
            scan: Scan {
                schema: "rekey.scan/1".to_owned(),
                run: Uuid::nil(),
                organizations: Vec::new(),
                findings: Vec::new(),
                places: Vec::new(),
                summary: Summary {
                    stale: 2,
                    current: 5,
                    unsure: 0,
                },
                helpers: Vec::new(),
                old_addresses: Vec::new(),
            },
            depth: Depth::Objects,
            organizations: names.iter().map(reported).collect(),
            outcomes: Vec::new(),
            steps: vec![
                step(StepId::Pats, StepState::Deferred, None),
                step(StepId::Caches, StepState::Done, Some(Proof::Verified)),
                step(StepId::SshKeys, StepState::NotNeeded, None),
            ],
            helpers: Vec::new(),
            errors: 0,
            ssh_keys: Vec::new(),
        }
    }

    #[test]
    fn the_line_for_device_management_says_where_it_stands() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            last_run(&["contoso", "fabrikam"], DeviceState::ActionNeeded).detect_line(),
            (
                format!(
                    "rekey v={version} state=action-needed org=contoso+1 stale=2 unsure=0 steps=1 err=0 at=2026-11-23T02:47Z"
                ),
                1
            )
        );
        assert_eq!(
            LastRun::never_run_line(),
            (
                format!(
                    "rekey v={version} state=never-run org=none stale=0 unsure=0 steps=0 err=0 at=never"
                ),
                1
            )
        );
    }

    #[test]
    fn compliant_and_waiting_are_fine_for_device_management() {
        for (state, code) in [
            (DeviceState::Compliant, 0),
            (DeviceState::Waiting, 0),
            (DeviceState::ActionNeeded, 1),
            (DeviceState::Failed, 1),
        ] {
            assert_eq!(last_run(&["contoso"], state).detect_line().1, code);
        }
    }

    #[test]
    fn the_line_stays_short_and_ascii_whatever_the_file_says() {
        let long = "å\n".repeat(100) + &"c".repeat(400);
        let mut run = last_run(&[&long, "b"], DeviceState::ActionNeeded);
        run.scan.summary = Summary {
            stale: u32::MAX,
            current: 0,
            unsure: u32::MAX,
        };
        run.errors = u32::MAX;
        let (line, _) = run.detect_line();
        assert!(
            line.len() <= 200 && line.is_ascii() && !line.contains('\n'),
            "{line}"
        );
    }

    #[test]
    fn a_run_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let state = StateFolder::open(&home.join(".local/state/rekey")).unwrap();
        assert_eq!(LastRun::load(&state).unwrap(), None);
        assert_eq!(LastRun::load_of_person(&home, state.root()).unwrap(), None);
        let run = last_run(&["contoso"], DeviceState::Compliant);
        run.save(&state).unwrap();
        assert_eq!(LastRun::load(&state).unwrap().as_ref(), Some(&run));
        assert_eq!(
            LastRun::load_of_person(&home, state.root()).unwrap(),
            Some(run)
        );
    }

    #[test]
    fn a_cut_file_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        std::fs::write(state.path(NAME), "{\"run\": ").unwrap();
        let fault = LastRun::load(&state).unwrap_err().to_string();
        assert!(fault.contains(NAME), "{fault}");
    }
}
