//! Folders where another machine's files are mounted.

#[cfg(any(target_os = "linux", test))]
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Mount points that are not entered, with their kind of file system.
///
/// A network's folder can hang for minutes when it is away, and its files are not this
/// workstation's. Other disks are entered.
#[cfg(target_os = "linux")]
pub(super) fn foreign() -> Vec<(PathBuf, String)> {
    std::fs::read("/proc/self/mountinfo").map_or_else(|_| Vec::new(), |table| parse(&table))
}

/// Not asked: other systems mount networks outside of homes.
#[cfg(not(target_os = "linux"))]
pub(super) fn foreign() -> Vec<(PathBuf, String)> {
    Vec::new()
}

/// Kinds of file systems as the kernel names them in `proc_pid_mountinfo(5)`.
#[cfg(any(target_os = "linux", test))]
const FOREIGN: &[&str] = &[
    "9p",
    "afs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse.cephfs",
    "fuse.davfs",
    "fuse.glusterfs",
    "fuse.google-drive-ocamlfuse",
    "fuse.gvfsd-fuse",
    "fuse.jmtpfs",
    "fuse.onedriver",
    "fuse.portal",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.simple-mtpfs",
    "fuse.sshfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "proc",
    "smb3",
    "smbfs",
    "sysfs",
];

/// Reads the table of `proc_pid_mountinfo(5)`.
#[cfg(any(target_os = "linux", test))]
fn parse(table: &[u8]) -> Vec<(PathBuf, String)> {
    let mut mounts = BTreeMap::new();
    for line in table.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b' ');
        let Some(point) = fields.nth(4).map(unescape) else {
            continue;
        };
        // Optional fields end with a lone dash, the kind stands behind it.
        let kind = fields.skip_while(|field| *field != b"-").nth(1);
        let kind = String::from_utf8_lossy(kind.unwrap_or_default()).into_owned();
        // A later mount on the same point hides the earlier.
        mounts.insert(point, kind);
    }
    mounts.retain(|_, kind| FOREIGN.contains(&kind.as_str()));
    mounts.into_iter().collect()
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
            parse(table),
            [(PathBuf::from("/home/dev/my share"), "nfs4".to_owned())]
        );
    }

    #[test]
    fn a_backslash_that_is_no_escape_stays() {
        assert_eq!(unescape(b"/a\\12"), PathBuf::from("/a\\12"));
        assert_eq!(unescape(b"/a\\134b\\"), PathBuf::from("/a\\b\\"));
        assert_eq!(unescape(b"/a\\777"), PathBuf::from("/a\\777"));
    }
}
