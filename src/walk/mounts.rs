//! Folders where another machine's files are mounted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::volumes::Volumes;

/// Mount points, with their kind of file system; on Windows the drives that are another machine's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mounts {
    kinds: BTreeMap<PathBuf, String>,
    volumes: Volumes,
}

impl Mounts {
    /// Those of this machine as it is now; no server is asked.
    pub fn of_this_machine() -> Self {
        Self {
            volumes: Volumes::of_this_machine(),
            ..Self::mounted()
        }
    }

    #[cfg(target_os = "linux")]
    fn mounted() -> Self {
        std::fs::read("/proc/self/mountinfo")
            .map_or_else(|_| Self::default(), |table| Self::parse(&table))
    }

    #[cfg(target_os = "macos")]
    fn mounted() -> Self {
        Self {
            kinds: crate::platform::mounts_macos::mounts()
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }

    #[cfg(windows)]
    fn mounted() -> Self {
        Self::default()
    }

    /// Mount points that are not entered, with their kind.
    ///
    /// A network's folder can hang for minutes when it is away, and its files are not this
    /// workstation's. Other disks are entered.
    pub(super) fn foreign(&self) -> impl Iterator<Item = (&Path, &str)> {
        let kinds = self.kinds.iter();
        kinds
            .map(|(point, kind)| (point.as_path(), kind.as_str()))
            .filter(|(_, kind)| is_foreign(kind))
    }

    /// The kind of network that a path leads to, where it is none that leads to the home too: a home on
    /// a network is this person's all the same.
    ///
    /// Windows' disks in its Linux are mounted like a network, and are none.
    pub(super) fn network_of(&self, path: &Path, home: &Path) -> Option<&str> {
        if cfg!(windows)
            && let Some(kind) = self.volumes.network_of(path, home)
        {
            return Some(kind);
        }
        let (point, kind) = self.innermost(path)?;
        let is_network = is_foreign(kind) && kind != "9p";
        (is_network && !home.starts_with(point)).then_some(kind)
    }

    /// Why a folder is not walked although it was asked for: its files would not be read either.
    pub(super) fn forbid(&self, root: &Path, home: &Path) -> Option<String> {
        if self.volumes.is_linux(root) {
            return Some("it is in a Linux of WSL: run rekey inside it".to_owned());
        }
        let kind = self.network_of(root, home)?;
        Some(format!("network-mount: {kind}"))
    }

    fn innermost(&self, path: &Path) -> Option<(&Path, &str)> {
        path.ancestors().find_map(|point| {
            let (point, kind) = self.kinds.get_key_value(point)?;
            Some((point.as_path(), kind.as_str()))
        })
    }
}

/// Anybody can write a file system that a program serves, and most of them show what lies elsewhere.
fn is_foreign(kind: &str) -> bool {
    match kind.strip_prefix("fuse.") {
        Some(program) => !LOCAL.contains(&program),
        None => FOREIGN.contains(&kind),
    }
}

/// Programs that serve what lies on this machine: encrypted, joined, of another system.
const LOCAL: &[&str] = &[
    "bindfs",
    "cryfs",
    "dislocker",
    "ecryptfs",
    "encfs",
    "exfat",
    "ext2",
    "fuse-ext2",
    "fuse-overlayfs",
    "gocryptfs",
    "lxcfs",
    "mergerfs",
    "mhddfs",
    "ntfs",
    "ntfs-3g",
    "overlayfs",
    "securefs",
    "snapfuse",
    "squashfuse",
    "unionfs",
    "unionfs-fuse",
    "veracrypt",
    "vmhgfs-fuse",
    "zfs-fuse",
];

/// Kinds of file systems as the kernel names them in `proc_pid_mountinfo(5)`, or macOS in getfsstat(2); of what a program serves
/// there, nobody says what it is.
const FOREIGN: &[&str] = &[
    "9p", "afpfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "macfuse",
    "ncpfs", "nfs", "nfs4", "orangefs", "osxfuse", "proc", "smb3", "smbfs", "sysfs", "webdav",
];

#[cfg(any(target_os = "linux", test))]
impl Mounts {
    /// Reads the table of `proc_pid_mountinfo(5)`.
    pub(crate) fn parse(table: &[u8]) -> Self {
        let mut kinds = BTreeMap::new();
        for line in table.split(|byte| *byte == b'\n') {
            let mut fields = line.split(|byte| *byte == b' ');
            let Some(point) = fields.nth(4).map(unescape) else {
                continue;
            };
            // Optional fields end with a lone dash, the kind stands behind it.
            let kind = fields.skip_while(|field| *field != b"-").nth(1);
            let kind = String::from_utf8_lossy(kind.unwrap_or_default()).into_owned();
            // A later mount on the same point hides the earlier.
            kinds.insert(point, kind);
        }
        Self {
            kinds,
            ..Self::default()
        }
    }
}

/// Blank, tab, newline and backslash are written as three octal digits behind a backslash.
#[cfg(any(target_os = "linux", test))]
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = behind
            .get(..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|_| byte == b'\\')
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = behind
            .get(if escaped.is_some() { 3 } else { 0 }..)
            .unwrap_or_default();
    }
    path(bytes)
}

