//! What only Linux has.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::vault::{SecretService, Vault};
use super::{MachinePolicy, Programs, clipboard, programs, versions};

pub(super) use super::notifications::notify;

/// `PRETTY_NAME` of os-release(5).
pub(super) fn version() -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release")
        .or_else(|_| std::fs::read_to_string("/usr/lib/os-release"));
    versions::of_os_release(&release.ok()?)
}

/// The files of `/etc/rekey/policy.d`.
pub(super) fn machine_policy() -> MachinePolicy {
    MachinePolicy {
        files: policy_files(Path::new("/etc/rekey/policy.d")),
    }
}

/// `/etc/rekey/config.toml`.
pub(super) fn machine_defaults() -> PathBuf {
    PathBuf::from("/etc/rekey/config.toml")
}

/// Files `*.toml` of the folder by name. A folder that cannot be listed is returned itself, so that
/// reading it says why: a policy must not vanish unseen.
fn policy_files(folder: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(_) => return vec![folder.to_owned()],
    };
    let mut files = Vec::new();
    for entry in entries {
        match entry.map(|entry| entry.path()) {
            Ok(path)
                if path
                    .extension()
                    .is_some_and(|extension| extension == "toml") =>
            {
                files.push(path);
            }
            Ok(_) => {}
            Err(_) => return vec![folder.to_owned()],
        }
    }
    files.sort_unstable();
    files
}

/// The Secret Service, with one connection for the whole process.
pub(super) fn vault() -> Arc<dyn Vault> {
    static VAULT: OnceLock<Arc<SecretService>> = OnceLock::new();
    let vault = VAULT.get_or_init(|| Arc::new(SecretService::of_session()));
    Arc::<SecretService>::clone(vault)
}

/// Puts a text on the clipboard of the person's session.
pub(super) fn copy(text: &str) -> Result<(), String> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let programs = Programs::new(variable).on_desktop(variable);
    clipboard::copy(text, &programs, |name| variable(name).is_some())
}

/// Opens a checked address.
pub(super) fn open_in_browser(address: &str) -> Result<(), String> {
    let graphical = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    // Without one, xdg-open starts a browser in the terminal, on top of what rekey shows there.
    if !graphical {
        return Err("there is no graphical session here".to_owned());
    }
    let opener = ["xdg-open", "wslview"]
        .iter()
        .find_map(|name| programs::find(name))
        .ok_or("neither xdg-open nor wslview is installed")?;
    programs::start(&opener, &[address])
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;

    #[test]
    fn policy_files_come_by_name_and_only_those() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "20-b.toml",
            "10-a.toml",
            "readme.md",
            "30-c.toml.bak",
            ".toml",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let files = policy_files(folder.path());
        assert_eq!(
            files,
            ["10-a.toml", "20-b.toml"].map(|name| folder.path().join(name))
        );
    }

    #[test]
    fn no_folder_is_no_policy_and_a_strange_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(policy_files(&folder.path().join("gone")).is_empty());
        let file = folder.path().join("policy.d");
        std::fs::write(&file, "").unwrap();
        assert_eq!(policy_files(&file), [file]);
    }
}
