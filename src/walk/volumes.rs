//! Which disk or share a path of Windows lies on, by how it is written.

use std::path::Path;

/// Drives whose letters stand for a folder of another machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Volumes {
    /// The letter, in capitals, and the share where it is known.
    remote: Vec<(char, Option<Volume>)>,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Volume {
    /// A letter, in capitals.
    Drive(char),
    /// A server and what it shares, in lower case.
    Share { server: String, share: String },
}

/// How a Linux in Windows is reached from outside (Microsoft's "Working across Windows and Linux file systems").
const OF_LINUX: [&str; 2] = ["wsl$", "wsl.localhost"];

impl Volumes {
    /// Those of this machine as it is now; no server is asked.
    pub(super) fn of_this_machine() -> Self {
        #[cfg(windows)]
        let drives = crate::platform::drives::remote();
        #[cfg(not(windows))]
        let drives = [];
        Self::new(drives)
    }

    /// The letters of network drives, each with the name that `QueryDosDeviceW` gives it.
    pub(super) fn new(drives: impl IntoIterator<Item = (char, String)>) -> Self {
        let drives = drives.into_iter();
        Self {
            remote: drives
                .map(|(letter, device)| (letter.to_ascii_uppercase(), share_of(&device)))
                .collect(),
        }
    }

    /// The kind of network that a path leads to, where the home does not lie there too. A Linux in Windows is one:
    /// looking there would start it, and its files have rights that Windows does not show (learn.microsoft.com,
    /// "Working across file systems").
    pub(super) fn network_of(&self, path: &Path, home: &Path) -> Option<&'static str> {
        let (volume, kind) = self.volume_of(path)?;
        let at_home = self.volume_of(home).map(|(volume, _)| volume);
        kind.filter(|_| at_home.as_ref() != Some(&volume))
    }

    /// Whether a path leads into a Linux in Windows.
    pub(super) fn is_linux(&self, path: &Path) -> bool {
        self.volume_of(path)
            .is_some_and(|(_, kind)| kind == Some("wsl"))
    }

    /// The volume, with the kind of network that it is.
    fn volume_of(&self, path: &Path) -> Option<(Volume, Option<&'static str>)> {
        let volume = Volume::of(&path.to_string_lossy())?;
        if let Volume::Drive(letter) = &volume {
            let mut remote = self.remote.iter();
            return Some(match remote.find(|(known, _)| known == letter) {
                Some((_, Some(share))) => (share.clone(), Some(share.kind())),
                Some((_, None)) => (volume, Some("network-drive")),
                None => (volume, None),
            });
        }
        let kind = volume.kind();
        Some((volume, Some(kind)))
    }
}

