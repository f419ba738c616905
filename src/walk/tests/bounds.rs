//! The walk ends when its time does, and stays off networks.

use std::path::Path;
use std::sync::Arc;

use super::super::{Bounds, Budget, Guarded, Mounts, Projects, Walk};
use crate::testing::TestHome;

fn walk_within(home: &TestHome, budget: Budget, mounts: &str) -> Projects {
    let bounds = Bounds {
        budget,
        home: home.path(),
        mounts: Mounts::parse(mounts.as_bytes()),
        guarded: Guarded::default(),
    };
    let walk = Walk {
        roots: vec![home.path()],
        names: &[".npmrc"],
        ..Walk::default()
    };
    walk.run_within(&bounds, Arc::new(|_: &Path| ()))
}

#[test]
fn what_the_time_did_not_reach_is_told_folder_by_folder_and_of_the_root() {
    let home = TestHome::new();
    for folder in ["a", "b", "c/d"] {
        home.write(&format!("{folder}/.npmrc"), "");
    }
    let late = Budget::new(Budget::USUAL, || Budget::USUAL);
    let projects = walk_within(&home, late, "");
    assert!(projects.files.is_empty());
    let [(root, reason)] = &projects.unreadable[..] else {
        panic!("{projects:?}")
    };
    assert_eq!(*root, home.path());
    assert!(
        reason.contains("1 of the folders below were not entered"),
        "{reason}"
    );
    let skipped: Vec<_> = projects.skipped.iter().map(|(folder, _)| folder).collect();
    assert_eq!(skipped, [&home.path()]);
}

#[test]
fn a_walk_that_runs_out_of_time_keeps_what_it_found() {
    let home = TestHome::new();
    home.write(".npmrc", "");
    for folder in 0..300 {
        home.write(&format!("{folder}/.npmrc"), "");
    }
    let looked = std::sync::atomic::AtomicU64::new(0);
    // In time for a look at the clock here, and for a few folders.
    let clock = move || {
        let looked = looked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::time::Duration::from_secs(if looked < 9 { 0 } else { 60 })
    };
    let projects = walk_within(&home, Budget::new(Budget::USUAL, clock), "");
    let found = projects.files[".npmrc"].len();
    assert!(found > 0 && found < 20, "{found}");
    assert_eq!(projects.unreadable.len(), 1);
    assert_eq!(projects.skipped.len(), 100, "not all are listed");
    let left = format!("{} of the folders", 301 - found);
    assert!(
        projects.unreadable[0].1.contains(&left),
        "{left} {:?}",
        projects.unreadable
    );
}

#[test]
fn networks_below_the_home_are_not_entered_but_a_home_on_one_is() {
    let home = TestHome::new();
    home.write("own/.npmrc", "");
    home.write("share/.npmrc", "");
    let root = home.path();
    let table = format!(
        "1 1 0:1 / / rw - ext4 x rw\n2 1 0:2 / {0} rw - nfs4 x rw\n3 2 0:3 / {1} rw - cifs x rw\n",
        root.display(),
        root.join("share").display()
    );
    let projects = walk_within(&home, Budget::unlimited(), &table);
    assert_eq!(projects.files[".npmrc"], [root.join("own/.npmrc")]);
    assert_eq!(
        projects.skipped,
        [(root.join("share"), "network-mount: cifs".to_owned())]
    );
}

#[test]
fn what_macos_guards_is_told_and_entered_by_invitation_alone() {
    let home = TestHome::new();
    let paths = [
        "src/.npmrc",
        "Documents/.npmrc",
        "Documents/src/shop/.npmrc",
        "src/Documents/.npmrc",
        "Library/Mobile Documents/a/.npmrc",
    ];
    for path in paths {
        home.write(path, "");
    }
    let walk_from = |roots: &[&str]| {
        let roots: Vec<_> = roots.iter().map(|root| home.path().join(root)).collect();
        let bounds = Bounds::of_this_machine(home.path(), Budget::unlimited())
            .guarding(Guarded::of_macos(&home.path(), &roots));
        let walk = Walk {
            roots,
            names: &[".npmrc"],
            ..Walk::default()
        };
        let projects = walk.run_within(&bounds, Arc::new(|_: &Path| ()));
        let short = |path: &Path| home.short(&crate::token::shown_path(path));
        let files = projects.files.values().flatten();
        let files: Vec<_> = files.map(|file| short(file)).collect();
        let skipped = projects.skipped.iter();
        let skipped: Vec<_> = skipped.map(|(folder, _)| short(folder)).collect();
        (files, skipped)
    };
    let (files, skipped) = walk_from(&[""]);
    assert_eq!(files, ["~/src/.npmrc", "~/src/Documents/.npmrc"]);
    assert_eq!(skipped, ["~/Documents", "~/Library/Mobile Documents"]);
    let (files, skipped) = walk_from(&["src", "Documents/src"]);
    assert_eq!(
        files,
        [
            "~/Documents/src/shop/.npmrc",
            "~/src/.npmrc",
            "~/src/Documents/.npmrc"
        ]
    );
    assert!(skipped.is_empty());
}
