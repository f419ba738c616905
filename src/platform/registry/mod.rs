//! The registry of Windows behind one trait, so that what reads and changes it is tested on every system.
//!
//! Everything can be read; only the person's own part can be changed.

#[cfg(test)]
pub(crate) mod memory;
#[cfg(windows)]
#[path = "windows.rs"]
mod real;

use jiff::Timestamp;

use crate::model::{RegistryData, RegistryKey};

#[cfg(windows)]
pub(super) use real::WindowsRegistry;

/// The key of the person's variables.
pub const VARIABLES: &str = "Environment";

/// No value that a person's tools write is larger.
pub const LARGEST: usize = 1024 * 1024;

/// No key that is looked at has more values or keys.
pub const MOST: usize = 10_000;

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryValue {
    /// Its name; empty for the key's default value.
    pub name: String,
    /// What it holds, or why that cannot be read.
    pub data: Result<RegistryData, RegistryFault>,
}

impl RegistryValue {
    /// Its text, which may be a secret.
    ///
    /// # Errors
    /// Why it has none, as the end of a sentence.
    pub fn text(&self) -> Result<String, String> {
        let name = &self.name;
        match &self.data {
            Ok(data) => data
                .as_text()
                .ok_or_else(|| format!("its value {name} is {}, not text", data.kind_name())),
            Err(fault) => Err(format!("its value {name}: {fault}")),
        }
    }
}

/// The registry.
pub trait Registry: Send + Sync {
    /// The values of a key, sorted by name.
    ///
    /// # Errors
    /// [`RegistryFault::Absent`] where there is no such key.
    fn values(&self, key: &RegistryKey) -> Result<Vec<RegistryValue>, RegistryFault>;

    /// The names of the keys in a key, sorted.
    ///
    /// # Errors
    /// Like [`Registry::values`].
    fn keys(&self, key: &RegistryKey) -> Result<Vec<String>, RegistryFault>;

    /// When a key, or one of its values, was last written.
    fn written(&self, key: &RegistryKey) -> Option<Timestamp>;

    /// One value, whatever the case of its name.
    ///
    /// # Errors
    /// [`RegistryFault::Absent`] where there is no such key or value.
    fn value(&self, key: &RegistryKey, name: &str) -> Result<RegistryData, RegistryFault> {
        let values = self.values(key)?.into_iter();
        let mut same = values.filter(|value| value.name.eq_ignore_ascii_case(name));
        same.next().map_or(Err(RegistryFault::Absent), |it| it.data)
    }

    /// Sets one value of the person's; the key is made where there is none.
    ///
    /// # Errors
    /// What Windows says.
    fn set(&self, path: &str, name: &str, data: &RegistryData) -> Result<(), RegistryFault>;

    /// Deletes one value of the person's.
    ///
    /// # Errors
    /// [`RegistryFault::Absent`] where there is none.
    fn delete(&self, path: &str, name: &str) -> Result<(), RegistryFault>;

    /// Deletes one key of the person's that has neither values nor keys, and no other.
    ///
    /// # Errors
    /// [`RegistryFault::Refused`] where it has.
    fn delete_empty(&self, path: &str) -> Result<(), RegistryFault>;

    /// Tells programs that run that the person's variables have changed. Whoever does not answer is not waited for.
    fn announce_variables(&self);
}

/// Why the registry did not do it: ends a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryFault {
    /// What was named is not there.
    #[error("it is not there")]
    Absent,
    /// Larger than [`LARGEST`].
    #[error("it has {0} bytes, which is more than any setting")]
    TooLarge(usize),
    /// More than [`MOST`].
    #[error("it has more than {MOST} entries")]
    TooMany,
    /// Windows refused.
    #[error("{0}")]
    Refused(String),
}
