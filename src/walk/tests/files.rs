//! Files, folders that are left out, and folders that cannot be listed.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the parent"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::{Bounds, Budget, Projects, Walk};
use super::walk;
use crate::testing::TestHome;

const NPMRC: &[&str] = &[".npmrc"];

/// Paths of `.npmrc` files, from the home on.
fn found(home: &TestHome, projects: &Projects) -> Vec<String> {
    let files = projects.files.get(".npmrc").into_iter().flatten();
    let below = files.map(|file| file.strip_prefix(home.path()).unwrap());
    below
        .map(|file| file.to_str().unwrap().replace('\\', "/"))
        .collect()
}

#[test]
fn wanted_names_are_found_in_either_case_and_in_order() {
    let home = TestHome::new();
    for path in [
        "z/.npmrc",
        "a/b/.NPMRC",
        ".npmrc",
        "a/npmrc",
        "a/nuget.config",
    ] {
        home.write(path, "");
    }
    let projects = walk(&home, &[".npmrc", "nuget.config"]);
    assert_eq!(
        found(&home, &projects),
        [".npmrc", "a/b/.NPMRC", "z/.npmrc"]
    );
    assert_eq!(
        projects.files["nuget.config"],
        [home.path().join("a/nuget.config")]
    );
    assert!(projects.unreadable.is_empty());
}

#[test]
fn a_pattern_lists_what_fits_it_under_its_own_name() {
    let home = TestHome::new();
    for path in [
        "a/prod.tfvars",
        "a/x.TFVARS",
        ".env",
        "b/.env.local",
        "b/env",
        "tfvars",
    ] {
        home.write(path, "");
    }
    let projects = walk(&home, &["*.tfvars", ".env*", "prod.tfvars"]);
    let path = |name: &str| home.path().join(name);
    assert_eq!(
        projects.files["*.tfvars"],
        [path("a/prod.tfvars"), path("a/x.TFVARS")]
    );
    assert_eq!(
        projects.files[".env*"],
        [path(".env"), path("b/.env.local")]
    );
    assert_eq!(projects.files["prod.tfvars"], [path("a/prod.tfvars")]);
}

#[test]
fn a_name_that_two_stores_want_is_listed_once() {
    let home = TestHome::new();
    home.write("a/.npmrc", "");
    let projects = walk(&home, &[".npmrc", "pip.conf", ".npmrc"]);
    assert_eq!(found(&home, &projects), ["a/.npmrc"]);
}

#[test]
fn hidden_and_ignored_files_are_found() {
    let home = TestHome::new();
    home.write(".hidden/.npmrc", "");
    home.write("shop/.gitignore", "*\n");
    home.write("shop/.npmrc", "");
    home.write("shop/.ignore", "*\n");
    home.write("shop/.git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(
        found(&home, &walk(&home, NPMRC)),
        [".hidden/.npmrc", "shop/.npmrc"]
    );
}

#[test]
fn caches_and_git_folders_are_not_entered() {
    let home = TestHome::new();
    for path in [
        "shop/node_modules/left-pad/.npmrc",
        ".cache/x/.npmrc",
        ".cargo/registry/src/.npmrc",
        ".git/HEAD",
        ".git/.npmrc",
        ".cargo/.npmrc",
    ] {
        home.write(path, "");
    }
    assert_eq!(found(&home, &walk(&home, NPMRC)), [".cargo/.npmrc"]);
}

#[test]
fn what_cargo_built_is_not_entered_and_another_target_is() {
    let home = TestHome::new();
    for path in [
        "a/target/.npmrc",
        "a/target/x/.npmrc",
        "b/target/x/.npmrc",
        "c/x/.npmrc",
    ] {
        home.write(path, "");
    }
    home.write(
        "a/target/CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55",
    );
    home.write(
        "c/CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55",
    );
    let found = found(&home, &walk(&home, NPMRC));
    assert_eq!(
        found,
        ["a/target/.npmrc", "b/target/x/.npmrc", "c/x/.npmrc"]
    );
}

#[test]
fn a_virtual_environment_gives_its_own_files_but_not_its_packages() {
    let home = TestHome::new();
    // In a folder of its own, and in the project's.
    for path in ["a/.venv", "b"] {
        for file in [
            "pyvenv.cfg",
            ".npmrc",
            "lib/python3/site-packages/x/.npmrc",
            "bin/.npmrc",
        ] {
            home.write(&format!("{path}/{file}"), "");
        }
    }
    home.write("b/web/.npmrc", "");
    home.write("venv/web/.npmrc", "");
    let found = found(&home, &walk(&home, NPMRC));
    assert_eq!(
        found,
        [
            "a/.venv/.npmrc",
            "b/.npmrc",
            "b/web/.npmrc",
            "venv/web/.npmrc"
        ]
    );
}

#[test]
fn closed_and_excluded_folders_are_not_entered() {
    let home = TestHome::new();
    for path in [
        ".local/state/rekey/q",
        "old",
        "shop/dist",
        "dist",
        "shop/src",
    ] {
        home.write(&format!("{path}/.npmrc"), "");
    }
    let walk = Walk {
        roots: vec![home.path()],
        closed: vec![home.path().join(".local/state/rekey")],
        excluded: vec!["~/old".to_owned(), "shop/d*".to_owned(), String::new()],
        names: NPMRC,
        home: None,
    };
    assert_eq!(
        found(&home, &walk.run(&|_| ())),
        ["dist/.npmrc", "shop/src/.npmrc"]
    );
}

