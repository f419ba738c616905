//! The files that an `Include` names, in the order of glob(3).

use std::path::{Component, Path, PathBuf};

use super::pattern::{self, Case};
use crate::stores::Finder;

/// More files than any real pattern names.
const FILES: usize = 1000;

/// Letters of file names.
const CASE: Case = if cfg!(target_os = "linux") {
    Case::Exact
} else {
    Case::Any
};

/// Existing files below `inside` that match, sorted; wildcards never match a leading dot.
pub(super) fn expand(pattern: &Path, inside: &Path, finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let Ok(below) = pattern.strip_prefix(inside) else {
        return Vec::new();
    };
    let mut found = vec![inside.to_owned()];
    for component in below.components() {
        let Component::Normal(name) = component else {
            return Vec::new();
        };
        match name.to_str() {
            Some(name) if name.contains(['*', '?']) => {
                found = found
                    .iter()
                    .flat_map(|folder| listed(folder, name, finder))
                    .take(FILES)
                    .collect();
            }
            _ => found.iter_mut().for_each(|path| path.push(name)),
        }
    }
    found.retain(|path| !finder.is_absent(path));
    found
}

fn listed(folder: &Path, name: &str, finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let is_match = |path: &PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str());
        file.is_some_and(|file| {
            file.starts_with('.') == name.starts_with('.') && pattern::matches(name, file, CASE)
        })
    };
    let mut paths = finder.list(folder);
    paths.retain(is_match);
    paths.truncate(FILES);
    paths
}
