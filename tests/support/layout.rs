//! Where each system keeps what Linux keeps in a folder.

/// Where rekey keeps its own state below a home.
pub const STATE: &str = if cfg!(windows) {
    r"AppData\Local\rekey"
} else {
    ".local/state/rekey"
};

/// Folders that Windows has elsewhere. `None`: there is no such place.
const FOLDERS: &[(&str, Option<&str>)] = &[
    (".local/state/rekey", Some("AppData/Local/rekey")),
    (".password-store/", None),
    (".config/environment.d/", None),
    (".pam_environment", None),
    (".config/Code", Some("AppData/Roaming/Code")),
    (".config/VSCodium", Some("AppData/Roaming/VSCodium")),
    (".config/Cursor", Some("AppData/Roaming/Cursor")),
    (".config/Windsurf", Some("AppData/Roaming/Windsurf")),
    (".config/Claude", Some("AppData/Roaming/Claude")),
    (".config/JetBrains", Some("AppData/Roaming/JetBrains")),
    (".config/pip/pip.conf", Some("AppData/Roaming/pip/pip.ini")),
    (".pip/pip.conf", Some("pip/pip.ini")),
    (".nuget/NuGet", Some("AppData/Roaming/NuGet")),
    (".config/NuGet", Some("AppData/Roaming/NuGet")),
    (".nuget/config", Some("AppData/Roaming/NuGet/config")),
    (
        ".local/share/MicrosoftCredentialProvider",
        Some("AppData/Local/MicrosoftCredentialProvider"),
    ),
    (".config/pypoetry", Some("AppData/Roaming/pypoetry")),
    (".config/uv", Some("AppData/Roaming/uv")),
    (".local/share/uv", Some("AppData/Roaming/uv")),
    (".config/pnpm", Some("AppData/Local/pnpm/config")),
    (".npm/_logs", Some("AppData/Local/npm-cache/_logs")),
    (
        ".local/.IdentityService",
        Some("AppData/Local/.IdentityService"),
    ),
    (
        ".microsoft/usersecrets",
        Some("AppData/Roaming/Microsoft/UserSecrets"),
    ),
    (".config/powershell", Some("Documents/PowerShell")),
    (
        ".local/share/powershell",
        Some("AppData/Roaming/Microsoft/Windows/PowerShell"),
    ),
    (".config/nushell", Some("AppData/Roaming/nushell")),
    (".terraformrc", Some("AppData/Roaming/terraform.rc")),
    (".tofurc", Some("AppData/Roaming/tofu.rc")),
    (".terraform.d", Some("AppData/Roaming/terraform.d")),
];

/// Where Windows has a file of this path; `None` where it has no such place.
pub fn moved(path: &str) -> Option<String> {
    let known = FOLDERS.iter().find(|(folder, _)| path.starts_with(folder));
    match known {
        Some((folder, there)) => there.map(|there| path.replacen(folder, there, 1)),
        None => Some(path.to_owned()),
    }
}

/// Where this system has a file of this path below a home, as the system writes it. A file for which Windows has no
/// place stays where it is: nothing looks at it there.
pub fn here(path: &str) -> String {
    if cfg!(windows) {
        let there = moved(path).unwrap_or_else(|| path.to_owned());
        there.replace('/', r"\")
    } else {
        path.to_owned()
    }
}
