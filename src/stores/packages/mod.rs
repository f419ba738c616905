//! Stores: packages.

pub(super) mod addresses;
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

/// Entries of the largest file that is taken for settings.
///
/// What belongs to a secret is looked up among all entries, so a file has to be of a size that people and tools write.
const MOST: usize = 1_000;

/// Why a larger file is not searched.
fn too_many() -> String {
    format!("it has more than {MOST} entries")
}
