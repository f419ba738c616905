//! Folders by handle.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, Folder) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
    std::fs::write(folder.path().join("a/file"), "x").unwrap();
    symlink("b", folder.path().join("a/link")).unwrap();
    symlink("/", folder.path().join("a/root")).unwrap();
    let handle = Folder::open(folder.path()).unwrap();
    (folder, handle)
}

#[test]
fn only_plain_names_lead_below_a_folder() {
    let (_keep, folder) = folder();
    assert!(folder.below(Path::new("a/b")).is_ok());
    assert!(folder.below(Path::new("")).is_ok());
    for path in [
        "a/link",
        "a/link/c",
        "a/root/etc",
        "a/../a",
        "..",
        "/",
        "/etc",
        "a/file",
        "a/file/x",
    ] {
        let fault = folder.below(Path::new(path)).unwrap_err();
        assert_eq!(fault, FileFault::Link, "{path}");
    }
    for path in ["c", "a/c/d"] {
        let fault = folder.below(Path::new(path)).unwrap_err();
        assert_eq!(fault, FileFault::Absent, "{path}");
    }
}

#[test]
fn kernels_without_openat2_are_as_strict() {
    let (_keep, folder) = folder();
    let names = |path: &'static str| plain_names(Path::new(path)).unwrap();
    assert!(folder.name_by_name(&names("a/b")).is_ok());
    for path in ["a/link", "a/link/c", "a/root/etc", "a/file", "a/file/x"] {
        let fault = folder.name_by_name(&names(path)).unwrap_err();
        assert_eq!(fault, FileFault::Link, "{path}");
    }
    let fault = folder.name_by_name(&names("a/c")).unwrap_err();
    assert_eq!(fault, FileFault::Absent);
}

#[test]
fn a_name_that_is_taken_is_never_overwritten_by_a_new_file() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    std::fs::write(keep.path().join("a/new"), "y").unwrap();
    let (new, file) = (OsStr::new("new"), OsStr::new("file"));
    assert_eq!(folder.put_new(new, file), Err(FileFault::Taken));
    assert_eq!(folder.create(file).unwrap_err(), FileFault::Taken);
    assert_eq!(
        folder.put_new(new, OsStr::new("link")),
        Err(FileFault::Taken)
    );
    folder.put_new(new, OsStr::new("other")).unwrap();
    assert_eq!(std::fs::read(keep.path().join("a/other")).unwrap(), b"y");
    assert_eq!(std::fs::read(keep.path().join("a/file")).unwrap(), b"x");
}

#[test]
fn a_file_with_too_many_bytes_is_not_read() {
    let (_keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    let opened = folder.file(OsStr::new("file")).unwrap();
    assert_eq!(opened.read(0), Err(FileFault::TooLarge));
    assert_eq!(opened.read(1).unwrap(), b"x");
    assert_eq!(opened.read(1).unwrap(), b"x", "from the start each time");
}

#[test]
fn only_names_that_rekey_made_are_leftovers() {
    assert!(is_temporary_name(&temporary_name()));
    for name in [
        ".rekey-.tmp",
        ".rekey-../x.tmp",
        ".npmrc",
        ".rekey-0.tmp",
        "rekey",
    ] {
        assert!(!is_temporary_name(OsStr::new(name)), "{name}");
    }
}
