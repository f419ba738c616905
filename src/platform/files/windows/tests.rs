//! Folders by handle, as a Windows program sees them.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::time::Duration;

use tempfile::TempDir;
use windows_sys::Win32::Storage::FileSystem::{FILE_ATTRIBUTE_HIDDEN, FILE_SHARE_DELETE};

use super::*;

fn folder() -> (TempDir, Folder) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
    std::fs::write(folder.path().join("a/file"), "x").unwrap();
    let handle = Folder::open(folder.path()).unwrap();
    (folder, handle)
}

/// Opens a file as a program does that lets nobody else at it.
fn hold(path: &Path) -> File {
    OpenOptions::new()
        .read(true)
        .share_mode(0)
        .open(path)
        .unwrap()
}

#[test]
fn only_plain_names_lead_below_a_folder() {
    let (_keep, folder) = folder();
    assert!(folder.below(Path::new(r"a\b")).is_ok());
    assert!(folder.below(Path::new("")).is_ok());
    for path in [r"a\..\a", "..", r"C:\", "C:a", "/", r"a\file", r"a\file\x"] {
        let fault = folder.below(Path::new(path)).unwrap_err();
        assert!(
            matches!(fault, FileFault::Link | FileFault::Absent),
            "{path}: {fault}"
        );
    }
    let fault = folder.below(Path::new(r"a\c")).unwrap_err();
    assert_eq!(fault, FileFault::Absent);
}

#[test]
fn a_stream_is_no_name() {
    let (_keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    let stream = OsStr::new("file:x");
    assert_eq!(folder.file(stream).unwrap_err(), FileFault::NotRegular);
    assert_eq!(folder.create(stream).unwrap_err(), FileFault::NotRegular);
    assert_eq!(folder.unlink(stream).unwrap_err(), FileFault::NotRegular);
}

#[test]
fn no_folder_on_the_way_can_be_moved_while_it_is_open() {
    let (keep, folder) = folder();
    let inner = folder.below(Path::new(r"a\b")).unwrap();
    let moved = keep.path().join("moved");
    assert!(std::fs::rename(keep.path().join("a"), &moved).is_err());
    assert!(std::fs::rename(keep.path().join(r"a\b"), &moved).is_err());
    drop(inner);
    std::fs::rename(keep.path().join("a"), &moved).unwrap();
}

#[test]
fn a_name_that_is_taken_is_never_overwritten_by_a_new_file() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    std::fs::write(keep.path().join("a/new"), "y").unwrap();
    let (new, file) = (OsStr::new("new"), OsStr::new("FILE"));
    assert_eq!(folder.put_new(new, file), Err(FileFault::Taken));
    assert_eq!(folder.create(file).unwrap_err(), FileFault::Taken);
    folder.put_new(new, OsStr::new("other")).unwrap();
    assert_eq!(std::fs::read(keep.path().join("a/other")).unwrap(), b"y");
    assert_eq!(std::fs::read(keep.path().join("a/file")).unwrap(), b"x");
}

#[test]
fn a_file_that_a_program_holds_is_left_and_the_reason_says_what_to_do() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    std::fs::write(keep.path().join("a/new"), "y").unwrap();
    let file = OsStr::new("file");
    let held = hold(&keep.path().join("a/file"));
    for fault in [
        folder.file(file).unwrap_err(),
        folder.unlink(file).unwrap_err(),
        folder.replace(OsStr::new("new"), file).unwrap_err(),
    ] {
        assert!(
            fault.to_string().ends_with("then run rekey again"),
            "{fault}"
        );
    }
    drop(held);
    assert_eq!(folder.file(file).unwrap().read(9).unwrap(), b"x");
}

#[test]
fn a_file_that_is_held_for_a_moment_is_waited_for() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    let held = hold(&keep.path().join("a/file"));
    let soon = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        drop(held);
    });
    folder.unlink(OsStr::new("file")).unwrap();
    soon.join().unwrap();
    assert!(!keep.path().join("a/file").exists());
}

