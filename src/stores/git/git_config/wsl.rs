//! Linux below Windows: its distributions are told of, and never looked into, since that would start them.
//!
//! Sources: microsoft/WSL, `DistributionRegistration.h` and `wslservice.idl` (each distribution of a person is a key
//! below `Lxss`); learn.microsoft.com, "Basic commands for WSL" and "Mount a disk", which name `ext4.vhdx` and `rootfs`.

use std::path::{Path, PathBuf};

use crate::model::{PlaceState, RegistryKey};
use crate::platform::System;
use crate::platform::files::spelling;
use crate::platform::registry::{Registry, RegistryFault, RegistryValue};
use crate::stores::Finder;
use crate::stores::folders::folders_in;

const REGISTERED: &str = r"Software\Microsoft\Windows\CurrentVersion\Lxss";
/// What is told of a disk whose name nobody says.
const NAMELESS: &str = "a Linux of WSL is here, with a home and credentials of its own: run rekey inside it too (wsl --list shows its name)";

/// What a distribution's folder holds: the disk of WSL 2, the files of WSL 1.
const DISKS: &[&str] = &["ext4.vhdx", "rootfs"];

/// Tells of each distribution of this person, once.
pub(super) fn tell(finder: &mut Finder<'_>) {
    if finder.platform().system() != System::Windows {
        return;
    }
    let mut told = Vec::new();
    for distribution in registered(finder) {
        let key = PathBuf::from(distribution.key.to_string());
        let folder = distribution.folder.as_ref();
        // Two that say the same folder are two all the same.
        let folder = folder.filter(|folder| !told.contains(&spelt(folder)));
        let place = folder.cloned().unwrap_or(key);
        finder.place(&place, PlaceState::Skipped, Some(distribution.reason()));
        told.push(spelt(&place));
    }
    for folder in disks(finder) {
        if !told.contains(&spelt(&folder)) {
            finder.place(&folder, PlaceState::Skipped, Some(NAMELESS.to_owned()));
        }
    }
}

/// A path as two of them are compared.
fn spelt(path: &Path) -> String {
    let path = spelling::folded(&path.to_string_lossy());
    path.trim_end_matches('\\').to_owned()
}

/// What the registry says of a distribution. Whether it runs stands nowhere there.
struct Distribution {
    key: RegistryKey,
    name: String,
    /// Where its disk or its files are.
    folder: Option<PathBuf>,
    /// 1 or 2.
    version: Option<u64>,
    state: Option<u64>,
}

impl Distribution {
    fn reason(&self) -> String {
        let name = &self.name;
        let version = match self.version {
            Some(version) => format!(" {version}"),
            None => String::new(),
        };
        let state = match self.state {
            Some(3) => " (it is being installed)",
            Some(4) => " (it is being removed)",
            Some(5) => " (it is being converted)",
            Some(6) => " (it is being exported)",
            // Installed; nothing else is kept, and no number says nothing.
            _ => "",
        };
        format!(
            "{name} is a Linux of WSL{version}{state}, with a home and credentials of its own: run rekey inside it too, \
             after wsl -d \"{name}\""
        )
    }
}

/// Those that Windows lists for this person.
fn registered(finder: &mut Finder<'_>) -> Vec<Distribution> {
    let Some(registry) = finder.platform().registry() else {
        return Vec::new();
    };
    let root = RegistryKey::of_person(REGISTERED);
    let names = finder.keys_of(registry.as_ref(), &root);
    let keys = names.iter().map(|name| root.below(name));
    let mut found = Vec::new();
    for key in keys {
        match distribution(registry.as_ref(), &key) {
            Ok(distribution) => found.extend(distribution),
            Err(reason) => finder.unreadable(Path::new(&key.to_string()), reason),
        }
    }
    found
}

/// One distribution; `None` for a key that is none.
fn distribution(
    registry: &dyn Registry,
    key: &RegistryKey,
) -> Result<Option<Distribution>, String> {
    let values = match registry.values(key) {
        Ok(values) => values,
        Err(RegistryFault::Absent) => return Ok(None),
        Err(fault) => return Err(fault.to_string()),
    };
    let named = |name: &str| {
        let mut values = values.iter();
        values.find(|value| value.name.eq_ignore_ascii_case(name))
    };
    let number = |name: &str| named(name)?.data.as_ref().ok()?.as_number();
    let Some(name) = named("DistributionName").map(RegistryValue::text) else {
        return Ok(None);
    };
    let folder = named("BasePath").and_then(|value| value.text().ok());
    // Newer versions write the long form, which nobody would look for.
    let folder = folder.map(|folder| match folder.strip_prefix(r"\\?\") {
        Some(short) if !short.starts_with("UNC") => short.to_owned(),
        _ => folder,
    });
    Ok(Some(Distribution {
        key: key.clone(),
        name: name?,
        folder: folder.filter(|it| !it.is_empty()).map(PathBuf::from),
        version: number("Version"),
        state: number("State"),
    }))
}

/// Folders with a disk where the Microsoft Store puts them, and where `wsl --install` does since version 2.4: for where no
/// registry is looked at, and for what is no longer in it.
fn disks(finder: &mut Finder<'_>) -> Vec<PathBuf> {
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
#[path = "wsl_tests.rs"]
mod tests;
