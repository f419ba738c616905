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
    /// rekey's own folder: `…\rekey`, `~/Library/Application Support/rekey`, `~/.local/state/rekey`.
    pub state: PathBuf,
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
            state,
        }
    }

    /// The person's rekey settings file.
    pub fn person_config(&self) -> PathBuf {
        self.config.join("rekey").join("config.toml")
    }
}