#[test]
fn a_read_only_and_hidden_file_is_replaced_and_removed_and_stays_so() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    let (path, name, new) = (
        keep.path().join("a/file"),
        OsStr::new("file"),
        OsStr::new("new"),
    );
    let flags = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN;
    attributes::set_flags(&handles::look(&path, FILE_WRITE_ATTRIBUTES).unwrap(), flags).unwrap();
    let kept = Attributes::of(&folder.file(name).unwrap()).unwrap();
    let written = folder.create(new).unwrap();
    kept.apply(&written, None).unwrap();
    drop(written);
    folder.replace(new, name).unwrap();
    let now = Attributes::of(&folder.file(name).unwrap()).unwrap();
    assert_eq!(now, kept);
    assert_eq!(
        std::fs::metadata(&path).unwrap().file_attributes() & flags,
        flags
    );
    folder.unlink(name).unwrap();
    assert!(!path.exists());
}

#[test]
fn every_name_of_a_file_counts() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    assert_eq!(folder.file(OsStr::new("file")).unwrap().links, 1);
    std::fs::hard_link(keep.path().join("a/file"), keep.path().join("second")).unwrap();
    let opened = folder.file(OsStr::new("file")).unwrap();
    assert_eq!(opened.links, 2);
    assert_eq!(
        crate::platform::read::link_count(&opened.file, &opened.metadata),
        2
    );
}

#[test]
fn what_is_made_here_is_this_users_and_is_closed_to_others() {
    let (keep, folder) = folder();
    assert!(folder.is_mine().unwrap());
    assert!(
        folder
            .below(Path::new("a"))
            .unwrap()
            .file(OsStr::new("file"))
            .unwrap()
            .mine
    );
    folder.make_private().unwrap();
    let list = access::list_of(&handles::look(keep.path(), 0).unwrap());
    let list = list.unwrap().unwrap();
    let me = profiles::my_sid().unwrap();
    assert!(list.contains(&format!("FA;;;{me})")), "{list}");
    // Wine shows what the modes below it still allow others; none of it is all.
    let all = list.split('(').filter(|entry| entry.contains(";FA;"));
    assert_eq!(all.count(), 2, "{list}");
}

#[test]
fn a_record_of_an_older_version_is_read() {
    let old = r#"{"flags":32,"modified":1,"accessed":2}"#;
    let attributes: Attributes = serde_json::from_str(old).unwrap();
    let (_keep, folder) = folder();
    let file = folder.create(OsStr::new("new")).unwrap();
    attributes.apply(&file, None).unwrap();
}

#[test]
fn a_path_may_be_as_long_as_it_likes() {
    let (keep, folder) = folder();
    let long = "x".repeat(100);
    let deep: PathBuf = [long.as_str(); 4].iter().collect();
    std::fs::create_dir_all(folder.path.join(&deep)).unwrap();
    let deep = folder.below(&deep).unwrap();
    let (one, two) = (OsStr::new("one"), OsStr::new("two"));
    drop(deep.create(one).unwrap());
    deep.put_new(one, two).unwrap();
    drop(deep.create(one).unwrap());
    deep.replace(one, two).unwrap();
    assert_eq!(deep.names().unwrap(), ["two"]);
    deep.unlink(two).unwrap();
    drop(keep);
}

#[test]
fn a_handle_that_lets_go_of_the_name_does_not_stand_in_the_way() {
    let (keep, folder) = folder();
    let folder = folder.below(Path::new("a")).unwrap();
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    let mut options = OpenOptions::new();
    let open = options
        .read(true)
        .share_mode(share)
        .open(keep.path().join("a/file"));
    folder.unlink(OsStr::new("file")).unwrap();
    drop(open);
}

#[test]
fn a_folder_whose_last_file_is_still_closing_goes_a_moment_later() {
    let (keep, folder) = folder();
    let inner = folder.below(Path::new("a")).unwrap();
    std::fs::remove_dir(keep.path().join(r"a\b")).unwrap();
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    let mut options = OpenOptions::new();
    let scanner = options.read(true).share_mode(share);
    let scanner = scanner.open(keep.path().join("a/file")).unwrap();
    inner.unlink(OsStr::new("file")).unwrap();
    drop(inner);
    let soon = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        drop(scanner);
    });
    folder.remove_empty(OsStr::new("a")).unwrap();
    soon.join().unwrap();
    assert!(!keep.path().join("a").exists());
}
