//! Where VS Code, and the editors that are made from it, keep a person's settings.
//!
//! Sources: code.visualstudio.com, "User and workspace settings", "Profiles" and "VS Code Server".

use std::path::PathBuf;

use crate::platform::System;
use crate::stores::Finder;
use crate::stores::folders::folders_in;

/// Names of the folders below the person's settings. The first is looked for even where it is not there.
const EDITORS: &[&str] = &[
    "Code",
    "Code - Insiders",
    "Code - OSS",
    "VSCodium",
    "Cursor",
    "Windsurf",
];
/// Where editors from Flathub have theirs.
const FLATPAK: &[&str] = &[
    ".var/app/com.visualstudio.code/config/Code",
    ".var/app/com.vscodium.codium/config/VSCodium",
];
/// What runs on this machine for an editor on another.
const SERVERS: &[&str] = &[
    ".vscode-server/data",
    ".vscode-server-insiders/data",
    ".vscodium-server/data",
    ".cursor-server/data",
    ".windsurf-server/data",
    ".local/share/code-server",
];
/// The folders `User` of all editors that are there.
pub(in crate::stores) fn user_folders(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let mut found: Vec<_> = EDITORS
        .iter()
        .map(|name| folders.config.join(name))
        .collect();
    if finder.platform().system() == System::Linux {
        found.extend(FLATPAK.iter().map(|path| folders.home.join(path)));
    }
    found.extend(SERVERS.iter().map(|path| folders.home.join(path)));
    let usual = found.first().cloned();
    found
        .retain(|folder| Some(folder) == usual.as_ref() || !finder.is_absent(&folder.join("User")));
    found.iter().map(|folder| folder.join("User")).collect()
}

/// Every folder with settings of its own: those of the editors, of their profiles, and of a machine behind a server.
pub(in crate::stores) fn settings_folders(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for user in user_folders(finder) {
        let profiles = folders_in(finder, &user.join("profiles"));
        let machine = user.with_file_name("Machine");
        found.push(user);
        found.extend(profiles);
        if !finder.is_absent(&machine) {
            found.push(machine);
        }
    }
    found
}
