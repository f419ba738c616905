//! What is typed or set wrongly: exit 2, the place and a hint on stderr, and nothing is written anywhere.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::layout::STATE;
use support::plain::plant;
use support::tree::{differences, tree};
use support::{CONNECTED, Home, TENANT, bounded};

/// Everything below the home, rekey's own state too.
fn everything(home: &Home) -> Vec<String> {
    let mut paths: Vec<_> = tree(&home.path()).into_keys().collect();
    if home.join(STATE).exists() {
        paths.push(STATE.into());
    }
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}

/// Each word of `said` is on stderr, nothing is on stdout, and the home is as it was.
#[track_caller]
fn refused(arguments: &[&str], said: &[&str]) {
    let home = Home::new();
    plant(&home);
    let before = (tree(&home.path()), everything(&home));
    let answer = home.rekey(arguments).expect(2);
    assert_eq!(answer.stdout, "", "{arguments:?}");
    for word in said {
        assert!(
            answer.stderr.contains(word),
            "{arguments:?}: {word:?} is not in {}",
            answer.stderr
        );
    }
    assert_eq!(differences(&before.0, &tree(&home.path())), [""; 0]);
    assert_eq!(before.1, everything(&home), "{arguments:?}");
}

#[test]
fn a_flag_or_command_that_is_not_there_is_named() {
    refused(&["scan", "--frob"], &["--frob", "--help"]);
    refused(&["clean", "--yess"], &["--yess", "--yes"]);
    refused(&["frobnicate"], &["frobnicate", "--help"]);
    refused(&["scan", "-q", "-v"], &["--quiet", "--verbose"]);
    refused(&["undo", "--list", "--purge"], &["--list", "--purge"]);
    refused(
        &["scan", "--color", "blue"],
        &["blue", "auto, always, never"],
    );
}

#[test]
fn a_wrong_value_is_shown_with_what_would_be_right() {
    let about = |flag: &'static str, value: &'static str| ["scan", "--org", "contoso", flag, value];
    refused(
        &about("--tenant", "22222222-0000-4000-8000-00000000000"),
        &["--tenant", "8-4-4-4-12", "hint: "],
    );
    for time in [
        "yesterday",
        "2026-11-20",
        "2026-13-20T18:00:00Z",
        "2026-11-20T18:00:00",
    ] {
        refused(
            &about("--connected-at", time),
            &["--connected-at", time, "2026-11-20T18:00:00Z", "hint: "],
        );
    }
    refused(
        &["scan", "--org", "con/toso"],
        &["--org", "con/toso", "hint: "],
    );
    refused(&["scan", "--org", ""], &["--org", "hint: "]);
}

#[test]
fn a_flag_that_says_nothing_by_itself_is_refused() {
    refused(&["scan", "--tenant", TENANT], &["--tenant", "add --org"]);
    refused(
        &["clean", "--connected-at", CONNECTED],
        &["--connected-at", "add --org"],
    );
}

#[test]
fn a_store_that_is_not_there_is_named_with_those_that_are() {
    for flag in ["--only", "--skip"] {
        for command in ["scan", "clean", "run"] {
            refused(
                &[command, "--org", "contoso", flag, "npmm"],
                &[flag, "npmm", "hint: ", "npm,", "ssh-key"],
            );
        }
    }
}

#[test]
fn two_answers_to_the_one_question_contradict_each_other() {
    for command in ["clean", "run"] {
        refused(
            &[command, "--org", "contoso", "--yes", "--unattended"],
            &["--yes", "--unattended", "hint: "],
        );
    }
}

#[test]
fn a_step_or_run_that_is_not_there_is_refused() {
    refused(
        &["guide", "--org", "contoso", "sing-in"],
        &["sing-in", "sign-in", "hint: "],
    );
    refused(&["undo", "the-last-one"], &["the-last-one", "--list"]);
}

#[test]
fn settings_name_the_line_and_the_key() {
    for (text, said) in [
        ("[clean]\nconsnt = \"ask\"\n", &["line 2", "consnt"][..]),
        ("\n\nfrobnicate = 1\n", &["line 3", "frobnicate"]),
        ("[clean]\nautomatic = \"yes\"\n", &["line 2", "automatic"]),
        (
            "[clean]\nconsent = \"always-ish\"\n",
            &["line 2", "consent"],
        ),
        ("pats = \"sometimes\"\n", &["line 1", "pats"]),
        (
            "[[organizations]]\nname = \"contoso\"\ntenant = \"not-a-guid\"\n",
            &["line 3", "tenant"],
        ),
        (
            "[[organizations]]\nname = \"contoso\"\nconnected_at = \"soon\"\n",
            &["line 3", "connected_at"],
        ),
        (
            "[[organizations]]\ntenant = \"microsoft-account\"\n",
            &["line 1", "name"],
        ),
        ("[clean\n", &["line 1"]),
        ("[undo]\nkeep_days = -1\n", &["line 2", "keep_days"]),
    ] {
        let folder = Home::new();
        let path = folder.write("rekey.toml", text);
        let path = path.to_str().unwrap();
        let said = [said, &[path, "hint: "]].concat();
        refused(&["scan", "--config", path], &said);
    }
}

#[test]
fn settings_never_show_a_secret_that_stands_in_them() {
    let folder = Home::new();
    let secret = support::tokens::pat52(1);
    for text in [
        format!("[collector]\nenroll_secret = [\"{secret}\"]\n"),
        format!("[collector]\nenrol_secret = \"{secret}\"\n"),
        format!("[collector]\nenroll_secret = {secret}\n"),
        format!("{secret}\n"),
        format!("{secret} = 1 = 2\n"),
    ] {
        let path = folder.write("rekey.toml", text);
        let answer = Home::new()
            .rekey(&["scan", "--config", path.to_str().unwrap()])
            .expect(2);
        assert!(!answer.stderr.contains(&secret), "{}", answer.stderr);
    }
}

#[test]
fn settings_that_are_not_there_or_no_text_are_refused() {
    let folder = Home::new();
    let gone = folder.join("gone.toml");
    refused(
        &["scan", "--config", gone.to_str().unwrap()],
        &["--config", "gone.toml"],
    );
    refused(
        &["scan", "--config", folder.path().to_str().unwrap()],
        &["--config"],
    );
    let binary = folder.write("binary.toml", b"\xff\xfe\x00pats");
    refused(
        &["scan", "--config", binary.to_str().unwrap()],
        &["--config", "binary.toml"],
    );
}

#[test]
fn a_home_that_is_not_there_is_refused() {
    let home = Home::new();
    let file = home.write("file", "");
    for gone in [home.join("gone"), file] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rekey"));
        command
            .args(["scan", "--org", "contoso", "--home"])
            .arg(&gone);
        let answer = bounded(&mut command).expect(2);
        assert!(
            answer.stderr.contains(gone.to_str().unwrap()),
            "{}",
            answer.stderr
        );
        assert_eq!(answer.stdout, "");
    }
    assert_eq!(everything(&home), ["file"]);
}
