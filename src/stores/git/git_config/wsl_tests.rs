#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::model::RegistryData;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::Found;
use crate::stores::checks::find_with_registry;
use crate::stores::git::GitConfig;
use crate::testing::{TestHome, pat84};

const LOCAL: &str = "AppData/Local";
const UBUNTU: &str = "Packages/CanonicalGroupLimited.Ubuntu_79rhkp1fndgsc/LocalState";

/// Paths and reasons of what was left alone.
fn left_alone(home: &TestHome, found: &Found) -> Vec<(String, String)> {
    let skipped = found
        .places
        .iter()
        .filter(|place| place.state == PlaceState::Skipped);
    skipped
        .map(|place| (home.short(&place.path), place.reason.clone().unwrap()))
        .collect()
}

fn register(registry: &MemoryRegistry, id: &str, name: &str, folder: &str) -> RegistryKey {
    let key = RegistryKey::of_person(REGISTERED).below(id);
    for (value, text) in [("DistributionName", name), ("BasePath", folder)] {
        registry.put(&key, value, RegistryData::text(text));
    }
    registry.put(&key, "State", RegistryData::number(1));
    registry.put(&key, "Version", RegistryData::number(2));
    key
}

#[test]
fn distributions_are_told_of_and_not_looked_into() {
    let home = TestHome::of(System::Windows);
    home.write(&format!("{LOCAL}/{UBUNTU}/ext4.vhdx"), "disk");
    let older = "Packages/TheDebianProject.DebianGNULinux_76v4gfsz19hv4/LocalState";
    let secret = format!("https://dev:{}@dev.azure.com/contoso\n", pat84('C', 'A', 1));
    let credentials = format!("{LOCAL}/{older}/rootfs/home/dev/.git-credentials");
    home.write(&credentials, secret);
    home.write(&format!("{LOCAL}/wsl/5a1f/ext4.vhdx"), "disk");
    home.write(
        &format!("{LOCAL}/Packages/Contoso.App_1/LocalState/a.db"),
        "",
    );
    let found = home.find(&GitConfig);
    assert!(found.credentials.is_empty());
    let told = left_alone(&home, &found);
    let told: Vec<_> = told.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        told,
        [
            format!("~/{LOCAL}/{UBUNTU}"),
            format!("~/{LOCAL}/{older}"),
            format!("~/{LOCAL}/wsl/5a1f")
        ]
    );
}

#[test]
fn what_windows_lists_is_told_of_once_and_by_name() {
    let home = TestHome::of(System::Windows);
    let registry = MemoryRegistry::new();
    let folder = home.path().join(LOCAL).join(UBUNTU);
    home.write(&format!("{LOCAL}/{UBUNTU}/ext4.vhdx"), "disk");
    home.write(&format!("{LOCAL}/wsl/5a1f/ext4.vhdx"), "disk");
    let long = format!(r"\\?\{}", folder.display()).to_uppercase();
    register(&registry, "{1}", "Ubuntu-24.04", &long);
    let moved = register(&registry, "{2}", "Debian", r"D:\linux\debian");
    registry.put(&moved, "State", RegistryData::number(3));
    registry.put(&moved, "Version", RegistryData::number(1));
    register(&registry, "{3}", "Copy", r"d:\linux\debian\");
    // Not every key there is a distribution.
    let other = RegistryKey::of_person(REGISTERED).below("AppxInstallerCache");
    registry.put(&other, "x", RegistryData::number(1));
    let found = find_with_registry(&home, &GitConfig, &registry, &[]);
    let told = left_alone(&home, &found);
    let reasons: Vec<_> = told.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "Ubuntu-24.04 is a Linux of WSL 2, with a home and credentials of its own: run rekey inside it too, after \
             wsl -d \"Ubuntu-24.04\"",
            "Debian is a Linux of WSL 1 (it is being installed), with a home and credentials of its own: run rekey \
             inside it too, after wsl -d \"Debian\"",
            "Copy is a Linux of WSL 2, with a home and credentials of its own: run rekey inside it too, after \
             wsl -d \"Copy\"",
            NAMELESS,
        ]
    );
    let paths: Vec<_> = told.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths[1], "D:/linux/debian");
    assert!(paths[2].ends_with("/Lxss/{3}"), "{paths:?}");
    assert_eq!(paths[3], format!("~/{LOCAL}/wsl/5a1f"));
}

#[test]
fn a_distribution_without_its_folder_stands_for_its_key() {
    let home = TestHome::of(System::Windows);
    let registry = MemoryRegistry::new();
    let key = RegistryKey::of_person(REGISTERED).below("{1}");
    registry.put(&key, "DistributionName", RegistryData::text("Debian"));
    registry.put(&key, "BasePath", RegistryData::number(7));
    let wrong = RegistryKey::of_person(REGISTERED).below("{2}");
    registry.put(&wrong, "DistributionName", RegistryData::number(7));
    let found = find_with_registry(&home, &GitConfig, &registry, &[]);
    let told = left_alone(&home, &found);
    assert_eq!(told.len(), 1);
    assert!(told[0].0.ends_with("/Lxss/{1}"), "{told:?}");
    assert!(told[0].1.starts_with("Debian is a Linux of WSL, with"));
    let place = found.places.iter().find(|it| it.path.ends_with("{2}"));
    let place = place.unwrap();
    assert_eq!(place.state, PlaceState::Unreadable);
    let reason = place.reason.as_deref();
    assert_eq!(
        reason,
        Some("its value DistributionName is REG_DWORD, not text")
    );
}

#[test]
fn other_systems_have_none() {
    let home = TestHome::new();
    home.write("AppData/Local/wsl/5a1f/ext4.vhdx", "disk");
    let places = home.find(&GitConfig).places;
    assert!(places.iter().all(|place| !place.path.contains("wsl")));
}
