//! The collector through its real socket, its real files and, where that matters, its real process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod api;
mod archive;
mod audit_log;
mod brake;
mod durability;
mod intake;
#[cfg(unix)]
mod oidc;
mod out;
mod pages;
mod pages_change;
mod people;
mod postgres;
mod process;
mod program;
mod receiver;
mod round_robin;
mod sample;
mod story;
mod story_out;
mod story_pages;
mod story_people;
mod support;
mod tls;
mod upgrade;