#[cfg(all(unix, any(target_os = "linux", test)))]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;

    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(all(not(unix), test))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_networks_are_foreign() {
        let table = b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            36 22 0:41 / /home/dev/my\\040share rw - nfs4 server:/x rw,addr=10.0.0.1\n\
            37 22 0:42 / /home/dev/disk rw shared:2 master:1 - ext4 /dev/sdb1 rw\n\
            38 22 0:43 / /home/dev/net rw - autofs systemd-1 rw\n\
            39 22 0:44 / /home/dev/net rw - tmpfs tmpfs rw\n\
            cut short\n";
        assert_eq!(
            Mounts::parse(table).foreign().collect::<Vec<_>>(),
            [(Path::new("/home/dev/my share"), "nfs4")]
        );
    }

    #[test]
    fn what_a_program_serves_is_foreign_unless_it_is_known_to_be_local() {
        for (kind, foreign) in [
            ("fuse.sshfs", true),
            ("fuse.google-drive-ocamlfuse", true),
            ("fuse.anything", true),
            ("fuse.gocryptfs", false),
            ("fuse.vmhgfs-fuse", false),
            ("fuse", false),
            ("fuseblk", false),
            ("fusectl", false),
            ("smbfs", true),
            ("macfuse", true),
            ("apfs", false),
            ("hfs", false),
        ] {
            assert_eq!(is_foreign(kind), foreign, "{kind}");
        }
    }

    #[test]
    fn a_home_on_a_network_is_at_home_there() {
        let table = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            23 22 0:40 / /home rw - autofs systemd-1 rw\n\
            24 23 0:41 / /home/dev rw - nfs4 server:/dev rw\n\
            25 24 0:42 / /home/dev/share rw - cifs //server/share rw\n\
            26 24 8:2 / /home/dev/disk rw - ext4 /dev/sdb1 rw\n\
            27 22 0:43 / /mnt/c rw - 9p C: rw\n\
            28 22 0:44 / /net/tools rw - nfs server:/tools rw\n";
        let mounts = Mounts::parse(table);
        for (path, kind) in [
            ("/home/dev/.npmrc", None),
            ("/home/dev", None),
            ("/home/dev/share/.npmrc", Some("cifs")),
            ("/home/dev/disk/.npmrc", None),
            ("/home/dev/shared", None),
            ("/mnt/c/Users/dev/.npmrc", None),
            ("/net/tools/npmrc", Some("nfs")),
            ("/etc/npmrc", None),
        ] {
            let found = mounts.network_of(Path::new(path), Path::new("/home/dev"));
            assert_eq!(found, kind, "{path}");
        }
        let other = Path::new("/srv/home");
        assert_eq!(
            mounts.network_of(Path::new("/home/dev/x"), other),
            Some("nfs4")
        );
    }

    #[test]
    fn a_backslash_that_is_no_escape_stays() {
        assert_eq!(unescape(b"/a\\12"), PathBuf::from("/a\\12"));
        assert_eq!(unescape(b"/a\\134b\\"), PathBuf::from("/a\\b\\"));
        assert_eq!(unescape(b"/a\\777"), PathBuf::from("/a\\777"));
    }
}
