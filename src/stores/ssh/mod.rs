//! SSH: the keys that are offered to Azure DevOps, and the settings that decide it.

mod config_file;
mod connection;
mod glob;
mod known_hosts;
mod paths;
mod pattern;
mod remotes;
mod ssh_config;
mod ssh_key;
mod survey;
#[cfg(all(test, unix))]
mod tests;

pub use ssh_config::SshConfig;
pub use ssh_key::SshKey;
