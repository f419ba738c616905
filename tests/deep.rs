//! `--deep`: every file is read, real programs' data too, and nothing is told twice.
//! Not on Windows: it starts git and other real programs of Linux.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say what they leave out"
)]

mod support;

use serde_json::Value;
use support::tokens::{pat52, pat84};
use support::{Home, findings, not_tried};

/// Store, path below the home, line and entry of each finding.
fn places(home: &Home, scan: &Value) -> Vec<String> {
    let root = home.path().to_string_lossy().into_owned() + "/";
    let findings = scan["findings"].as_array().unwrap().iter();
    let place = |finding: &Value| {
        let location = &finding["location"];
        let path = location["path"].as_str().unwrap_or_default();
        let entry = location["entry"].as_str().unwrap_or_default();
        format!(
            "{} {} {} {}",
            finding["store"].as_str().unwrap(),
            path.strip_prefix(&root).unwrap_or(path),
            location["line"],
            entry.split(' ').next().unwrap_or_default(),
        )
    };
    findings.map(place).collect()
}

fn planted() -> Home {
    let home = Home::new();
    let token = pat84('C', 'A', 1);
    let feed = "//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/";
    home.write(
        ".npmrc",
        format!("{feed}:_authToken={token}\n;{feed}:_authToken={token}\n"),
    );
    home.write(".npmrc.bak", format!("{feed}:_authToken={token}\n"));
    home
}

#[test]
fn files_are_read_only_where_that_is_asked_for() {
    let home = planted();
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(findings(&scan, "stale").len(), 1);
    let refused = home.about_contoso(&["scan", "--only", "deep"]).expect(2);
    assert!(refused.stderr.contains("--deep"), "{}", refused.stderr);
    home.about_contoso(&["scan", "--deep=everything"]).expect(2);

    let deep = home.about_contoso(&["scan", "--deep", "--json"]).expect(1);
    let deep = deep.json();
    let stores: Vec<_> = places(&home, &deep)
        .into_iter()
        .map(|place| place.split(' ').take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        stores,
        ["npm .npmrc 1", "deep .npmrc 2", "deep .npmrc.bak 1"]
    );
    for finding in deep["findings"].as_array().unwrap() {
        assert_eq!(finding["verdict"], "stale");
        assert_eq!(finding["organization"], "contoso");
    }
    let roots = deep["places"].as_array().unwrap().iter();
    let roots = roots.filter(|place| place["store"] == "deep");
    assert_eq!(roots.count(), 1);

    home.write(".config/rekey/config.toml", "[scan]\ndeep = true\n");
    let set = home.about_contoso(&["scan", "--only", "deep", "--json"]);
    assert_eq!(places(&home, &set.expect(1).json()).len(), 3);
}

#[test]
fn a_run_changes_nothing_that_only_a_deep_look_finds() {
    let home = planted();
    let bytes = home.read(".npmrc.bak");
    let run = home.about_contoso(&["run", "--deep", "--yes", "--offline", "--json"]);
    let left = run.json();
    assert_eq!(findings(&left["scan"], "stale").len(), 3);
    assert_eq!(home.read(".npmrc.bak"), bytes);
    assert!(home.read(".npmrc").starts_with(";//pkgs"));
}

