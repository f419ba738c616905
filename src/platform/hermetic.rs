//! A home folder and nothing else: for tests and for looking at a backup.

use std::ffi::OsString;
use std::path::Path;

use super::{Folders, Platform, System};

/// `--home DIR`.
#[derive(Debug, Clone)]
pub struct Hermetic {
    system: System,
    folders: Folders,
}

impl Hermetic {
    /// A home that is laid out as on `system`.
    pub fn new(system: System, home: &Path) -> Self {
        Self {
            system,
            folders: Folders::conventional(system, home),
        }
    }
}

impl Platform for Hermetic {
    fn system(&self) -> System {
        self.system
    }

    fn folders(&self) -> &Folders {
        &self.folders
    }

    fn hermetic(&self) -> bool {
        true
    }

    fn variable(&self, _name: &str) -> Option<OsString> {
        None
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        Vec::new()
    }

    fn may_change_home(&self) -> Result<(), String> {
        super::owner::may_change(self.home())
    }

    fn person(&self) -> String {
        super::owner::person(self.home())
    }

    fn version(&self) -> Option<String> {
        super::this::version()
    }
}
