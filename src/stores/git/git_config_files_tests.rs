#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use super::tests::find;
use super::*;
use crate::stores::git::testing::{git, repositories, rows, secrets};
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
        .find(|place| home.short(&place.path) == "~/.gitconfig");
    assert_eq!(broken.unwrap().state, crate::model::PlaceState::Unreadable);
}

#[test]
fn an_entry_before_any_header_is_looked_at() {
    let home = TestHome::new();
    home.write(".gitconfig", format!("pat = {}\n", pat52(7)));
    assert_eq!(rows(&find(&home, &[])), ["pat - 1 pat manual"]);
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
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

#[test]
fn a_log_tells_where_a_clone_came_from() {
    let home = TestHome::new();
    let zero = "0".repeat(40);
    let line = |message: &str| {
        format!("{zero} {zero} Dev <dev@contoso.example> 1767225600 +0000\t{message}\n")
    };
    let token = pat84('C', 'A', 1);
    let cloned = line(&format!(
        "clone: from https://dev:{token}@dev.azure.com/contoso/p/_git/r"
    ));
    home.write("r/.git/config", "");
    home.write(
        "r/.git/logs/HEAD",
        format!("{cloned}{}", line("commit: x@y")),
    );
    home.write("r/.git/logs/refs/heads/main", &cloned);
    home.write("r/.git/logs/refs/remotes/origin/HEAD", &cloned);
    home.write("quiet/.git/config", "");
    home.write(
        "quiet/.git/logs/HEAD",
        line("clone: from https://dev.azure.com/contoso/p/_git/r"),
    );
    home.write("quiet/.git/logs/refs/heads/main", &cloned);
    home.write("other/.git/config", "");
    home.write(
        "other/.git/logs/HEAD",
        line("clone: from https://dev:s@github.com/contoso/r"),
    );
    let found = find(&home, &["r", "quiet", "other"]);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 1 - manual",
            "pat contoso 1 - manual",
            "pat contoso 1 - manual",
        ]
    );
    assert!(found.credentials.iter().all(|one| one.change.is_none()));
    let logs = found
        .places
        .iter()
        .filter(|place| home.short(&place.path).contains("/logs/"));
    assert_eq!(logs.count(), 4, "a log without a secret is no place");
}

/// `git pull https://dev:TOKEN@…` writes the address as it was typed.
#[test]
fn a_log_tells_what_was_pulled_after_years() {
    let home = TestHome::new();
    let zero = "0".repeat(40);
    let line = |message: &str| {
        format!("{zero} {zero} Dev <dev@contoso.example> 1767225600 +0000\t{message}\n")
    };
    let pulled = line(&format!(
        "pull https://dev:{}@dev.azure.com/contoso/p/_git/r: Fast-forward",
        pat84('C', 'A', 1)
    ));
    home.write("r/.git/config", "");
    let work = line("commit: see https://dev.azure.com/contoso").repeat(200);
    home.write("r/.git/logs/HEAD", format!("{work}{pulled}"));
    home.write("r/.git/logs/refs/heads/main", &pulled);
    let found = find(&home, &["r"]);
    assert_eq!(
        rows(&found),
        ["pat contoso 201 - manual", "pat contoso 1 - manual"]
    );
}

#[test]
fn a_repository_may_name_programs_and_cookies_too() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write("r/.git/config", "[core]\n\taskPass = ~/bin/ask\n");
    home.write("s/.git/config", "[http]\n\tcookieFile = ~/.cookies\n");
    home.write("bin/ask", format!("echo {token}\n"));
    home.write(
        ".cookies",
        "contoso.visualstudio.com\tFALSE\t/\tTRUE\t0\tFedAuth\tabc\n",
    );
    let found = find(&home, &["r", "s"]);
    assert_eq!(secrets(&found), [token.as_str(), "abc"]);
}

// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn a_path_through_a_link_to_the_home_is_below_it() {
    let home = TestHome::new();
    let outside = tempfile::tempdir().unwrap();
    let link = outside.path().join("me");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    let real = home.path().canonicalize().unwrap();
    home.write(
        ".gitconfig",
        format!("[core]\n\taskPass = {}/bin/ask\n", real.display()),
    );
    let token = pat84('C', 'A', 1);
    home.write("bin/ask", format!("echo {token}\n"));
    let platform = crate::platform::Hermetic::new(crate::platform::System::Linux, &link);
    let scope = scope(&["contoso"]);
    let found = crate::testing::find_on(&GitConfig, &scope, &platform, &real, &Projects::default());
    assert_eq!(secrets(&found), [token.as_str()]);
}

