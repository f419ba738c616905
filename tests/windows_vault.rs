//! The real Credential Manager of Windows from find to undo, with entries as their owners write them.
//!
//! It is the vault of whoever runs the tests, so each test empties it: they are for a Wine prefix, or an account of their own.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and start the program"
)]

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::credentials::{Entry, Planted, utf16};
use support::tokens::{entra_jwt, pat52, pat84};
use support::{Answer, CONNECTED, OLD_TENANT, TENANT, bounded, not_tried, with_input};

/// Made months before the connection.
fn old(seed: u8) -> String {
    pat84('C', 'C', seed)
}

/// Made after the connection.
fn new(seed: u8) -> String {
    pat84('C', 'K', seed)
}

/// rekey's own folder in the profile of whoever runs the tests, which is gone before and after.
struct State(PathBuf);

impl State {
    fn new() -> Self {
        support::windows_machine::must_be_for_tests();
        let state = Self(dirs::data_local_dir().unwrap().join("rekey"));
        state.clear();
        state
    }

    fn clear(&self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A vault with these entries alone, and nothing remembered.
struct Fixture {
    _state: State,
    _planted: Planted,
    connected: String,
}

impl Fixture {
    fn new(entries: &[Entry]) -> Self {
        Self {
            _state: State::new(),
            _planted: Planted::new(entries),
            connected: CONNECTED.to_owned(),
        }
    }

    /// The organization was connected after all this was written.
    fn connected_now(self) -> Self {
        let connected = jiff::Timestamp::now().to_string();
        Self { connected, ..self }
    }

    /// rekey as the person themselves, about `contoso`.
    fn rekey(&self, arguments: &[&str]) -> Answer {
        let about = ["--org", "contoso", "--tenant", TENANT];
        rekey(&[arguments, &about, &["--connected-at", &self.connected]].concat())
    }

    fn scan(&self, code: i32) -> Value {
        let only = ["scan", "--json", "--only", "os-vault"];
        self.rekey(&only).expect(code).json()
    }

    fn clean(&self, code: i32) -> Value {
        let yes = ["clean", "--yes", "--json", "--only", "os-vault"];
        self.rekey(&yes).expect(code).json()
    }
}

/// rekey as whoever runs the tests.
fn rekey(arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command
        .args(arguments)
        .arg("--offline")
        .stdin(Stdio::null());
    bounded(&mut command)
}

fn undo(code: i32) -> Value {
    rekey(&["undo", "--json"]).expect(code).json()
}

/// Findings as `verdict remedy target account`, sorted.
fn shown(scan: &Value) -> Vec<String> {
    let findings = scan["findings"].as_array().unwrap().iter();
    let mut shown: Vec<_> = findings
        .map(|finding| {
            let location = &finding["location"];
            assert_eq!(location["vault"], "Credential Manager");
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let parts = [
                &finding["verdict"],
                &finding["remedy"],
                &location["target"],
                &location["account"],
            ];
            parts.map(text).join(" ")
        })
        .collect();
    shown.sort();
    shown
}

fn targets() -> Vec<String> {
    let all = Entry::all().into_iter();
    let others = all.filter(|entry| !entry.target.starts_with("dev.rekey.agent/"));
    others.map(|entry| entry.target).collect()
}

const FEED: &str = "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi";
const PAT: &str = "Personal Access Token";

/// Eight writers for `contoso`, which would be cleaned, and others beside them, which stay.
fn entries() -> Vec<Entry> {
    let gcm = Entry::git_credential_manager;
    let long = entra_jwt(OLD_TENANT, 1_700_000_000);
    let (one, two) = long.as_bytes().split_at(100);
    let shard = format!("{FEED}/upload-shard-0001");
    vec![
        gcm("https://dev.azure.com/contoso", "dev@contoso.com", &old(1)),
        gcm(
            "https://work_contoso.com@dev.azure.com/contoso",
            "work@contoso.com",
            &old(2),
        ),
        gcm("https://contoso.visualstudio.com", PAT, &old(3)),
        gcm("https://dev.azure.com", PAT, &old(4)),
        Entry::wincred(
            "https://dev@dev.azure.com/contoso/p/_git/r",
            "dev",
            &format!("{}\r\noauth_refresh_token=x", old(5)),
        ),
        Entry::python("azdevops-cli:https://dev.azure.com/contoso", PAT, &old(6)),
        Entry::python_bytes(&format!("{FEED}/upload"), "dev", one.to_vec()),
        Entry::python_bytes(&shard, "dev", two.to_vec()),
        Entry::python(&format!("other@{FEED}/upload"), "other", &old(7)),
        Entry::uv(FEED, "dev", &old(8)),
        Entry::keytar("GitHub - https://dev.azure.com/contoso", "dev", &old(9)),
        Entry::keytar(
            "IntelliJ Platform Git HTTP — https://dev.azure.com",
            "contoso",
            &old(10),
        ),
        Entry::keytar("vscode-vsce", "contoso", &old(11)),
        gcm(
            "https://dev.azure.com/fabrikam",
            "dev@fabrikam.com",
            &old(12),
        ),
        Entry::python("azdevops-cli:https://dev.azure.com/fabrikam", PAT, &old(13)),
        gcm("https://contoso@dev.azure.com", PAT, &new(14)),
        gcm("https://github.com", "dev", "theirs"),
        Entry::python("https://python.contoso.com", "dev", "theirs"),
        Entry::of_session("TERMSRV/dev.azure.com", b"\x01\xff\x03"),
        Entry::of_windows("files.contoso.com", r"CONTOSO\dev", "theirs"),
    ]
}

#[test]
fn what_eight_writers_stored_goes_and_comes_back_with_all_that_it_had() {
    let fixture = Fixture::new(&entries());
    let before = Entry::all();
    assert_eq!(before.len(), entries().len());

    let scan = fixture.scan(1);
    let expected = [
        "current automatic git:https://***@dev.azure.com Personal Access Token",
        "stale automatic azdevops-cli:https://dev.azure.com/contoso Personal Access Token",
        "stale automatic dev.uv:https://pkgs.dev.azure.com/contoso/_packaging/f/pypi dev",
        "stale automatic git:https://***@dev.azure.com/contoso work@contoso.com",
        "stale automatic git:https://***@dev.azure.com/contoso/p/_git/r dev",
        "stale automatic git:https://contoso.visualstudio.com Personal Access Token",
        "stale automatic git:https://dev.azure.com/contoso dev@contoso.com",
        "stale automatic https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload dev",
        "stale automatic other@https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload other",
        "stale consent GitHub - https://dev.azure.com/contoso/dev dev",
        "stale consent IntelliJ Platform Git HTTP — https://dev.azure.com/contoso contoso",
        "unsure consent git:https://dev.azure.com Personal Access Token",
        "unsure consent vscode-vsce/contoso contoso",
    ];
    assert_eq!(shown(&scan), expected);
    assert_eq!(Entry::all(), before, "a scan changes nothing");
    let again = fixture.scan(1);
    assert_eq!(scan["findings"], again["findings"], "ids are stable");

    let run = fixture.clean(1);
    let outcomes = run["outcomes"].as_array().unwrap();
    let done = outcomes.iter().filter(|outcome| outcome["state"] == "done");
    assert_eq!(done.count(), 10, "{outcomes:#?}");
    let left = [
        "TERMSRV/dev.azure.com",
        "azdevops-cli:https://dev.azure.com/fabrikam",
        "files.contoso.com",
        "git:https://contoso@dev.azure.com",
        "git:https://dev.azure.com",
        "git:https://dev.azure.com/fabrikam",
        "git:https://github.com",
        "https://python.contoso.com",
        "vscode-vsce/contoso",
    ];
    assert_eq!(targets(), left);

    // What is unsure stays with the person; nothing more is done.
    let second = fixture.clean(1);
    let outcomes = second["outcomes"].as_array().unwrap();
    assert!(
        outcomes.iter().all(|outcome| outcome["state"] != "done"),
        "{outcomes:#?}"
    );

    let undone = undo(0);
    let entries = undone["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 11, "{undone:#}");
    assert!(entries.iter().all(|entry| entry["state"] == "restored"));
    rekey(&["undo", "--purge"]).expect(0);
    assert_eq!(Entry::all(), before);
}

#[test]
fn what_is_no_text_or_kept_by_windows_is_told_by_its_time_and_comes_back_where_it_can() {
    let odd = Entry::of_session(
        "git:https://dev.azure.com/contoso",
        b"\x01\0\0\0\xd0\x8c\x9d\xdf\xff",
    );
    let windows = Entry::of_windows("contoso.visualstudio.com", r"CONTOSO\dev", "word");
    let short = Entry::git_credential_manager("https://contoso.visualstudio.com", PAT, &pat52(1));
    let fixture = Fixture::new(&[odd.clone(), windows.clone(), short.clone()]).connected_now();
    let scan = fixture.scan(1);
    let expected = [
        "stale automatic git:https://contoso.visualstudio.com Personal Access Token",
        r"stale consent contoso.visualstudio.com CONTOSO\dev",
        "stale consent git:https://dev.azure.com/contoso -",
    ];
    assert_eq!(shown(&scan), expected);
    let codes = &scan["findings"][0]["evidence"];
    assert!(
        codes.to_string().contains("written-before-connection"),
        "{codes}"
    );
    fixture.clean(0);
    assert!(targets().is_empty());
    let second = fixture.clean(0);
    assert_eq!(second["outcomes"].as_array().unwrap().len(), 0);
    undo(0);
    let mut back = Entry::all();
    back.retain(|entry| !entry.target.starts_with("dev.rekey.agent/"));
    let mut expected = vec![odd, short];
    expected.sort();
    // Windows gives nobody the password that it signs in with itself.
    assert_eq!(back, expected);
}

#[test]
fn an_entry_that_is_made_anew_is_not_overwritten_by_undo() {
    let gcm = Entry::git_credential_manager;
    let service = "https://dev.azure.com/contoso";
    let fixture = Fixture::new(&[gcm(service, "dev@contoso.com", &old(1))]);
    fixture.clean(0);
    let renewed = gcm(service, "work@contoso.com", &new(2));
    renewed.write();
    let undone = undo(3);
    let entry = &undone["entries"][0];
    assert_eq!(entry["state"], "changed-since", "{undone:#}");
    assert_eq!(entry["reason"], "there is a new entry in its place");
    assert!(Entry::all().contains(&renewed));
}

#[test]
fn where_policy_keeps_nothing_no_key_is_left() {
    let gcm = Entry::git_credential_manager("https://dev.azure.com/contoso", "dev", &old(1));
    let fixture = Fixture::new(&[gcm]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command.args([
        "clean",
        "--yes",
        "--offline",
        "--org",
        "contoso",
        "--tenant",
        TENANT,
    ]);
    command.args(["--connected-at", CONNECTED, "--only", "os-vault"]);
    command
        .env("REKEY_UNDO_KEEP_DAYS", "0")
        .stdin(Stdio::null());
    bounded(&mut command).expect(0);
    assert!(Entry::all().is_empty());
    drop(fixture);
}

#[test]
fn a_home_that_is_looked_at_by_its_path_has_no_vault() {
    let gcm = Entry::git_credential_manager("https://dev.azure.com/contoso", "dev", &old(1));
    let fixture = Fixture::new(&[gcm]);
    let home = tempfile::TempDir::new().unwrap();
    let home = home.path().to_str().unwrap();
    let scan = fixture.rekey(&["scan", "--json", "--home", home]);
    assert_eq!(
        scan.expect(0).json()["findings"].as_array().unwrap().len(),
        0
    );
}

/// git's own helper, which `ci/cross/wine-start` builds from Debian's source.
const WINCRED: &str = "C:/rekey-tests/git-credential-wincred.exe";

/// The person's `.gitconfig`, which is gone afterwards.
struct GitConfig(PathBuf);

impl GitConfig {
    fn new(content: &str) -> Self {
        let path = dirs::home_dir().unwrap().join(".gitconfig");
        assert!(!path.exists(), "{} is somebody's own", path.display());
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for GitConfig {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn wincred(action: &str, password: &str) -> String {
    let input =
        format!("protocol=https\nhost=dev.azure.com\npath=contoso\nusername=dev\n{password}\n");
    let answer = with_input(Command::new(WINCRED).arg(action), &input);
    answer.expect(0).stdout
}

#[test]
fn gits_own_helper_is_asked_whether_it_still_answers() {
    if !std::path::Path::new(WINCRED).is_file() {
        return not_tried("git-credential-wincred.exe was not built in the Wine prefix");
    }
    let fixture = Fixture::new(&[]);
    let _config = GitConfig::new(&format!("[credential]\n\thelper = {WINCRED}\n"));
    let secret = old(1);
    wincred(
        "store",
        &format!("password={secret}\npassword_expiry_utc=1800000000\n"),
    );
    assert_eq!(targets(), ["git:https://dev@dev.azure.com/contoso"]);
    let before = Entry::all();

    let unattended = ["clean", "--unattended", "--json", "--only", "os-vault"];
    let left = fixture.rekey(&unattended).expect(1).json();
    assert_eq!(left["helpers"][0]["helper"], "wincred", "{left:#}");
    assert_eq!(left["helpers"][0]["state"], "still-answers");
    let run = fixture.clean(0);
    assert_eq!(run["helpers"][0]["state"], "silent", "{run:#}");
    assert!(!wincred("get", "").contains(&secret));

    undo(0);
    assert!(wincred("get", "").contains(&secret));
    rekey(&["undo", "--purge"]).expect(0);
    assert_eq!(Entry::all(), before);
}

#[test]
fn a_new_token_takes_the_place_of_the_old_one_as_each_program_writes_it() {
    let entries = |token: &str| {
        [
            Entry::git_credential_manager("git:https://dev.azure.com/contoso", "dev", token),
            Entry::python(
                "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/",
                "dev",
                token,
            ),
        ]
    };
    let (old, fresh) = (old(1), new(2));
    let fixture = Fixture::new(&entries(&old));
    let before = Entry::all();
    let guide = ["guide", "pats", "--token-file", "-", "--offline", "--json"];
    let about = [
        "--org",
        "contoso",
        "--tenant",
        TENANT,
        "--connected-at",
        CONNECTED,
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command.args([&guide[..], &about].concat());
    let told = with_input(&mut command, &fresh).expect(1).json();
    let slots = told["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 2, "{told:#}");
    assert!(
        slots.iter().all(|slot| slot["state"] == "filled"),
        "{told:#}"
    );
    let scan = fixture.scan(0);
    assert_eq!(
        scan["summary"],
        serde_json::json!({"stale": 0, "current": 2, "unsure": 0}),
        "{scan:#}"
    );
    let holds = |entry: &Entry, token: &str| {
        let forms = [token.as_bytes().to_vec(), utf16(token)];
        forms
            .iter()
            .any(|form| memchr::memmem::find(&entry.blob, form).is_some())
    };
    for (entry, was) in Entry::all().iter().zip(&before) {
        assert!(
            holds(entry, &fresh) && !holds(entry, &old),
            "{}",
            entry.target
        );
        let as_before = Entry {
            blob: was.blob.clone(),
            ..entry.clone()
        };
        assert_eq!(as_before, *was);
    }
    undo(0);
    assert_eq!(Entry::all(), before);
}
