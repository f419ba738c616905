//! What the system forbids, what is no file, and a disk that is full.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use rustix::process::{Gid, Uid, geteuid};
use tempfile::TempDir;

use super::{Fixture, execute, plan_of, reason, states};
use crate::edit::{Changed, State};
use crate::model::{Change, Digest, Outcome, OutcomeState, Plan, Splice};

#[test]
fn a_pipe_in_place_of_the_file_is_not_waited_for() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    std::fs::remove_file(fixture.path("a")).unwrap();
    let mode = rustix::fs::Mode::RWXU;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, fixture.path("a"), kind, mode, 0).unwrap();
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).contains("not a regular file"));
}

#[test]
fn a_name_that_is_no_text_is_changed_and_taken_back_like_any() {
    let fixture = Fixture::new();
    let path = fixture.home.path().join(OsStr::from_bytes(b"n\xffme"));
    std::fs::write(&path, "old new").unwrap();
    let plan = plan_of([Change::EditFile {
        path: path.clone(),
        base: Digest::of(b"old new"),
        splices: vec![Splice {
            range: 0..4,
            replacement: Vec::new().into(),
        }],
        git_config: false,
        sealed: false,
    }]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    let undone = fixture.undo();
    assert!(undone.is_complete());
    let name = path.file_name().unwrap();
    assert_eq!(undone.items[0].changed, Changed::File(name.into()));
    assert_eq!(std::fs::read(&path).unwrap(), b"old new");
}

/// Carries a plan out as a user without special rights: the files are given to them.
///
/// On Linux each thread has a user of its own. `regroup` is a file that gets a group which is not theirs.
fn execute_unprivileged(fixture: &Fixture, plan: &Plan, regroup: Option<&Path>) -> Vec<Outcome> {
    let work = || execute(&fixture.open(), &fixture.home.path(), plan, 7);
    if !geteuid().is_root() {
        return work();
    }
    let (user, group) = (Uid::from_raw(12345), Gid::from_raw(12345));
    for path in walk(&fixture.home.path()) {
        lchown(path, Some(user.as_raw()), Some(group.as_raw())).unwrap();
    }
    if let Some(path) = regroup {
        lchown(path, None, Some(4321)).unwrap();
    }
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            rustix::thread::set_thread_res_gid(group, group, group).unwrap();
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            work()
        });
        thread.join().unwrap()
    })
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_folder_that_may_not_be_written_keeps_its_file_and_the_others_go_on() {
    let fixture = Fixture::new();
    fixture.home.write("shut/a", "old new");
    fixture.home.write("shut/b", "old new");
    fixture.home.write("c", "old new");
    let plan = plan_of([
        fixture.cut("shut/a", "old "),
        fixture.delete("shut/b"),
        fixture.cut("c", "old "),
    ]);
    let shut = fixture.path("shut");
    std::fs::set_permissions(&shut, Permissions::from_mode(0o555)).unwrap();
    let outcomes = execute_unprivileged(&fixture, &plan, None);
    std::fs::set_permissions(&shut, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        states(&outcomes),
        [
            OutcomeState::Failed,
            OutcomeState::Failed,
            OutcomeState::Done
        ]
    );
    assert!(reason(&outcomes[0]).contains("does not allow"));
    assert_eq!(fixture.text("shut/a").unwrap(), "old new");
    assert_eq!(fixture.names("shut"), ["a", "b"]);
    assert_eq!(fixture.text("c").unwrap(), "new");
    // Only the change that was made keeps a copy.
    let copies = super::names(&fixture.state.join("runs").join(plan.run.to_string()));
    assert_eq!(copies, ["3.attributes.json", "3.content", "journal.jsonl"]);
}

#[test]
fn a_group_that_cannot_be_kept_fails_the_edit() {
    if !geteuid().is_root() {
        return;
    }
    let fixture = Fixture::new();
    let path = fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    let outcomes = execute_unprivileged(&fixture, &plan, Some(&path));
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).contains("group"), "{outcomes:?}");
    assert_eq!(fixture.text("a").unwrap(), "old new");
    assert_eq!(fixture.names(""), [".local", "a"]);
}

/// A small file system of its own, where this machine allows one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let options = c"size=128k";
        let flags = rustix::mount::MountFlags::empty();
        rustix::mount::mount("tmpfs", folder.path(), "tmpfs", flags, options).ok()?;
        Some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let flags = rustix::mount::UnmountFlags::DETACH;
        let _ = rustix::mount::unmount(self.0.path(), flags);
    }
}

#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let home = disk.0.path().canonicalize().unwrap();
    let elsewhere = TempDir::new().unwrap();
    let text = format!("old {}", "x".repeat(90_000));
    std::fs::write(home.join("a"), &text).unwrap();
    let plan = plan_of([Change::EditFile {
        path: home.join("a"),
        base: Digest::of(text.as_bytes()),
        splices: vec![Splice {
            range: 0..4,
            replacement: Vec::new().into(),
        }],
        git_config: false,
        sealed: false,
    }]);
    for state in [elsewhere.path().join("rekey"), home.join("rekey")] {
        let state = State::open(&state).unwrap();
        let outcomes = execute(&state, &home, &plan, 7);
        assert_eq!(states(&outcomes), [OutcomeState::Failed]);
        assert!(reason(&outcomes[0]).contains("disk is full"));
        assert_eq!(std::fs::read(home.join("a")).unwrap(), text.as_bytes());
    }
    assert_eq!(super::names(&home), ["a", "rekey"]);
}
