//! No planted secret leaves the files that it stands in, but for the quarantine: not as it is, not encoded, not half.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::path::{Path, PathBuf};

use support::forms::Forms;
use support::odd_places::plant_everything;
use support::{Answer, Home, about_contoso};

/// Nothing listens there: reports stay in the spool.
const NOBODY: &str = "http://127.0.0.1:9";

/// Every command in an order in which each has something to say.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["status"],
    &["scan"],
    &["scan", "--all"],
    &["scan", "--all", "--json"],
    &["scan", "-vv"],
    &["clean"],
    &["clean", "--dry-run", "--json"],
    &["guide"],
    &["guide", "--json"],
    &["run", "--unattended", "-vv", "--collector", NOBODY],
    &["run", "--unattended", "--json", "--collector", NOBODY],
    &["run", "--yes", "-vv", "--collector", NOBODY],
    &["undo", "--list"],
    &["undo", "-vv"],
    &["undo", "--json"],
    &["clean", "--yes", "-vv"],
    &["report"],
    &["report", "--send", "-vv", "--collector", NOBODY],
    &["status"],
    &["status", "--json"],
    &["status", "--detect"],
    &["undo", "--list", "--json"],
    &["undo", "--json"],
    &["clean", "--yes", "--json", "--color", "always"],
];

fn run(home: &Home, arguments: &[&str]) -> Answer {
    home.rekey(&[arguments, &about_contoso()].concat())
}

/// Files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    assert_private(folder, 0o700);
    files(folder)
}

#[cfg(unix)]
#[track_caller]
fn assert_private(path: &Path, expected: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, expected, "{}", path.display());
}

/// Access lists are looked at in `platform/files/windows`.
#[cfg(not(unix))]
fn assert_private(_path: &Path, _mode: u32) {}

fn is_quarantine(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "content")
}

/// Looks through rekey's own folder; how many files of the quarantine hold a secret.
#[track_caller]
fn look_through_state(home: &Home, forms: &Forms, when: &str) -> usize {
    let mut kept = 0;
    for path in files_below(&home.join(".local/state/rekey")) {
        assert_private(&path, 0o600);
        let bytes = std::fs::read(&path).unwrap();
        let found = forms.in_bytes(&bytes);
        if is_quarantine(&path) {
            kept += usize::from(found.is_some());
        } else {
            assert_eq!(found, None, "{when}: in {}", path.display());
        }
        let name = path.file_name().unwrap().as_encoded_bytes();
        assert_eq!(forms.in_bytes(name), None, "{when}: names a file");
    }
    kept
}

#[test]
fn no_command_shows_or_keeps_a_secret() {
    let home = Home::new();
    let forms = Forms::of(&plant_everything(&home));
    let mut kept = 0;
    for arguments in COMMANDS {
        let answer = run(&home, arguments);
        assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
        assert!(
            [0, 1, 3].contains(&answer.code),
            "{arguments:?}: {}",
            answer.stderr
        );
        for (name, text) in [("stdout", &answer.stdout), ("stderr", &answer.stderr)] {
            let found = forms.in_bytes(text.as_bytes());
            assert_eq!(found, None, "{arguments:?}: on {name}: {text}");
        }
        kept = look_through_state(&home, &forms, &format!("after {arguments:?}"));
    }
    assert!(kept >= 12, "the quarantine keeps what clean took: {kept}");
    for folder in ["logs", "spool", "runs"] {
        let files = files(&home.join(".local/state/rekey").join(folder));
        assert!(!files.is_empty(), "{folder} was never looked through");
    }

    run(&home, &["undo", "--purge"]).expect(0);
    assert_eq!(look_through_state(&home, &forms, "after the purge"), 0);
    let left = files(&home.join(".local/state/rekey"));
    assert!(!left.iter().any(|path| is_quarantine(path)), "{left:?}");
}

#[test]
fn the_planted_secrets_are_seen() {
    let home = Home::new();
    let secrets = plant_everything(&home);
    let scan = run(&home, &["scan", "--all", "--json"]).json();
    let found = scan["findings"].as_array().unwrap();
    let fingerprints: std::collections::BTreeSet<_> = found
        .iter()
        .filter_map(|finding| finding["fingerprint"].as_str())
        .collect();
    assert!(
        fingerprints.len() > secrets.len() / 2,
        "{} of {} are of contoso, so they have a fingerprint",
        fingerprints.len(),
        secrets.len()
    );
}

#[test]
fn a_secret_in_an_address_that_is_typed_is_not_shown() {
    let secret = support::tokens::pat52(9);
    let forms = Forms::of(std::slice::from_ref(&secret));
    let home = Home::new();
    let address = format!("https://dev:{secret}@collector.example");
    let organization = format!("https://dev:{secret}@dev.azure.com/contoso");
    for arguments in [
        &["report", "--send", "-vv", "--collector", &address][..],
        &["enroll", "-vv", "--collector", &address],
        &["run", "--unattended", "-vv", "--collector", &address],
        &["scan", "--org", &organization],
    ] {
        let answer = home.rekey(arguments).expect(2);
        let said = forms.in_bytes(answer.stderr.as_bytes());
        assert_eq!(said, None, "{arguments:?}: {}", answer.stderr);
    }
}

#[test]
fn a_token_in_the_name_of_a_folder_is_not_shown() {
    let home = Home::new();
    let secret = support::tokens::pat84('C', 'C', 9);
    let forms = Forms::of(std::slice::from_ref(&secret));
    let stale = support::tokens::pat84('C', 'C', 10);
    home.write(
        &format!("src/{secret}/.npmrc"),
        format!("//pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_authToken={stale}\n"),
    );
    for arguments in [
        &["scan"][..],
        &["scan", "--json"],
        &["clean"],
        &["clean", "--json", "-vv"],
        &["run", "--unattended", "--collector", NOBODY],
        &["status", "--json"],
        &["report"],
    ] {
        let answer = run(&home, arguments);
        for text in [&answer.stdout, &answer.stderr] {
            assert_eq!(
                forms.in_bytes(text.as_bytes()),
                None,
                "{arguments:?}: {text}"
            );
        }
        look_through_state(&home, &forms, &format!("after {arguments:?}"));
    }
    let scan = run(&home, &["scan", "--json"]).json();
    assert_eq!(support::findings(&scan, "stale").len(), 1);
}
