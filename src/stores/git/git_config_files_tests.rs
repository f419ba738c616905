#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use super::tests::find;
use super::*;
use crate::stores::git::testing::{git, repositories, rows};
use crate::testing::{TestHome, pat52, pat84, scope};
use crate::walk::Projects;

#[test]
fn files_that_a_repository_shares_are_shown() {
    let home = TestHome::new();
    let modules = home.write(
        "r/.gitmodules",
        "[submodule \"s\"]\n\tpath = s\n\turl = https://u:p@dev.azure.com/contoso/s\n",
    );
    let lfs = home.write(
        "r/.lfsconfig",
        "[lfs]\n\turl = https://u:p@dev.azure.com/contoso/r/info/lfs\n",
    );
    let fetched = format!(
        "{}\tnot-for-merge\tbranch 'm' of https://u:p@dev.azure.com/contoso/r\n",
        "0".repeat(40)
    );
    home.write("r/.git/FETCH_HEAD", fetched);
    let mut projects = repositories(&home, &["r"]);
    projects.files.insert(".gitmodules", vec![modules.clone()]);
    projects.files.insert(".lfsconfig", vec![lfs]);
    let found = home.find_among(&GitConfig, &scope(&["contoso"]), &projects);
    assert_eq!(
        rows(&found),
        [
            "password contoso 3 submodule.s.url consent",
            "password contoso 2 lfs.url manual",
            "password contoso 1 - manual",
        ]
    );
    let changes: Vec<bool> = found
        .credentials
        .iter()
        .map(|one| one.change.is_some())
        .collect();
    assert_eq!(changes, [true, false, false]);
}

#[test]
fn a_broken_file_is_never_silent() {
    let home = TestHome::new();
    let token = pat84('B', 'D', 6);
    home.write(
        ".gitconfig",
        format!("[remote \"o\"\n\turl = https://{token}@dev.azure.com/contoso/p\n"),
    );
    let found = find(&home, &[]);
    assert_eq!(rows(&found), ["pat contoso 2 - manual"]);
    let broken = found
        .places
        .iter()
        .find(|place| place.path.ends_with("/.gitconfig"));
    assert_eq!(broken.unwrap().state, crate::model::PlaceState::Unreadable);
}

#[test]
fn an_entry_before_any_header_is_looked_at() {
    let home = TestHome::new();
    home.write(".gitconfig", format!("pat = {}\n", pat52(7)));
    assert_eq!(rows(&find(&home, &[])), ["pat - 1 pat manual"]);
}

#[test]
fn work_trees_and_submodules_that_git_made_are_looked_at() {
    let home = TestHome::new();
    let allow = [
        "-c",
        "protocol.file.allow=always",
        "-c",
        "user.name=j",
        "-c",
        "user.email=j@contoso.com",
    ];
    let run = |arguments: &[&str]| {
        git(&home, &[&allow[..], arguments].concat(), "");
    };
    for repository in ["lib", "r"] {
        run(&["init", "-q", repository]);
        run(&[
            "-C",
            repository,
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "start",
        ]);
    }
    run(&[
        "-C",
        "r",
        "submodule",
        "--quiet",
        "add",
        "../lib",
        "deps/lib",
    ]);
    let secret = "https://u:s@dev.azure.com/contoso/p/_git/lib";
    run(&["-C", "r/deps/lib", "remote", "set-url", "origin", secret]);
    run(&["-C", "r", "config", "submodule.deps/lib.url", secret]);
    run(&["-C", "r", "config", "extensions.worktreeConfig", "true"]);
    run(&["-C", "r", "worktree", "add", "-q", "../tree"]);
    run(&[
        "-C",
        "tree",
        "config",
        "--worktree",
        "remote.extra.url",
        secret,
    ]);
    let found = find(&home, &["r"]);
    let places: Vec<String> = found
        .credentials
        .iter()
        .map(|one| {
            let path = one.location.path.as_deref().unwrap();
            let below = path.split_once("/r/").unwrap().1;
            format!("{below} {}", one.location.entry.as_deref().unwrap())
        })
        .collect();
    assert_eq!(
        places,
        [
            ".git/config submodule.deps/lib.url",
            ".git/worktrees/tree/config.worktree remote.extra.url",
            ".git/modules/deps/lib/config remote.origin.url",
        ]
    );
}

#[test]
fn a_hostile_file_ends_too() {
    let home = TestHome::new();
    let count = 4_000;
    home.write(
        ".gitconfig",
        "[url \"https://u:p@dev.azure.com\"]\nx = y\n".repeat(count),
    );
    home.write(
        "r/.git/FETCH_HEAD",
        "http://u:p@dev.azure.com/".repeat(count),
    );
    let value = format!(
        "[a]\nx = {}\n[{}]\n",
        "\\\"".repeat(count * 10),
        "b".repeat(count * 10)
    );
    home.write("r/.git/config", value);
    assert!(find(&home, &["r"]).credentials.len() >= count);
}

#[test]
fn an_absent_home_has_nothing() {
    let home = TestHome::new();
    let found = home.find_among(&GitConfig, &scope(&["contoso"]), &Projects::default());
    assert_eq!(rows(&found), [""; 0]);
}
