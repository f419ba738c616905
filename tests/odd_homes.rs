//! What is shown of a home with odd names in it.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::Home;
use support::tokens::pat84;

fn npmrc(organization: &str, token: &str) -> String {
    format!("//pkgs.dev.azure.com/{organization}/_packaging/web/npm/registry/:_authToken={token}\n")
}

#[test]
fn an_organization_is_named_as_the_scope_spells_it() {
    let home = Home::new();
    home.write(".npmrc", npmrc("CONTOSO", &pat84('C', 'A', 1)));
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(scan["findings"][0]["organization"], "contoso");
    assert_eq!(scan["summary"]["stale"], 1);
}

// Not on Windows: no name there holds a colon.
#[cfg(unix)]
#[test]
fn a_secret_in_the_name_of_a_folder_is_not_shown() {
    let home = Home::new();
    let token = pat84('C', 'A', 1);
    let pasted = format!("https:/me:hunter2@dev.azure.com/{token}/.npmrc");
    home.write(&pasted, npmrc("contoso", &token));
    for arguments in [
        &["scan", "--json"][..],
        &["scan"],
        &["clean", "--dry-run"],
        &["clean", "--yes", "--json"],
        &["status"],
        &["report"],
        &["undo", "--json"],
    ] {
        let answer = home.about_contoso(arguments);
        let said = answer.stdout + &answer.stderr;
        assert!(!said.contains(&token), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
    }
    assert_eq!(home.read(&pasted), npmrc("contoso", &token));
}

#[test]
fn a_run_that_looks_at_a_part_does_not_speak_for_the_whole() {
    let home = Home::new();
    let token = pat84('C', 'A', 1);
    home.write(
        ".git-credentials",
        format!("https://me:{token}@dev.azure.com/contoso\n"),
    );
    let run = home.about_contoso(&["clean", "--yes", "--only", "npm", "--json"]);
    assert_eq!(run.expect(0).json()["scan"]["summary"]["stale"], 0);
    let line = home.rekey(&["status", "--detect"]).expect(1).stdout;
    assert!(line.contains(" stale=1 "), "{line}");
}
