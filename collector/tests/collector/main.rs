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
mod enrolment;
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
mod roster;
mod round_robin;
mod sample;
mod story;
mod story_fleet;
mod story_out;
mod story_pages;
mod story_people;
mod story_roster;
mod support;
mod tls;
mod upgrade;
