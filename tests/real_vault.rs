//! The system's vault as real tools fill it: gnome-keyring, git's helper, `secret-tool`, Python's keyring.
//! Not on Windows: the Secret Service is the vault of Linux; `windows_*.rs` are about that of Windows.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say what they cannot try"
)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::keyring::{Session, git_helper, python};
use support::tokens::pat84;
use support::{Home, bounded, not_tried};

/// Made months before the connection.
fn old(seed: u8) -> String {
    pat84('C', 'C', seed)
}

/// Made after the connection.
fn new(seed: u8) -> String {
    pat84('C', 'K', seed)
}

/// Findings as `verdict target`, sorted.
fn shown(scan: &Value) -> Vec<String> {
    let findings = scan["findings"].as_array().unwrap().iter();
    let mut shown: Vec<_> = findings
        .map(|finding| {
            let location = &finding["location"];
            assert_eq!(location["vault"], "Secret Service");
            format!(
                "{} {}",
                finding["verdict"].as_str().unwrap(),
                location["target"].as_str().unwrap()
            )
        })
        .collect();
    shown.sort();
    shown
}

fn place<'s>(scan: &'s Value, path: &str) -> (&'s str, &'s str) {
    let mut places = scan["places"].as_array().unwrap().iter();
    let place = places.find(|place| place["path"] == path).unwrap();
    let reason = place["reason"].as_str().unwrap_or_default();
    (place["state"].as_str().unwrap(), reason)
}

/// No token is in anything that rekey wrote below the home.
fn assert_nothing_leaks(folder: &Path, secrets: &[String]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nothing_leaks(&path, secrets);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let leak = secrets.iter().any(|secret| text.contains(secret));
            assert!(!leak, "{}", path.display());
        }
    }
}

const GCM: [&str; 4] = [
    "service",
    "git:https://dev.azure.com/contoso",
    "account",
    "dev@contoso.com",
];

#[test]
fn what_secret_tool_and_git_stored_goes_and_comes_back() {
    let Some(session) = Session::new() else {
        return;
    };
    let secrets = [old(1), old(2), old(3), new(4)];
    session.store("git:https://dev.azure.com/contoso", &GCM, &secrets[0]);
    let fabrikam = [
        "service",
        "git:https://dev.azure.com/fabrikam",
        "account",
        "dev",
    ];
    session.store("theirs", &fabrikam, &secrets[1]);
    let renewed = [
        "service",
        "git:https://contoso.visualstudio.com",
        "account",
        "dev",
    ];
    session.store("renewed", &renewed, &secrets[3]);
    session.store("mail", &["service", "mail", "account", "dev"], "word");

    let folder = tempfile::TempDir::new().unwrap();
    let helper = git_helper(folder.path());
    let git = |action: &str, host: &str, path: &str, password: &str| {
        let Some(helper) = &helper else {
            return String::new();
        };
        let input = format!("protocol=https\nhost={host}\npath={path}\nusername=dev\n{password}\n");
        let answer = session.tool(helper.to_str().unwrap(), &[action], &input);
        answer.expect(0).stdout
    };
    let password = format!("password={}\n", secrets[2]);
    git("store", "dev.azure.com", "contoso/p/_git/r", &password);
    git("store", "github.com", "contoso/r", "password=word\n");

    let scan = session.rekey(&["scan", "--json"]).expect(1).json();
    let mut expected = vec![
        "current git:https://contoso.visualstudio.com",
        "stale git:https://dev.azure.com/contoso",
    ];
    if helper.is_some() {
        expected.push("stale https://dev.azure.com/contoso/p/_git/r");
    }
    assert_eq!(shown(&scan), expected);
    assert_eq!(place(&scan, "Secret Service: Login").0, "read");

    let dry = session
        .rekey(&["clean", "--dry-run", "--json"])
        .expect(1)
        .json();
    assert_eq!(dry["plan"][0]["action"], "delete-vault-entry");
    assert_eq!(session.lookup(&["service", "dev.rekey.agent"]), "");
    assert_eq!(session.lookup(&GCM), secrets[0]);

    let run = session
        .rekey(&["clean", "--yes", "--json"])
        .expect(0)
        .json();
    let outcomes = run["outcomes"].as_array().unwrap();
    assert!(
        outcomes.iter().all(|outcome| outcome["state"] == "done"),
        "{outcomes:#?}"
    );
    assert_eq!(session.lookup(&GCM), "");
    let gone = git("get", "dev.azure.com", "contoso/p/_git/r", "");
    assert!(!gone.contains("password"), "{gone}");
    for (attributes, secret) in [
        (&fabrikam, secrets[1].as_str()),
        (&renewed, &secrets[3]),
        (&["service", "mail", "account", "dev"], "word"),
    ] {
        assert_eq!(session.lookup(attributes), secret);
    }
    assert_ne!(session.lookup(&["service", "dev.rekey.agent"]), "");
    assert_nothing_leaks(&session.home.join(".local/state"), &secrets);

    session.rekey(&["undo"]).expect(0);
    assert_eq!(session.lookup(&GCM), secrets[0]);
    if helper.is_some() {
        let back = git("get", "dev.azure.com", "contoso/p/_git/r", "");
        assert!(back.contains(&secrets[2]), "{back}");
        assert!(git("get", "github.com", "contoso/r", "").contains("password=word"));
    }
    session.rekey(&["undo", "--purge"]).expect(0);
    assert_eq!(session.lookup(&["service", "dev.rekey.agent"]), "");
}

