//! rekey finds, judges, removes and replaces stale Azure DevOps credentials on a workstation.
//!
//! The spine: credential → evidence → verdict → plan → outcome → proof → report, as plain values.

// Lets unit tests and integration tests share one maker of tokens.
#[cfg(test)]
extern crate self as rekey;

pub mod azure_devops;
pub mod cli;
pub mod edit;
pub mod entra;
pub mod guide;
pub mod judge;
pub mod model;
pub mod network;
pub mod platform;
pub mod policy;
pub mod proof;
pub mod renewal;
pub mod reporting;
pub mod scan;
pub mod state;
pub mod stores;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod token;
pub mod walk;
