//! What is swapped, planted, forbidden or full.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use rustix::process::{Gid, Uid, geteuid};
use tempfile::TempDir;

use super::{Fixture, all, execute, plan_of, reason, states, time};
use crate::edit::{Executor, Fault, State, recover};
use crate::model::{Change, OutcomeState, Plan};

/// A folder outside the home that holds the very file that is planned to change.
fn outside() -> TempDir {
    let outside = TempDir::new().unwrap();
    std::fs::write(outside.path().join("a"), "old new").unwrap();
    outside
}

fn fails(fixture: &Fixture, change: Change, why: &str) {
    let outcomes = fixture.execute(&plan_of([change]));
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).contains(why), "{outcomes:?}");
    assert!(fixture.runs().is_empty());
}

#[test]
fn a_folder_that_became_a_link_leads_nowhere() {
    for depth in ["folder", "folder/deep/deeper"] {
        let fixture = Fixture::new();
        let outside = outside();
        fixture.home.write(&format!("{depth}/a"), "old new");
        let changes = [
            fixture.cut(&format!("{depth}/a"), "old "),
            fixture.delete(&format!("{depth}/a")),
        ];
        std::fs::rename(fixture.path("folder"), fixture.path("moved")).unwrap();
        let below = outside.path().join("deep/deeper");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::copy(outside.path().join("a"), below.join("a")).unwrap();
        symlink(outside.path(), fixture.path("folder")).unwrap();
        for change in changes {
            fails(&fixture, change, "a link");
        }
        assert_eq!(std::fs::read(outside.path().join("a")).unwrap(), b"old new");
        assert_eq!(super::names(outside.path()), ["a", "deep"]);
        assert_eq!(super::names(&below), ["a"]);
    }
}

#[test]
fn a_file_that_became_a_link_leads_nowhere() {
    let fixture = Fixture::new();
    let outside = outside();
    fixture.home.write("a", "old new");
    let changes = [fixture.cut("a", "old "), fixture.delete("a")];
    std::fs::remove_file(fixture.path("a")).unwrap();
    symlink(outside.path().join("a"), fixture.path("a")).unwrap();
    for change in changes {
        fails(&fixture, change, "a link");
    }
    assert!(fixture.path("a").is_symlink());
    assert_eq!(std::fs::read(outside.path().join("a")).unwrap(), b"old new");
}

#[test]
fn a_pipe_or_a_folder_in_place_of_the_file_is_left_alone() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let change = fixture.cut("a", "old ");
    std::fs::remove_file(fixture.path("a")).unwrap();
    let mode = rustix::fs::Mode::RWXU;
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, fixture.path("a"), kind, mode, 0).unwrap();
    fails(&fixture, change.clone(), "not a regular file");
    std::fs::remove_file(fixture.path("a")).unwrap();
    std::fs::create_dir(fixture.path("a")).unwrap();
    fails(&fixture, change, "not a regular file");
}

#[test]
fn another_users_file_or_home_is_left_alone() {
    if !geteuid().is_root() {
        return;
    }
    let fixture = Fixture::new();
    let path = fixture.home.write("a", "old new");
    let change = fixture.cut("a", "old ");
    std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
    fails(&fixture, change.clone(), "another user");
    std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    let state = fixture.open();
    let home = fixture.home.path();
    std::os::unix::fs::chown(&home, Some(12345), None).unwrap();
    let plan = plan_of([change]);
    let executor = Executor {
        state: &state,
        home: &home,
        keep_days: 7,
        now: time(),
    };
    let fault = executor.execute(&plan, &all(&plan), &|_| ()).unwrap_err();
    assert!(matches!(fault, Fault::Home { .. }), "{fault:?}");
    assert_eq!(fixture.text("a").unwrap(), "old new");
}

