//! What goes to which stream, with how many words and colours, and the one line for device management.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::plain::plant;
use support::{Home, about_contoso, bounded};

const COLOUR: char = '\u{1b}';

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

#[test]
fn stdout_has_the_data_and_stderr_the_rest() {
    let home = planted();
    home.about_contoso(&["run", "--unattended"]).expect(1);
    let scan = home.rekey(&["scan", "--json"]).expect(1);
    assert!(
        scan.stderr.contains("as in the last run"),
        "{}",
        scan.stderr
    );
    assert_eq!(scan.json()["schema"], "rekey.scan/1");
    let quiet = home.rekey(&["scan", "--json", "--quiet"]).expect(1);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn quiet_still_warns() {
    let home = planted();
    let answer = home.rekey(&["scan", "--org", "contosso", "-q"]).expect(1);
    assert!(answer.stderr.starts_with("warning: "), "{}", answer.stderr);
    let wrong = home.rekey(&["scan", "--org", "a/b", "-q"]).expect(2);
    assert!(wrong.stderr.starts_with("error: "), "{}", wrong.stderr);
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let home = planted();
    let colours = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = home.command(&[&["clean"], flags, &about_contoso()].concat());
        let answer = bounded(command.envs(variables.iter().copied())).expect(1);
        answer.stdout.contains(COLOUR)
    };
    assert!(!colours(&[], &[]));
    assert!(!colours(&["--color", "auto"], &[("NO_COLOR", "1")]));
    assert!(!colours(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colours(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(colours(&["--color", "always"], &[]));
    // What is typed is meant more than what is set.
    assert!(colours(&["--color", "always"], &[("NO_COLOR", "1")]));
}

#[test]
fn json_has_no_colour() {
    let home = planted();
    for command in [
        &["scan", "--json"][..],
        &["clean", "--json"],
        &["status", "--json"],
    ] {
        let arguments = [command, &["--color", "always"]].concat();
        let answer = home.about_contoso(&arguments).expect(1);
        assert!(!answer.stdout.contains(COLOUR));
        answer.json();
    }
}

#[test]
fn a_pipe_that_is_closed_early_is_no_panic() {
    let home = planted();
    let mut command = home.command(&[&["scan", "--json"], &about_contoso()[..]].concat());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// The line's state and exit code; the line itself is checked.
#[track_caller]
fn detect(home: &Home) -> (String, i32) {
    let answer = home.rekey(&["status", "--detect"]);
    let line = answer.stdout.strip_suffix('\n').unwrap();
    assert!(
        line.is_ascii() && line.len() <= 200 && !line.contains('\n'),
        "{line}"
    );
    assert_eq!(answer.stderr, "");
    let words: Vec<_> = line.split(' ').collect();
    assert_eq!(words[0], "rekey");
    let keys: Vec<_> = words[1..]
        .iter()
        .map(|word| word.split_once('=').unwrap().0)
        .collect();
    assert_eq!(
        keys,
        ["v", "state", "org", "stale", "unsure", "steps", "err", "at"]
    );
    let state = words[2].strip_prefix("state=").unwrap();
    (state.to_owned(), answer.code)
}

#[test]
fn the_line_for_device_management_knows_every_state() {
    let says = |state: &str, code| (state.to_owned(), code);
    assert_eq!(detect(&Home::new()), says("never-run", 1));

    let home = planted();
    home.about_contoso(&["run", "--unattended"]).expect(1);
    assert_eq!(detect(&home), says("action-needed", 1));

    let later = [
        "run",
        "--unattended",
        "--org",
        "contoso",
        "--connected-at",
        "2100-01-01T00:00:00Z",
    ];
    home.rekey(&later).expect(4);
    assert_eq!(detect(&home), says("waiting", 0));

    std::fs::remove_file(home.join(".npmrc")).unwrap();
    std::fs::create_dir(home.join(".npmrc")).unwrap();
    home.about_contoso(&["run", "--unattended"]).expect(3);
    assert_eq!(detect(&home), says("failed", 1));

    // The person's steps keep a planted home from being compliant, so its last run is written here.
    let last = home.read(".local/state/rekey/last-run.json");
    let compliant = last.replace("\"state\": \"failed\"", "\"state\": \"compliant\"");
    assert_ne!(last, compliant);
    home.write(".local/state/rekey/last-run.json", compliant);
    assert_eq!(detect(&home), says("compliant", 0));

    home.write(".local/state/rekey/last-run.json", "{ half a fi");
    assert_eq!(detect(&home), says("failed", 1));
}

#[test]
fn a_long_scope_fits_into_the_line() {
    let home = planted();
    let names: Vec<String> = (0..30)
        .map(|number| format!("{}{number}", "organization-".repeat(3)))
        .collect();
    let mut arguments = vec!["run", "--unattended"];
    for name in &names {
        arguments.extend(["--org", name]);
    }
    home.rekey(&arguments).expect(1);
    assert_eq!(detect(&home).0, "action-needed");
}