/// The id of the finding in this file.
fn id_in(scan: &Value, file: &str) -> String {
    let mut findings = scan["findings"].as_array().unwrap().iter();
    let at = |finding: &&Value| {
        let path = finding["location"]["path"].as_str();
        path.is_some_and(|path| path.ends_with(file))
    };
    findings.find(at).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn what_only_a_deep_look_finds_can_be_accepted() {
    let home = planted();
    let deep = home.about_contoso(&["scan", "--deep", "--json"]).json();
    let id = id_in(&deep, ".npmrc.bak");
    home.about_contoso(&["accept", &id]).expect(2);
    home.about_contoso(&["accept", &id, "--deep"]).expect(0);
    let after = home.about_contoso(&["scan", "--deep", "--json"]).json();
    assert_eq!(findings(&after, "stale").len(), 3);
    assert_eq!(after["summary"]["stale"], 2);
    // Capitals are no other id.
    let typed = id.to_ascii_uppercase();
    home.about_contoso(&["accept", &typed[..8], "--withdraw"])
        .expect(0);
    let after = home.about_contoso(&["scan", "--deep", "--json"]).json();
    assert_eq!(after["summary"]["stale"], 3);
}

#[test]
fn an_undo_and_a_word_leave_what_a_deep_run_found() {
    let home = planted();
    home.about_contoso(&["run", "--deep", "--yes", "--offline"]);
    let status = || home.rekey(&["status", "--json"]).json();
    let left = status();
    assert_eq!(left["scan"]["summary"]["stale"], 2);
    assert_eq!(left["depth"], true);
    // No flag is needed for what the last run found.
    let id = id_in(&left["scan"], ".npmrc.bak");
    home.rekey(&["accept", &id]).expect(0);
    assert_eq!(status()["scan"]["summary"]["stale"], 1);
    home.rekey(&["accept", &id, "--withdraw"]).expect(0);
    assert_eq!(status()["scan"]["summary"]["stale"], 2);
    home.rekey(&["undo"]).expect(0);
    assert_eq!(status()["scan"]["summary"]["stale"], 3);
}

#[test]
fn no_file_is_read_only_to_see_which_organizations_there_are() {
    let home = Home::new();
    home.write(".config/rekey/config.toml", "[scan]\ndeep = true\n");
    let token = pat84('C', 'A', 1);
    let address = "https://dev.azure.com/contoso";
    home.write("notes.txt", format!("{address} {token}\n"));
    let welcome = home.rekey(&[]).expect(0).stdout;
    assert!(
        welcome.contains("No Azure DevOps organization"),
        "{welcome}"
    );
    let scan = home.rekey(&["scan"]).expect(2).stderr;
    assert!(scan.contains("none is seen here"), "{scan}");
}

#[test]
fn a_token_in_the_history_is_found_where_objects_are_read() {
    let home = Home::new();
    let token = pat84('C', 'A', 1);
    home.write("shop/a.env", format!("TOKEN={token}\n"));
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=Dev",
            "-c",
            "user.email=dev@contoso.example",
            "commit",
            "--quiet",
            "-m",
            "x",
        ],
    ] {
        home.git("shop", arguments);
    }
    std::fs::remove_file(home.join("shop/a.env")).unwrap();
    let scan = |flag| {
        let answer = home.about_contoso(&["scan", flag, "--json", "--only", "deep"]);
        places(&home, &answer.json())
    };
    assert!(scan("--deep").is_empty());
    assert_eq!(scan("--deep=objects"), ["deep shop null blob"]);
}

#[test]
fn what_python_and_sqlite_keep_is_looked_into() {
    let home = Home::new();
    let tokens = [pat84('C', 'A', 1), pat52(2)];
    let script = "
import py_compile, sqlite3, sys
long, short = sys.stdin.read().split()
with open('settings.py', 'w') as file:
    file.write(f'LONG = {long!r}\\nSHORT = {short!r}\\nURL = \"https://dev.azure.com/contoso\"\\n')
py_compile.compile('settings.py', cfile='settings.pyc')
store = sqlite3.connect('state.vscdb')
store.execute('CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB)')
store.executemany('INSERT INTO ItemTable VALUES (?, ?)', [('secret', short), ('azure.devops', long)])
store.commit()
";
    let python = std::process::Command::new("python3")
        .arg("--version")
        .output();
    if !python.is_ok_and(|python| python.status.success()) {
        not_tried("there is no python3");
        return;
    }
    home.tool("python3", &["-c", script], &home.path(), &tokens.join(" "))
        .expect(0);
    let scan = home.about_contoso(&["scan", "--deep", "--json", "--only", "deep"]);
    let found = places(&home, &scan.json());
    let of = |path: &str| {
        let place = format!("deep {path} ");
        found
            .iter()
            .filter(|found| found.starts_with(&place))
            .count()
    };
    assert_eq!(
        (of("settings.py"), of("settings.pyc"), of("state.vscdb")),
        (2, 2, 2),
        "{found:?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_place_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = planted();
    let closed = home.write("closed/file", "x".repeat(100));
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&closed).is_ok() {
        eprintln!("left out: root reads every file");
        return;
    }
    let scan = home
        .about_contoso(&["scan", "--deep", "--json"])
        .expect(3)
        .json();
    let places = scan["places"].as_array().unwrap().iter();
    let mut closed_places = places.filter(|place| place["path"].as_str() == closed.to_str());
    assert_eq!(closed_places.next().unwrap()["state"], "unreadable");
    assert_eq!(findings(&scan, "stale").len(), 3);
}
