//! What tests of these stores share.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests run the real git and stop at the first surprise"
)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use crate::model::{Change, Credential, OrganizationName, Scope};
use crate::platform::{Hermetic, Platform, System};
use crate::stores::{Finder, Found, Look};
use crate::testing::{TestHome, after};
use crate::walk::{Projects, Repository};

/// One line a finding: kind, organization, line, entry, remedy; `-` for what it has not.
pub(super) fn rows(found: &Found) -> Vec<String> {
    let row = |credential: &Credential| {
        let organization = credential.organization.as_ref();
        let location = &credential.location;
        let line = location.line.map(|line| line.to_string());
        format!(
            "{} {} {} {} {}",
            credential.kind,
            organization.map_or("-", OrganizationName::as_str),
            line.as_deref().unwrap_or("-"),
            location.entry.as_deref().unwrap_or("-"),
            credential.remedy,
        )
    };
    found.credentials.iter().map(row).collect()
}

/// A file's text after all that rekey may do for one organization; unchanged where that is nothing.
pub(super) fn cleaned(found: &Found, path: &Path, organization: Option<&str>) -> Option<String> {
    let wanted = |credential: &&Credential| {
        let own = credential.organization.as_ref();
        own.map(OrganizationName::as_str) == organization
            && credential.path.as_deref() == Some(path.canonicalize().unwrap().as_path())
    };
    let changes: Vec<&Change> = found
        .credentials
        .iter()
        .filter(wanted)
        .filter_map(|credential| credential.change.as_ref())
        .collect();
    if changes.is_empty() {
        return Some(std::fs::read_to_string(path).unwrap());
    }
    after(changes)
}

/// Secrets, in the order of the findings.
pub(super) fn secrets(found: &Found) -> Vec<&str> {
    let secret = |credential: &'_ Credential| credential.secret.is_some();
    let credentials = found
        .credentials
        .iter()
        .filter(|credential| secret(credential));
    credentials
        .map(|credential| credential.secret.as_ref().unwrap().expose())
        .collect()
}

/// The real git, in this home and with no other settings.
pub(super) fn git(home: &TestHome, arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;

    let mut child = Command::new("git")
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

/// What the real git prints.
pub(super) fn git_says(home: &TestHome, arguments: &[&str], input: &str) -> String {
    String::from_utf8(git(home, arguments, input).stdout).unwrap()
}

/// What a walk finds that sees these work trees.
pub(super) fn repositories(home: &TestHome, work_trees: &[&str]) -> Projects {
    let repository = |path: &&str| {
        let work_tree = home.path().join(path);
        Repository {
            git_dir: work_tree.join(".git"),
            work_tree: Some(work_tree),
        }
    };
    Projects {
        repositories: work_trees.iter().map(repository).collect(),
        ..Projects::default()
    }
}

/// What a view of this home answers when the walk found these repositories.
pub(super) fn finder_among<T>(
    home: &TestHome,
    scope: &Scope,
    projects: &Projects,
    ask: impl FnOnce(&mut Finder<'_>) -> T,
) -> T {
    let platform = Hermetic::new(System::Linux, &home.path());
    finder_on(&platform, home, scope, projects, ask)
}

/// The same on another platform.
pub(super) fn finder_on<T>(
    platform: &dyn Platform,
    home: &TestHome,
    scope: &Scope,
    projects: &Projects,
    ask: impl FnOnce(&mut Finder<'_>) -> T,
) -> T {
    let path = home.path();
    let (git_configs, pyprojects) = (OnceLock::new(), OnceLock::new());
    let progress: Arc<crate::walk::Seen> = Arc::new(|_: &std::path::Path| ());
    let look = Look {
        platform,
        scope,
        projects,
        walk: &crate::walk::Walk::default(),
        depth: crate::model::Depth::Places,
        progress: &progress,
        home: &path,
        git_configs: &git_configs,
        pyprojects: &pyprojects,
    };
    ask(&mut Finder::new(look, "git-config", &[".gitmodules"]))
}