/// `.git` may be a file that leads anywhere.
// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn a_repository_outside_of_a_home_that_alone_is_looked_at_is_one_skipped_place() {
    let home = TestHome::new();
    let outside = TestHome::new();
    let token = pat84('C', 'A', 1);
    let url = format!("https://dev:{token}@dev.azure.com/contoso/p/_git/r");
    outside.write("r/.git/FETCH_HEAD", format!("0 branch of {url}\n"));
    outside.write(
        "r/.git/logs/HEAD",
        format!("0 0 D <d@e> 1 +0\tclone: from {url}\n"),
    );
    outside.write("r/.git/config", format!("[remote \"o\"]\n\turl = {url}\n"));
    let git_dir = outside.path().join("r/.git");
    home.write("s/x", "");
    std::os::unix::fs::symlink(&git_dir, home.path().join("s/.git")).unwrap();
    let mut projects = repositories(&home, &["s"]);
    projects.repositories.push(crate::walk::Repository {
        git_dir: git_dir.clone(),
        work_tree: Some(home.path().join("w")),
    });
    let found = home.find_among(&GitConfig, &scope(&["contoso"]), &projects);
    assert_eq!(rows(&found), [""; 0]);
    let skipped: Vec<&str> = found
        .places
        .iter()
        .filter(|place| place.path.contains("/.git") && !place.path.contains("config"))
        .map(|place| place.state.as_str())
        .collect();
    assert_eq!(skipped, ["skipped", "skipped"]);
}

#[test]
fn an_inline_helper_may_write_a_password_out() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let helper = |address: &str, value: &str| {
        format!("[credential \"https://{address}\"]\n\thelper = \"!f() {{ echo {value}; }}; f\"\n")
    };
    home.write(
        ".gitconfig",
        [
            helper("dev.azure.com/contoso", "username=x; echo password=hunter2"),
            helper("dev.azure.com/contoso", &format!("password={token}")),
            helper("contoso.visualstudio.com", "password=$(pass show azure)"),
            helper("contoso.visualstudio.com", "password=$TOKEN"),
            helper("github.com", "password=hunter3"),
            format!("[credential]\n\thelper = \"!echo password=hunter4; echo {token}\"\n"),
        ]
        .concat(),
    );
    let found = find(&home, &[]);
    assert_eq!(secrets(&found), ["hunter2", token.as_str(), token.as_str()]);
    assert_eq!(
        rows(&found),
        [
            "password contoso 2 credential.https://dev.azure.com/contoso.helper manual",
            "pat contoso 4 credential.https://dev.azure.com/contoso.helper manual",
            "pat contoso 12 credential.helper manual",
        ]
    );
}

#[test]
fn a_proxys_password_is_not_azure_devops() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        format!(
            "[http]\n\tproxy = http://dev:{}@proxy.contoso.example:8080\n\
             [http \"https://dev.azure.com\"]\n\tproxy = http://dev:words@proxy.contoso.example\n",
            pat84('C', 'A', 1)
        ),
    );
    assert_eq!(rows(&find(&home, &[])), [""; 0]);
}

#[test]
fn a_program_that_hands_a_password_out_is_looked_into() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        ".gitconfig",
        "[core]\n\taskPass = ~/bin/ask\n\taskpass = ~/bin/../bin/ask\n\taskPass = /usr/bin/ssh-askpass\n",
    );
    home.write(
        "bin/ask",
        format!("#!/bin/sh\n# dev.azure.com/contoso\necho {token}\n"),
    );
    let found = find(&home, &[]);
    assert_eq!(rows(&found), ["pat contoso 3 - manual"]);
    assert_eq!(secrets(&found), [token.as_str()]);
    assert!(
        !found
            .places
            .iter()
            .any(|place| place.path.contains("/usr/bin"))
    );
}

#[test]
fn login_cookies_of_azure_devops_are_shown() {
    let home = TestHome::new();
    home.write(".gitconfig", "[http]\n\tcookieFile = ~/.gitcookies\n");
    home.write(
        ".gitcookies",
        "# Netscape HTTP Cookie File\r\n#HttpOnly_.dev.azure.com\tTRUE\t/contoso\tTRUE\t1767225600\tFedAuth\t77u/PD94\r\n\
         contoso.visualstudio.com\tFALSE\t/\tTRUE\t0\tUserAuthentication\teyJ0\r\n\
         .visualstudio.com\tTRUE\t/\tTRUE\t0\tFedAuth1\tabc\r\n\
         contoso.visualstudio.com\tFALSE\t/\tTRUE\t0\tVstsSession\tabc\r\n\
         .github.com\tTRUE\t/\tTRUE\t0\tFedAuth\tabc\r\n\
         .dev.azure.com\tTRUE\t/contoso\tTRUE\t0\tFedAuth\t\r\ncut short",
    );
    let found = find(&home, &[]);
    assert_eq!(
        rows(&found),
        [
            "session-token contoso 2 FedAuth of .dev.azure.com manual",
            "session-token contoso 3 UserAuthentication of contoso.visualstudio.com manual",
            "session-token - 4 FedAuth1 of .visualstudio.com manual",
        ]
    );
    assert_eq!(secrets(&found), ["77u/PD94", "eyJ0", "abc"]);
    let expires = |index: usize| found.credentials[index].observed.expires.is_some();
    assert!(expires(0) && !expires(1));
}
