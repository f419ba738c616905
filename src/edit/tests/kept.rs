//! What a replaced file keeps beside its bytes.

use std::fs::{File, FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Fixture, plan_of, reason, states};
use crate::model::OutcomeState;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Seconds and nanoseconds that no file has by chance.
fn set_times(path: &Path) {
    let modified = SystemTime::UNIX_EPOCH + Duration::new(1_500_000_000, 123_456_700);
    let accessed = modified + Duration::from_secs(61);
    let times = FileTimes::new()
        .set_modified(modified)
        .set_accessed(accessed);
    File::open(path).unwrap().set_times(times).unwrap();
}

type Kept = (u32, i64, i64, i64, u32);

fn kept(path: &Path) -> Kept {
    let metadata = std::fs::metadata(path).unwrap();
    (
        metadata.mode(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.atime(),
        metadata.gid(),
    )
}

#[test]
fn mode_group_and_times_stay_through_edit_and_undo() {
    let fixture = Fixture::new();
    let edited = fixture.home.write("edited", "old new");
    let deleted = fixture.home.write("deleted", "old");
    for path in [&edited, &deleted] {
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(path, None, Some(4321)).unwrap();
        }
        set_mode(path, 0o2640);
    }
    let plan = plan_of([fixture.cut("edited", "old "), fixture.delete("deleted")]);
    set_times(&edited);
    set_times(&deleted);
    let before = kept(&edited);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done; 2]);
    assert_eq!(kept(&edited), before);
    assert!(fixture.undo().is_complete());
    assert_eq!(kept(&edited), before);
    assert_eq!(kept(&deleted), before);
}

#[test]
fn a_read_only_file_in_a_writable_folder_is_replaced_and_stays_read_only() {
    let fixture = Fixture::new();
    let path = fixture.home.write("a", "old new");
    set_mode(&path, 0o444);
    let plan = plan_of([fixture.cut("a", "old ")]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.text("a").unwrap(), "new");
    assert_eq!(kept(&path).0 & 0o777, 0o444);
    assert!(fixture.undo().is_complete());
    assert_eq!(kept(&path).0 & 0o777, 0o444);
}

#[test]
fn extended_attributes_stay_through_edit_and_undo() {
    let fixture = Fixture::new();
    for name in ["a", "b"] {
        let path = fixture.home.write(name, "old new");
        match xattr::set(&path, "user.note", b"\x00mine\xff") {
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => return,
            set => set.unwrap(),
        }
    }
    let note = |name: &str| xattr::get(fixture.path(name), "user.note").unwrap();
    fixture.execute(&plan_of([fixture.cut("a", "old "), fixture.delete("b")]));
    assert_eq!(fixture.text("a").unwrap(), "new");
    assert_eq!(note("a").unwrap(), b"\x00mine\xff");
    assert!(fixture.undo().is_complete());
    assert_eq!(note("a").unwrap(), b"\x00mine\xff");
    assert_eq!(note("b").unwrap(), b"\x00mine\xff");
}

#[cfg(target_os = "linux")]
const ACCESS: &str = "system.posix_acl_access";

/// An access control list of acl(5) as the kernel keeps it: this user may read, beside owner and group.
#[cfg(target_os = "linux")]
fn access_list(user: u32) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, NOBODY),
        (0x02, 4, user),
        (0x04, 4, NOBODY),
        (0x10, 4, NOBODY),
        (0x20, 0, NOBODY),
    ];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// False where the file system has no such lists.
#[cfg(target_os = "linux")]
fn set_access_list(path: &Path, name: &str) -> bool {
    match xattr::set(path, name, &access_list(12345)) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => false,
        set => {
            set.unwrap();
            true
        }
    }
}

// Not on Windows: access lists of Linux.
#[cfg(target_os = "linux")]
#[test]
fn an_access_control_list_stays_through_edit_and_undo() {
    let fixture = Fixture::new();
    let path = fixture.home.write("a", "old new");
    if !set_access_list(&path, ACCESS) {
        return;
    }
    let before = kept(&path).0;
    let list = xattr::get(&path, ACCESS).unwrap().unwrap();
    fixture.execute(&plan_of([fixture.cut("a", "old ")]));
    assert_eq!(fixture.text("a").unwrap(), "new");
    assert_eq!(xattr::get(&path, ACCESS).unwrap().unwrap(), list);
    assert_eq!(kept(&path).0, before);
    assert!(fixture.undo().is_complete());
    assert_eq!(xattr::get(&path, ACCESS).unwrap().unwrap(), list);
}

// Not on Windows: access lists of Linux.
#[cfg(target_os = "linux")]
#[test]
fn the_default_access_list_of_a_folder_does_not_widen_a_replaced_file() {
    let fixture = Fixture::new();
    let path = fixture.home.write("folder/a", "old new");
    set_mode(&path, 0o600);
    if !set_access_list(&fixture.path("folder"), "system.posix_acl_default") {
        return;
    }
    fixture.execute(&plan_of([fixture.cut("folder/a", "old ")]));
    assert_eq!(fixture.text("folder/a").unwrap(), "new");
    assert_eq!(xattr::get(&path, ACCESS).unwrap(), None);
    assert_eq!(kept(&path).0 & 0o777, 0o600);
}

#[test]
fn a_hard_linked_file_is_not_claimed_removed() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    std::fs::hard_link(fixture.path("a"), fixture.path("b")).unwrap();
    let outcomes = fixture.execute(&plan_of([fixture.cut("a", "old ")]));
    assert_eq!(states(&outcomes), [OutcomeState::Pending]);
    assert!(reason(&outcomes[0]).contains("another name"));
    assert_eq!(fixture.text("a").unwrap(), "new");
    assert_eq!(fixture.text("b").unwrap(), "old new");
    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.text("a").unwrap(), "old new");
}

#[test]
fn a_link_inside_the_home_stays_a_link() {
    let fixture = Fixture::new();
    fixture.home.write("dotfiles/npmrc", "old new");
    std::os::unix::fs::symlink("dotfiles/npmrc", fixture.path(".npmrc")).unwrap();
    fixture.execute(&plan_of([fixture.cut("dotfiles/npmrc", "old ")]));
    let link = std::fs::read_link(fixture.path(".npmrc")).unwrap();
    assert_eq!(link, Path::new("dotfiles/npmrc"));
    assert_eq!(fixture.text(".npmrc").unwrap(), "new");
}
