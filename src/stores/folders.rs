//! Which files a folder or a variable brings.

use std::path::{Path, PathBuf};

use super::Finder;
use crate::platform::System;

/// The files of a folder whose names end so, by name; all of them where no ending is given.
pub(super) fn files_in(
    finder: &mut Finder<'_>,
    folder: &Path,
    extensions: &[&str],
) -> Vec<PathBuf> {
    let mut files = finder.list(folder);
    files.retain(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let fits = |wanted: &&str| extension.is_some_and(|it| it.eq_ignore_ascii_case(wanted));
        let wanted = extensions.is_empty() || extensions.iter().any(fits);
        wanted && path.symlink_metadata().is_ok_and(|found| !found.is_dir())
    });
    files
}

/// The folders in a folder, by name.
pub(super) fn folders_in(finder: &mut Finder<'_>, folder: &Path) -> Vec<PathBuf> {
    let mut folders = finder.list(folder);
    folders.retain(|path| path.symlink_metadata().is_ok_and(|found| found.is_dir()));
    folders
}

/// The home, and on Windows the other one that tools from Unix have there: `HOME`, else `HOMEDRIVE` with `HOMEPATH`
/// (Git for Windows, etc/profile).
pub(super) fn homes(finder: &Finder<'_>) -> Vec<PathBuf> {
    let platform = finder.platform();
    let mut homes = vec![platform.home().to_owned()];
    if platform.system() == System::Windows {
        let parts = ["HOMEDRIVE", "HOMEPATH"].map(|name| platform.variable(name));
        let joined = || {
            let [Some(mut drive), Some(path)] = parts else {
                return None;
            };
            drive.push(path);
            Some(PathBuf::from(drive)).filter(|path| path.is_absolute())
        };
        let other = moved(finder, "HOME").or_else(joined);
        homes.extend(other.filter(|home| home != platform.home()));
    }
    homes
}

/// `%ProgramData%` of Windows.
pub(super) fn program_data(finder: &Finder<'_>) -> PathBuf {
    moved(finder, "ProgramData").unwrap_or_else(|| PathBuf::from(r"C:\ProgramData"))
}

/// The whole path that a variable has.
pub(super) fn moved(finder: &Finder<'_>, variable: &str) -> Option<PathBuf> {
    let value = finder.platform().variable(variable).map(PathBuf::from);
    value.filter(|path| path.is_absolute())
}

/// The regular file that a variable names by its whole path.
pub(super) fn absolute_file(finder: &Finder<'_>, variable: &str) -> Option<PathBuf> {
    moved(finder, variable).filter(|path| path.is_file())
}
