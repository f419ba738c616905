//! What is swapped or planted, and whose it is.

use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::geteuid;
use tempfile::TempDir;

use super::{Fixture, all, plan_of, reason, states, time};
use crate::edit::{Executor, Fault, State, recover};
use crate::model::{Change, OutcomeState};

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
fn a_folder_or_a_socket_in_place_of_the_file_is_left_alone() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let change = fixture.cut("a", "old ");
    std::fs::remove_file(fixture.path("a")).unwrap();
    std::fs::create_dir(fixture.path("a")).unwrap();
    fails(&fixture, change.clone(), "not a regular file");
    std::fs::remove_dir(fixture.path("a")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(fixture.path("a")).unwrap();
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
