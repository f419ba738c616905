//! Stores: packages.

pub(super) mod addresses;
mod artifacts_credprovider;
mod bun;
mod cargo;
mod cargo_toml;
mod gradle;
mod gradle_script;
mod maven;
mod maven_xml;
mod npm;
mod npm_logs;
mod npmrc;
mod nuget;
mod nuget_xml;
mod pip;
mod poetry;
mod pypirc;
pub mod pyproject;
mod uv;
mod yarn;
mod yarnrc;

pub use artifacts_credprovider::ArtifactsCredprovider;
pub use cargo::Cargo;
pub use gradle::Gradle;
pub use maven::Maven;
pub use npm::Npm;
pub use nuget::Nuget;
pub use pip::Pip;
pub use poetry::Poetry;
pub use pypirc::Pypirc;
pub use uv::Uv;
pub use yarn::Yarn;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Finder;
use crate::text::Document;

/// Entries of the largest file that is taken for settings.
///
/// What belongs to a secret is looked up among all entries, so a file has to be of a size that people and tools write.
pub(super) const MOST: usize = 1_000;

/// Why a larger file is not searched.
pub(super) fn too_many() -> String {
    format!("it has more than {MOST} entries")
}

/// Why a file was not understood that stops being TOML there. The parser's own words would quote it.
fn no_toml(document: &Document, offset: usize) -> String {
    let line = document.text().line(offset);
    format!("line {line} is no TOML")
}

/// The files of a folder whose name fits, sorted.
fn listed(finder: &mut Finder<'_>, folder: &Path, fits: fn(&str) -> bool) -> Vec<PathBuf> {
    let name = |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(fits);
    let mut files = finder.list(folder);
    files.retain(name);
    files
}

/// The file that a variable names; the null device means none.
fn moved_file(value: Option<OsString>) -> Option<PathBuf> {
    let path = value.map(PathBuf::from);
    path.filter(|path| path.is_absolute() && path != Path::new("/dev/null"))
}
