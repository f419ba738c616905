//! Stores of git and its credential helpers.

pub mod config_file;
pub mod configs;
mod gcm_authority;
mod gcm_binding;
mod git_config;
mod login;
mod stray;
#[cfg(test)]
mod testing;

pub use gcm_authority::GcmAuthority;
pub use gcm_binding::GcmBinding;
pub use git_config::GitConfig;
