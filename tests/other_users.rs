//! Rights: another user's home, files that may not be read, and folders that may not be written.
//! Not on Windows: it becomes another user, as only Unix lets root.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say what they cannot try"
)]

mod support;

use std::os::unix::fs::chown;
use std::path::Path;

use support::plain::{plant, set_mode};
use support::process::Person;
use support::tree::{differences, tree};
use support::{Home, findings};

/// A planted home and the person whose it is: root may read and write everywhere, so there it is somebody else.
fn persons_home() -> (Home, Person) {
    let home = Home::new();
    plant(&home);
    let person = Person::without_privilege(&home);
    (home, person)
}

#[test]
fn another_users_home_is_refused_and_nothing_is_written_there() {
    let home = Home::new();
    plant(&home);
    if chown(home.path(), Some(54_321), None).is_err() {
        eprintln!("only root can give a home away: not tried");
        return;
    }
    let before = tree(&home.path());
    for arguments in [
        &["scan"][..],
        &["clean", "--yes"],
        &["run", "--unattended"],
        &["undo"],
        &["undo", "--list"],
        &["undo", "--purge"],
        &["guide"],
        &["report"],
    ] {
        let answer = home.about_contoso(arguments).expect(2);
        for word in ["belongs to another user", "uid 54321", "as that person"] {
            assert!(
                answer.stderr.contains(word),
                "{arguments:?}: {}",
                answer.stderr
            );
        }
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
    assert!(!home.join(".local/state").exists());
    // Device management asks as root, and is answered.
    let line = home.rekey(&["status", "--detect"]).expect(1).stdout;
    assert!(line.contains("state=never-run"), "{line}");
    assert!(!home.join(".local/state").exists());
}

#[test]
fn a_file_that_may_not_be_read_is_said_to_be_unreadable() {
    let (home, person) = persons_home();
    for path in [".npmrc", ".gitconfig", ".netrc", ".ado_orgs.cache"] {
        set_mode(&home.join(path), 0o000);
    }
    let answer = person.about_contoso(&home, &["scan", "--json"]).expect(3);
    let scan = answer.json();
    for (store, path) in [
        ("npm", ".npmrc"),
        ("git-config", ".gitconfig"),
        ("netrc", ".netrc"),
        ("mcp-tenant-cache", ".ado_orgs.cache"),
    ] {
        let path = home.join(path);
        let places = scan["places"].as_array().unwrap();
        let place = places
            .iter()
            .find(|one| one["store"] == store && one["path"].as_str() == path.to_str());
        let place = place.unwrap();
        assert_eq!(place["state"], "unreadable", "{place:#}");
        assert!(
            place["reason"]
                .as_str()
                .unwrap()
                .contains("ermission denied"),
            "{place:#}"
        );
    }
    assert_eq!(findings(&scan, "stale").len(), 10, "{:#}", scan["findings"]);

    let before = tree(&home.path());
    let run = person
        .about_contoso(&home, &["clean", "--yes", "--json"])
        .expect(3)
        .json();
    assert_eq!(run["outcomes"].as_array().unwrap().len(), 10);
    person.rekey(&home, &["undo"]).expect(0);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn a_folder_that_may_not_be_entered_is_said_to_be_unreadable() {
    let (home, person) = persons_home();
    set_mode(&home.join("src"), 0o000);
    let answer = person.about_contoso(&home, &["scan", "--json"]);
    set_mode(&home.join("src"), 0o755);
    let scan = answer.expect(3).json();
    let places = scan["places"].as_array().unwrap();
    let place = places
        .iter()
        .find(|one| one["path"].as_str() == home.join("src").to_str());
    assert_eq!(place.unwrap()["state"], "unreadable");
    assert_eq!(findings(&scan, "stale").len(), 13, "{:#}", scan["findings"]);
}

#[test]
fn in_a_home_that_may_not_be_written_clean_fails_and_changes_nothing() {
    let (home, person) = persons_home();
    let before = tree(&home.path());
    let closed = ["", ".local"];
    for folder in closed {
        set_mode(&home.join(folder), 0o555);
    }
    let scan = person.about_contoso(&home, &["scan", "--json"]);
    let clean = person.about_contoso(&home, &["clean", "--yes"]);
    for folder in closed {
        set_mode(&home.join(folder), 0o755);
    }
    assert_eq!(findings(&scan.expect(1).json(), "stale").len(), 15);
    let clean = clean.expect(3);
    assert!(
        clean.stderr.contains("rekey's own folder"),
        "{}",
        clean.stderr
    );
    assert!(
        clean.stderr.contains("ermission denied"),
        "{}",
        clean.stderr
    );
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn where_only_some_folders_may_be_written_the_rest_is_cleaned_and_nothing_is_half_done() {
    let (home, person) = persons_home();
    let before = tree(&home.path());
    person.own(&home, Path::new(".local/state/rekey"));
    let closed = ["", "src/app/.git", ".config/pip"];
    for folder in closed {
        set_mode(&home.join(folder), 0o555);
    }
    let run = person.about_contoso(&home, &["clean", "--yes", "--json"]);
    for folder in closed {
        set_mode(&home.join(folder), 0o755);
    }
    let run = run.expect(3).json();
    let plan = run["plan"].as_array().unwrap();
    for outcome in run["outcomes"].as_array().unwrap() {
        let edit = plan
            .iter()
            .find(|edit| edit["id"] == outcome["edit"])
            .unwrap();
        let path = Path::new(edit["location"]["path"].as_str().unwrap());
        let folder = path.parent().unwrap();
        if closed.iter().any(|closed| home.join(closed) == folder) {
            assert_eq!(outcome["state"], "failed", "{path:?}");
            assert!(
                outcome["reason"]
                    .as_str()
                    .unwrap()
                    .contains("ermission denied"),
                "{outcome}"
            );
        } else {
            assert_eq!(outcome["state"], "done", "{path:?}: {outcome}");
        }
    }
    assert_eq!(
        differences(&before, &tree(&home.path())),
        [
            ".azure/azuredevops/personalAccessTokens",
            ".cargo/credentials.toml",
            ".gcm/store/git/https/dev.azure.com/contoso/dev.credential",
            ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
            ".nuget/NuGet/NuGet.Config",
        ]
    );
    person.rekey(&home, &["undo"]).expect(0);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}
