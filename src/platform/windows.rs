//! Windows.

use std::ffi::OsString;

use super::{Folders, Platform, System};

/// The person's own home on this machine.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    folders: Folders,
}

impl Windows {
    /// # Errors
    /// One sentence where the home folder cannot be found.
    pub(super) fn new() -> Result<Self, String> {
        let home = dirs::home_dir()
            .filter(|home| home.is_absolute())
            .ok_or("the home folder cannot be found: set HOME, or name a folder with --home")?;
        Ok(Self {
            folders: Folders::from_environment(System::Windows, &home, |name| {
                std::env::var_os(name)
            }),
        })
    }
}

impl Platform for Windows {
    fn system(&self) -> System {
        System::Windows
    }

    fn folders(&self) -> &Folders {
        &self.folders
    }

    fn hermetic(&self) -> bool {
        false
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        std::env::vars_os().collect()
    }

    fn may_change_home(&self) -> Result<(), String> {
        super::owner::may_change(self.home())
    }

    fn person(&self) -> String {
        super::owner::person()
    }

    fn version(&self) -> Option<String> {
        super::owner::version()
    }
}

/// Not read yet.
pub(super) fn version() -> Option<String> {
    None
}

/// The owner of the profile is checked by SID.
pub(super) fn may_change(_home: &std::path::Path) -> Result<(), String> {
    Ok(())
}
