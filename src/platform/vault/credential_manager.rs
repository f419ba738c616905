//! The Credential Manager of Windows (learn.microsoft.com, wincred.h): one flat list, in which name and type tell entries apart.
//!
//! What it does is behind [`Calls`], so that all but the calls themselves is tried on every system.

#[cfg(test)]
pub(crate) mod fake;
mod form;
#[cfg(windows)]
mod windows;

use sha2::{Digest as _, Sha256};

use self::form::{Stored, attributes_of, stored_of};
use super::{Ring, Vault, VaultFault};
use crate::model::windows_credential::{GENERIC, TARGET_NAME, TYPE};
use crate::model::{Attributes, SafeUrl, VaultEntry, VaultSecret};

#[cfg(windows)]
pub(crate) use self::windows::native;

/// What people call the one list in the Credential Manager's own window.
const RING: &str = "Windows Credentials";

/// `ERROR_NOT_FOUND`.
const NOT_FOUND: u32 = 1168;
/// `ERROR_NO_SUCH_LOGON_SESSION`: a session over the network has no vault, and where policy forbids to keep
/// passwords none has.
const NO_SESSION: u32 = 1312;

/// The five functions of Windows; an error is its number.
trait Calls: Send + Sync {
    /// All credentials without their secrets.
    fn enumerate(&self) -> Result<Vec<Stored>, u32>;

    /// One credential, with its secret where Windows gives it.
    fn read(&self, target: &str, kind: u32) -> Result<(Stored, VaultSecret), u32>;

    /// Writes one; it replaces another of this name and type.
    fn write(&self, stored: &Stored, secret: &VaultSecret) -> Result<(), u32>;

    /// Deletes one.
    fn delete(&self, target: &str, kind: u32) -> Result<(), u32>;
}

struct CredentialManager<C>(C);

fn told(error: u32) -> VaultFault {
    match error {
        NOT_FOUND => VaultFault::Gone,
        NO_SESSION => VaultFault::Away(
            "Windows opens it only in a session at the desktop, and this one is over the network or may keep no \
             passwords: sign in to Windows, at the screen or by Remote Desktop, and run rekey there"
                .to_owned(),
        ),
        _ => VaultFault::Refused(format!(
            "Windows Credential Manager refused (error {error}): sign out of Windows and in again, then run rekey again"
        )),
    }
}

/// A name for journals, which hold no secret: people write passwords into targets.
fn id_of(stored: &Stored) -> String {
    let safe = SafeUrl(&stored.target).to_string().to_lowercase();
    let digest = Sha256::digest(format!("{}:{safe}", stored.kind));
    let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn entry_of(stored: &Stored) -> VaultEntry {
    VaultEntry {
        ring: RING.to_owned(),
        id: id_of(stored),
        label: stored.target.clone(),
        attributes: attributes_of(stored),
        created: None,
        modified: stored.written(),
        locked: false,
    }
}

/// Name and type of an entry, as Windows has them.
fn key_of(attributes: &Attributes) -> Option<(String, u32)> {
    let stored = stored_of("", attributes)?;
    stored.exact.then_some((stored.target, stored.kind))
}

impl<C: Calls> CredentialManager<C> {
    fn entries(&self) -> Result<Vec<VaultEntry>, VaultFault> {
        match self.0.enumerate() {
            Ok(all) => Ok(all.iter().map(entry_of).collect()),
            Err(NOT_FOUND) => Ok(Vec::new()),
            Err(error) => Err(told(error)),
        }
    }

    fn at(&self, entry: &VaultEntry) -> Result<(Stored, VaultSecret), VaultFault> {
        let (target, kind) = key_of(&entry.attributes).ok_or(VaultFault::Gone)?;
        self.0.read(&target, kind).map_err(told)
    }
}

impl<C: Calls> Vault for CredentialManager<C> {
    fn name(&self) -> &'static str {
        "Credential Manager"
    }

    fn list(&self) -> Result<Vec<Ring>, VaultFault> {
        Ok(vec![Ring {
            name: RING.to_owned(),
            label: RING.to_owned(),
            locked: false,
            entries: self.entries()?,
            unlisted: None,
        }])
    }

    fn find(&self, ring: &str, attributes: &Attributes) -> Result<Vec<VaultEntry>, VaultFault> {
        if ring != RING {
            return Err(VaultFault::Gone);
        }
        let mut found = self.entries()?;
        found.retain(|entry| {
            let mut wanted = attributes.iter();
            wanted.all(|(name, value)| entry.attribute(name) == Some(value))
        });
        Ok(found)
    }

    fn read(&self, entry: &VaultEntry) -> Result<VaultSecret, VaultFault> {
        let is_form = entry.attribute(TARGET_NAME).is_some();
        if is_form && entry.attribute(TYPE) != Some(GENERIC) {
            return Ok(VaultSecret::withheld());
        }
        Ok(self.at(entry)?.1)
    }

    fn delete(&self, entry: &VaultEntry) -> Result<(), VaultFault> {
        // Windows deletes by name: what another program has put there since is not this entry.
        let (now, _) = self.at(entry)?;
        if entry_of(&now) != *entry {
            return Err(VaultFault::Gone);
        }
        self.0.delete(&now.target, now.kind).map_err(told)
    }

    fn put(
        &self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<(), VaultFault> {
        if ring != RING {
            return Err(VaultFault::Gone);
        }
        let stored = stored_of(label, attributes).filter(|stored| stored.exact);
        let stored = stored.ok_or_else(|| {
            VaultFault::Refused("Windows Credential Manager has no such entries".to_owned())
        })?;
        // CredWriteW replaces, and Windows has no call that does not.
        match self.0.read(&stored.target, stored.kind) {
            Ok(_) => Err(VaultFault::Taken),
            Err(NOT_FOUND) => self.0.write(&stored, secret).map_err(told),
            Err(error) => Err(told(error)),
        }
    }
}

#[cfg(test)]
#[path = "credential_manager/tests.rs"]
mod tests;
