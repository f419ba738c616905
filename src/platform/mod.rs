//! The operating system behind one trait: folders, environment, ownership, files, programs.
//!
//! `unsafe`, raw writes and started programs live here and nowhere else.

mod folders;
mod hermetic;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod own_files;
mod owner;
pub mod read;
#[cfg(windows)]
mod windows;

use std::ffi::OsString;
use std::path::Path;

pub use folders::{Folders, System};
pub use hermetic::Hermetic;

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

    /// The sign-in name of the person.
    fn person(&self) -> String;

    /// The version of the operating system, where it can be read.
    fn version(&self) -> Option<String>;

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
    #[cfg(target_os = "linux")]
    return Ok(Box::new(linux::Linux::new()?));
    #[cfg(target_os = "macos")]
    return Ok(Box::new(macos::MacOs::new()?));
    #[cfg(windows)]
    return Ok(Box::new(windows::Windows::new()?));
}
