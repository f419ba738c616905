//! Where Git for Windows is installed: each copy has settings for everybody, and may bring the older credential manager.
//!
//! Sources: git-for-windows/build-extra, `installer/install.iss` (its own key, and the one of its removal);
//! microsoft/Git-Credential-Manager-for-Windows, `Microsoft.Alm.Authentication/Src/Git/Where.cs`, which looks there too.

use std::path::PathBuf;

use crate::model::{Hive, RegistryKey};
use crate::platform::System;
use crate::stores::Finder;
use crate::stores::folders::{folders_in, moved};

/// Keys, each with the value that names the folder.
const KEYS: [(&str, &str); 2] = [
    (r"SOFTWARE\GitForWindows", "InstallPath"),
    (
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Git_is1",
        "InstallLocation",
    ),
];

/// The git that Visual Studio brings.
const GIT_OF_VISUAL_STUDIO: &str =
    "Common7/IDE/CommonExtensions/Microsoft/TeamFoundation/Team Explorer/Git";

/// Where its settings for everybody lie; the last two before version 2.24.
const SETTINGS: [&str; 3] = [
    "etc/gitconfig",
    "mingw64/etc/gitconfig",
    "mingw32/etc/gitconfig",
];

/// The folder of each copy, whether it is there or not; the person's own first.
pub(in crate::stores) fn folders(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    if finder.platform().system() != System::Windows {
        return Vec::new();
    }
    let mut found = vec![finder.folders().data.join("Programs").join("Git")];
    if !finder.platform().hermetic() {
        for programs in ["ProgramFiles", "ProgramFiles(x86)"] {
            let Some(programs) = moved(finder, programs) else {
                continue;
            };
            found.push(programs.join("Git"));
            for year in folders_in(finder, &programs.join("Microsoft Visual Studio")) {
                let editions = folders_in(finder, &year);
                found.extend(editions.iter().map(|it| it.join(GIT_OF_VISUAL_STUDIO)));
            }
        }
        for folder in registered(finder) {
            if !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
    found
}

/// What the installer has written down, for the person or for everybody.
fn registered(finder: &Finder<'_>) -> Vec<PathBuf> {
    let Some(registry) = finder.platform().registry() else {
        return Vec::new();
    };
    let [wide, narrow] = Hive::MACHINE;
    let hives = [Hive::CurrentUser, wide, narrow].into_iter();
    let keys = hives.flat_map(|hive| {
        KEYS.iter()
            .map(move |(path, value)| (RegistryKey::new(hive, *path), *value))
    });
    let folders = keys.filter_map(|(key, value)| {
        let folder = registry.value(&key, value).ok()?.as_text()?;
        Some(PathBuf::from(folder)).filter(|folder| folder.is_absolute())
    });
    folders.collect()
}

/// The settings for everybody of each copy.
pub(super) fn settings(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let folders = folders(finder);
    let all = folders.iter();
    all.flat_map(|folder| SETTINGS.iter().map(|path| folder.join(path)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::sync::Arc;

    use super::*;
    use crate::model::{PlaceState, RegistryData};
    use crate::platform::dpapi::memory::MemoryDpapi;
    use crate::platform::registry::memory::MemoryRegistry;
    use crate::stores::checks::secrets;
    use crate::stores::git::{GcmTenantCache, GitConfig};
    use crate::stores::{Found, Store};
    use crate::testing::{Pretended, TestHome, find_on, pat84, scope};
    use crate::walk::Projects;

    /// What a store finds at the person's own Windows.
    fn find(home: &TestHome, store: &dyn Store, registry: &MemoryRegistry) -> Found {
        let platform = Pretended::hermetic(home)
            .with_dpapi(&Arc::new(MemoryDpapi::of(1)))
            .with_registry(registry);
        let projects = Projects::default();
        find_on(
            store,
            &scope(&["contoso"]),
            &platform,
            &home.path(),
            &projects,
        )
    }

    #[test]
    fn a_git_that_lies_elsewhere_is_known_from_the_registry() {
        let home = TestHome::of(System::Windows);
        let tokens = [pat84('C', 'A', 1), pat84('C', 'A', 2), pat84('C', 'A', 3)];
        let header = |token: &str| {
            format!(
                "[url \"https://dev:{token}@dev.azure.com/contoso/\"]\n\tinsteadOf = https://dev.azure.com/contoso/\n"
            )
        };
        home.write("one/Git/etc/gitconfig", header(&tokens[0]));
        home.write("two/Git/mingw64/etc/gitconfig", header(&tokens[1]));
        home.write("three/Git/etc/gitconfig", header(&tokens[2]));
        let older = "two/Git/mingw64/libexec/git-core";
        home.write(&format!("{older}/git-credential-manager.exe"), "MZ");
        home.write(&format!("{older}/Microsoft.Alm.Authentication.dll"), "MZ");

        let registry = MemoryRegistry::new();
        let places = [
            (Hive::LocalMachine, KEYS[0], "one/Git"),
            (Hive::LocalMachine, KEYS[1], "one/Git"),
            (Hive::LocalMachine32, KEYS[1], "two/Git"),
            (Hive::CurrentUser, KEYS[0], "three/Git"),
        ];
        for (hive, (path, value), folder) in places {
            let folder = home.path().join(folder);
            let folder = RegistryData::text(&folder.to_string_lossy());
            registry.put(&RegistryKey::new(hive, path), value, folder);
        }

        let found = find(&home, &GitConfig, &registry);
        let mut secrets = secrets(&found);
        secrets.sort_unstable();
        let mut expected = tokens.each_ref().map(String::as_str);
        expected.sort_unstable();
        assert_eq!(secrets, expected);

        let found = find(&home, &GcmTenantCache, &registry);
        let told = found.places.iter();
        let told = told.filter(|place| place.state == PlaceState::Skipped);
        assert_eq!(told.count(), 1);
    }

    #[test]
    fn what_names_no_folder_is_none() {
        let home = TestHome::of(System::Windows);
        let registry = MemoryRegistry::new();
        let key = RegistryKey::new(Hive::LocalMachine, KEYS[0].0);
        for wrong in [
            RegistryData::text(r"Git\here"),
            RegistryData::text(""),
            RegistryData::number(1),
        ] {
            registry.put(&key, KEYS[0].1, wrong);
            let found = find(&home, &GitConfig, &registry);
            assert!(found.credentials.is_empty());
        }
    }
}
