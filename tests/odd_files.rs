//! What is no file, or no sensible one, where a tool's settings are expected: never a hang, a panic or a change;
//! the place says why it was not read, and the rest is found and cleaned.
//! Not on Windows: pipes, sockets and links are made as Unix makes them.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use support::Home;
use support::plain::plant;
use support::tree::{Entry, differences, tree};

/// Files that become odd, with the store that wants each.
const WANTED: &[(&str, &str)] = &[
    (".ado_orgs.cache", "mcp-tenant-cache"),
    (".cargo/credentials.toml", "cargo"),
    (".config/pip/pip.conf", "pip"),
    (".git-credentials", "git-credential-store"),
    (".gitconfig", "git-config"),
    (
        ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
        "artifacts-credprovider",
    ),
    (".netrc", "netrc"),
    (".npmrc", "npm"),
    (".nuget/NuGet/NuGet.Config", "nuget"),
    (".pypirc", "pypirc"),
];

/// What is stale in the files that stay as they are.
const REST: &[&str] = &[
    "azure-cli-devops azdevops-cli:https://dev.azure.com/contoso",
    "gcm-files https://dev.azure.com/contoso",
    "git-config http.https://dev.azure.com/contoso.extraHeader",
    "git-config remote.origin.url",
];

/// A home whose wanted files are what `make` puts in their place.
fn odd_home(make: impl Fn(&Path, &Home)) -> Home {
    let home = Home::new();
    plant(&home);
    for (path, _) in WANTED {
        let path = home.join(path);
        std::fs::remove_file(&path).unwrap();
        make(&path, &home);
    }
    home
}

fn place<'a>(scan: &'a Value, store: &str, path: &Path) -> &'a Value {
    let places = scan["places"].as_array().unwrap();
    let place = places
        .iter()
        .find(|place| place["store"] == store && place["path"].as_str() == path.to_str());
    place.unwrap_or_else(|| panic!("{store} says nothing of {}: {places:#?}", path.display()))
}

/// Scan, clean and undo go through; each odd file is a place in this state, for this reason, and stays as it was.
#[track_caller]
fn goes_round(home: &Home, code: i32, state: &str, reason: Option<&str>) {
    let before = tree(&home.path());
    let answer = home.about_contoso(&["scan", "--json"]);
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
    let answer = answer.expect(code);
    let scan = answer.json();
    for (path, store) in WANTED {
        let place = place(&scan, store, &home.join(path));
        assert_eq!(place["state"], state, "{place:#}");
        match reason {
            Some(reason) => {
                let said = place["reason"].as_str().unwrap();
                assert!(said.contains(reason), "{place:#}");
            }
            None => assert!(place["reason"].is_null(), "{place:#}"),
        }
    }
    assert_eq!(support::findings(&scan, "stale"), REST);

    let left = if code == 3 { 3 } else { 0 };
    let run = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(left);
    let states: Vec<_> = run.json()["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["state"].clone())
        .collect();
    assert_eq!(states, vec!["done"; REST.len()], "{}", run.stdout);
    let changed = differences(&before, &tree(&home.path()));
    assert_eq!(
        changed,
        [
            ".azure/azuredevops/personalAccessTokens",
            ".gcm/store/git/https/dev.azure.com/contoso/dev.credential",
            "src/app/.git/config",
        ]
    );
    home.rekey(&["undo"]).expect(0);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn a_pipe_is_not_waited_for() {
    let home = odd_home(|path, home| {
        home.tool("mkfifo", &[path.to_str().unwrap()], &home.path(), "")
            .expect(0);
    });
    assert_eq!(tree(&home.path())[Path::new(".npmrc")], Entry::Other);
    goes_round(&home, 3, "unreadable", Some("not a regular file"));
}

#[test]
fn a_folder_is_no_file() {
    let home = odd_home(|path, _| std::fs::create_dir(path).unwrap());
    goes_round(&home, 3, "unreadable", Some("not a regular file"));
}

#[test]
fn a_socket_is_no_file() {
    let home = odd_home(|path, _| {
        // The name of a socket may be too long where it is wanted.
        let folder = tempfile::tempdir().unwrap();
        let short = folder.path().join("s");
        drop(std::os::unix::net::UnixListener::bind(&short).unwrap());
        std::fs::rename(&short, path).unwrap();
    });
    goes_round(&home, 3, "unreadable", Some("not a regular file"));
}

#[test]
fn a_loop_of_links_ends() {
    let home = odd_home(|path, _| {
        let other = path.with_added_extension("other");
        symlink(&other, path).unwrap();
        symlink(path, &other).unwrap();
    });
    goes_round(&home, 3, "unreadable", Some("symbolic link"));
}

#[test]
fn a_link_that_leaves_the_home_is_not_followed() {
    let elsewhere = Home::new();
    plant(&elsewhere);
    let before = tree(&elsewhere.path());
    let home = odd_home(|path, home| {
        let same = path.strip_prefix(home.path()).unwrap();
        symlink(elsewhere.path().join(same), path).unwrap();
    });
    goes_round(&home, 1, "skipped", Some("link-leaves-home"));
    assert_eq!(differences(&before, &tree(&elsewhere.path())), [""; 0]);
}

#[test]
fn a_device_is_not_read() {
    let home = odd_home(|path, _| symlink("/dev/zero", path).unwrap());
    goes_round(&home, 1, "skipped", Some("link-leaves-home"));
}

#[test]
fn a_link_to_nothing_is_nothing() {
    let home = odd_home(|path, _| symlink("gone", path).unwrap());
    goes_round(&home, 1, "absent", None);
}

#[test]
fn a_file_of_200_megabytes_is_not_read() {
    let home = odd_home(|path, _| {
        let file = std::fs::File::create_new(path).unwrap();
        file.set_len(200 * 1024 * 1024).unwrap();
    });
    goes_round(&home, 3, "unreadable", Some("209715200 bytes"));
}