impl Volume {
    fn of(path: &str) -> Option<Self> {
        let path = path.replace('/', "\\");
        let Some(behind) = path.strip_prefix(r"\\") else {
            return Self::drive(&path);
        };
        // Both lead past the usual names to devices, among which networks are (learn.microsoft.com, "DOS device paths").
        let mut device = behind
            .strip_prefix(r"?\")
            .or_else(|| behind.strip_prefix(r".\"));
        while let Some(name) = device {
            if let Some(share) = after(name, &["unc"]) {
                return Self::share(share);
            }
            if let Some(named) = after(name, &["device"]) {
                // Disks are `HarddiskVolume3` and the like; of the others nobody knows which are networks.
                let is_disk = named.to_lowercase().starts_with("harddisk");
                let share = named.split_once('\\').map(|(_, share)| share);
                return share.filter(|_| !is_disk).and_then(Self::share);
            }
            match after(
                name,
                &["globalroot", "global", "??", "dosdevices", "global??"],
            ) {
                Some(inner) => device = Some(inner),
                None => return Self::drive(name),
            }
        }
        Self::share(behind)
    }

    fn drive(path: &str) -> Option<Self> {
        let mut characters = path.chars();
        let letter = characters.next().filter(char::is_ascii_alphabetic)?;
        (characters.next() == Some(':')).then(|| Self::Drive(letter.to_ascii_uppercase()))
    }

    /// Of `server\share\…`.
    fn share(path: &str) -> Option<Self> {
        let mut names = path.split('\\');
        let server = names
            .next()
            .filter(|name| !matches!(*name, "" | "." | "?"))?;
        let share = names.next().unwrap_or_default();
        Some(Self::Share {
            server: server.to_lowercase(),
            share: share.to_lowercase(),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Share { server, .. } if OF_LINUX.contains(&server.as_str()) => "wsl",
            Self::Share { .. } => "share",
            Self::Drive(_) => "network-drive",
        }
    }
}

/// What stands behind one of these names, whatever its case.
fn after<'p>(path: &'p str, names: &[&str]) -> Option<&'p str> {
    names.iter().find_map(|name| {
        let (start, rest) = path.split_at_checked(name.len())?;
        rest.strip_prefix('\\')
            .filter(|_| start.eq_ignore_ascii_case(name))
    })
}

/// The share of `\Device\LanmanRedirector\;Z:0000000000012345\server\share`, or of `\Device\Mup\;…` before it.
fn share_of(device: &str) -> Option<Volume> {
    let (_, behind) = device.rsplit_once(';')?;
    let (_, share) = behind.split_once('\\')?;
    Volume::share(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volumes() -> Volumes {
        Volumes::new([
            (
                'h',
                r"\Device\LanmanRedirector\;H:0000000000012345\Files\Users".to_owned(),
            ),
            (
                'M',
                r"\Device\Mup\;LanmanRedirector\;M:0001\files\media".to_owned(),
            ),
            ('V', r"\Device\VBoxMiniRdr\;V:\VBoxSvr\projects".to_owned()),
            ('X', r"\Device\Odd".to_owned()),
            (
                'W',
                r"\Device\P9Rdr\;W:0001\wsl.localhost\Debian".to_owned(),
            ),
        ])
    }

    #[test]
    fn a_path_on_another_machine_is_known_by_its_beginning() {
        let home = Path::new(r"\\?\C:\Users\dev");
        for (path, kind) in [
            (r"C:\Users\dev\.npmrc", None),
            (r"D:\work", None),
            (r"h:\dev", Some("share")),
            (r"\\?\M:\dev", Some("share")),
            (r"V:\shop", Some("share")),
            (r"X:\shop", Some("network-drive")),
            (r"\\files\users\dev", Some("share")),
            (r"//files/users/dev", Some("share")),
            (r"\\?\UNC\files\users", Some("share")),
            (r"\\wsl$\Debian\home\dev", Some("wsl")),
            (r"\\wsl.localhost\Debian", Some("wsl")),
            (r"W:\home", Some("wsl")),
            (r"\\.\pipe\x", None),
            (r"\\.\UNC\files\users\dev", Some("share")),
            (r"\\.\h:\dev", Some("share")),
            (r"\\?\GLOBALROOT\Device\Mup\files\users", Some("share")),
            (r"\\?\globalroot\??\unc\files\users", Some("share")),
            (r"\\.\Global\UNC\wsl$\Debian", Some("wsl")),
            (r"\\?\GLOBALROOT\Device\HarddiskVolume3\x", None),
            (
                r"\\?\GLOBALROOT\Device\WebDavRedirector\files\users",
                Some("share"),
            ),
            (r"\\?\UNC", None),
            ("relative", None),
            ("é:\\x", None),
            (r"\\?\é", None),
        ] {
            assert_eq!(volumes().network_of(Path::new(path), home), kind, "{path}");
        }
    }

    #[test]
    fn a_home_on_a_share_is_at_home_there_however_it_is_written() {
        for home in [r"H:\dev", r"\\FILES\users\dev", r"\\?\UNC\files\Users\dev"] {
            let at = |path| volumes().network_of(Path::new(path), Path::new(home));
            assert_eq!(at(r"H:\dev\.npmrc"), None, "{home}");
            assert_eq!(at(r"\\files\users\dev\.npmrc"), None, "{home}");
            assert_eq!(at(r"M:\x"), Some("share"), "{home}");
        }
    }

    #[test]
    fn a_linux_in_windows_is_told_from_networks() {
        for (path, linux) in [
            (r"\\wsl$\Debian\home\dev", true),
            (r"\\?\UNC\WSL.localhost\Debian", true),
            (r"W:\home", true),
            (r"\\files\wsl$", false),
            (r"C:\wsl$", false),
        ] {
            assert_eq!(volumes().is_linux(Path::new(path)), linux, "{path}");
        }
    }
}
