//! The person's own home on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Folders, MachinePolicy, Platform, Programs, System, browser, owner, this};

/// What the system says of the person who runs rekey. What differs between systems is in `this`.
#[derive(Debug, Clone)]
pub(super) struct Native {
    folders: Folders,
}

impl Native {
    /// # Errors
    /// One sentence where the home folder cannot be found.
    pub(super) fn new() -> Result<Self, String> {
        let home = dirs::home_dir()
            .filter(|home| home.is_absolute())
            .ok_or("the home folder cannot be found: set HOME, or name a folder with --home")?;
        Ok(Self {
            folders: Folders::from_environment(System::THIS, &home, |name| std::env::var_os(name)),
        })
    }
}

impl Platform for Native {
    fn system(&self) -> System {
        System::THIS
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
        owner::may_change(self.home())
    }

    fn person(&self) -> String {
        owner::person(self.home())
    }

    fn version(&self) -> Option<String> {
        this::version()
    }

    fn machine_policy(&self) -> MachinePolicy {
        this::machine_policy()
    }

    fn machine_defaults(&self) -> Option<PathBuf> {
        Some(this::machine_defaults())
    }

    #[cfg(any(windows, target_os = "linux"))]
    fn vault(&self) -> Option<std::sync::Arc<dyn super::vault::Vault>> {
        Some(this::vault())
    }

    fn programs(&self) -> Option<Programs> {
        Some(Programs::new(|name| std::env::var_os(name)))
    }

    fn open_in_browser(&self, address: &str) -> Result<(), String> {
        browser::open(address)
    }
}
