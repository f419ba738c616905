//! What a file has beside its bytes on Unix: mode, group, times, access control lists and other extended attributes.

use std::fs::{File, FileTimes, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use xattr::FileExt as _;

use super::Opened;

/// Attributes that the system keeps by itself, for each file's own content or origin.
const SYSTEM_KEPT: &[&str] = &[
    "security.ima",
    "security.evm",
    "com.apple.macl",
    "com.apple.provenance",
];

/// A file's attributes, as they are put on the file that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The permission bits.
    mode: u32,
    /// The group's number.
    group: u32,
    /// Seconds and nanoseconds since 1970.
    modified: (i64, u32),
    /// The same for the last read.
    accessed: (i64, u32),
    /// By name; on Linux the access control list is one of them.
    extended: Vec<Extended>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Extended {
    name: String,
    /// base64.
    value: String,
}

impl Attributes {
    /// The attributes of a file, with the times that it had before rekey read it.
    ///
    /// # Errors
    /// Where one cannot be read, or has a name that is not text.
    pub fn of(opened: &Opened) -> io::Result<Self> {
        let metadata = &opened.metadata;
        let mut extended = Vec::new();
        for name in listed(&opened.file)? {
            let name = name.to_str().ok_or_else(|| {
                io::Error::other("it has an extended attribute whose name is not text")
            })?;
            if SYSTEM_KEPT.contains(&name) {
                continue;
            }
            if let Some(value) = opened.file.get_xattr(name)? {
                extended.push(Extended {
                    name: name.to_owned(),
                    value: STANDARD.encode(value),
                });
            }
        }
        extended.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let nanoseconds = |value: i64| u32::try_from(value).unwrap_or(0);
        Ok(Self {
            mode: metadata.mode() & 0o7777,
            group: metadata.gid(),
            modified: (metadata.mtime(), nanoseconds(metadata.mtime_nsec())),
            accessed: (metadata.atime(), nanoseconds(metadata.atime_nsec())),
            extended,
        })
    }

    /// Puts them on a new file of the same owner. `like` is the old file, where it still is, for what
    /// only the system can copy.
    ///
    /// # Errors
    /// Where one cannot be set: the new file must then not take the old one's place.
    #[allow(
        clippy::disallowed_methods,
        reason = "the new file of an edit gets what the old one had"
    )]
    pub fn apply(&self, to: &File, like: Option<&File>) -> io::Result<()> {
        if to.metadata()?.gid() != self.group {
            fchown(to, None, Some(self.group)).map_err(|error| named("group", &error))?;
        }
        #[cfg(target_os = "macos")]
        if let Some(from) = like {
            macos::copy_access_list(from, to)?;
        }
        #[cfg(not(target_os = "macos"))]
        let _ = like;
        self.apply_extended(to)?;
        to.set_permissions(Permissions::from_mode(self.mode))
            .map_err(|error| named("mode", &error))?;
        let times = FileTimes::new()
            .set_accessed(time(self.accessed)?)
            .set_modified(time(self.modified)?);
        to.set_times(times)
            .map_err(|error| named("time of writing", &error))
    }

    fn apply_extended(&self, to: &File) -> io::Result<()> {
        // The folder's default access control list must not widen what the old file allowed.
        for name in listed(to)? {
            let known = self.extended.iter().any(|kept| *name == *kept.name);
            let by_system = name.as_encoded_bytes().starts_with(b"security.")
                || SYSTEM_KEPT.iter().any(|kept| *name == **kept);
            if !known && !by_system {
                to.remove_xattr(&name)
                    .map_err(|error| named(&name.to_string_lossy(), &error))?;
            }
        }
        for Extended { name, value } in &self.extended {
            let value = STANDARD.decode(value).map_err(io::Error::other)?;
            if to.get_xattr(name)?.as_deref() != Some(&value) {
                to.set_xattr(name, &value)
                    .map_err(|error| named(name, &error))?;
            }
        }
        Ok(())
    }
}

/// The names of all extended attributes; none where the file system has no such thing.
fn listed(file: &File) -> io::Result<Vec<std::ffi::OsString>> {
    match file.list_xattr() {
        Ok(names) => Ok(names.collect()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn named(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("its {what} cannot be kept: {error}"))
}

fn time((seconds, nanoseconds): (i64, u32)) -> io::Result<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let second = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(whole)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(whole)
    };
    second
        .and_then(|second| second.checked_add(Duration::from_nanos(nanoseconds.into())))
        .ok_or_else(|| io::Error::other("its time of writing is out of range"))
}

#[cfg(target_os = "macos")]
mod macos {
    #![allow(unsafe_code, reason = "the system has no safe call for it")]

    use std::ffi::{c_int, c_void};
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;

    /// `COPYFILE_ACL` of copyfile(3).
    const ACCESS_LIST: u32 = 1;

    unsafe extern "C" {
        fn fcopyfile(from: c_int, to: c_int, state: *mut c_void, flags: u32) -> c_int;
    }

    /// Access control lists are no extended attributes here.
    pub(super) fn copy_access_list(from: &File, to: &File) -> io::Result<()> {
        // SAFETY: both descriptors are open for the time of the call, and a null state is allowed.
        let result = unsafe {
            fcopyfile(
                from.as_raw_fd(),
                to.as_raw_fd(),
                std::ptr::null_mut(),
                ACCESS_LIST,
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
