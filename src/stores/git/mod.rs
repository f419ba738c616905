//! Stores of git and its credential helpers.

pub mod config_file;
pub mod configs;
pub mod credential_cache;
mod credential_store;
mod gcm_authority;
mod gcm_binding;
mod gcm_defaults;
pub(super) mod gcm_files;
mod git_config;
pub mod helper_command;
pub mod helpers;
pub(super) mod installations;
mod legacy_manager;
mod login;
mod netrc;
pub mod old_address;
mod ssh_address;
pub(super) mod stray;
mod tenant_cache;
#[cfg(test)]
mod testing;

pub use credential_cache::GitCredentialCache;
pub use credential_store::GitCredentialStore;
pub use gcm_authority::GcmAuthority;
pub(super) use gcm_authority::{claim as authority_claim, is_microsoft_account};
pub use gcm_binding::GcmBinding;
pub use gcm_files::GcmFiles;
pub use git_config::GitConfig;
pub use netrc::NetRc;
pub use tenant_cache::GcmTenantCache;
