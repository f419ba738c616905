//! Files of rekey's own: its state, its spool, its logs. The executor's work on the person's files is elsewhere.
//!
//! Every file is the owner's alone and is replaced whole, so that a reader sees the old or the new.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place that writes rekey's own files"
)]

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::path::{Component, Path};

/// No file of rekey's own is larger.
const LIMIT: u64 = 64 * 1024 * 1024;
/// How the name of a file begins and ends that is not whole yet.
const TEMPORARY: (&str, &str) = (".rekey-", ".tmp");

/// Makes the folder, and those above it that are missing, for the owner alone; narrows one that is open to others.
///
/// # Errors
/// Where it is a link, no folder, another user's, or cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check_folder(path)?;
    narrow(path, 0o700)
}

/// Checks that the folder is one of this user's own and is reached through no link.
///
/// # Errors
/// Of kind `NotFound` where there is none.
pub fn check_folder(path: &Path) -> Result<()> {
    let metadata = std::fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(Error::other("it is a link"));
    }
    if !metadata.is_dir() {
        return Err(Error::other("it is not a folder"));
    }
    refuse_other_owner(path, &metadata)
}

/// Writes the whole file: temporary file beside it, fsync, rename, fsync of the folder.
///
/// # Errors
/// Where the disk refuses; the old file is then still there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(path)?;
    put(prepared(folder, bytes)?, path)?;
    sync_folder(folder)
}

/// Writes the file unless there is one; false where there was.
///
/// # Errors
/// Where the disk refuses.
pub fn create(path: &Path, bytes: &[u8]) -> Result<bool> {
    let folder = folder_of(path)?;
    match prepared(folder, bytes)?.persist_noclobber(path) {
        Ok(_) => sync_folder(folder).map(|()| true),
        Err(fault) if fault.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(fault) => Err(fault.error),
    }
}

/// Opens the file to write at its end, and closes it to others; makes it where there is none.
///
/// # Errors
/// Where it is a link or another user's, or the disk refuses.
pub fn append(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    unfollowed(&mut options);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    refuse_odd(&metadata)?;
    refuse_other_owner(path, &metadata)?;
    narrow(path, 0o600)?;
    Ok(file)
}

/// The file's bytes; `None` where there is none.
///
/// # Errors
/// Where it is a link, no regular file, another user's or too large, or cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut options = OpenOptions::new();
    options.read(true);
    unfollowed(&mut options);
    let file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    refuse_odd(&metadata)?;
    refuse_other_owner(path, &metadata)?;
    contents(file).map(Some)
}

/// The bytes of a file below another person's `home`: no link is followed on the way, and the file must be the
/// home's owner's. For device management, which asks as root or SYSTEM.
///
/// # Errors
/// Like [`read`].
pub fn read_of_person(home: &Path, below: &Path) -> Result<Option<Vec<u8>>> {
    if !below
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Err(Error::other("it is not below the home folder"));
    }
    let file = match open_below(home, below) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened?,
    };
    let metadata = file.metadata()?;
    refuse_odd(&metadata)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if metadata.uid() != std::fs::metadata(home)?.uid() {
            return Err(Error::other("it belongs to another user than the home"));
        }
    }
    #[cfg(windows)]
    if !super::profiles::is_of_home(&super::access::sid_of_owner(&file)?, home) {
        return Err(Error::other("it belongs to another user than the home"));
    }
    contents(file).map(Some)
}

/// Deletes one file; one that is gone is fine.
///
/// # Errors
/// Where the disk refuses.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Whether a file of this name was being written when its writer was killed, or still is.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// Renames one file within its folder.
///
/// # Errors
/// Where the disk refuses.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to)?;
    sync_folder(folder_of(to)?)
}

fn folder_of(path: &Path) -> Result<&Path> {
    path.parent()
        .ok_or_else(|| Error::other("it is in no folder"))
}

fn prepared(folder: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
    // tempfile makes its files for the owner alone.
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY.0)
        .suffix(TEMPORARY.1)
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(not(windows))]
fn put(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|fault| fault.error)
}

/// Windows replaces no file that somebody has open, and some do for a moment: a scanner, or device management that reads it.
#[cfg(windows)]
fn put(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    let mut file = file.into_temp_path();
    for pause in super::holders::PAUSES {
        match file.persist(path) {
            Ok(()) => return Ok(()),
            Err(fault) if super::holders::is_held(&fault.error) || is_denied(&fault.error) => {
                file = fault.path;
                std::thread::sleep(pause);
            }
            Err(fault) => return Err(fault.error),
        }
    }
    file.persist(path).map_err(|fault| fault.error)
}

/// What Windows answers for a file in use that is to be replaced.
#[cfg(windows)]
fn is_denied(error: &Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
}

fn contents(file: File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::other("it is far too large"));
    }
    Ok(bytes)
}

fn refuse_odd(metadata: &Metadata) -> Result<()> {
    if metadata.is_file() {
        Ok(())
    } else {
        Err(Error::other("it is not a regular file"))
    }
}

#[cfg(unix)]
fn refuse_other_owner(_path: &Path, metadata: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let me = rustix::process::geteuid().as_raw();
    if metadata.uid() == me {
        return Ok(());
    }
    Err(Error::other(format!(
        "it belongs to another user (uid {}, this is uid {me})",
        metadata.uid()
    )))
}

#[cfg(windows)]
fn refuse_other_owner(path: &Path, _metadata: &Metadata) -> Result<()> {
    let file = super::handles::look(path, 0)?;
    if super::access::is_mine(&file)? {
        return Ok(());
    }
    Err(Error::other("it belongs to another user"))
}

