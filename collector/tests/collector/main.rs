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
mod enrolment;
mod intake;
mod pages;
mod postgres;
mod process;
mod roster;
mod sample;
mod story;
mod story_fleet;
mod story_roster;
mod support;
mod tls;
