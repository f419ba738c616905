//! Folders that are never entered: caches, packages, other people's files.

use std::ffi::OsStr;
use std::path::Path;

use super::names::Names;

/// A folder whose path ends like this is not entered, ASCII letters in either case.
///
/// Only what a program fetched or built by itself stands here. Where credentials live inside such a
/// place, its store looks there by path. Some names of macOS are here because listing them asks the
/// person for leave or fetches files from the cloud.
pub const PRUNED: &[&str] = &[
    // Every system.
    "node_modules",
    "bower_components",
    "__pycache__",
    ".cache",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".pnpm-store",
    ".terraform/providers",
    ".npm/_cacache",
    ".npm/_npx",
    ".yarn/cache",
    ".yarn/berry",
    ".bun/install",
    ".cargo/registry",
    ".cargo/git",
    ".rustup",
    ".nuget/packages",
    ".m2/repository",
    ".gradle/caches",
    ".gradle/wrapper",
    ".gradle/daemon",
    ".ivy2/cache",
    "go/pkg/mod",
    ".pyenv/versions",
    ".rbenv/versions",
    ".sdkman/candidates",
    ".vscode/extensions",
    ".vscode-server/extensions",
    ".cursor/extensions",
    ".dotnet/shared",
    // Linux.
    ".local/share/Trash",
    ".local/share/containers",
    ".local/share/docker",
    ".local/share/Steam",
    ".local/share/pnpm/store",
    ".mozilla/firefox",
    ".config/google-chrome",
    ".config/chromium",
    // macOS.
    ".Trash",
    "Library/Caches",
    "Library/Containers",
    "Library/Group Containers",
    "Library/Developer",
    "Library/CloudStorage",
    "Library/Mobile Documents",
    "Library/Mail",
    "Library/Messages",
    "Library/Safari",
    "Library/Calendars",
    "Library/Photos",
    "Pictures/Photos Library.photoslibrary",
    // Windows.
    "$Recycle.Bin",
    "AppData/Local/Temp",
    "AppData/Local/Microsoft",
    "AppData/Local/Packages",
    "AppData/Local/Google",
    "AppData/Local/Mozilla",
    "AppData/Local/npm-cache",
    "AppData/Local/pip",
    "AppData/Local/Yarn",
    "AppData/Local/NuGet",
    "AppData/Local/pnpm",
    "AppData/Local/Programs",
    "AppData/Local/JetBrains",
    "AppData/Local/CrashDumps",
    "AppData/Local/go-build",
    "AppData/Local/ms-playwright",
    "AppData/Local/uv/cache",
    "AppData/Local/pypoetry/Cache",
    "AppData/LocalLow",
    "scoop/apps",
    "scoop/cache",
    "OneDriveTemp",
    "System Volume Information",
];

/// Those of [`PRUNED`] that macOS guards: listing one asks the person for leave, or fetches files from the cloud.
const GUARDED: &[&str] = &[
    "Library/Containers",
    "Library/Group Containers",
    "Library/CloudStorage",
    "Library/Mobile Documents",
    "Library/Mail",
    "Library/Messages",
    "Library/Safari",
    "Library/Calendars",
    "Library/Photos",
    "Pictures/Photos Library.photoslibrary",
];

/// The built-in list, ready to be asked.
#[derive(Debug)]
pub(super) struct Prune {
    /// By the last name: the names before it, if any.
    by_last: Names<&'static str>,
}

impl Prune {
    pub(super) fn new() -> Self {
        Self::of(PRUNED)
    }

    /// What even a look at every file leaves alone on this system.
    pub(super) fn private() -> Self {
        Self::of(if cfg!(target_os = "macos") {
            GUARDED
        } else {
            &[]
        })
    }

    fn of(list: &[&'static str]) -> Self {
        let entries = list.iter().map(|path| match path.rsplit_once('/') {
            Some((before, last)) => (last, before),
            None => (*path, ""),
        });
        Self {
            by_last: Names::new(entries),
        }
    }

    /// Whether the entry `name` of `folder` is a folder not to enter.
    pub(super) fn has(&self, folder: &Path, name: &OsStr) -> bool {
        self.by_last
            .get(name.as_encoded_bytes())
            .any(|before| ends_with(folder, before))
    }
}

/// Whether the last names of `folder` are those of `end`, which are parted by slashes.
fn ends_with(folder: &Path, end: &str) -> bool {
    let mut names = folder.iter().rev();
    end.rsplit('/').filter(|part| !part.is_empty()).all(|part| {
        names
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pruned(path: &str) -> bool {
        let path = Path::new(path);
        Prune::new().has(
            path.parent().unwrap_or(path),
            path.file_name().unwrap_or_default(),
        )
    }

    #[test]
    fn a_single_name_is_pruned_everywhere() {
        assert!(pruned("/home/dev/shop/node_modules"));
        assert!(pruned("/home/dev/.cache"));
        assert!(!pruned("/home/dev/cache"));
    }

    #[test]
    fn a_path_is_pruned_only_with_all_its_names() {
        assert!(pruned("/home/dev/.cargo/registry"));
        assert!(pruned("/home/dev/.local/share/Trash"));
        assert!(pruned("/Users/dev/library/caches"));
        assert!(!pruned("/home/dev/registry"));
        assert!(!pruned("/home/dev/share/Trash"));
        assert!(!pruned("/home/dev/.cargo"));
    }

    #[test]
    fn what_is_guarded_is_pruned_too() {
        assert!(GUARDED.iter().all(|path| PRUNED.contains(path)));
    }

    #[test]
    fn the_benchmark_leaves_out_the_same_folders() {
        let script = include_str!("../../benches/fd.sh");
        let (_, behind) = script.split_once("# pruned: begin\n").unwrap_or_default();
        let (list, _) = behind.split_once("# pruned: end").unwrap_or_default();
        let names = list
            .lines()
            .map(|line| line.trim().trim_matches('\'').trim_start_matches("**/"));
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        assert_eq!(names, PRUNED);
    }

    #[test]
    fn homes_of_credentials_are_entered() {
        for folder in [
            ".azure", ".ssh", ".git", ".config", ".venv", "venv", "target", ".nuget",
        ] {
            assert!(!pruned(&format!("/home/dev/{folder}")), "{folder}");
        }
    }
}
