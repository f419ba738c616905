//! Better than a token: Git Credential Manager signs in by itself.
//! Not on Windows: the real git is asked what it reads.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::Home;

const OAUTH: [&str; 3] = ["guide", "pats", "--oauth"];

#[test]
fn git_credential_manager_is_set_to_sign_in_and_undo_takes_it_back() {
    let home = Home::new();
    let before = "[user]\n\tname = dev\n[credential]\n\thelper = manager\n";
    home.write(".gitconfig", before);
    let told = home.about_contoso(&OAUTH);
    assert!(
        told.stderr
            .contains("signs in with your account from now on"),
        "{}",
        told.stderr
    );
    let set = home.git(
        ".",
        &["config", "--global", "credential.azreposCredentialType"],
    );
    assert_eq!(set, "oauth\n");
    let helper = home.git(".", &["config", "--global", "credential.helper"]);
    assert_eq!(helper, "manager\n");

    let again = home.about_contoso(&OAUTH);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    home.rekey(&["undo"]).expect(0);
    assert_eq!(home.read(".gitconfig"), before);
}

#[test]
fn where_git_asks_another_helper_nothing_is_set() {
    let home = Home::new();
    let before = "[credential]\n\thelper = store\n";
    home.write(".gitconfig", before);
    let told = home.about_contoso(&OAUTH).expect(3);
    assert!(
        told.stderr.contains("does not ask Git Credential Manager"),
        "{}",
        told.stderr
    );
    assert_eq!(home.read(".gitconfig"), before);
    // One for other hosts alone is none either.
    home.write(
        ".gitconfig",
        "[credential \"https://github.com\"]\n\thelper = manager\n",
    );
    home.about_contoso(&OAUTH).expect(3);
    let told = home
        .about_contoso(&["guide", "sign-in", "--oauth"])
        .expect(2);
    assert!(
        told.stderr.contains("guide pats --oauth"),
        "{}",
        told.stderr
    );
}

#[test]
fn where_the_person_has_no_settings_of_git_their_file_is_made() {
    let home = Home::new();
    // A variable stands for the machine's settings, which are nobody's to change here.
    let mut command = home.command_at_work(&OAUTH);
    command
        .args(support::about_contoso())
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "credential.helper")
        .env("GIT_CONFIG_VALUE_0", "manager");
    let told = support::bounded(&mut command);
    assert!(told.stderr.contains("from now on"), "{}", told.stderr);
    let wanted = "[credential]\n\tazreposCredentialType = oauth\n";
    assert_eq!(home.read(".gitconfig"), wanted);
}
