//! SSH: the keys that are offered to Azure DevOps, and the settings that decide it.

mod agents;
mod command;
mod config_file;
mod connection;
mod criteria;
mod glob;
mod host_keys;
mod known_hosts;
mod offers;
mod paths;
mod pattern;
mod putty;
mod putty_host_keys;
mod remotes;
mod ring;
mod ssh_config;
mod ssh_key;
mod survey;
// Not on Windows: it starts the real ssh.
#[cfg(all(test, unix))]
mod tests;

pub use ssh_config::SshConfig;
pub use ssh_key::SshKey;
