//! Stores: packages.

mod addresses;
mod artifacts_credprovider;
mod cargo;
mod cargo_toml;
mod npm;
mod npm_logs;
mod npmrc;
mod nuget;
mod nuget_xml;
mod pip;
mod pypirc;

pub use artifacts_credprovider::ArtifactsCredprovider;
pub use cargo::Cargo;
pub use npm::Npm;
pub use nuget::Nuget;
pub use pip::Pip;
pub use pypirc::Pypirc;
