//! Paths as a person of Windows sees them: as they are typed, with one kind of separator, one name for one file.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::plain::{plant, set_modified};
use support::tokens::pat84;
use support::windows_files::Files;
use support::windows_registry::{Profile, Registry};
use support::{Answer, Home, about_contoso, bounded};

/// How paths begin that no person types.
const PREFIX: &str = r"\\?\";

/// The prefix of paths in JSON, where each of its marks is doubled.
const PREFIX_IN_JSON: &str = r"\\\\?\\";

fn npmrc(token: &str) -> String {
    format!("//pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_authToken={token}\n")
}

#[track_caller]
fn assert_typed(answer: &Answer, what: &str) {
    for text in [&answer.stdout, &answer.stderr] {
        let prefixed = text.contains(PREFIX) || text.contains(PREFIX_IN_JSON);
        assert!(!prefixed, "{what}: {text}");
    }
}

/// Every path in an answer, wherever it stands.
fn paths(answer: &Value, found: &mut Vec<String>) {
    match answer {
        Value::Array(all) => all.iter().for_each(|one| paths(one, found)),
        Value::Object(all) => {
            let path = all.get("path").and_then(Value::as_str);
            found.extend(path.map(str::to_owned));
            all.values().for_each(|one| paths(one, found));
        }
        _ => {}
    }
}

/// The paths of files have one kind of separator.
#[track_caller]
fn assert_one_separator(answer: &Value) {
    let mut all = Vec::new();
    paths(answer, &mut all);
    let is_file = |path: &&String| path.as_bytes().get(1) == Some(&b':');
    let files: Vec<_> = all.iter().filter(is_file).collect();
    let mixed: Vec<_> = files.iter().filter(|path| path.contains('/')).collect();
    assert!(!files.is_empty() && mixed.is_empty(), "{mixed:#?}");
}

/// No place stands there twice.
#[track_caller]
fn assert_each_once(scan: &Value) {
    let mut known = BTreeSet::new();
    for place in scan["places"].as_array().unwrap() {
        let name = (place["store"].to_string(), place["path"].to_string());
        assert!(known.insert(name), "twice: {place}");
    }
}

#[test]
fn a_profile_is_shown_as_its_owner_types_it() {
    let _registry = Registry::alone();
    let profile = Profile::new();
    let mut files = Files::new();
    let home = dirs::home_dir().unwrap();
    let roaming = dirs::config_dir().unwrap();
    let token = pat84('C', 'A', 1);
    let npm = files.write(home.join(".npmrc"), npmrc(&token));
    let pip = files.write(
        roaming.join(r"pip\pip.ini"),
        format!("[global]\r\nindex-url = https://dev:{token}@pkgs.dev.azure.com/contoso/_packaging/web/pypi/simple/\r\n"),
    );
    let hosts = files.write(
        home.join(r".ssh\known_hosts"),
        "ssh.dev.azure.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQE=\r\n",
    );
    for path in [&npm, &pip, &hosts] {
        set_modified(path);
    }
    let rekey =
        |command: &[&str]| profile.rekey(&[command, &["--offline"], &about_contoso()].concat());

    let scan = rekey(&["scan", "--all", "--json"]);
    assert_typed(&scan, "scan");
    let scan = scan.json();
    assert_one_separator(&scan);
    assert_each_once(&scan);
    for (store, path) in [("npm", &npm), ("pip", &pip)] {
        let found = scan["findings"].as_array().unwrap().iter();
        let found: Vec<_> = found.filter(|one| one["store"] == store).collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["location"]["path"].as_str(), path.to_str());
    }
    for command in [
        &["scan", "--all"][..],
        &["clean", "--dry-run"],
        &["clean", "--dry-run", "--json"],
        &["clean", "--yes", "--json"],
        &["status", "--json"],
    ] {
        assert_typed(&rekey(command), &format!("{command:?}"));
    }
    let listed = profile.rekey(&["undo", "--list"]);
    assert_typed(&listed, "undo --list");
    let undone = profile.rekey(&["undo", "--json"]).expect(0);
    assert_typed(&undone, "undo");
    let mut undone_paths = Vec::new();
    paths(&undone.json(), &mut undone_paths);
    undone_paths.sort();
    assert_eq!(undone_paths, [".npmrc", r"AppData\Roaming\pip\pip.ini"]);
    profile.rekey(&["undo", "--purge"]);
}

#[test]
fn a_home_has_the_same_findings_however_it_is_written() {
    let home = Home::new();
    plant(&home);
    let typed = home.path().to_str().unwrap().to_owned();
    let scan = |home: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rekey"));
        command.args(["scan", "--all", "--json", "--home", home]);
        command
            .args(about_contoso())
            .stdin(std::process::Stdio::null());
        let answer = bounded(&mut command).expect(1);
        assert_typed(&answer, home);
        assert_one_separator(&answer.json());
        assert_each_once(&answer.json());
        answer.json()
    };
    let plain = scan(&typed);
    assert!(
        plain["findings"].as_array().unwrap().len() > 15,
        "{plain:#}"
    );
    for other in [
        format!("{PREFIX}{typed}"),
        typed.replace('\\', "/"),
        format!(r"{typed}\src\.."),
    ] {
        let scan = scan(&other);
        assert_eq!(scan["findings"], plain["findings"], "{other}");
    }
}

#[test]
fn a_report_names_files_from_the_home_on() {
    let home = Home::new();
    plant(&home);
    let nobody = "http://127.0.0.1:9";
    home.about_contoso(&["run", "--unattended", "--collector", nobody]);
    let report = home.rekey(&["report"]).expect(0);
    assert_typed(&report, "report");
    let mut all = Vec::new();
    paths(&report.json(), &mut all);
    assert!(all.contains(&r"~\.npmrc".to_owned()), "{all:#?}");
    let home = home.path().to_str().unwrap().to_lowercase();
    let whole: Vec<_> = all
        .iter()
        .filter(|path| path.to_lowercase().contains(&home))
        .collect();
    assert!(whole.is_empty(), "{whole:#?}");
}

#[test]
fn what_is_wrong_is_said_with_the_path_as_it_is_typed() {
    let home = Home::new();
    home.write(r"AppData\Roaming\rekey\config.toml", "nothing\n");
    let told = home.about_contoso(&["scan"]).expect(2);
    assert_typed(&told, "settings");
    let settings = home.join(r"AppData\Roaming\rekey\config.toml");
    let settings = settings.to_str().unwrap();
    assert!(told.stderr.contains(settings), "{}", told.stderr);
}