#[test]
fn what_python_stored_comes_back_with_every_attribute() {
    let Some(session) = Session::new() else {
        return;
    };
    let Some(python) = python() else { return };
    session.home.write(
        ".config/pypoetry/config.toml",
        "[repositories.feed]\nurl = \"https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload\"\n",
    );
    let secrets: Vec<String> = (1..6).map(old).collect();
    let program = format!(
        "
import keyring, secretstorage
secrets = {secrets:?}
keyring.set_password('azdevops-cli:https://dev.azure.com/contoso', 'Personal Access Token', secrets[0])
keyring.set_password('https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/', 'dev', secrets[1])
keyring.set_password('poetry-repository-feed', 'dev', secrets[2])
keyring.set_password('azdevops-cli:https://dev.azure.com/fabrikam', 'Personal Access Token', secrets[3])
keyring.set_password('poetry-repository-other', 'dev', 'word')
collection = secretstorage.get_default_collection(secretstorage.dbus_init())
def add(label, attributes, secret, content_type='text/plain'):
    collection.create_item(label, attributes, secret.encode(), False, content_type)
add('git:https://dev.azure.com/contoso', {{'service': 'git:https://dev.azure.com/contoso', 'account': 'dev', 'xdg:schema': 'com.microsoft.GitCredentialManager'}}, secrets[4])
add('dev@uv:https://pkgs.dev.azure.com/contoso:default (uv)', {{'service': 'uv:https://pkgs.dev.azure.com/contoso', 'username': 'dev', 'target': 'default', 'application': 'rust-keyring'}}, secrets[0])
add('IntelliJ', {{'service': 'IntelliJ Platform Git HTTP — https://dev@dev.azure.com/contoso', 'account': 'dev', 'xdg:schema': 'com.intellij.credentialStore.Credential'}}, 'dev@' + secrets[1])
add('vscode-vsce/contoso', {{'service': 'vscode-vsce', 'account': 'contoso'}}, secrets[2])
add('MSALCache', {{'MsalClientID': 'Microsoft.Developer.IdentityService', 'Microsoft.Developer.IdentityService': '1.0.0.0'}}, '{{}}')
add('twice', {{'service': 'git:https://contoso.visualstudio.com'}}, secrets[3])
add('twice', {{'service': 'git:https://contoso.visualstudio.com'}}, secrets[4])
"
    );
    session
        .tool(python.to_str().unwrap(), &["-c", &program], "")
        .expect(0);
    let before = session.entries(&python);
    assert_eq!(before.as_array().unwrap().len(), 12);

    let scan = session.rekey(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        shown(&scan),
        [
            "stale IntelliJ Platform Git HTTP — https://***@dev.azure.com/contoso",
            "stale azdevops-cli:https://dev.azure.com/contoso",
            "stale git:https://contoso.visualstudio.com",
            "stale git:https://contoso.visualstudio.com",
            "stale git:https://dev.azure.com/contoso",
            "stale https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/",
            "stale poetry-repository-feed",
            "stale uv:https://pkgs.dev.azure.com/contoso",
            "unsure vscode-vsce",
        ]
    );
    assert_eq!(place(&scan, "Secret Service, MSALCache").0, "skipped");
    let again = session.rekey(&["scan", "--json"]).expect(1).json();
    assert_eq!(scan["findings"], again["findings"], "ids are stable");

    session.rekey(&["clean", "--unattended"]).expect(1);
    assert_eq!(session.entries(&python), before);
    session.rekey(&["clean", "--yes"]).expect(1);
    let left = session.entries(&python);
    let services: Vec<_> = left
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry[1]["service"].as_str())
        .collect();
    assert_eq!(
        services,
        [
            None,
            Some("azdevops-cli:https://dev.azure.com/fabrikam"),
            Some("poetry-repository-other"),
            Some("vscode-vsce"),
        ]
    );
    assert_nothing_leaks(&session.home.join(".local/state"), &secrets);
    let list = session.rekey(&["undo", "--list"]).expect(0).stdout;
    assert!(list.contains("8 vault entries changed"), "{list}");
    let undone = session.rekey(&["undo", "--json"]).expect(0).json();
    assert_eq!(undone["entries"].as_array().unwrap().len(), 8);
    assert_eq!(undone["entries"][0]["state"], "restored");
    assert_eq!(session.entries(&python), before);
}

