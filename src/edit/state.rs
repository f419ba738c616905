//! rekey's own folder: `lock`, and `runs/<run>/` for what can be undone. Nobody else may look inside.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::Fault;
use crate::platform::dpapi::Dpapi;
use crate::platform::files::{self, FileFault, Folder};
use crate::platform::registry::{Registry, RegistryFault};
use crate::platform::vault::{Vault, VaultFault};

const LOCK: &str = "lock";
const RUNS: &str = "runs";

/// The state folder, locked: as long as this value lives, no other rekey changes anything.
pub struct State {
    runs: Folder,
    path: PathBuf,
    vault: Option<Arc<dyn Vault>>,
    registry: Option<Arc<dyn Registry>>,
    dpapi: Option<Arc<dyn Dpapi>>,
    /// Closing the file opens the lock, also when the process is killed.
    _lock: File,
}

/// A longer piece of work that no other rekey does meanwhile, while single edits still take their turns.
#[derive(Debug)]
pub struct Hold {
    _lock: File,
}

impl Hold {
    /// Takes the lock of this name in the state folder, which is there.
    ///
    /// # Errors
    /// [`Fault::Busy`] while another rekey holds it; [`Fault::State`] where the folder cannot be used.
    pub fn take(path: &Path, name: &str) -> Result<Self, Fault> {
        let folder = own(path, Folder::open(path))?;
        let lock = locked(path, &folder, OsStr::new(name))?;
        Ok(Self { _lock: lock })
    }
}

fn locked(path: &Path, folder: &Folder, name: &OsStr) -> Result<File, Fault> {
    let fault = |fault: FileFault| state_fault(path, fault);
    let lock = folder.append(name).map_err(fault)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Fault::Busy),
        Err(TryLockError::Error(error)) => Err(fault(error.into())),
    }
}

impl State {
    /// Makes the folder where there is none, and takes the lock.
    ///
    /// # Errors
    /// [`Fault::Busy`] while another rekey holds the lock; [`Fault::State`] where the folder is a link
    /// or another user's.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let fault = |fault: FileFault| state_fault(path, fault);
        if let Err(cause) = Folder::open(path) {
            match cause {
                FileFault::Absent => files::make_private_folders(path).map_err(fault)?,
                other => return Err(fault(other)),
            }
        }
        let folder = own(path, Folder::open(path))?;
        let lock = locked(path, &folder, OsStr::new(LOCK))?;
        let runs = own(&path.join(RUNS), folder.make(OsStr::new(RUNS)))?;
        folder.sync().map_err(fault)?;
        Ok(Self {
            runs,
            path: path.to_owned(),
            vault: None,
            registry: None,
            dpapi: None,
            _lock: lock,
        })
    }

    /// With the vault whose entries may change, and which holds the keys of their copies where nothing else seals them.
    #[must_use]
    pub fn with_vault(self, vault: Option<Arc<dyn Vault>>) -> Self {
        Self { vault, ..self }
    }

    /// With the person's keys of DPAPI: they seal the keys of copies, and open and close what files hold sealed.
    #[must_use]
    pub fn with_dpapi(self, dpapi: Option<Arc<dyn Dpapi>>) -> Self {
        Self { dpapi, ..self }
    }

    pub(super) fn dpapi(&self) -> Option<&dyn Dpapi> {
        self.dpapi.as_deref()
    }

    pub(super) fn vault(&self) -> Result<&dyn Vault, VaultFault> {
        let none = || VaultFault::Absent("there is no keyring that rekey could ask".to_owned());
        self.vault.as_deref().ok_or_else(none)
    }

    /// With the registry whose values may change.
    #[must_use]
    pub fn with_registry(self, registry: Option<Arc<dyn Registry>>) -> Self {
        Self { registry, ..self }
    }

    pub(super) fn registry(&self) -> Result<&dyn Registry, RegistryFault> {
        let none =
            || RegistryFault::Refused("there is no registry that rekey could ask".to_owned());
        self.registry.as_deref().ok_or_else(none)
    }

    pub(super) fn runs(&self) -> Runs<'_> {
        Runs {
            folder: &self.runs,
            path: &self.path,
        }
    }

    pub(super) fn fault(&self, fault: FileFault) -> Fault {
        state_fault(&self.path, fault)
    }

    /// Opens the folder of a run, and makes it where there is none.
    pub(super) fn make_run(&self, run: Uuid) -> Result<Folder, FileFault> {
        let folder = self.runs.make(OsStr::new(&run.to_string()))?;
        folder.make_private()?;
        self.runs.sync()?;
        Ok(folder)
    }

    /// Removes the folder of a run where nothing is left in it.
    pub(super) fn remove_run(&self, run: Uuid) -> Result<(), FileFault> {
        self.runs.remove_empty(OsStr::new(&run.to_string()))
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "State({})", self.path.display())
    }
}

/// The folders of all runs, for reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs<'a> {
    folder: &'a Folder,
    path: &'a Path,
}

impl Runs<'_> {
    /// All runs, the oldest first: a UUID of version 7 begins with its time.
    pub(super) fn ids(self) -> Result<Vec<Uuid>, Fault> {
        let names = self.folder.names().map_err(|fault| self.fault(fault))?;
        let mut ids: Vec<Uuid> = names
            .iter()
            .filter_map(|name| {
                let name = name.to_str()?;
                let id = Uuid::try_parse(name).ok()?;
                (id.to_string() == name).then_some(id)
            })
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    pub(super) fn open(self, run: Uuid) -> Result<Folder, Fault> {
        let name = run.to_string();
        match self.folder.below(Path::new(&name)) {
            Ok(folder) => own(&self.path.join(RUNS).join(&name), Ok(folder)),
            Err(FileFault::Absent) => Err(Fault::UnknownRun(run)),
            Err(fault) => Err(self.fault(fault)),
        }
    }

    pub(super) fn fault(self, fault: FileFault) -> Fault {
        state_fault(self.path, fault)
    }
}

/// The folder of runs without the lock, to look at; `None` where nothing was ever changed.
pub(super) fn look<T>(
    path: &Path,
    at: impl FnOnce(Runs<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let folder = match Folder::open(path) {
        Err(FileFault::Absent) => return Ok(None),
        opened => own(path, opened)?,
    };
    let runs = match folder.below(Path::new(RUNS)) {
        Err(FileFault::Absent) => return Ok(None),
        opened => own(&path.join(RUNS), opened)?,
    };
    at(Runs {
        folder: &runs,
        path,
    })
    .map(Some)
}

fn own(path: &Path, opened: Result<Folder, FileFault>) -> Result<Folder, Fault> {
    let fault = |fault| state_fault(path, fault);
    let folder = opened.map_err(fault)?;
    if !folder.is_mine().map_err(fault)? {
        return Err(Fault::State {
            path: path.to_owned(),
            reason: "it belongs to another user".to_owned(),
        });
    }
    folder.make_private().map_err(fault)?;
    Ok(folder)
}

fn state_fault(path: &Path, fault: FileFault) -> Fault {
    Fault::State {
        path: path.to_owned(),
        reason: fault.to_string(),
    }
}
