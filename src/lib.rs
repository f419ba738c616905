//! rekey finds, judges, removes and replaces stale Azure DevOps credentials on a workstation.
//!
//! The spine: credential → evidence → verdict → plan → outcome → proof → report, as plain values.

mod cli;
pub mod judge;
pub mod model;
pub mod platform;
pub mod policy;
pub mod scan;
pub mod stores;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod token;
pub mod walk;
