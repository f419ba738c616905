//! The collector: takes the reports of workstations and shows an admin who is done.
//!
//! - [`storage`] keeps everything, behind one trait;
//! - `api` is what devices and scripts speak to, `pages` what an admin looks at, `auth` guards both;
//! - [`standing`] is pure: a report in, where the workstation stands out;
//! - [`brake`] stops all workstations where edits fail on many;
//! - [`archive`] is everything in one file;
//! - time comes from a [`clock`], so that nothing waits in a test.

#![forbid(unsafe_code)]
#![allow(
    clippy::doc_markdown,
    reason = "SQLite and PostgreSQL are names, not code"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "storage/sql is compiled once for each database driver"
)]

mod api;
pub mod archive;
mod auth;
pub mod brake;
pub mod clock;
pub mod command;
mod data_folder;
pub mod first_start;
mod forgetting;
mod limits;
mod listen;
mod metrics;
pub mod oidc;
mod pages;
mod placeholder;
mod roster_file;
pub mod secret;
pub mod server;
pub mod standing;
pub mod storage;
mod text;
pub mod webhooks;
