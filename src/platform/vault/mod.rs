//! The vault in which the system keeps passwords, behind one trait.
//!
//! Nothing here unlocks a vault or makes one ask: what is locked is said, with what to do about it.

#[cfg(any(windows, test))]
pub(crate) mod credential_manager;
#[cfg(any(target_os = "macos", test))]
pub(crate) mod keychain;
#[cfg(test)]
pub(crate) mod memory;
#[cfg(target_os = "linux")]
mod secret_service;

use crate::model::{Attributes, VaultEntry, VaultSecret};

#[cfg(target_os = "linux")]
pub(super) use secret_service::SecretService;

#[cfg(windows)]
pub(super) use credential_manager::native;

#[cfg(target_os = "macos")]
pub(super) use keychain::native;

/// Entries that lie, and are locked, together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// The vault's own name for it, as [`VaultEntry::ring`] has it.
    pub name: String,
    /// How people see it in a list.
    pub label: String,
    /// Nothing in it can be read before somebody unlocks it.
    pub locked: bool,
    /// Its entries, as far as it lists them.
    pub entries: Vec<VaultEntry>,
    /// Why there may be more that it did not list.
    pub unlisted: Option<VaultFault>,
}

/// A vault of this system.
pub trait Vault: Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// How somebody opens what is locked: ends a sentence, or is one.
    fn unlocking(&self) -> String {
        "unlock it (signing in to the desktop does), then run rekey again".to_owned()
    }

    /// Everything in it without a secret.
    ///
    /// # Errors
    /// [`VaultFault::Absent`] where there is none.
    fn list(&self) -> Result<Vec<Ring>, VaultFault>;

    /// The entries of a ring that have all these attributes, and perhaps more.
    ///
    /// # Errors
    /// [`VaultFault::Gone`] where there is no such ring.
    fn find(&self, ring: &str, attributes: &Attributes) -> Result<Vec<VaultEntry>, VaultFault>;

    /// What an entry holds; [`VaultSecret::withheld`] where the vault gives it to another program alone.
    ///
    /// # Errors
    /// [`VaultFault::Locked`], or [`VaultFault::Gone`] where it is not there.
    fn read(&self, entry: &VaultEntry) -> Result<VaultSecret, VaultFault>;

    /// Deletes this very entry and no other, whatever its attributes.
    ///
    /// # Errors
    /// Like [`Vault::read`]; where the vault would ask somebody first, it is told not to.
    fn delete(&self, entry: &VaultEntry) -> Result<(), VaultFault>;

    /// Puts a new entry into a ring. It replaces none, also where one has the same attributes.
    ///
    /// # Errors
    /// [`VaultFault::Locked`], [`VaultFault::Gone`] where there is no such ring, or [`VaultFault::Taken`] where the vault
    /// has room for one entry of a name.
    fn put(
        &self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<(), VaultFault>;
}

/// Why a vault did not do it: one sentence with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultFault {
    /// There is no vault to ask.
    #[error("{0}")]
    Absent(String),
    /// It has to be unlocked first.
    #[error("it is locked: unlock it (signing in to the desktop does), then run rekey again")]
    Locked,
    /// It is there, and out of reach of this session: one sentence that says from where it can be reached.
    #[error("{0}")]
    Away(String),
    /// What was named is not there.
    #[error("it is not there any more")]
    Gone,
    /// Another entry has the name already, and it would be replaced.
    #[error("there is another entry of its name")]
    Taken,
    /// It answered something else, or nothing in time.
    #[error("{0}")]
    Refused(String),
}
