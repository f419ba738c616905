#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::path::Path;

use crate::model::{Place, PlaceState};
use crate::stores::Found;
use crate::stores::git::GcmBinding;
use crate::stores::git::testing::{repositories, rows};
use crate::testing::{TestHome, scope};

fn bound(organization: &str) -> String {
    format!("[credential \"azrepos:org/{organization}\"]\n\tusername = j\n")
}

fn find(home: &TestHome, work_trees: &[&str]) -> Found {
    home.find_among(
        &GcmBinding,
        &scope(&["contoso"]),
        &repositories(home, work_trees),
    )
}

fn organizations(found: &Found) -> Vec<&str> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| credential.organization.as_ref().unwrap().as_str())
        .collect()
}

fn place<'f>(found: &'f Found, end: &str) -> &'f Place {
    found
        .places
        .iter()
        .find(|place| Path::new(&place.path).ends_with(end))
        .unwrap()
}

#[test]
fn every_file_of_a_repository_is_read() {
    let home = TestHome::new();
    for (path, organization) in [
        (".gitconfig", "a1"),
        (".config/git/config", "a2"),
        ("r/.git/config", "b1"),
        ("r/.git/config.worktree", "b2"),
        ("r/.git/worktrees/w/config.worktree", "b3"),
        ("r/.git/modules/libs/one/config", "b4"),
        ("r/.git/modules/libs/one/modules/two/config", "b5"),
    ] {
        home.write(path, bound(organization));
    }
    for path in ["libs/one", "libs/one/modules/two"] {
        home.write(
            &format!("r/.git/modules/{path}/HEAD"),
            "ref: refs/heads/main\n",
        );
    }
    let found = find(&home, &["r"]);
    assert_eq!(
        organizations(&found),
        ["a1", "a2", "b1", "b2", "b3", "b4", "b5"]
    );
    assert!(
        found
            .places
            .iter()
            .all(|place| place.state == PlaceState::Read)
    );
}

#[test]
fn includes_are_followed_whatever_their_condition_says_and_read_once() {
    let home = TestHome::new();
    let include = "[include]\n\tpath = ../work.inc\n[includeIf \"gitdir:/nowhere/\"]\n\tpath = ~/more/if.inc\n";
    home.write("r/.git/config", include.replace("..", "../.."));
    home.write("s/.git/config", include.replace("..", "../.."));
    home.write("work.inc", bound("contoso"));
    home.write(
        "more/if.inc",
        format!(
            "{}[include]\n\tpath = if.inc\n\tpath\n\tpath = %(prefix)/x\n\tpath = ~other/x\n",
            bound("fabrikam")
        ),
    );
    let found = find(&home, &["r", "s"]);
    assert_eq!(organizations(&found), ["contoso", "fabrikam"]);
}

#[test]
fn an_include_outside_the_given_home_is_not_looked_at() {
    let outside = TestHome::new();
    let path = outside.write("config", bound("contoso"));
    let home = TestHome::new();
    // A backslash is written twice there.
    let written = path.display().to_string().replace('\\', r"\\");
    home.write(
        ".gitconfig",
        format!("[include]\n\tpath = {written}\n\tpath = ../../../../../../../etc/gitconfig\n"),
    );
    let found = find(&home, &[]);
    assert_eq!(rows(&found), [""; 0]);
    let named = |place: &&Place| place.path == crate::token::shown_path(&path);
    let named = found.places.iter().find(named);
    assert_eq!(named.unwrap().state, PlaceState::Skipped);
    assert_eq!(place(&found, "etc/gitconfig").state, PlaceState::Skipped);
}

#[test]
fn a_long_chain_of_includes_ends() {
    let home = TestHome::new();
    home.write(".gitconfig", "[include]\n\tpath = 0.inc\n");
    for step in 0..20 {
        home.write(
            &format!("{step}.inc"),
            format!("[include]\n\tpath = {}.inc\n", step + 1),
        );
    }
    let found = find(&home, &[]);
    assert_eq!(place(&found, "9.inc").state, PlaceState::Read);
    assert_eq!(place(&found, "10.inc").state, PlaceState::Skipped);
}

#[test]
fn a_broken_file_is_a_place_that_says_so() {
    let home = TestHome::new();
    home.write(".gitconfig", format!("{}[oops\n", bound("contoso")));
    let found = find(&home, &[]);
    let broken = place(&found, ".gitconfig");
    assert_eq!(broken.state, PlaceState::Unreadable);
    assert!(broken.reason.as_ref().unwrap().contains("line 3"));
    assert_eq!(rows(&found), [""; 0]);
}

// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn links_among_submodules_are_not_followed() {
    let home = TestHome::new();
    home.write("r/.git/modules/one/HEAD", "");
    home.write("r/.git/modules/one/config", bound("contoso"));
    let modules = home.path().join("r/.git/modules");
    std::os::unix::fs::symlink("..", modules.join("up")).unwrap();
    std::os::unix::fs::symlink("one", modules.join("two")).unwrap();
    assert_eq!(organizations(&find(&home, &["r"])), ["contoso"]);
}
