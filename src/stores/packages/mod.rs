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
pub(super) mod poetry;
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
use crate::text::toml::{self, Table};

/// Entries of the largest file that is taken for settings.
///
/// What belongs to a secret is looked up among all entries, so a file has to be of a size that people and tools write.
pub(super) const MOST: usize = 1_000;

/// Why a larger file is not searched.
pub(super) fn too_many() -> String {
    format!("it has more than {MOST} entries")
}

/// What a file says, where it was understood and has no more entries than these; else its place says why it is left.
fn understood<T>(
    finder: &mut Finder<'_>,
    document: &Document,
    read: Result<T, String>,
    entries: impl FnOnce(&T) -> usize,
    most: usize,
) -> Option<T> {
    let reason = match read {
        Ok(read) if entries(&read) <= most => return Some(read),
        Ok(_) => format!("it has more than {most} entries"),
        Err(reason) => reason,
    };
    finder.unreadable(document.path(), reason);
    None
}

/// The same for a TOML file, of which `read` takes what is wanted. The parser's own words would quote it.
fn understood_toml<T>(
    finder: &mut Finder<'_>,
    document: &Document,
    read: impl FnOnce(Table<'_>) -> T,
    entries: impl FnOnce(&T) -> usize,
) -> Option<T> {
    let parsed = toml::parse(document.as_str());
    let read = match &parsed {
        Ok(file) => Ok(read(Table::root(file))),
        Err(offset) => Err(format!("line {} is no TOML", document.text().line(*offset))),
    };
    understood(finder, document, read, entries, MOST)
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
