//! Who reports: the machine and the person.

use std::path::PathBuf;

use rekey_report::{EnrollDevice, Machine, Person};
use sha2::{Digest as _, Sha256};

use super::settings::{ReportPerson, ReportSettings};
use crate::platform::{Platform, System};
use crate::state::{StateFault, StateFolder};

/// The machine, the person and their home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workstation {
    /// The machine as reports name it.
    pub machine: Machine,
    /// Names the person on this machine; random.
    pub person_id: String,
    /// The sign-in name.
    pub person_name: String,
    /// The home folder, and what it resolves to.
    pub homes: Vec<PathBuf>,
    /// Paths are compared without case.
    pub ignore_case: bool,
}

impl Workstation {
    /// This one. Makes the ids where there are none yet.
    pub fn of(platform: &dyn Platform, state: &StateFolder) -> Result<Self, StateFault> {
        let home = platform.home();
        let mut homes = vec![home.to_owned()];
        homes.extend(home.canonicalize().ok().filter(|real| real != home));
        Ok(Self {
            machine: Machine {
                id: state.machine_id()?.to_string(),
                name: gethostname::gethostname().to_string_lossy().into_owned(),
                system: platform.system().as_str().to_owned(),
                version: platform.version(),
                architecture: std::env::consts::ARCH.to_owned(),
            },
            person_id: state.person_id()?.to_string(),
            person_name: platform.person(),
            homes,
            ignore_case: platform.system() != System::Linux,
        })
    }

    /// The person as far as policy lets reports say.
    pub fn person(&self, settings: &ReportSettings) -> Person {
        match settings.person {
            ReportPerson::Name => Person {
                id: self.person_id.clone(),
                name: Some(self.person_name.clone()),
            },
            ReportPerson::Hash => Person {
                id: pseudonym(&self.person_name),
                name: None,
            },
            ReportPerson::None => Person {
                id: self.person_id.clone(),
                name: None,
            },
        }
    }

    /// What enrolment says.
    pub fn enroll_device(&self, settings: &ReportSettings) -> EnrollDevice {
        EnrollDevice {
            machine: self.machine.clone(),
            person: self.person(settings),
            ring: settings.ring.clone(),
        }
    }
}

/// See [`ReportPerson::Hash`].
pub(super) fn pseudonym(name: &str) -> String {
    let digest = Sha256::digest(name.to_lowercase().as_bytes());
    let (first, _) = digest.split_at(8);
    first
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::workstation;
    use super::*;

    #[test]
    fn a_pseudonym_is_the_same_on_every_machine_and_holds_no_name() {
        let settings = ReportSettings {
            person: ReportPerson::Hash,
            ..ReportSettings::default()
        };
        let mut other = workstation();
        other.person_id = "other".to_owned();
        other.person_name = other.person_name.to_uppercase();
        let person = workstation().person(&settings);
        assert_eq!(person, other.person(&settings));
        assert_eq!((person.id.len(), person.name), (16, None));
    }
}
