//! The walk over folders that the real git made.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod bounds;
mod files;
// These run git, which is not there where Windows programs are tested on Linux.
// Not on Windows: it starts the real git.
#[cfg(unix)]
mod repositories;
// Not on Windows: it starts the real git.
#[cfg(unix)]
mod tracked;
#[cfg(windows)]
mod windows;

use super::{Projects, Walk};
use crate::testing::TestHome;

/// Runs git with nobody's settings.
#[cfg(unix)]
fn git(folder: &std::path::Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
    ] {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .args([
            "-c",
            "user.name=Dev",
            "-c",
            "user.email=dev@contoso.example",
        ])
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {words}");
}

/// A repository with one commit of one file.
#[cfg(unix)]
fn repository(home: &TestHome, path: &str) -> std::path::PathBuf {
    home.write(&format!("{path}/readme.md"), "hello\n");
    let folder = home.path().join(path);
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "--message", "first"]);
    folder
}

fn walk(home: &TestHome, names: &[&'static str]) -> Projects {
    let walk = Walk {
        roots: vec![home.path()],
        names,
        ..Walk::default()
    };
    walk.run(&|_| ())
}
