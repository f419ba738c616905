//! `rekey guide --symptom`.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::{Home, with_input};

#[test]
fn a_message_is_explained_with_what_to_type() {
    let home = Home::new();
    let mut command = home.command(&["guide", "--symptom", "tf400813: the user 'x'"]);
    let told = support::bounded(command.env("COLUMNS", "60")).expect(0);
    assert!(told.stdout.starts_with("TF400813: "), "{}", told.stdout);
    assert!(
        told.stdout.contains("  Type: rekey clean\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout.lines().all(|line| line.chars().count() <= 60),
        "{}",
        told.stdout
    );
    assert!(!home.join(".local").exists(), "nothing is kept");
}

#[test]
fn a_whole_page_comes_through_standard_input_and_is_not_shown_again() {
    let home = Home::new();
    let mut command = home.command(&["guide", "--symptom", "-", "--json"]);
    let secret = "hunter2";
    let input = format!(
        "$ git fetch\nremote: TF401444: Please sign-in at least once\nfatal: Authentication failed for \
         'https://x:{secret}@dev.azure.com/contoso'\n"
    );
    let told = with_input(&mut command, &input).expect(0);
    assert!(!told.stdout.contains(secret) && !told.stderr.contains(secret));
    let told = told.json();
    assert_eq!(told["schema"], "rekey.symptom/1");
    let steps: Vec<_> = told["symptoms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["step"].clone())
        .collect();
    assert_eq!(steps, ["sign-in", "pats"]);
    assert_eq!(told["symptoms"][1]["command"], "rekey guide pats");
}

#[test]
fn what_is_not_known_is_said_with_all_that_is() {
    let home = Home::new();
    let told = home
        .rekey(&["guide", "--symptom", "error: something else"])
        .expect(1);
    for word in ["none of its messages", "TF400813", "VS403463", "Public key"] {
        assert!(told.stdout.contains(word), "{}", told.stdout);
    }
    let told = home
        .rekey(&["guide", "--symptom", "x", "--json"])
        .expect(1)
        .json();
    assert_eq!(told["symptoms"], serde_json::json!([]));
}

#[test]
fn a_symptom_is_told_and_nothing_else_is_done() {
    let home = Home::new();
    for words in [
        &["guide", "pats", "--symptom", "x"][..],
        &["guide", "sign-in", "--symptom", "x", "--answer", "done"],
    ] {
        let told = home.rekey(words).expect(2);
        assert!(told.stderr.contains("--symptom"), "{}", told.stderr);
    }
}
