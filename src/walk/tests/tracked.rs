//! What is tracked.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the parent"
)]

use super::super::is_tracked;
use super::{git, repository};
use crate::testing::TestHome;

/// Whether the file at this path, from the home on, is tracked.
fn tracked(home: &TestHome, path: &str) -> bool {
    is_tracked(&home.path().join(path), &home.path())
}

#[test]
fn only_what_was_added_is_tracked() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    home.write("shop/.npmrc", "");
    assert!(tracked(&home, "shop/readme.md"));
    assert!(!tracked(&home, "shop/.npmrc"));
    git(&shop, &["add", ".npmrc"]);
    assert!(tracked(&home, "shop/.npmrc"));
    git(&shop, &["rm", "--quiet", "--cached", ".npmrc"]);
    assert!(!tracked(&home, "shop/.npmrc"));
    home.write("shop/web/.npmrc", "");
    git(&shop, &["add", "--intent-to-add", "web/.npmrc"]);
    assert!(tracked(&home, "shop/web/.npmrc"));
}

#[test]
fn nothing_is_tracked_without_a_repository_or_outside_the_home() {
    let home = TestHome::new();
    home.write("a/b/.npmrc", "");
    assert!(!tracked(&home, "a/b/.npmrc"));
    assert!(!tracked(&home, "gone/.npmrc"));
    let shop = repository(&home, "shop");
    assert!(!is_tracked(&shop.join("readme.md"), &home.path().join("a")));
}

#[test]
fn a_git_folder_is_never_tracked_and_its_index_never_opened() {
    let home = TestHome::new();
    git(&home.path(), &["init", "--quiet"]);
    home.write(".git/index", "an index that cannot be read");
    home.write("shop/.git/config", "");
    assert!(!tracked(&home, "shop/.git/config"));
    assert!(!tracked(&home, ".git/config"));
    assert!(tracked(&home, "shop/other"));
}

#[test]
fn a_home_that_is_a_repository_tracks_dotfiles() {
    let home = TestHome::new();
    home.write(".npmrc", "");
    home.write(".config/pip/pip.conf", "");
    git(&home.path(), &["init", "--quiet"]);
    git(&home.path(), &["add", ".npmrc"]);
    assert!(tracked(&home, ".npmrc"));
    assert!(!tracked(&home, ".config/pip/pip.conf"));
    // A repository that came later does not take a file away from the one that tracks it.
    git(&home.path(), &["add", ".config"]);
    git(&home.path().join(".config"), &["init", "--quiet"]);
    assert!(tracked(&home, ".config/pip/pip.conf"));
}

#[test]
fn linked_work_trees_and_submodules_have_their_own_index() {
    let home = TestHome::new();
    repository(&home, "library");
    let shop = repository(&home, "shop");
    git(
        &shop,
        &["worktree", "add", "--quiet", "../fix", "-b", "fix"],
    );
    git(
        &shop,
        &["submodule", "--quiet", "add", "../library", "vendor"],
    );
    home.write("fix/.npmrc", "");
    git(&home.path().join("fix"), &["add", ".npmrc"]);
    home.write("shop/.npmrc", "");
    home.write("shop/vendor/.npmrc", "");
    assert!(tracked(&home, "fix/.npmrc"));
    assert!(tracked(&home, "fix/readme.md"));
    assert!(!tracked(&home, "shop/.npmrc"));
    assert!(tracked(&home, "shop/vendor/readme.md"));
    assert!(!tracked(&home, "shop/vendor/.npmrc"));
    assert!(tracked(&home, "shop/.gitmodules"));
}

#[test]
fn a_file_in_conflict_is_tracked() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    git(&shop, &["checkout", "--quiet", "-b", "other"]);
    home.write("shop/readme.md", "one\n");
    git(&shop, &["commit", "--quiet", "--all", "--message", "one"]);
    git(&shop, &["checkout", "--quiet", "main"]);
    home.write("shop/readme.md", "two\n");
    git(&shop, &["commit", "--quiet", "--all", "--message", "two"]);
    let merged = std::panic::catch_unwind(|| git(&shop, &["merge", "--quiet", "other"]));
    assert!(merged.is_err(), "the merge has a conflict");
    assert!(tracked(&home, "shop/readme.md"));
}

#[test]
fn every_version_of_the_index_is_read() {
    for version in ["2", "3", "4"] {
        let home = TestHome::new();
        let shop = repository(&home, "shop");
        let paths = (0..200).map(|number| format!("a{}/b{number}/c.{number}", number % 7));
        let paths: Vec<String> = paths.collect();
        for path in &paths {
            home.write(&format!("shop/{path}"), "");
        }
        git(&shop, &["add", "."]);
        git(&shop, &["update-index", "--index-version", version]);
        for path in &paths {
            assert!(
                tracked(&home, &format!("shop/{path}")),
                "version {version}: {path}"
            );
            assert!(
                !tracked(&home, &format!("shop/{path}0")),
                "version {version}: {path}"
            );
        }
        assert!(tracked(&home, "shop/readme.md"), "version {version}");
        assert!(!tracked(&home, "shop/.npmrc"), "version {version}");
    }
}

#[test]
fn a_folder_in_an_index_stands_for_its_files() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    home.write("shop/web/a/.npmrc", "");
    home.write("shop/web/b", "");
    git(&shop, &["add", "."]);
    git(&shop, &["commit", "--quiet", "--message", "second"]);
    home.write("shop/other", "");
    assert!(!tracked(&home, "shop/other"));
    git(
        &shop,
        &["sparse-checkout", "set", "--cone", "--sparse-index"],
    );
    assert!(tracked(&home, "shop/web/a/.npmrc") && tracked(&home, "shop/readme.md"));
    let index = std::fs::read(shop.join(".git/index")).unwrap();
    assert!(index.windows(4).any(|bytes| bytes == b"sdir"));
    assert!(!tracked(&home, "shop/other"));
}

