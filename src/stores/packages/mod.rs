//! Stores: packages.

mod addresses;
mod npm;
mod npm_logs;
mod npmrc;

pub use npm::Npm;
