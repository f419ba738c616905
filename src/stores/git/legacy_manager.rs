//! Traces of the older Git Credential Manager for Windows: where it is installed, it writes its tenant cache anew.
//!
//! Source: microsoft/Git-Credential-Manager-for-Windows, Installer/Setup.iss and Cli/Manager/Installer.cs. Its program has
//! the name of its successor's; the library beside it has not.

use std::path::PathBuf;

use super::installations;
use crate::model::PlaceState;
use crate::stores::Finder;
use crate::stores::folders::homes;

const PROGRAM: &str = "git-credential-manager.exe";
const LIBRARY: &str = "Microsoft.Alm.Authentication.dll";

const REASON: &str = "the older Git Credential Manager is installed here and keeps a tenant cache: its successor comes with Git for Windows since 2.29, then uninstall this one";

/// Where it lies below a Git for Windows.
const IN_GIT: &[&str] = &[
    "mingw64/bin",
    "mingw64/libexec/git-core",
    "mingw32/bin",
    "mingw32/libexec/git-core",
];

/// Tells of each place where it is installed.
pub(super) fn tell(finder: &mut Finder<'_>) {
    for folder in folders(finder) {
        let library = folder.join(LIBRARY);
        if !finder.is_absent(&library) && !finder.is_absent(&folder.join(PROGRAM)) {
            finder.place(&library, PlaceState::Skipped, Some(REASON.to_owned()));
        }
    }
}

fn folders(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let own = finder.folders().data.join("Programs");
    let mut folders = vec![own.join("Microsoft Git Credential Manager for Windows")];
    folders.extend(homes(finder).iter().map(|home| home.join("bin")));
    let gits = installations::folders(finder);
    let in_git = gits
        .iter()
        .flat_map(|git| IN_GIT.iter().map(|path| git.join(path)));
    folders.extend(in_git);
    folders
}

#[cfg(test)]
mod tests {
    use crate::model::PlaceState;
    use crate::platform::System;
    use crate::stores::git::GcmTenantCache;
    use crate::testing::TestHome;

    #[test]
    fn the_library_beside_the_program_tells_the_older_tool_from_its_successor() {
        let home = TestHome::of(System::Windows);
        let own = "AppData/Local/Programs";
        for folder in [
            "bin",
            &format!("{own}/Microsoft Git Credential Manager for Windows"),
            &format!("{own}/Git/mingw64/libexec/git-core"),
        ] {
            home.write(&format!("{folder}/git-credential-manager.exe"), "MZ");
            home.write(&format!("{folder}/Microsoft.Alm.Authentication.dll"), "MZ");
        }
        // The successor, and a library that somebody left.
        home.write(
            &format!("{own}/Git/mingw64/bin/git-credential-manager.exe"),
            "MZ",
        );
        home.write(
            &format!("{own}/Git/mingw32/bin/Microsoft.Alm.Authentication.dll"),
            "MZ",
        );
        let found = home.find(&GcmTenantCache);
        assert!(found.credentials.is_empty());
        let told = found.places.iter();
        let told = told.filter(|place| place.state == PlaceState::Skipped);
        assert_eq!(told.count(), 3);
    }
}
