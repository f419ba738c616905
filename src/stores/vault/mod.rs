//! Stores: the system's vault.

mod names;
mod os_vault;
mod value;

pub use os_vault::OsVault;
