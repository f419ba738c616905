//! Stores: packages.

mod addresses;
mod npm;
mod npm_logs;
mod npmrc;
mod pip;
mod pypirc;

pub use npm::Npm;
pub use pip::Pip;
pub use pypirc::Pypirc;
