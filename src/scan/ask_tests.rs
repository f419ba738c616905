//! Stores that hang, stores that come too late, and files that are not to be opened.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::platform::{Hermetic, System};
use crate::stores::About;
use crate::stores::deep;
use crate::testing::{TestHome, pat52, scope};
use crate::walk::{Budget, Guarded, Mounts};

/// A store that reads one file, and then may never come back.
struct Reader {
    name: &'static str,
    file: &'static str,
    hangs: bool,
}

impl Store for Reader {
    fn about(&self) -> About {
        About {
            name: self.name,
            title: "",
            clears: "",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for file in [self.file, "second"] {
            finder.open(&finder.home().join(file));
        }
        if self.hangs {
            loop {
                std::thread::park();
            }
        }
    }
}

static FIRST: Reader = Reader {
    name: "first",
    file: "one",
    hangs: false,
};
static HANGING: Reader = Reader {
    name: "hanging",
    file: "two",
    hangs: true,
};

fn desk(home: &TestHome, budget: Budget, mounts: &str) -> Arc<Desk> {
    let home = home.path();
    let bounds = Bounds {
        budget,
        home: home.clone(),
        mounts: Mounts::parse(mounts.as_bytes()),
        guarded: Guarded::of_macos(&home, &[]),
    };
    Arc::new(Desk {
        platform: Arc::new(Hermetic::new(System::THIS, &home)),
        scope: scope(&["contoso"]),
        projects: Projects::default(),
        home,
        git_configs: OnceLock::new(),
        pyprojects: OnceLock::new(),
        walk: crate::walk::Walk::default(),
        depth: crate::model::Depth::Places,
        progress: Arc::new(|_| ()),
        bounds: Arc::new(bounds),
    })
}

/// Store, file and state of each place.
fn told(home: &TestHome, found: &[Found]) -> Vec<(String, String, PlaceState)> {
    let places = found.iter().flat_map(|found| &found.places);
    places
        .map(|place| {
            let path = home.short(&place.path);
            let path = path.trim_start_matches('~').to_owned();
            (place.store.clone(), path, place.state)
        })
        .collect()
}

fn place(store: &str, path: &str, state: PlaceState) -> (String, String, PlaceState) {
    (store.to_owned(), path.to_owned(), state)
}

#[test]
fn a_store_that_hangs_is_named_with_the_file_and_the_others_answer() {
    let home = TestHome::new();
    for file in ["one", "two", "second"] {
        home.write(file, "");
    }
    let looked = AtomicU64::new(0);
    let clock = move || Duration::from_secs(looked.fetch_add(1, Ordering::Relaxed) / 2);
    let desk = desk(&home, Budget::new(Budget::USUAL, clock), "");
    // More that hang than there are threads.
    let asked: Vec<&'static dyn Store> = [&HANGING as &dyn Store; 9]
        .into_iter()
        .chain([&FIRST as &dyn Store])
        .collect();
    let found = ask_all(&asked, &desk);
    let told = told(&home, &found);
    let first = told.iter().position(|(store, ..)| store == "first");
    let (hanging, answered) = told.split_at(first.unwrap());
    assert_eq!(
        answered,
        [
            place("first", "/one", PlaceState::Read),
            place("first", "/second", PlaceState::Read)
        ]
    );
    assert!(
        hanging.contains(&place("hanging", "/second", PlaceState::Unreadable)),
        "{hanging:?}"
    );
    let reason = found[0].places[0].reason.as_deref().unwrap();
    assert!(reason.contains("does not answer"), "{reason}");
}

#[test]
fn what_comes_too_late_is_said_not_to_be_looked_at() {
    let home = TestHome::new();
    home.write("one", "");
    // Used up before anything begins.
    let late = Budget::new(Budget::USUAL, || Budget::USUAL);
    let found = ask_all(&[&FIRST], &desk(&home, late, ""));
    assert_eq!(
        told(&home, &found),
        [place("first", "", PlaceState::Unreadable)]
    );
    // Used up after the store began.
    let looked = AtomicU64::new(0);
    let clock = move || match looked.fetch_add(1, Ordering::Relaxed) {
        0..2 => Duration::ZERO,
        _ => Budget::USUAL,
    };
    let desk = desk(&home, Budget::new(Budget::USUAL, clock), "");
    let limits = Limits::of(&desk.bounds);
    let mut finder = Finder::new(desk.look(), "first", &[]).within(limits);
    FIRST.find(&mut finder);
    FIRST.find(&mut finder);
    assert!(finder.open_once(&home.path().join("one")).is_none());
    let places = finder.finish();
    let states: Vec<_> = told(&home, std::slice::from_ref(&places));
    assert_eq!(
        states,
        [
            // Read the first time; the later word holds.
            place("first", "/one", PlaceState::Skipped),
            place("first", "/second", PlaceState::Skipped),
        ]
    );
}

#[test]
fn the_first_file_that_comes_too_late_makes_the_answer_a_part() {
    let home = TestHome::new();
    let looked = AtomicU64::new(0);
    let clock = move || match looked.fetch_add(1, Ordering::Relaxed) {
        0 => Duration::ZERO,
        _ => Budget::USUAL,
    };
    home.write("one", "");
    let desk = desk(&home, Budget::new(Budget::USUAL, clock), "");
    let mut finder = Finder::new(desk.look(), "x", &[]).within(Limits::of(&desk.bounds));
    for file in ["one", "two", "three"] {
        finder.open(&home.path().join(file));
    }
    assert!(finder.peek(&home.path().join("one")).is_none());
    assert_eq!(
        told(&home, &[finder.finish()]),
        [
            place("x", "/one", PlaceState::Read),
            place("x", "/two", PlaceState::Unreadable),
            place("x", "/three", PlaceState::Skipped)
        ]
    );
}

#[test]
fn a_file_that_only_explains_others_is_missed_aloud_too() {
    let home = TestHome::new();
    home.write("one", "");
    let late = Budget::new(Budget::USUAL, || Budget::USUAL);
    let desk = desk(&home, late, "");
    let finder = Finder::new(desk.look(), "x", &[]).within(Limits::of(&desk.bounds));
    assert!(finder.peek(&home.path().join("one")).is_none());
    assert!(!finder.is_absent(&home.path().join("two")));
    assert_eq!(
        told(&home, &[finder.finish()]),
        [place("x", "/one", PlaceState::Unreadable)]
    );
}

#[test]
fn an_answer_that_came_with_the_last_look_at_the_clock_counts() {
    let home = TestHome::new();
    home.write("one", "");
    let waits = std::thread::current().id();
    // The store has time enough; who waits for it looks at the clock only when it is too late.
    let clock = move || {
        if std::thread::current().id() != waits {
            return Duration::ZERO;
        }
        std::thread::sleep(Duration::from_millis(500));
        Budget::USUAL + Budget::GRACE
    };
    let desk = desk(&home, Budget::new(Budget::USUAL, clock), "");
    let found = ask_all(&[&FIRST], &desk);
    assert_eq!(
        told(&home, &found),
        [
            place("first", "/one", PlaceState::Read),
            place("first", "/second", PlaceState::Absent)
        ]
    );
}

#[test]
fn old_addresses_are_looked_for_within_the_limits() {
    let home = TestHome::new();
    home.write("shop/.gitmodules", "");
    let late = Budget::new(Budget::USUAL, || Budget::USUAL);
    let late = desk(&home, late, "");
    let mut desk = Arc::into_inner(late).unwrap();
    let path = home.path().join("shop/.gitmodules");
    let projects = &mut desk.projects;
    projects.files.insert(".gitmodules", vec![path]);
    let remotes = Arc::new(desk).remotes(true);
    let places = remotes.places.iter();
    let states: Vec<_> = places.map(|place| place.state).collect();
    assert_eq!(states, [PlaceState::Unreadable]);
}

#[test]
fn every_file_is_read_as_far_as_the_time_goes() {
    let home = TestHome::new();
    for folder in 0..50 {
        home.write(&format!("{folder:02}/a"), pat52(1));
    }
    let looked = AtomicU64::new(0);
    let clock = move || match looked.fetch_add(1, Ordering::Relaxed) {
        0..40 => Duration::ZERO,
        _ => Budget::USUAL,
    };
    let desk = desk(&home, Budget::new(Budget::USUAL, clock), "");
    let mut desk = Arc::into_inner(desk).unwrap();
    desk.walk.roots = vec![home.path()];
    let mut finder = Finder::new(desk.look(), "deep", &[]).within(Limits::of(&desk.bounds));
    deep::Deep.find(&mut finder);
    let found = finder.finish();
    assert!((1..50).contains(&found.credentials.len()));
    let root = crate::token::shown_path(&home.path());
    let told = found
        .places
        .iter()
        .find(|place| place.path == root)
        .unwrap();
    assert_eq!(told.state, PlaceState::Unreadable);
    let reason = told.reason.as_deref().unwrap();
    assert!(reason.contains("time for looking was used up"), "{reason}");
}

#[test]
fn files_on_a_network_are_left_alone_and_a_home_on_one_is_not() {
    let home = TestHome::new();
    home.write("one", "");
    home.write("share/two", "");
    let table = format!(
        "1 1 0:2 / {0} rw - nfs4 x rw\n2 1 0:3 / {1} rw - nfs4 y rw\n",
        home.path().display(),
        home.path().join("share").display()
    );
    let desk = desk(&home, Budget::unlimited(), &table);
    let mut finder = Finder::new(desk.look(), "x", &[]).within(Limits::of(&desk.bounds));
    assert!(finder.open(&home.path().join("one")).is_some());
    assert!(finder.open(&home.path().join("share/two")).is_none());
    assert!(finder.open_once(&home.path().join("share/two")).is_none());
    assert!(finder.peek(&home.path().join("share/two")).is_none());
    assert!(!finder.is_absent(&home.path().join("share/three")));
    assert!(finder.is_absent(&home.path().join("three")));
    let found = finder.finish();
    assert_eq!(found.places[1].state, PlaceState::Skipped);
    assert_eq!(
        found.places[1].reason.as_deref(),
        Some("network-mount: nfs4")
    );
}

#[test]
fn a_folder_and_the_beginning_of_a_file_are_asked_for_like_whole_files() {
    let home = TestHome::new();
    home.write("share/two", "two");
    home.write("here/one", "one");
    let share = home.path().join("share");
    let table = format!("2 1 0:3 / {} rw - nfs4 y rw\n", share.display());
    let desk = desk(&home, Budget::unlimited(), &table);
    let mut finder = Finder::new(desk.look(), "x", &[]).within(Limits::of(&desk.bounds));
    assert!(finder.list(&home.path().join("share")).is_empty());
    assert!(finder.list(&home.path().join("none")).is_empty());
    assert_eq!(finder.list(&home.path().join("here")).len(), 1);
    let beginning = finder.beginning(&home.path().join("here/one"), 2);
    assert_eq!(beginning.as_deref(), Some(b"on".as_slice()));
    assert!(
        finder
            .beginning(&home.path().join("share/two"), 2)
            .is_none()
    );
    assert!(finder.beginning(&home.path().join("none"), 2).is_none());
    assert!(finder.beginning(&home.path().join("here"), 2).is_none());
    assert_eq!(
        told(&home, &[finder.finish()]),
        [
            place("x", "/share", PlaceState::Skipped),
            place("x", "/share/two", PlaceState::Skipped),
            place("x", "/here", PlaceState::Unreadable),
        ]
    );
}

#[test]
fn a_file_that_macos_guards_is_not_opened_whoever_names_it() {
    let home = TestHome::new();
    home.write("Documents/two", "two");
    home.write("one", "one");
    let desk = desk(&home, Budget::unlimited(), "");
    let mut finder = Finder::new(desk.look(), "x", &[]).within(Limits::of(&desk.bounds));
    assert!(finder.open(&home.path().join("one")).is_some());
    assert!(finder.open(&home.path().join("Documents/two")).is_none());
    assert!(finder.peek(&home.path().join("Documents/two")).is_none());
    assert_eq!(
        told(&home, &[finder.finish()]),
        [
            place("x", "/one", PlaceState::Read),
            place("x", "/Documents/two", PlaceState::Skipped),
        ]
    );
}

// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn a_folder_that_leads_out_of_the_home_is_not_listed() {
    let (home, outside) = (TestHome::new(), TestHome::new());
    outside.write("key.pub", "");
    home.write("own/key.pub", "");
    for (name, target) in [("out", outside.path()), ("in", home.path().join("own"))] {
        std::os::unix::fs::symlink(target, home.path().join(name)).unwrap();
    }
    let desk = desk(&home, Budget::unlimited(), "");
    let mut finder = Finder::new(desk.look(), "x", &[]);
    assert!(finder.list(&home.path().join("out")).is_empty());
    assert_eq!(finder.list(&home.path().join("in")).len(), 1);
    let places = finder.finish();
    assert_eq!(
        told(&home, &[places]),
        [place("x", "/out", PlaceState::Skipped)]
    );
}

// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn a_home_that_is_written_through_a_link_is_left_by_no_file() {
    let (home, outside) = (TestHome::new(), TestHome::new());
    home.write("own", "own");
    for (target, link) in [
        (outside.write("other", "other"), home.path().join("out")),
        (outside.path(), home.path().join("folder")),
        (home.path(), outside.path().join("home")),
    ] {
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    let desk = desk(&home, Budget::unlimited(), "");
    let mut finder = Finder::new(desk.look(), "x", &[]);
    let written = outside.path().join("home");
    assert!(finder.open(&written.join("own")).is_some());
    assert!(finder.open(&written.join("out")).is_none());
    assert!(finder.open(&written.join("folder/other")).is_none());
    assert!(finder.list(&written.join("folder")).is_empty());
    // What was never said to be in the home is another matter.
    assert!(finder.open(&outside.path().join("other")).is_some());
    let states: Vec<_> = finder
        .finish()
        .places
        .iter()
        .map(|place| place.state)
        .collect();
    let skipped = [PlaceState::Skipped; 3];
    let [own, others @ .., other] = states.as_slice() else {
        panic!("{states:?}")
    };
    assert_eq!((own, other), (&PlaceState::Read, &PlaceState::Read));
    assert_eq!(others, skipped);
}

#[test]
fn a_store_that_panics_is_not_passed_over() {
    struct Panicking;

    impl Store for Panicking {
        fn about(&self) -> About {
            FIRST.about()
        }

        fn find(&self, _finder: &mut Finder<'_>) {
            resume_unwind(Box::new("stop"))
        }
    }

    let home = TestHome::new();
    let desk = desk(&home, Budget::unlimited(), "");
    let caught = catch_unwind(AssertUnwindSafe(|| ask_all(&[&Panicking], &desk)));
    assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "stop");
}
