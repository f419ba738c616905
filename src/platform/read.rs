//! Reads one file that may be hostile: never hangs on a pipe, never follows a link out of the home, never reads without end.

use std::fs::{File, Metadata, ReadDir};
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

#[cfg(windows)]
#[path = "read_windows.rs"]
mod windows;
#[cfg(windows)]
pub(crate) use windows::open_plain;

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
    let (target, file, metadata) = checked(path, home)?;
    refuse_large(&metadata)?;
    let links = link_count(&file, &metadata);
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // One byte more than allowed tells a file that grew past the limit while it was read.
    file.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(ReadFault::of)?;
    let length = bytes.len() as u64;
    if length > LIMIT {
        return Err(ReadFault::TooLarge(length));
    }
    Ok(FileRead {
        target,
        bytes,
        written: written(&metadata),
        links,
    })
}

/// Opens the regular file at `path`, of any size, for who reads parts of it; the same rules hold as for [`regular`].
///
/// # Errors
/// A [`ReadFault`].
pub fn large(path: &Path, home: &Path) -> Result<File, ReadFault> {
    checked(path, home).map(|(_, file, ..)| file)
}

/// The next bytes from `from` on that are no hole, where the file has any; the next read begins with them.
///
/// # Errors
/// The system's.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub fn next_data(file: &File, metadata: &Metadata, from: u64) -> io::Result<Option<Range<u64>>> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;

    let length = metadata.len();
    if metadata.blocks().saturating_mul(512) >= length || from >= length {
        return Ok((from < length).then_some(from..length));
    }
    let start = match seek(file, SeekFrom::Data(from)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        // Not every file system can tell.
        Err(_) => from,
    };
    let end = seek(file, SeekFrom::Hole(start)).unwrap_or(length);
    seek(file, SeekFrom::Start(start))?;
    Ok((start < length).then_some(start..end.min(length)))
}

/// All from `from` on: holes are not told apart here.
///
/// # Errors
/// None.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the same shape as where holes are known"
)]
pub fn next_data(_file: &File, metadata: &Metadata, from: u64) -> io::Result<Option<Range<u64>>> {
    let length = metadata.len();
    Ok((from < length).then_some(from..length))
}