#[test]
fn a_locked_keyring_is_said_and_nothing_in_it_is_touched() {
    let Some(session) = Session::new() else {
        return;
    };
    session.store("git", &GCM, &old(1));
    session.lock();
    let scan = session.rekey(&["scan", "--json"]).expect(3).json();
    let (state, reason) = place(&scan, "Secret Service: Login");
    assert_eq!(state, "locked");
    assert!(reason.contains("unlock it"), "{reason}");
    assert_eq!(scan["findings"].as_array().unwrap().len(), 0);
    let answer = session.rekey(&["clean", "--yes"]).expect(3);
    assert!(
        answer.stdout.contains("Secret Service: Login is locked"),
        "{}",
        answer.stdout
    );
}

#[test]
fn an_entry_that_is_made_anew_is_not_overwritten_by_undo() {
    let Some(session) = Session::new() else {
        return;
    };
    session.store("git", &GCM, &old(1));
    session.rekey(&["clean", "--yes"]).expect(0);
    session.store("git", &GCM, &new(2));
    let answer = session.rekey(&["undo"]).expect(3);
    assert!(
        answer.stdout.contains("there is a new entry in its place"),
        "{}",
        answer.stdout
    );
    assert_eq!(session.lookup(&GCM), new(2));
}

#[test]
fn an_undo_fails_while_nobody_knows_what_a_killed_run_did() {
    let Some(session) = Session::new() else {
        return;
    };
    session.store("git", &GCM, &old(1));
    session.rekey(&["clean", "--yes"]).expect(0);
    // As if it had been killed right after the keyring had deleted the entry.
    let runs = session.home.join(".local/state/rekey/runs");
    let run = std::fs::read_dir(runs).unwrap().next().unwrap().unwrap();
    let journal = run.path().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let (kept, done) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(done.contains("done"), "{done}");
    std::fs::write(&journal, format!("{kept}\n")).unwrap();

    session.lock();
    let answer = session.rekey(&["undo"]).expect(3);
    assert!(answer.stderr.contains("unlock it"), "{}", answer.stderr);
}

#[test]
fn where_policy_keeps_nothing_no_key_is_left() {
    let Some(session) = Session::new() else {
        return;
    };
    session
        .home
        .write(".config/rekey/config.toml", "[undo]\nkeep_days = 0\n");
    session.store("git", &GCM, &old(1));
    session.rekey(&["clean", "--yes"]).expect(0);
    assert_eq!(session.lookup(&GCM), "");
    assert_eq!(session.lookup(&["service", "dev.rekey.agent"]), "");
}

#[test]
fn no_keyring_is_started_by_a_look() {
    let Some(session) = Session::without_keyring() else {
        return;
    };
    let scan = session.rekey(&["scan", "--json"]).expect(0).json();
    assert_eq!(place(&scan, "Secret Service"), ("absent", ""));
    assert!(!session.has_keyring());
    session
        .home
        .write(".local/share/keyrings/login.keyring", "");
    let scan = session.rekey(&["scan", "--json"]).expect(3).json();
    assert_eq!(place(&scan, "Secret Service").0, "locked");
    assert!(!session.has_keyring());
}

#[test]
fn a_home_that_is_looked_at_by_its_path_has_no_vault() {
    let Some(session) = Session::new() else {
        return;
    };
    session.store("git", &GCM, &old(1));
    let mut command = session.command(&["scan", "--json"]);
    command.arg("--home").arg(session.home.path());
    let scan = bounded(&mut command).expect(0).json();
    assert_eq!(scan["places"].as_array().unwrap().len(), 0);
}

/// A bus starts only for a user whom the system knows.
const NOBODY: u32 = 65_534;

/// rekey at a home whose session bus is this socket.
fn scan_at(home: &Home, bus: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command.args([
        "scan",
        "--json",
        "--only",
        "os-vault",
        "--org",
        "contoso",
        "--offline",
    ]);
    command
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null());
    command.env(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", bus.display()),
    );
    bounded(&mut command).expect(3).json()
}

#[test]
fn a_bus_that_never_answers_is_waited_for_a_few_seconds() {
    let home = Home::new();
    let bus = home.join("bus");
    let _listener = UnixListener::bind(&bus).unwrap();
    let scan = scan_at(&home, &bus);
    let (state, reason) = place(&scan, "Secret Service");
    assert_eq!(state, "unreadable");
    assert!(
        reason.contains("did not answer within 3 seconds"),
        "{reason}"
    );
}

#[test]
fn the_vault_of_another_user_is_not_looked_into() {
    let home = Home::new();
    let theirs = tempfile::TempDir::new().unwrap();
    if chown(theirs.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("only root can be somebody else: not tried");
        return;
    }
    let bus = theirs.path().join("bus");
    let daemon = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .arg(format!("--address=unix:path={}", bus.display()))
        .env_clear()
        .uid(NOBODY)
        .gid(NOBODY)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut daemon) = daemon else {
        not_tried("there is no dbus-daemon");
        return;
    };
    // It says where it listens once it does.
    let mut address = String::new();
    let mut stdout = BufReader::new(daemon.stdout.take().unwrap());
    stdout.read_line(&mut address).unwrap();
    let scan = scan_at(&home, &bus);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let (state, reason) = place(&scan, "Secret Service");
    assert_eq!(state, "unreadable");
    assert!(reason.contains("another user"), "{reason}");
}
