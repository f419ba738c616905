//! The person's own home on this machine.

use std::ffi::OsString;
use std::path::PathBuf;

#[cfg(windows)]
use super::folders::Known;
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
        let folders = Folders::from_environment(System::THIS, &home, |name| std::env::var_os(name));
        // Windows itself knows where they are, whatever variables say: on a share, in OneDrive, on another disk.
        #[cfg(windows)]
        let folders = folders.known(Known {
            config: dirs::config_dir(),
            data: dirs::data_local_dir(),
            documents: dirs::document_dir(),
        });
        Ok(Self { folders })
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

    fn vault(&self) -> Option<std::sync::Arc<dyn super::vault::Vault>> {
        Some(this::vault())
    }

    #[cfg(windows)]
    fn is_service(&self) -> bool {
        super::profiles::is_service()
    }

    #[cfg(windows)]
    fn asked_about(&self) -> Option<Folders> {
        use super::signed_in::profile_of_person;
        use super::windows_people::ThisMachine;

        let is_service = super::profiles::is_service();
        let home = is_service.then(|| profile_of_person(&ThisMachine))??;
        Some(Folders::conventional(System::Windows, &home))
    }

    /// Jamf and its like ask as root.
    #[cfg(target_os = "macos")]
    fn asked_about(&self) -> Option<Folders> {
        let is_root = owner::is_system();
        let home = is_root.then(super::macos_people::home_at_console)??;
        Some(Folders::conventional(System::MacOs, &home))
    }

    #[cfg(windows)]
    fn is_administrators(&self, path: &std::path::Path) -> Result<(), String> {
        super::administrators::is_administrators(path)
    }

    #[cfg(windows)]
    fn registry(&self) -> Option<std::sync::Arc<dyn super::registry::Registry>> {
        Some(std::sync::Arc::new(super::registry::WindowsRegistry))
    }

    #[cfg(target_os = "macos")]
    fn preferences(&self) -> Option<std::sync::Arc<dyn super::preferences::Preferences>> {
        Some(std::sync::Arc::new(super::preferences::Managed))
    }

    #[cfg(windows)]
    fn dpapi(&self) -> Option<std::sync::Arc<dyn super::dpapi::Dpapi>> {
        Some(std::sync::Arc::new(super::dpapi::CurrentUser))
    }

    fn programs(&self) -> Option<Programs> {
        Some(Programs::new(|name| std::env::var_os(name)))
    }

    fn open_in_browser(&self, address: &str) -> Result<(), String> {
        browser::open(address)
    }

    fn notify(&self, title: &str, text: &str) -> Result<(), String> {
        if owner::is_system() {
            return Err("the system's own account has no desktop".to_owned());
        }
        this::notify(title, text)
    }

    fn copy(&self, text: &str) -> Result<(), String> {
        this::copy(text)
    }
}