#[cfg(unix)]
fn narrow(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mut permissions = std::fs::symlink_metadata(path)?.permissions();
    if permissions.mode() & 0o777 != mode {
        permissions.set_mode(mode);
        std::fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

#[cfg(windows)]
fn narrow(path: &Path, _mode: u32) -> Result<()> {
    use windows_sys::Win32::Storage::FileSystem::WRITE_DAC;

    super::access::make_private(&super::handles::look(path, WRITE_DAC)?)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no handle of a folder to flush; its journal orders the rename.
#[cfg(windows)]
#[allow(clippy::unnecessary_wraps, reason = "the same shape on every system")]
fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn unfollowed(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed());
    options.mode(0o600);
}

#[cfg(windows)]
fn unfollowed(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;

    // FILE_FLAG_OPEN_REPARSE_POINT: a link is opened itself, and is then no regular file.
    options.custom_flags(0x0020_0000);
}

/// Opens handle by handle, so that no folder can be swapped for a link on the way.
#[cfg(unix)]
fn open_below(home: &Path, below: &Path) -> Result<File> {
    use rustix::fs::{Mode, OFlags, open, openat};

    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut handle = open(home, flags | OFlags::DIRECTORY, Mode::empty())?;
    let mut parts = below.components().peekable();
    while let Some(part) = parts.next() {
        let kind = if parts.peek().is_some() {
            OFlags::DIRECTORY
        } else {
            OFlags::NOCTTY
        };
        handle = openat(&handle, part.as_os_str(), flags | kind, Mode::empty())?;
    }
    Ok(File::from(handle))
}

/// Each folder is opened itself and held, so that it cannot be moved away for a link; and where the file really is, is
/// asked of its handle, since an empty folder can become a link while it is held.
#[cfg(windows)]
fn open_below(home: &Path, below: &Path) -> Result<File> {
    use super::files::{FileFault, Folder};

    let told = |fault: FileFault| match fault {
        FileFault::Absent => Error::from(ErrorKind::NotFound),
        other => Error::other(other.to_string()),
    };
    let (folder, Some(name)) = (below.parent().unwrap_or(below), below.file_name()) else {
        return Err(ErrorKind::NotFound.into());
    };
    // Administrators may have moved whole profiles elsewhere, with a link in their place.
    let home = Folder::open(&home.canonicalize()?).map_err(told)?;
    let folder = home.below(folder).map_err(told)?;
    let file = folder.file(name).map_err(told)?.file;
    if !folder.has(name, &file) {
        return Err(Error::other("a link leads to it"));
    }
    Ok(file)
}

#[cfg(test)]
#[cfg(windows)]
mod windows_tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::os::windows::fs::OpenOptionsExt as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_that_somebody_reads_for_a_moment_is_replaced_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-run.json");
        write(&path, b"1").unwrap();
        let mut options = OpenOptions::new();
        let held = options.read(true).share_mode(0).open(&path).unwrap();
        let soon = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(held);
        });
        write(&path, b"2").unwrap();
        soon.join().unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"2");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_persons_file_is_read_where_it_is_and_its_folder_stays_meanwhile() {
        let home = tempfile::tempdir().unwrap();
        make_folder(&home.path().join("a")).unwrap();
        write(&home.path().join("a/x"), b"1").unwrap();
        let read = |below: &str| read_of_person(home.path(), Path::new(below));
        assert_eq!(read(r"a\x").unwrap().unwrap(), b"1");
        assert_eq!(read(r"A\X").unwrap().unwrap(), b"1");
        assert_eq!(read(r"a\y").unwrap(), None);
        assert_eq!(read(r"b\x").unwrap(), None);
        for odd in [r"..\x", r"a\x:stream", "a", "."] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}

// Not on Windows: modes, and links as Unix makes them.
#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_the_owners_alone_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("a/b");
        make_folder(&own).unwrap();
        write(&own.join("x"), b"1").unwrap();
        write(&own.join("x"), b"2").unwrap();
        assert_eq!(read(&own.join("x")).unwrap().unwrap(), b"2");
        assert_eq!((mode(&own), mode(&own.join("x"))), (0o700, 0o600));
        assert_eq!(std::fs::read_dir(&own).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        make_folder(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
    }

    #[test]
    fn a_link_is_refused_as_folder_and_as_file() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        make_folder(&real).unwrap();
        write(&real.join("x"), b"1").unwrap();
        symlink(&real, folder.path().join("link")).unwrap();
        symlink(real.join("x"), real.join("y")).unwrap();
        assert!(make_folder(&folder.path().join("link")).is_err());
        assert!(read(&real.join("y")).is_err());
        assert!(append(&real.join("y")).is_err());
    }

    // rustix has no mknod for macOS.
    // Not on Windows: a pipe has no place in a folder there.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_pipe_is_refused_without_waiting_for_its_other_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        assert!(read(&pipe).is_err());
    }

    #[test]
    fn a_file_that_is_there_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(create(&path, b"1").unwrap());
        assert!(!create(&path, b"2").unwrap());
        assert_eq!(read(&path).unwrap().unwrap(), b"1");
    }

    #[test]
    fn no_link_is_followed_below_another_persons_home() {
        let home = tempfile::tempdir().unwrap();
        make_folder(&home.path().join("a")).unwrap();
        write(&home.path().join("a/x"), b"1").unwrap();
        symlink(home.path().join("a"), home.path().join("b")).unwrap();
        symlink("x", home.path().join("a/y")).unwrap();
        let read = |below: &str| read_of_person(home.path(), Path::new(below));
        assert_eq!(read("a/x").unwrap().unwrap(), b"1");
        assert_eq!(read("a/z").unwrap(), None);
        assert!(!matches!(read("b/x"), Ok(Some(_))));
        assert!(read("a/y").is_err());
        assert!(read("../x").is_err());
    }
}
