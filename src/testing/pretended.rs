//! A platform for tests: a home, and as much of a session around it as the test says.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::TestHome;
use crate::platform::dpapi::Dpapi;
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::platform::preferences::Preferences;
use crate::platform::preferences::memory::MemoryPreferences;
use crate::platform::registry::Registry;
use crate::platform::registry::memory::MemoryRegistry;
use crate::platform::vault::Vault;
use crate::platform::vault::memory::MemoryVault;
use crate::platform::{Folders, Hermetic, Platform, Programs, System};

/// A home and what is around it.
pub(crate) struct Pretended {
    home: Hermetic,
    hermetic: bool,
    programs: bool,
    variables: Vec<(OsString, OsString)>,
    vault: Option<Arc<dyn Vault>>,
    registry: Option<MemoryRegistry>,
    preferences: Option<MemoryPreferences>,
    dpapi: Option<Arc<MemoryDpapi>>,
    person: Option<String>,
    /// The notices on its desktop, where it has one.
    desktop: Option<Mutex<Vec<String>>>,
}

impl Pretended {
    /// A home that is only looked at, as with `--home`.
    pub(crate) fn hermetic(home: &TestHome) -> Self {
        Self::of(Hermetic::new(home.system, &home.path()))
    }

    fn of(home: Hermetic) -> Self {
        Self {
            home,
            hermetic: true,
            programs: false,
            variables: Vec::new(),
            vault: None,
            registry: None,
            preferences: None,
            dpapi: None,
            person: None,
            desktop: None,
        }
    }

    /// A session in this home, in which no program is started.
    pub(crate) fn session(home: &Path) -> Self {
        Self {
            hermetic: false,
            ..Self::of(Hermetic::new(System::THIS, home))
        }
    }

    /// The person at their own machine: programs of this machine may be asked, about this home alone.
    #[cfg(unix)]
    pub(crate) fn at_work(home: &TestHome) -> Self {
        let session = Self {
            programs: true,
            ..Self::session(&home.path())
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        session.with("HOME", home.path()).with("PATH", path)
    }

    /// With one more variable.
    pub(crate) fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With a vault.
    pub(crate) fn with_vault(self, vault: &MemoryVault) -> Self {
        self.with_any_vault(Arc::new(vault.clone()))
    }

    /// With a vault of any system.
    pub(crate) fn with_any_vault(self, vault: Arc<dyn Vault>) -> Self {
        let vault = Some(vault);
        Self { vault, ..self }
    }

    /// With a registry, so on Windows.
    pub(crate) fn with_registry(self, registry: &MemoryRegistry) -> Self {
        let registry = Some(registry.clone());
        Self { registry, ..self }
    }

    /// With preferences, so on macOS.
    pub(crate) fn with_preferences(self, preferences: MemoryPreferences) -> Self {
        let preferences = Some(preferences);
        Self {
            preferences,
            ..self
        }
    }

    /// With keys of DPAPI, as at the person's own Windows.
    pub(crate) fn with_dpapi(self, dpapi: &Arc<MemoryDpapi>) -> Self {
        Self {
            hermetic: false,
            dpapi: Some(Arc::clone(dpapi)),
            ..self
        }
    }

    /// With a desktop that shows notices.
    pub(crate) fn with_desktop(self) -> Self {
        let desktop = Some(Mutex::default());
        Self { desktop, ..self }
    }

    /// The notices that were shown, as `title: text`.
    pub(crate) fn notices(&self) -> Vec<String> {
        let shown = self.desktop.iter();
        shown
            .flat_map(|shown| shown.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    /// With another person than the one who owns the home.
    #[cfg(unix)]
    pub(crate) fn with_person(self, person: String) -> Self {
        let person = Some(person);
        Self { person, ..self }
    }
}

impl Platform for Pretended {
    fn system(&self) -> System {
        self.home.system()
    }

    fn folders(&self) -> &Folders {
        self.home.folders()
    }

    fn hermetic(&self) -> bool {
        self.hermetic
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        let mut variables = self.variables.iter();
        let (_, value) = variables.find(|(known, _)| known == OsStr::new(name))?;
        Some(value.clone())
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        self.variables.clone()
    }

    fn may_change_home(&self) -> Result<(), String> {
        self.home.may_change_home()
    }

    fn person(&self) -> String {
        self.person.clone().unwrap_or_else(|| self.home.person())
    }

    fn version(&self) -> Option<String> {
        self.home.version()
    }

    fn programs(&self) -> Option<Programs> {
        self.programs
            .then(|| Programs::new(|name| self.variable(name)))
    }

    fn registry(&self) -> Option<Arc<dyn Registry>> {
        let registry = self.registry.clone()?;
        Some(Arc::new(registry))
    }

    fn preferences(&self) -> Option<Arc<dyn Preferences>> {
        let preferences = self.preferences.clone()?;
        Some(Arc::new(preferences))
    }

    fn vault(&self) -> Option<Arc<dyn Vault>> {
        self.vault.clone()
    }

    fn notify(&self, title: &str, text: &str) -> Result<(), String> {
        let shown = self.desktop.as_ref().ok_or("there is no desktop")?;
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push(format!("{title}: {text}"));
        Ok(())
    }

    fn dpapi(&self) -> Option<Arc<dyn Dpapi>> {
        let dpapi = self.dpapi.clone()?;
        Some(dpapi)
    }
}