/// Lists a folder; a path below `home` may lead through links only to a folder that is below it too.
///
/// # Errors
/// A [`ReadFault`].
pub fn entries(folder: &Path, home: &Path) -> Result<ReadDir, ReadFault> {
    let target = std::fs::canonicalize(folder).map_err(ReadFault::of)?;
    if leaves(folder, &target, home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    std::fs::read_dir(folder).map_err(ReadFault::of)
}

/// Opens a file of any size, and tells its real place.
fn checked(path: &Path, home: &Path) -> Result<(PathBuf, File, Metadata), ReadFault> {
    let link = std::fs::symlink_metadata(path).map_err(ReadFault::of)?;
    // Resolving its path opens a file on some systems, which is enough to fetch it.
    if is_placeholder(&link) {
        return Err(ReadFault::CloudPlaceholder);
    }
    match straight(path, &link) {
        Some(opened) => opened.map(|(file, metadata)| (path.to_owned(), file, metadata)),
        None => through_links(path, &link, home),
    }
}

/// Resolves every link of the path first, and opens what it leads to.
fn through_links(
    path: &Path,
    link: &Metadata,
    home: &Path,
) -> Result<(PathBuf, File, Metadata), ReadFault> {
    #[cfg(windows)]
    if link.is_symlink() && super::far_links::is_far(path, home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    let target = std::fs::canonicalize(path).map_err(ReadFault::of)?;
    if leaves(path, &target, home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    let (file, metadata) = open_plain(&target)?;
    if link.is_symlink() && !same_owner(&file, &metadata, home) {
        return Err(ReadFault::LinkLeavesHome);
    }
    Ok((target, file, metadata))
}

/// Whether a path goes through the home, however the home is written in it, and its target is elsewhere.
fn leaves(path: &Path, target: &Path, home: &Path) -> bool {
    let is_in_home = |folder: &Path| {
        let real = std::fs::canonicalize(folder);
        real.is_ok_and(|real| real.starts_with(home))
    };
    !target.starts_with(home) && path.ancestors().skip(1).any(is_in_home)
}

/// Where a folder really is, with every link of its path resolved.
///
/// # Errors
/// The system's.
pub fn real_folder(path: &Path) -> io::Result<PathBuf> {
    #[cfg(target_os = "linux")]
    if open_straight(
        path,
        rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY,
    )
    .is_some()
    {
        return Ok(path.to_owned());
    }
    std::fs::canonicalize(path)
}

/// Opens what has no link anywhere in its path, which is written as the system itself would write it: the kernel
/// refuses all else, so nothing needs to be resolved name by name. `None` where that cannot be told.
#[cfg(target_os = "linux")]
fn open_straight(path: &Path, flags: rustix::fs::OFlags) -> Option<File> {
    use std::os::unix::ffi::OsStrExt as _;

    use rustix::fs::{CWD, Mode, ResolveFlags};

    let written = path.as_os_str().as_bytes();
    // An ordinary name between any two slashes, and a slash before the first.
    let ordinary = |name: &[u8]| !matches!(name, b"" | b"." | b"..");
    let plain = written
        .strip_prefix(b"/")
        .is_some_and(|rest| rest.split(|byte| *byte == b'/').all(ordinary));
    // Kernels before 5.6, and some sandboxes, do not know this call; they resolve.
    let no_links = ResolveFlags::NO_SYMLINKS;
    let flags = flags | rustix::fs::OFlags::CLOEXEC;
    let opened = plain.then(|| rustix::fs::openat2(CWD, path, flags, Mode::empty(), no_links));
    opened?.ok().map(File::from)
}

/// Opens a regular file that [`open_straight`] can open.
#[cfg(target_os = "linux")]
fn straight(path: &Path, link: &Metadata) -> Option<Result<(File, Metadata), ReadFault>> {
    if link.is_symlink() {
        return None;
    }
    if let Err(fault) = refuse_odd(link) {
        return Some(Err(fault));
    }
    let file = open_straight(path, plain_flags())?;
    let checked = file.metadata().map_err(ReadFault::of);
    let checked = checked.and_then(|metadata| refuse_odd(&metadata).map(|()| metadata));
    Some(checked.map(|metadata| (file, metadata)))
}

#[cfg(not(target_os = "linux"))]
fn straight(_path: &Path, _link: &Metadata) -> Option<Result<(File, Metadata), ReadFault>> {
    None
}

/// When a file was last written, where the system says so.
pub(crate) fn written(metadata: &Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}

/// Opens the regular file at `path`, which must not be a link itself. Nothing else is opened, not for a moment.
///
/// # Errors
/// A [`ReadFault`].
#[cfg(unix)]
pub(crate) fn open_plain(path: &Path) -> Result<(File, Metadata), ReadFault> {
    refuse_odd(&std::fs::symlink_metadata(path).map_err(ReadFault::of)?)?;
    let file = open(path).map_err(ReadFault::of)?;
    let metadata = file.metadata().map_err(ReadFault::of)?;
    refuse_odd(&metadata)?;
    Ok((file, metadata))
}

fn refuse_odd(metadata: &Metadata) -> Result<(), ReadFault> {
    if !metadata.is_file() {
        return Err(ReadFault::NotRegular);
    }
    if is_placeholder(metadata) {
        return Err(ReadFault::CloudPlaceholder);
    }
    Ok(())
}

fn refuse_large(metadata: &Metadata) -> Result<(), ReadFault> {
    if metadata.len() > LIMIT {
        return Err(ReadFault::TooLarge(metadata.len()));
    }
    Ok(())
}

impl ReadFault {
    /// What the system's error means for whoever wanted to read.
    pub(crate) fn of(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Absent,
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Opens without waiting for a pipe's other end and without taking a terminal over.
#[cfg(unix)]
pub(crate) fn plain_flags() -> rustix::fs::OFlags {
    use rustix::fs::OFlags;

    OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    let opened = rustix::fs::open(path, plain_flags(), rustix::fs::Mode::empty())?;
    Ok(File::from(opened))
}

#[cfg(unix)]
fn same_owner(_file: &File, metadata: &Metadata, home: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(home).is_ok_and(|home| home.uid() == metadata.uid())
}

/// This person, or who owns the home: most profiles belong to SYSTEM, and what is in them to the person.
#[cfg(windows)]
fn same_owner(file: &File, _metadata: &Metadata, home: &Path) -> bool {
    let like_home = || {
        let home = super::handles::look(home, 0)?;
        super::access::same_owner(file, &home)
    };
    super::access::is_mine(file).unwrap_or(false) || like_home().unwrap_or(false)
}

/// How many names a file has.
#[cfg(unix)]
pub(crate) fn link_count(_file: &File, metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

/// How many names a file has. Where the system does not say, there may be another one.
#[cfg(windows)]
pub(crate) fn link_count(file: &File, _metadata: &Metadata) -> u64 {
    let information = super::handles::information(file);
    information.map_or(2, |information| information.nNumberOfLinks.into())
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

    super::enumeration::Entry::is_elsewhere(metadata.file_attributes())
}

#[cfg(not(any(target_os = "macos", windows)))]
pub(crate) fn is_placeholder(_metadata: &Metadata) -> bool {
    false
}