#[test]
fn an_index_without_a_checksum_is_read() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    git(&shop, &["config", "index.skipHash", "true"]);
    home.write("shop/other", "");
    home.write("shop/third", "");
    git(&shop, &["add", "other"]);
    assert!(tracked(&home, "shop/other") && !tracked(&home, "shop/third"));
}

#[test]
fn dotfiles_whose_repository_lies_in_the_home_are_tracked() {
    let home = TestHome::new();
    home.write(".npmrc", "");
    home.write(".config/pip/pip.conf", "");
    let path = home.path();
    git(&path, &["init", "--quiet", "--bare", ".cfg"]);
    assert!(!tracked(&home, ".npmrc"));
    git(
        &path,
        &["--git-dir", ".cfg", "--work-tree", ".", "add", ".npmrc"],
    );
    assert!(tracked(&home, ".npmrc"));
    assert!(!tracked(&home, ".config/pip/pip.conf"));
}

#[test]
fn a_name_that_another_spelling_may_list_is_tracked_where_spellings_are_one() {
    let home = TestHome::new();
    repository(&home, "shop");
    home.write("shop/caf\u{e9}.npmrc", "");
    let one = cfg!(any(windows, target_os = "macos"));
    assert_eq!(tracked(&home, "shop/caf\u{e9}.npmrc"), one);
}

#[test]
fn a_git_folder_that_cannot_be_looked_into_says_tracked() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TestHome::new();
    let shop = repository(&home, "shop");
    home.write("shop/.npmrc", "");
    let set = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(shop.join(".git"), permissions).unwrap();
    };
    set(0o000);
    let is_closed = std::fs::read_dir(shop.join(".git")).is_err();
    let said = tracked(&home, "shop/.npmrc");
    set(0o700);
    // Nothing is closed to root.
    assert_eq!(said, is_closed);
}

#[test]
fn an_index_of_the_longer_hash_says_tracked() {
    let home = TestHome::new();
    home.write("shop/readme.md", "");
    home.write("shop/other", "");
    let shop = home.path().join("shop");
    git(&shop, &["init", "--quiet", "--object-format=sha256"]);
    git(&shop, &["add", "readme.md"]);
    assert!(tracked(&home, "shop/readme.md") && tracked(&home, "shop/other"));
}

#[test]
fn an_index_that_cannot_be_read_says_tracked() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    let index = shop.join(".git/index");
    let whole = std::fs::read(&index).unwrap();
    for length in [0, 4, 11, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&index, &whole[..length]).unwrap();
        assert!(tracked(&home, "shop/.npmrc"), "{length} bytes");
    }
    // An index in parts.
    std::fs::write(&index, &whole).unwrap();
    assert!(!tracked(&home, "shop/.npmrc"));
    git(&shop, &["update-index", "--split-index"]);
    assert!(tracked(&home, "shop/readme.md"));
}

#[test]
fn a_repository_without_an_index_tracks_nothing() {
    let home = TestHome::new();
    home.write("shop/.npmrc", "");
    git(&home.path().join("shop"), &["init", "--quiet"]);
    assert!(!tracked(&home, "shop/.npmrc"));
}

#[test]
fn what_git_takes_for_no_repository_tracks_nothing() {
    let home = TestHome::new();
    home.write("a/.git", "garbage");
    home.write("b/.git/description", "no HEAD here");
    home.write("b/.git/index", "garbage");
    assert!(!tracked(&home, "a/.npmrc"));
    assert!(!tracked(&home, "b/.npmrc"));
}

#[test]
fn a_work_tree_whose_repository_has_moved_says_tracked() {
    let home = TestHome::new();
    let shop = repository(&home, "shop");
    git(
        &shop,
        &["worktree", "add", "--quiet", "../fix", "-b", "fix"],
    );
    std::fs::rename(&shop, home.path().join("moved")).unwrap();
    assert!(tracked(&home, "fix/readme.md"));
}

mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_linked_git_folder_is_followed() {
        let home = TestHome::new();
        repository(&home, "shop");
        std::fs::create_dir(home.path().join("again")).unwrap();
        symlink("../shop/.git", home.path().join("again/.git")).unwrap();
        assert!(tracked(&home, "again/readme.md"));
        assert!(!tracked(&home, "again/.npmrc"));
    }

    // rustix has no mknod for macOS.
    // Not on Windows: a pipe has no place in a folder there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_for_an_index_hangs_nothing() {
        use rustix::fs::{CWD, FileType, Mode};

        let home = TestHome::new();
        let shop = repository(&home, "shop");
        let index = shop.join(".git/index");
        std::fs::remove_file(&index).unwrap();
        rustix::fs::mknodat(CWD, &index, FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert!(tracked(&home, "shop/.npmrc"));
    }

    // Not on Windows: names there are never bytes.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_text_is_looked_up_as_it_is() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        let home = TestHome::new();
        let shop = repository(&home, "shop");
        let odd = shop.join(OsStr::from_bytes(b"\xff.npmrc"));
        std::fs::write(&odd, "").unwrap();
        assert!(!is_tracked(&odd, &home.path()));
        git(&shop, &["add", "."]);
        assert!(is_tracked(&odd, &home.path()));
    }
}
