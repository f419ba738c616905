//! The part of D-Bus that the vault and notices need: calls and their answers, over a socket, each with a time limit.
//!
//! The crates for it cost 0.6 (libdbus) to 1.8 MB (zbus) of a program of 8 MB, and connect without a time
//! limit or start programs on the way; this is a few kilobytes.

mod address;
mod connection;
mod read;
#[cfg(test)]
pub(super) mod scripted;
mod value;
mod write;

pub(super) use address::{Address, of_session};
pub(super) use connection::{BusFault, Call, Connection};
pub(super) use value::Value;
pub(super) use write::Writer;
