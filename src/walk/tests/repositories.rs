//! Repositories, work trees, submodules and what only looks like one.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the parent"
)]

use std::path::Path;

use super::super::{Projects, Repository, Walk};
use super::{git, repository, walk};
use crate::testing::TestHome;

/// Repositories as `git folder -> work tree`, from the home on.
fn found(home: &TestHome, projects: &Projects) -> Vec<String> {
    let home = home.path();
    let show = |path: &Path| {
        path.strip_prefix(&home)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let each = |repository: &Repository| match &repository.work_tree {
        Some(work_tree) => format!("{} -> {}", show(&repository.git_dir), show(work_tree)),
        None => format!("{} -> bare", show(&repository.git_dir)),
    };
    projects.repositories.iter().map(each).collect()
}

#[test]
fn repositories_are_found_inside_each_other() {
    let home = TestHome::new();
    repository(&home, "b");
    repository(&home, "a");
    repository(&home, "a/inner/deep");
    let found = found(&home, &walk(&home, &[]));
    assert_eq!(
        found,
        [
            "a/.git -> a",
            "a/inner/deep/.git -> a/inner/deep",
            "b/.git -> b"
        ]
    );
}

#[test]
fn a_home_may_be_a_repository() {
    let home = TestHome::new();
    git(&home.path(), &["init", "--quiet"]);
    repository(&home, "shop");
    assert_eq!(
        found(&home, &walk(&home, &[])),
        [".git -> ", "shop/.git -> shop"]
    );
}

#[test]
fn a_bare_repository_is_found_with_work_trees_inside_it() {
    let home = TestHome::new();
    repository(&home, "shop");
    git(
        &home.path(),
        &["clone", "--quiet", "--bare", "shop", "mirror.git"],
    );
    git(
        &home.path().join("mirror.git"),
        &["worktree", "add", "--quiet", "tree", "-b", "x"],
    );
    home.write("mirror.git/tree/.npmrc", "");
    home.write("mirror.git/objects/.npmrc", "");
    let projects = walk(&home, &[".npmrc"]);
    assert_eq!(
        found(&home, &projects),
        ["mirror.git -> bare", "shop/.git -> shop"]
    );
    assert_eq!(
        projects.files[".npmrc"],
        [home.path().join("mirror.git/tree/.npmrc")]
    );
}

#[test]
fn a_linked_work_tree_and_a_submodule_belong_to_their_repository() {
    let home = TestHome::new();
    repository(&home, "library");
    let shop = repository(&home, "shop");
    git(
        &shop,
        &["worktree", "add", "--quiet", "../shop-fix", "-b", "fix"],
    );
    git(
        &shop,
        &[
            "submodule",
            "--quiet",
            "add",
            "../library",
            "vendor/library",
        ],
    );
    let found = found(&home, &walk(&home, &[]));
    assert_eq!(found, ["library/.git -> library", "shop/.git -> shop"]);
}

#[test]
fn the_repository_of_a_work_tree_is_found_outside_the_roots() {
    let home = TestHome::new();
    let shop = repository(&home, "elsewhere/shop");
    git(
        &shop,
        &["worktree", "add", "--quiet", "../../here/one", "-b", "one"],
    );
    git(
        &shop,
        &["worktree", "add", "--quiet", "../../here/two", "-b", "two"],
    );
    let walk = Walk {
        roots: vec![home.path().join("here")],
        ..Walk::default()
    };
    let found = found(&home, &walk.run(&|_| ()));
    assert_eq!(found, ["elsewhere/shop/.git -> elsewhere/shop"]);
}

#[test]
fn a_submodule_alone_below_the_roots_is_a_repository() {
    let home = TestHome::new();
    repository(&home, "library");
    let shop = repository(&home, "shop");
    git(
        &shop,
        &[
            "submodule",
            "--quiet",
            "add",
            "../library",
            "vendor/library",
        ],
    );
    let walk = Walk {
        roots: vec![shop.join("vendor")],
        ..Walk::default()
    };
    let found = found(&home, &walk.run(&|_| ()));
    assert_eq!(
        found,
        ["shop/.git/modules/vendor/library -> shop/vendor/library"]
    );
}

#[test]
fn a_git_folder_kept_elsewhere_is_one_repository_with_its_work_tree() {
    let home = TestHome::new();
    let shop = home.path().join("shop");
    std::fs::create_dir(home.path().join("keep")).unwrap();
    std::fs::create_dir(&shop).unwrap();
    git(
        &shop,
        &["init", "--quiet", "--separate-git-dir", "../keep/shop.git"],
    );
    assert_eq!(found(&home, &walk(&home, &[])), ["keep/shop.git -> shop"]);
}

#[test]
fn what_only_looks_like_a_repository_is_none() {
    let home = TestHome::new();
    home.write("garbage/.git", [0xff, 0, b'\n']);
    home.write("empty/.git", "");
    home.write("gone/.git", "gitdir: /nowhere/at/all\n");
    home.write("nul/.git", b"gitdir: a\0b\n");
    home.write("file/.git", "gitdir: ../file.txt\n");
    home.write("file.txt", "");
    home.write("half/HEAD", "ref: refs/heads/main\n");
    home.write("half/config", "");
    home.write("half/refs/x/.npmrc", "");
    let projects = walk(&home, &[".npmrc"]);
    assert!(
        projects.repositories.is_empty(),
        "{:?}",
        projects.repositories
    );
    assert_eq!(projects.files[".npmrc"].len(), 1);
}

#[test]
fn a_git_file_that_leads_in_a_circle_ends() {
    let home = TestHome::new();
    home.write("a/.git", "gitdir: .\n");
    home.write("a/commondir", ".\n");
    home.write("b/.git", "gitdir: ../b\n");
    let found = found(&home, &walk(&home, &[]));
    // Strange but harmless: such a folder has no config.
    assert_eq!(found, ["a -> bare", "b -> b"]);
}

mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_to_a_known_git_folder_adds_nothing() {
        let home = TestHome::new();
        repository(&home, "shop");
        std::fs::create_dir(home.path().join("again")).unwrap();
        symlink("../shop/.git", home.path().join("again/.git")).unwrap();
        symlink(".git", home.path().join("shop/loop")).unwrap();
        assert_eq!(found(&home, &walk(&home, &[])), ["shop/.git -> shop"]);
    }

    #[test]
    fn a_link_out_of_the_roots_keeps_its_name_for_the_reader_to_judge() {
        let home = TestHome::new();
        let outside = TestHome::new();
        let shop = repository(&outside, "shop");
        std::fs::create_dir(home.path().join("here")).unwrap();
        symlink(shop.join(".git"), home.path().join("here/.git")).unwrap();
        assert_eq!(found(&home, &walk(&home, &[])), ["here/.git -> here"]);
    }

    #[test]
    fn a_link_to_nothing_or_itself_is_no_repository() {
        let home = TestHome::new();
        for folder in ["a", "b"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        symlink(".git", home.path().join("a/.git")).unwrap();
        symlink("/nowhere/at/all", home.path().join("b/.git")).unwrap();
        assert_eq!(walk(&home, &[]), Projects::default());
    }

    // rustix has no mknod for macOS.
    // Not on Windows: a pipe has no place in a folder there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_named_like_a_git_file_hangs_nothing() {
        use rustix::fs::{CWD, FileType, Mode};

        let home = TestHome::new();
        std::fs::create_dir(home.path().join("a")).unwrap();
        rustix::fs::mknodat(
            CWD,
            home.path().join("a/.git"),
            FileType::Fifo,
            Mode::RWXU,
            0,
        )
        .unwrap();
        symlink("../a/.git", home.path().join("link")).unwrap();
        std::fs::create_dir(home.path().join("b")).unwrap();
        symlink("../a/.git", home.path().join("b/.git")).unwrap();
        assert_eq!(walk(&home, &[]), Projects::default());
    }
}
