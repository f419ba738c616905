//! The walk over what only Windows has.

use std::ffi::OsString;
use std::os::windows::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::{Bounds, Budget, Walk};
use super::walk;
use crate::testing::TestHome;

/// The path as people write it, without what stands before those that are taken as they are.
fn written(path: &Path) -> PathBuf {
    let text = path.to_str().unwrap();
    PathBuf::from(text.strip_prefix(r"\\?\").unwrap_or(text))
}

#[test]
fn a_path_of_any_length_is_walked_however_its_root_is_written() {
    let home = TestHome::new();
    let root = home.path().canonicalize().unwrap();
    let deep = (0..30).fold(root.clone(), |path, at| {
        path.join(format!("a-long-name-{at}"))
    });
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join(".npmrc"), "").unwrap();
    assert!(deep.as_os_str().len() > 400);
    for root in [root.clone(), written(&root)] {
        let projects = Walk {
            roots: vec![root.clone()],
            names: &[".npmrc"],
            ..Walk::default()
        }
        .run(&|_| ());
        let [found] = &projects.files[".npmrc"][..] else {
            panic!("{projects:?}")
        };
        assert!(found.starts_with(&root), "{found:?}");
        assert_eq!(projects.unreadable, []);
    }
}

#[test]
fn names_are_the_same_in_any_case() {
    let home = TestHome::new();
    home.write("shop/.NPMRC", "");
    home.write("shop/.GIT/config", "");
    home.write("$RECYCLE.BIN/.npmrc", "");
    home.write("appdata/local/temp/.npmrc", "");
    home.write("State/.npmrc", "");
    home.write("Dist/.npmrc", "");
    let projects = Walk {
        roots: vec![
            home.path(),
            PathBuf::from(home.path().to_str().unwrap().to_uppercase()),
        ],
        closed: vec![home.path().join("STATE")],
        excluded: vec!["dist".to_owned()],
        names: &[".npmrc"],
        ..Walk::default()
    }
    .run(&|_| ());
    let [found] = &projects.files[".npmrc"][..] else {
        panic!("{projects:?}")
    };
    assert!(found.ends_with(r"shop\.NPMRC"), "{found:?}");
    assert_eq!(projects.repositories.len(), 1, "{projects:?}");
}

#[test]
fn a_name_with_half_a_character_is_kept_as_it_is() {
    let home = TestHome::new();
    let half = OsString::from_wide(&[u16::from(b'a'), 0xd83d]);
    let folder = home.path().join(&half);
    // Wine's files have names of bytes, which half a character is none of.
    if std::fs::create_dir(&folder).is_err() {
        return;
    }
    std::fs::write(folder.join(".npmrc"), "").unwrap();
    let projects = walk(&home, &[".npmrc"]);
    assert_eq!(projects.unreadable, []);
    assert_eq!(projects.files[".npmrc"].len(), 1);
}

#[test]
fn a_link_that_was_put_in_a_folders_place_is_not_followed() {
    use super::super::listing::{Folder, is_gone};

    let home = TestHome::new();
    home.write("real/.npmrc", "");
    let link = home.path().join("link");
    let made = std::os::windows::fs::symlink_dir(home.path().join("real"), &link);
    // Links need a right that not everybody has, and Wine makes none.
    if made.is_err() || !link.is_symlink() {
        return;
    }
    let Err(error) = Folder::open(&link, false) else {
        panic!("it was followed")
    };
    assert!(is_gone(&error), "{error}");
    assert!(Folder::open(&link, true).is_ok(), "a root may be a link");
    assert_eq!(walk(&home, &[".npmrc"]).files[".npmrc"].len(), 1);
}

#[test]
fn a_file_or_nothing_is_no_folder() {
    use super::super::listing::{Folder, is_gone};

    let home = TestHome::new();
    home.write("file", "");
    for name in ["file", "nothing"] {
        let Err(error) = Folder::open(&home.path().join(name), false).map(drop) else {
            panic!("{name}")
        };
        assert!(is_gone(&error), "{name}: {error}");
    }
}

#[test]
fn shares_and_the_linux_in_windows_are_told_and_not_walked() {
    let home = TestHome::new();
    home.write(".npmrc", "");
    let roots = [r"\\files.contoso.example\media", r"\\wsl$\Debian\home\dev"];
    let mut walked = vec![home.path()];
    walked.extend(roots.iter().map(PathBuf::from));
    let walk = Walk {
        roots: walked,
        names: &[".npmrc"],
        ..Walk::default()
    };
    let bounds = Bounds::of_this_machine(home.path(), Budget::unlimited());
    let projects = walk.run_within(&bounds, Arc::new(|_: &Path| ()));
    let skipped: Vec<_> = projects
        .skipped
        .iter()
        .map(|(root, reason)| (root.to_str().unwrap(), reason.as_str()))
        .collect();
    assert_eq!(
        skipped,
        [
            (roots[0], "network-mount: share"),
            (roots[1], "it is in a Linux of WSL: run rekey inside it")
        ]
    );
    assert_eq!(projects.files[".npmrc"].len(), 1);
}

#[test]
fn a_folder_with_more_entries_than_one_answer_holds_is_listed_whole() {
    let home = TestHome::new();
    let name = "n".repeat(150);
    for at in 0..700 {
        home.write(&format!("many/{name}{at}.tfvars"), "");
    }
    let projects = walk(&home, &["*.tfvars"]);
    assert_eq!(projects.files["*.tfvars"].len(), 700);
}
