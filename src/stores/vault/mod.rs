//! Stores: the system's vault.

mod names;
mod os_vault;
mod poetry;
mod value;

pub use os_vault::OsVault;
