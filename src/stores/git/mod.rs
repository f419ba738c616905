//! Stores of git and its credential helpers.

pub(super) mod config_file;