#[test]
fn a_state_folder_that_is_a_link_is_refused() {
    let elsewhere = TempDir::new().unwrap();
    for name in ["", "runs"] {
        let fixture = Fixture::new();
        let link = fixture.state.join(name);
        let link = Path::new(link.to_str().unwrap().trim_end_matches('/'));
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(elsewhere.path(), link).unwrap();
        let fault = State::open(&fixture.state).unwrap_err();
        assert!(matches!(fault, Fault::State { .. }), "{fault:?}");
        assert!(crate::edit::list(&fixture.state, 7).is_err());
    }
    assert!(super::names(elsewhere.path()).is_empty());
}

#[test]
fn a_lock_or_a_run_that_is_a_link_is_refused() {
    let elsewhere = TempDir::new().unwrap();
    let fixture = Fixture::new();
    drop(fixture.open());
    let run = uuid::Uuid::now_v7().to_string();
    symlink(elsewhere.path(), fixture.state.join("runs").join(run)).unwrap();
    let state = fixture.open();
    assert!(recover(&state, &fixture.home.path()).is_err());
    drop(state);
    std::fs::remove_file(fixture.state.join("lock")).unwrap();
    symlink(elsewhere.path().join("made"), fixture.state.join("lock")).unwrap();
    assert!(State::open(&fixture.state).is_err());
    assert!(super::names(elsewhere.path()).is_empty());
}

#[test]
fn another_users_state_folder_is_refused() {
    if !geteuid().is_root() {
        return;
    }
    let fixture = Fixture::new();
    drop(fixture.open());
    std::os::unix::fs::chown(&fixture.state, Some(12345), None).unwrap();
    let fault = State::open(&fixture.state).unwrap_err();
    assert!(fault.to_string().contains("another user"), "{fault}");
}

/// Carries a plan out as a user without special rights, in a thread of its own.
#[cfg(target_os = "linux")]
fn execute_unprivileged(fixture: &Fixture, plan: &Plan) -> Vec<crate::model::Outcome> {
    let work = || execute(&fixture.open(), &fixture.home.path(), plan, 7);
    if !geteuid().is_root() {
        return work();
    }
    let (user, group) = (Uid::from_raw(12345), Gid::from_raw(12345));
    for path in walk(&fixture.home.path()) {
        std::os::unix::fs::lchown(path, Some(12345), Some(12345)).unwrap();
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

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
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

#[cfg(target_os = "linux")]
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
    let outcomes = execute_unprivileged(&fixture, &plan);
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

#[cfg(target_os = "linux")]
#[test]
fn a_group_that_cannot_be_kept_fails_the_edit() {
    if !geteuid().is_root() {
        return;
    }
    let fixture = Fixture::new();
    let path = fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    let outcomes = {
        let (user, group) = (Uid::from_raw(12345), Gid::from_raw(12345));
        for path in walk(&fixture.home.path()) {
            std::os::unix::fs::lchown(path, Some(12345), Some(12345)).unwrap();
        }
        std::os::unix::fs::chown(&path, None, Some(4321)).unwrap();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                rustix::thread::set_thread_res_gid(group, group, group).unwrap();
                rustix::thread::set_thread_res_uid(user, user, user).unwrap();
                execute(&fixture.open(), &fixture.home.path(), &plan, 7)
            });
            thread.join().unwrap()
        })
    };
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).contains("group"), "{outcomes:?}");
    assert_eq!(fixture.text("a").unwrap(), "old new");
    assert_eq!(fixture.names(""), [".local", "a"]);
}

/// A small file system of its own, where this machine allows one.
#[cfg(target_os = "linux")]
struct SmallDisk(TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let options = c"size=128k";
        let flags = rustix::mount::MountFlags::empty();
        rustix::mount::mount("tmpfs", folder.path(), "tmpfs", flags, options).ok()?;
        Some(Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let flags = rustix::mount::UnmountFlags::DETACH;
        let _ = rustix::mount::unmount(self.0.path(), flags);
    }
}

#[cfg(target_os = "linux")]
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
        base: crate::model::Digest::of(text.as_bytes()),
        splices: vec![crate::model::Splice {
            range: 0..4,
            replacement: Vec::new(),
        }],
        git_config: false,
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
