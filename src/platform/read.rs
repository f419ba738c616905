//! Reads one file that may be hostile: never hangs on a pipe, never follows a link out of the home, never reads without end.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// The largest file that is taken for a settings file, in bytes.
pub const LIMIT: u64 = 16 * 1024 * 1024;

/// A file as it was read.
#[derive(Debug)]
pub struct FileRead {
    /// The file itself, with links resolved.
    pub target: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// When it was last written.
    pub written: Option<Timestamp>,
    /// How many names it has.
    pub links: u64,
    /// The path led to it through a link.
    pub through_link: bool,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// There is none.
    #[error("it is not there")]
    Absent,
    /// It is a link to somewhere else than the person's own files.
    #[error("link-leaves-home")]
    LinkLeavesHome,
    /// Its content is in the cloud; opening would fetch it.
    #[error("cloud-placeholder")]
    CloudPlaceholder,
    /// It is a folder, a pipe, a device or a socket.
    #[error("it is not a regular file")]
    NotRegular,
    /// It is too large for what it should be.
    #[error("it has {0} bytes, more than the {LIMIT} that are read")]
    TooLarge(u64),
    /// The system refused.
    #[error("{0}")]
    Refused(String),
}

/// Reads the regular file at `path`.
///
/// `home` must be canonical. A path below it may lead through links only to files that are below it
/// too and belong to the owner of the home.
///
/// # Errors
/// A [`ReadFault`].
pub fn regular(path: &Path, home: &Path) -> Result<FileRead, ReadFault> {
    let opened = checked(path, home, LIMIT)?;
    let metadata = opened.metadata;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // One byte more than allowed tells a file that grew past the limit while it was read.
    opened
        .file
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    let length = bytes.len() as u64;
    if length > LIMIT {
        return Err(ReadFault::TooLarge(length));
    }
    let written = metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    Ok(FileRead {
        target: opened.target,
        bytes,
        written,
        links: link_count(&metadata),
        through_link: opened.through_link,
    })
}

/// Opens the regular file at `path`, of any size, for who reads parts of it; the same rules hold as for [`regular`].
///
/// # Errors
/// A [`ReadFault`].
pub fn large(path: &Path, home: &Path) -> Result<File, ReadFault> {
    checked(path, home, u64::MAX).map(|opened| opened.file)
}

struct Opened {
    file: File,
    metadata: Metadata,
    target: PathBuf,
    through_link: bool,
}

fn checked(path: &Path, home: &Path, limit: u64) -> Result<Opened, ReadFault> {
    let link = std::fs::symlink_metadata(path).map_err(fault)?;
    // Resolving its path opens a file on some systems, which is enough to fetch it.
    if is_placeholder(&link) {
        return Err(ReadFault::CloudPlaceholder);
    }
    let target = std::fs::canonicalize(path).map_err(fault)?;
    let through_link = link.is_symlink() || target != path;
    if path.starts_with(home) && !target.starts_with(home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    let before = std::fs::symlink_metadata(&target).map_err(fault)?;
    refuse_odd(&before, limit)?;
    let file = open(&target).map_err(fault)?;
    let metadata = file.metadata().map_err(fault)?;
    refuse_odd(&metadata, limit)?;
    if link.is_symlink() && !same_owner(&metadata, home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    Ok(Opened {
        file,
        metadata,
        target,
        through_link,
    })
}

/// The first bytes of a regular file, to tell whether it is worth being read whole and with all care.
pub fn beginning(path: &Path, length: usize) -> Option<Vec<u8>> {
    let file = open(path).ok()?;
    let metadata = file.metadata().ok()?;
    refuse_odd(&metadata, LIMIT).ok()?;
    // One that is larger than a settings file may be is refused above.
    let limit = u64::try_from(length).unwrap_or(u64::MAX).min(LIMIT);
    let expected = usize::try_from(metadata.len().min(limit)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected);
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn refuse_odd(metadata: &Metadata, limit: u64) -> Result<(), ReadFault> {
    if !metadata.is_file() {
        return Err(ReadFault::NotRegular);
    }
    if is_placeholder(metadata) {
        return Err(ReadFault::CloudPlaceholder);
    }
    if metadata.len() > limit {
        return Err(ReadFault::TooLarge(metadata.len()));
    }
    Ok(())
}

fn fault(error: std::io::Error) -> ReadFault {
    match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadFault::Absent,
        _ => ReadFault::Refused(error.to_string()),
    }
}

/// Opens without waiting for a pipe's other end and without taking a terminal over.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags =
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(windows)]
fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn same_owner(metadata: &Metadata, home: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(home).is_ok_and(|home| home.uid() == metadata.uid())
}

#[cfg(windows)]
fn same_owner(_metadata: &Metadata, _home: &Path) -> bool {
    true
}

#[cfg(unix)]
fn link_count(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(windows)]
fn link_count(_metadata: &Metadata) -> u64 {
    1
}

#[cfg(target_os = "macos")]
pub(crate) fn is_placeholder(metadata: &Metadata) -> bool {
    use std::os::macos::fs::MetadataExt as _;

    // SF_DATALESS of sys/stat.h.
    metadata.st_flags() & 0x4000_0000 != 0
}

#[cfg(windows)]
pub(crate) fn is_placeholder(metadata: &Metadata) -> bool {
    use std::os::windows::fs::MetadataExt as _;

    // FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN and _RECALL_ON_DATA_ACCESS of winnt.h.
    metadata.file_attributes() & (0x1000 | 0x4_0000 | 0x40_0000) != 0
}

#[cfg(not(any(target_os = "macos", windows)))]
pub(crate) fn is_placeholder(_metadata: &Metadata) -> bool {
    false
}
