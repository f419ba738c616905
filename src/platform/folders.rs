//! Where each system keeps a person's files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// An operating system whose layout rekey knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// Linux.
    Linux,
}

impl System {
    /// The system that this program was built for.
    pub const THIS: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::MacOs => "macos",
            Self::Linux => "linux",
        }
    }
}

/// A person's folders. Each is absolute; none need exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// `%USERPROFILE%`, `$HOME`.
    pub home: PathBuf,
    /// Roaming settings: `%APPDATA%`, `~/Library/Application Support`, `$XDG_CONFIG_HOME`.
    pub config: PathBuf,
    /// `$XDG_CONFIG_HOME` or `~/.config` on every system, for tools that ignore the system's own custom.
    pub xdg_config: PathBuf,
    /// Data of this machine: `%LOCALAPPDATA%`, `~/Library/Application Support`, `$XDG_DATA_HOME`.
    pub data: PathBuf,
    /// `$XDG_DATA_HOME` or `~/.local/share` on every system, for the same.
    pub xdg_data: PathBuf,
    /// Documents, where PowerShell looks for its profiles on Windows.
    pub documents: PathBuf,
    /// rekey's own folder: `…\rekey`, `~/Library/Application Support/rekey`, `~/.local/state/rekey`.
    pub state: PathBuf,
}

/// Folders that Windows knows by name ("Known Folders"), where it does.
#[cfg(any(windows, test))]
#[derive(Debug, Default)]
pub(super) struct Known {
    /// `FOLDERID_RoamingAppData`.
    pub(super) config: Option<PathBuf>,
    /// `FOLDERID_LocalAppData`.
    pub(super) data: Option<PathBuf>,
    /// `FOLDERID_Documents`.
    pub(super) documents: Option<PathBuf>,
}

impl Folders {
    /// The layout of a home whose environment says nothing.
    pub fn conventional(system: System, home: &Path) -> Self {
        Self::from_environment(system, home, |_| None)
    }

    /// The layout of a home with what the environment moves.
    pub fn from_environment(
        system: System,
        home: &Path,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let moved = |name: &str, usual: PathBuf| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or(usual)
        };
        let xdg_config = moved("XDG_CONFIG_HOME", home.join(".config"));
        let xdg_data = moved("XDG_DATA_HOME", home.join(".local/share"));
        let (config, data, state) = match system {
            System::Windows => {
                let local = moved("LOCALAPPDATA", home.join("AppData/Local"));
                (
                    moved("APPDATA", home.join("AppData/Roaming")),
                    local.clone(),
                    local.join("rekey"),
                )
            }
            System::MacOs => {
                let support = home.join("Library/Application Support");
                (support.clone(), support.clone(), support.join("rekey"))
            }
            System::Linux => {
                let state = moved("XDG_STATE_HOME", home.join(".local/state"));
                (xdg_config.clone(), xdg_data.clone(), state.join("rekey"))
            }
        };
        Self {
            home: home.to_owned(),
            config,
            xdg_config,
            data,
            xdg_data,
            documents: home.join("Documents"),
            state,
        }
    }

    /// With the folders of Windows as Windows itself knows them, each where it is known.
    #[cfg(any(windows, test))]
    #[must_use]
    pub(super) fn known(self, known: Known) -> Self {
        let or = |known: Option<PathBuf>, usual: PathBuf| {
            known.filter(|path| path.is_absolute()).unwrap_or(usual)
        };
        let data = or(known.data, self.data);
        Self {
            config: or(known.config, self.config),
            documents: or(known.documents, self.documents),
            state: data.join("rekey"),
            data,
            ..self
        }
    }

    /// The person's rekey settings file.
    pub fn person_config(&self) -> PathBuf {
        self.config.join("rekey").join("config.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_knows_comes_before_variables_and_custom() {
        let root = std::env::temp_dir();
        let home = root.join("Zürich 🦀");
        let variable = |name: &str| match name {
            "APPDATA" => Some(root.join("variable").into_os_string()),
            // Odd states: a relative path, and what was never expanded.
            "LOCALAPPDATA" => Some("%USERPROFILE%/AppData/Local".into()),
            _ => None,
        };
        let folders = Folders::from_environment(System::Windows, &home, variable);
        assert_eq!(folders.config, root.join("variable"));
        assert_eq!(folders.data, home.join("AppData/Local"));
        let share = root.join("share");
        let known = folders.known(Known {
            config: Some(share.join("Roaming")),
            data: Some("relative".into()),
            documents: Some(share.join("Documents")),
        });
        assert_eq!(known.config, share.join("Roaming"));
        assert_eq!(known.data, home.join("AppData/Local"));
        assert_eq!(known.state, home.join("AppData/Local/rekey"));
        assert_eq!(known.documents, share.join("Documents"));
        let moved = known.known(Known {
            data: Some(share.join("Local")),
            ..Known::default()
        });
        assert_eq!(moved.state, share.join("Local/rekey"));
        assert_eq!(moved.documents, share.join("Documents"));
    }
}
