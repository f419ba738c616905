//! Stores: the system's vault.

mod blob;
mod keychain;
mod names;
mod os_vault;
mod shards;
mod targets;
mod value;

pub use os_vault::OsVault;
