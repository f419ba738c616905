//! The operating system behind one trait: folders, environment, ownership, files, programs.
//!
//! `unsafe`, raw writes and started programs live here and nowhere else.

#[cfg(windows)]
mod access;
#[cfg(windows)]
mod administrators;
mod browser;
#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod clipboard;
#[cfg(windows)]
mod clipboard_windows;
mod console;
pub mod core_dumps;
#[cfg(target_os = "macos")]
mod core_foundation;
pub mod dpapi;
#[cfg(windows)]
pub(crate) mod drives;
#[cfg(any(windows, test))]
pub(crate) mod enumeration;
#[cfg(windows)]
mod far_links;
pub mod files;
mod folders;
#[cfg(windows)]
mod handles;
mod hermetic;
#[cfg(windows)]
mod holders;
pub mod launcher;
#[cfg(target_os = "macos")]
mod macos_people;
#[cfg(target_os = "macos")]
pub(crate) mod mounts_macos;
mod native;
#[cfg(target_os = "linux")]
mod notifications;
pub mod own_files;
mod owner;
pub mod politeness;
pub mod preferences;
#[cfg(windows)]
mod profiles;
pub mod programs;
mod random;
pub mod read;
pub mod registry;
#[cfg(any(windows, test))]
mod signed_in;
pub mod sockets;
pub mod ssh_agent;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod this;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod this;
#[cfg(windows)]
#[path = "windows.rs"]
mod this;
#[cfg(windows)]
mod toast;
pub mod vault;
#[cfg(windows)]
mod verbatim;
mod versions;
#[cfg(windows)]
mod windows_people;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use console::code_page;
pub use folders::{Folders, System};
pub use hermetic::Hermetic;
pub use programs::Programs;
pub use random::random;

/// What IT has set for every person of this machine, and nobody widens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachinePolicy {
    /// Files in TOML, the later one winning. One that cannot be listed is here too: reading it says why.
    pub files: Vec<PathBuf>,
}

/// What the agent needs to know of the system that it runs on.
pub trait Platform: Send + Sync {
    /// Whose layout of folders, and whose vaults, apply.
    fn system(&self) -> System;

    /// The person's folders.
    fn folders(&self) -> &Folders;

    /// Whether only the given home may be looked at: no vault, no environment, no registry, no system files.
    fn hermetic(&self) -> bool;

    /// A variable of the environment; always `None` when hermetic.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// All variables of the environment; none when hermetic.
    fn variables(&self) -> Vec<(OsString, OsString)>;

    /// Whether rekey may change things in this home; the error is one sentence that says why not.
    fn may_change_home(&self) -> Result<(), String>;

    /// The folders of the person whom device management asks about, where it asks as the system itself; `None` in
    /// every other session, and where nobody is signed in.
    fn asked_about(&self) -> Option<Folders> {
        None
    }

    /// Whether this is the system itself, or another service, and no person.
    fn is_service(&self) -> bool {
        false
    }

    /// The sign-in name of the person.
    fn person(&self) -> String;

    /// The version of the operating system, where it can be read.
    fn version(&self) -> Option<String>;

    /// Files with policy of this machine; none when hermetic, on Windows, whose policy is in the registry, and on macOS,
    /// whose is in managed preferences.
    fn machine_policy(&self) -> MachinePolicy {
        MachinePolicy::default()
    }

    /// The file with this machine's defaults, which need not exist; `None` when hermetic.
    fn machine_defaults(&self) -> Option<PathBuf> {
        None
    }

    /// Whether only administrators can have written a file of this machine's.
    ///
    /// # Errors
    /// Who else can, in words that end a sentence.
    fn is_administrators(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    /// Where the system keeps passwords; `None` when hermetic.
    fn vault(&self) -> Option<Arc<dyn vault::Vault>> {
        None
    }

    /// The registry; `None` when hermetic, and where the system has none.
    fn registry(&self) -> Option<Arc<dyn registry::Registry>> {
        None
    }

    /// What management of macOS has set for rekey; `None` when hermetic, and on every other system.
    fn preferences(&self) -> Option<Arc<dyn preferences::Preferences>> {
        None
    }

    /// The person's keys of DPAPI; `None` when hermetic, and on every system but Windows.
    fn dpapi(&self) -> Option<Arc<dyn dpapi::Dpapi>> {
        None
    }

    /// Opens an https address in the person's browser.
    ///
    /// # Errors
    /// One sentence that says why not.
    fn open_in_browser(&self, _address: &str) -> Result<(), String> {
        Err("no page is opened with --home".to_owned())
    }

    /// Shows a notice on the person's desktop, which stays when this process has ended. Neither part may hold a secret:
    /// others may look on.
    ///
    /// # Errors
    /// Why nothing is shown, in words that end a sentence.
    fn notify(&self, _title: &str, _text: &str) -> Result<(), String> {
        Err("no notice is shown with --home".to_owned())
    }

    /// Puts a text on the clipboard. It is never a secret: any program of the session can read it there.
    ///
    /// # Errors
    /// Why it is not copied, in words that end a sentence.
    fn copy(&self, _text: &str) -> Result<(), String> {
        Err("nothing is copied with --home".to_owned())
    }

    /// The programs that may be started to ask them something; `None` when hermetic, where nothing is.
    fn programs(&self) -> Option<Programs> {
        None
    }

    /// The home folder.
    fn home(&self) -> &Path {
        &self.folders().home
    }
}

/// The platform that this process runs on.
///
/// # Errors
/// One sentence where the home folder cannot be found.
pub fn native() -> Result<Box<dyn Platform>, String> {
    Ok(Box::new(native::Native::new()?))
}
