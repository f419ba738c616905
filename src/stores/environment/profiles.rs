//! Where shells look when they start.
//!
//! Sources: bash(1) INVOCATION; zsh(1) STARTUP/SHUTDOWN FILES; fishshell.com, "Configuration"; learn.microsoft.com,
//! "about Profiles"; nushell.sh, "Configuration"; launchd.plist(5).

use std::path::{Path, PathBuf};

use super::script::Grammar;
use crate::platform::System;
use crate::stores::Finder;
use crate::stores::folders::{absolute_file, files_in, homes, moved};
use crate::stores::git::installations;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A script.
    Script(Grammar),
    /// fish's universal variables.
    Universal,
    /// An agent of launchd.
    Agent,
}

impl Form {
    /// The form that a file's name tells.
    pub(super) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "fish" => Some(Self::Script(Grammar::Fish)),
            "ps1" | "psm1" => Some(Self::Script(Grammar::PowerShell)),
            "nu" => Some(Self::Script(Grammar::Nushell)),
            "sh" | "bash" | "zsh" => Some(Self::Script(Grammar::Posix)),
            _ => None,
        }
    }
}

/// Files of sh and its like in the home.
const IN_HOME: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".bash_aliases",
    ".kshrc",
    ".xprofile",
    ".xsessionrc",
    ".cshrc",
    ".tcshrc",
];
/// Files of zsh, in the home or where `ZDOTDIR` says.
const OF_ZSH: &[&str] = &[".zshrc", ".zshenv", ".zprofile", ".zlogin"];
/// Files of sh and its like for everybody.
const OF_MACHINE: &[&str] = &[
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/bashrc",
    "/etc/zshenv",
    "/etc/zprofile",
    "/etc/zshrc",
    "/etc/zsh/zshenv",
    "/etc/zsh/zprofile",
    "/etc/zsh/zshrc",
];

/// PowerShell's files for everybody on Windows: the variable of a folder, and the file below it.
const POWER_SHELL_OF_MACHINE: &[(&str, &str)] = &[
    ("SystemRoot", "System32/WindowsPowerShell/v1.0/profile.ps1"),
    (
        "SystemRoot",
        "System32/WindowsPowerShell/v1.0/Microsoft.PowerShell_profile.ps1",
    ),
    ("ProgramFiles", "PowerShell/7/profile.ps1"),
    (
        "ProgramFiles",
        "PowerShell/7/Microsoft.PowerShell_profile.ps1",
    ),
];
/// The same of Git Bash.
const POSIX_OF_WINDOWS: &[&str] = &["etc/profile", "etc/bash.bashrc"];

/// Files below folders that variables name.
fn below(finder: &Finder<'_>, files: &[(&str, &str)]) -> Vec<PathBuf> {
    let path = |(variable, file): &(&str, &str)| Some(moved(finder, variable)?.join(file));
    files.iter().filter_map(path).collect()
}

/// Every file that a shell may read when it starts, whether it is there or not.
pub(super) fn profiles(finder: &mut Finder<'_>) -> Vec<(PathBuf, Form)> {
    let platform = finder.platform();
    let folders = finder.folders();
    let home = &folders.home;
    // Git Bash on Windows may have another home.
    let mut posix: Vec<PathBuf> = homes(finder)
        .iter()
        .flat_map(|home| IN_HOME.iter().map(|name| home.join(name)))
        .collect();
    let zsh = [
        Some(home.clone()),
        Some(folders.xdg_config.join("zsh")),
        moved(finder, "ZDOTDIR"),
    ];
    for folder in zsh.into_iter().flatten() {
        posix.extend(OF_ZSH.iter().map(|name| folder.join(name)));
    }
    posix.extend(absolute_file(finder, "BASH_ENV"));
    posix.extend(absolute_file(finder, "ENV"));
    // Distributions and frameworks read all files of these.
    for folder in [".bashrc.d", ".zshrc.d"] {
        posix.extend(files_in(finder, &home.join(folder), &[]));
    }
    posix.extend(files_in(finder, &home.join(".oh-my-zsh/custom"), &["zsh"]));

    let fish = folders.xdg_config.join("fish");
    let mut of_fish = vec![fish.join("config.fish")];
    of_fish.extend(files_in(finder, &fish.join("conf.d"), &["fish"]));
    let mut others = vec![(fish.join("fish_variables"), Form::Universal)];

    let mut power_shell = Vec::new();
    for folder in power_shell_folders(finder) {
        power_shell.extend(files_in(finder, &folder, &["ps1"]));
    }
    if !platform.hermetic() && platform.system() == System::Windows {
        power_shell.extend(below(finder, POWER_SHELL_OF_MACHINE));
        for git in installations::folders(finder) {
            let files = POSIX_OF_WINDOWS.iter().map(|path| git.join(path));
            posix.extend(files.filter(|file| !finder.is_absent(file)));
        }
    }
    let mut nushell = Vec::new();
    for folder in [&folders.config, &folders.xdg_config] {
        let files = ["env.nu", "config.nu"].map(|name| folder.join("nushell").join(name));
        nushell.extend(
            files
                .into_iter()
                .filter(|file| !nushell.contains(file))
                .collect::<Vec<_>>(),
        );
    }
    if platform.system() == System::MacOs {
        let agents = files_in(finder, &home.join("Library/LaunchAgents"), &["plist"]);
        others.extend(agents.into_iter().map(|path| (path, Form::Agent)));
    }
    if !platform.hermetic() && platform.system() != System::Windows {
        posix.extend(OF_MACHINE.iter().map(PathBuf::from));
        posix.extend(files_in(finder, Path::new("/etc/profile.d"), &["sh"]));
        of_fish.push("/etc/fish/config.fish".into());
        of_fish.extend(files_in(finder, Path::new("/etc/fish/conf.d"), &["fish"]));
    }
    let scripts = [
        (posix, Grammar::Posix),
        (of_fish, Grammar::Fish),
        (power_shell, Grammar::PowerShell),
        (nushell, Grammar::Nushell),
    ];
    let scripts = scripts.into_iter().flat_map(|(paths, grammar)| {
        paths
            .into_iter()
            .map(move |path| (path, Form::Script(grammar)))
    });
    scripts.chain(others).collect()
}

/// `$PROFILE` and its like: any host's profile is a `.ps1` of these.
fn power_shell_folders(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let platform = finder.platform();
    if platform.system() != System::Windows {
        return vec![folders.xdg_config.join("powershell")];
    }
    // OneDrive may have taken the documents over.
    let clouds = ["OneDrive", "OneDriveCommercial", "OneDriveConsumer"]
        .iter()
        .filter_map(|name| platform.variable(name).map(PathBuf::from));
    let mut homes = vec![folders.home.clone(), folders.home.join("OneDrive")];
    homes.extend(clouds.filter(|path| path.is_absolute()));
    // PowerShell follows Windows' word for them; the others may have been theirs before.
    let mut documents = vec![folders.documents.clone()];
    documents.extend(homes.into_iter().map(|home| home.join("Documents")));
    documents.sort_unstable();
    documents.dedup();
    documents
        .into_iter()
        .flat_map(|documents| ["PowerShell", "WindowsPowerShell"].map(|name| documents.join(name)))
        .collect()
}
