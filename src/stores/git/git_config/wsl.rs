//! Linux below Windows: its disks are told of, and never looked into.
//!
//! Source: learn.microsoft.com, "Basic commands for WSL" and "Mount a disk", which name `ext4.vhdx` and `rootfs`.

use std::path::{Path, PathBuf};

use crate::model::PlaceState;
use crate::platform::System;
use crate::stores::Finder;
use crate::stores::folders::folders_in;

const REASON: &str = "a Linux of WSL is here, with a home and credentials of its own: run rekey inside it too (wsl --list shows its name)";

/// What a distribution's folder holds: the disk of WSL 2, the files of WSL 1.
const DISKS: &[&str] = &["ext4.vhdx", "rootfs"];

/// Tells of each distribution of this person.
pub(super) fn tell(finder: &mut Finder<'_>) {
    if finder.platform().system() != System::Windows {
        return;
    }
    for folder in distributions(finder) {
        finder.place(&folder, PlaceState::Skipped, Some(REASON.to_owned()));
    }
}

/// Those of the Microsoft Store, and those that `wsl --install` makes since version 2.4.
fn distributions(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let local = finder.folders().data.clone();
    let packages = folders_in(finder, &local.join("Packages"));
    let mut folders: Vec<_> = packages
        .iter()
        .map(|package| package.join("LocalState"))
        .collect();
    folders.extend(folders_in(finder, &local.join("wsl")));
    folders.retain(|folder| holds_disk(finder, folder));
    folders
}

fn holds_disk(finder: &Finder<'_>, folder: &Path) -> bool {
    DISKS
        .iter()
        .any(|name| !finder.is_absent(&folder.join(name)))
}

#[cfg(test)]
mod tests {
    use crate::model::PlaceState;
    use crate::platform::System;
    use crate::stores::git::GitConfig;
    use crate::testing::{TestHome, pat84};

    #[test]
    fn distributions_are_told_of_and_not_looked_into() {
        let home = TestHome::of(System::Windows);
        let local = "AppData/Local";
        let ubuntu = "Packages/CanonicalGroupLimited.Ubuntu_79rhkp1fndgsc/LocalState";
        home.write(&format!("{local}/{ubuntu}/ext4.vhdx"), "disk");
        let older = "Packages/TheDebianProject.DebianGNULinux_76v4gfsz19hv4/LocalState";
        let secret = format!("https://dev:{}@dev.azure.com/contoso\n", pat84('C', 'A', 1));
        let credentials = format!("{local}/{older}/rootfs/home/dev/.git-credentials");
        home.write(&credentials, secret);
        home.write(&format!("{local}/wsl/5a1f/ext4.vhdx"), "disk");
        home.write(
            &format!("{local}/Packages/Contoso.App_1/LocalState/a.db"),
            "",
        );
        let found = home.find(&GitConfig);
        assert!(found.credentials.is_empty());
        let told = found.places.iter();
        let told: Vec<_> = told
            .filter(|place| place.state == PlaceState::Skipped)
            .map(|place| place.path.replace('\\', "/"))
            .collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].ends_with(ubuntu) && told[1].ends_with(older));
        assert!(told[2].ends_with("wsl/5a1f"));
    }

    #[test]
    fn other_systems_have_none() {
        let home = TestHome::new();
        home.write("AppData/Local/wsl/5a1f/ext4.vhdx", "disk");
        let places = home.find(&GitConfig).places;
        assert!(places.iter().all(|place| !place.path.contains("wsl")));
    }
}