#[test]
fn roots_inside_and_beside_each_other_are_walked_once() {
    let home = TestHome::new();
    home.write("a/b/.npmrc", "");
    home.write("a/node_modules/c/.npmrc", "");
    let root = |path: &str| home.path().join(path);
    let folders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&folders);
    let walk = Walk {
        roots: vec![
            root("a"),
            root("a/b"),
            root(""),
            root("a"),
            root("a/node_modules/c"),
        ],
        names: NPMRC,
        ..Walk::default()
    };
    let bounds = Bounds::of_this_machine(home.path(), Budget::unlimited());
    let count = move |_: &Path| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let projects = walk.run_within(&bounds, Arc::new(count));
    assert_eq!(
        found(&home, &projects),
        ["a/b/.npmrc", "a/node_modules/c/.npmrc"]
    );
    // The home, a, a/b, a/node_modules/c.
    assert_eq!(folders.load(Ordering::Relaxed), 4);
}

#[test]
fn a_root_that_is_not_there_is_told() {
    let home = TestHome::new();
    let file = home.write("file", "");
    let walk = Walk {
        roots: vec![home.path().join("gone"), file.clone()],
        ..Walk::default()
    };
    let unreadable = walk.run(&|_| ()).unreadable;
    let paths: Vec<_> = unreadable.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [file, home.path().join("gone")]);
}

#[test]
fn no_root_is_nothing_found() {
    assert_eq!(Walk::default().run(&|_| ()), Projects::default());
}

// Not on Windows: modes, and links as Unix makes them.
#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn links_to_folders_are_not_followed_and_links_to_files_are_named() {
        let home = TestHome::new();
        home.write("dotfiles/npmrc", "");
        home.write("a/b/readme", "");
        symlink("../dotfiles/npmrc", home.path().join("a/.npmrc")).unwrap();
        symlink("..", home.path().join("a/b/up")).unwrap();
        symlink("loop", home.path().join("loop")).unwrap();
        let projects = walk(&home, &[".npmrc", "loop", "readme"]);
        assert_eq!(found(&home, &projects), ["a/.npmrc"]);
        assert_eq!(projects.files["readme"], [home.path().join("a/b/readme")]);
        assert_eq!(projects.files["loop"], [home.path().join("loop")]);
        assert!(projects.unreadable.is_empty());
    }

    #[test]
    fn a_root_may_be_a_link_and_is_named_as_written() {
        let home = TestHome::new();
        home.write("real/shop/.npmrc", "");
        let link = home.path().join("link");
        symlink("real", &link).unwrap();
        let walk = Walk {
            roots: vec![link.clone()],
            names: NPMRC,
            ..Walk::default()
        };
        assert_eq!(
            walk.run(&|_| ()).files[".npmrc"],
            [link.join("shop/.npmrc")]
        );
    }

    // rustix has no mknod for macOS.
    // Not on Windows: a pipe has no place in a folder there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_of_a_wanted_name_is_passed_by() {
        use rustix::fs::{CWD, FileType, Mode};

        let home = TestHome::new();
        let pipe = home.path().join(".npmrc");
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert_eq!(walk(&home, NPMRC), Projects::default());
    }

    #[test]
    fn a_folder_that_may_not_be_listed_is_told_and_the_rest_is_found() {
        let home = TestHome::new();
        home.write("a/.npmrc", "");
        home.write("shut/.npmrc", "");
        let shut = home.path().join("shut");
        let allow = |mode| {
            std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(0o000);
        let may_still_list = std::fs::read_dir(&shut).is_ok();
        let projects = walk(&home, NPMRC);
        allow(0o700);
        // Root may list everything.
        if may_still_list {
            assert_eq!(found(&home, &projects), ["a/.npmrc", "shut/.npmrc"]);
        } else {
            assert_eq!(found(&home, &projects), ["a/.npmrc"]);
            assert_eq!(projects.unreadable[0].0, shut);
        }
    }

    // Not on Windows: names there are never bytes.
    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_text_are_walked_like_others() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        let home = TestHome::new();
        let odd = home.path().join(OsStr::from_bytes(b"\xff\xfe"));
        std::fs::create_dir(&odd).unwrap();
        std::fs::write(odd.join(".npmrc"), "").unwrap();
        assert_eq!(walk(&home, NPMRC).files[".npmrc"], [odd.join(".npmrc")]);
    }

    #[test]
    fn folders_too_deep_for_a_path_end_the_way_down_and_nothing_else() {
        use rustix::fs::{Mode, OFlags, mkdirat, open, openat};

        let home = TestHome::new();
        home.write("z/.npmrc", "");
        let name = "d".repeat(200);
        let flags = OFlags::DIRECTORY | OFlags::RDONLY;
        let mut folder = open(home.path(), flags, Mode::empty()).unwrap();
        for _ in 0..30 {
            mkdirat(&folder, name.as_str(), Mode::RWXU).unwrap();
            folder = openat(&folder, name.as_str(), flags, Mode::empty()).unwrap();
        }
        let projects = walk(&home, NPMRC);
        assert_eq!(found(&home, &projects), ["z/.npmrc"]);
        assert_eq!(projects.unreadable.len(), 1);
    }
}
