#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use super::*;
use crate::model::PlaceState;
use crate::stores::git::testing::{cleaned, git, git_says, rows, secrets};
use crate::testing::{TestHome, pat52, pat84};

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn what_git_stored_is_cut_and_the_rest_still_serves() {
    let home = TestHome::new();
    git(
        &home,
        &["config", "--global", "credential.helper", "store"],
        "",
    );
    git(
        &home,
        &["config", "--global", "credential.useHttpPath", "true"],
        "",
    );
    let (old, new) = (pat84('C', 'A', 1), pat52(2));
    for (host, path, user, password) in [
        (
            "dev.azure.com",
            "contoso/p/_git/r",
            "jane@contoso.com",
            old.as_str(),
        ),
        ("github.com", "contoso/r", "jane", "hub:s3cr%t"),
        ("fabrikam.visualstudio.com", "p", "x", new.as_str()),
        ("contoso.visualstudio.com", "p", "", old.as_str()),
        ("dev.azure.com", "fabrikam/p", "contoso", new.as_str()),
    ] {
        let input = format!(
            "protocol=https\nhost={host}\npath={path}\nusername={user}\npassword={password}\n\n"
        );
        git(&home, &["credential", "approve"], &input);
    }
    let path = home.path().join(".git-credentials");
    let found = home.find(&GitCredentialStore);
    let mut rows = rows(&found);
    rows.sort();
    assert_eq!(
        rows,
        [
            "pat contoso 2 https://***@contoso.visualstudio.com/p automatic",
            "pat contoso 5 https://***@dev.azure.com/contoso/p/_git/r automatic",
            "pat fabrikam 1 https://***@dev.azure.com/fabrikam/p automatic",
            "pat fabrikam 3 https://***@fabrikam.visualstudio.com/p automatic",
        ]
    );
    std::fs::write(&path, cleaned(&found, &path, Some("contoso")).unwrap()).unwrap();
    let asked = "protocol=https\nhost=github.com\npath=contoso/r\n\n";
    let answer = git_says(&home, &["credential", "fill"], asked);
    assert!(answer.contains("password=hub:s3cr%t"));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
}

#[test]
fn only_whole_lines_go() {
    let home = TestHome::new();
    let path = home.write(
        ".config/git/credentials",
        "\r\nhttps://a:b%2f@dev.azure.com/contoso\r\n# a note\r\nhttps://a:b@dev.azure.com/contoso\n\
         https://contoso:c@dev.azure.com\nhttps://x:d@dev.azure.com\nhttps://u@dev.azure.com\n\
         https://x:e@dev.azure.com/contoso",
    );
    let found = home.find(&GitCredentialStore);
    assert_eq!(
        rows(&found),
        [
            "password contoso 2 https://***@dev.azure.com/contoso automatic",
            "password contoso 4 https://***@dev.azure.com/contoso automatic",
            "password contoso 5 https://***@dev.azure.com automatic",
            "password - 6 https://***@dev.azure.com consent",
            "password contoso 8 https://***@dev.azure.com/contoso automatic",
        ]
    );
    assert_eq!(secrets(&found), ["b/", "b", "c", "d", "e"]);
    assert_eq!(
        cleaned(&found, &path, Some("contoso")).unwrap(),
        "\r\n# a note\r\nhttps://x:d@dev.azure.com\nhttps://u@dev.azure.com\n"
    );
}

#[test]
fn files_that_the_helper_names_are_read_once() {
    let home = TestHome::new();
    let line = "https://a:b@dev.azure.com/contoso\n";
    home.write("my creds", line);
    home.write("other", line);
    home.write(".git-credentials", line);
    home.write(
        ".gitconfig",
        "[credential]\n\thelper = \"store --file '~/my creds'\"\n\thelper = store\n\
         \thelper = !git credential-store --file=$HOME/other\n\
         \thelper = /usr/lib/git-core/git-credential-store --file ~/.git-credentials\n\
         \thelper = cache --file ~/cache\n\thelper = store --file /elsewhere/x\n",
    );
    let found = home.find(&GitCredentialStore);
    assert_eq!(rows(&found).len(), 3);
    let states: Vec<(&str, PlaceState)> = found
        .places
        .iter()
        .map(|place| (place.path.rsplit(['/', '\\']).next().unwrap(), place.state))
        .collect();
    assert_eq!(
        states,
        [
            (".git-credentials", PlaceState::Read),
            ("credentials", PlaceState::Absent),
            ("my creds", PlaceState::Read),
            ("other", PlaceState::Read),
            ("x", PlaceState::Skipped),
        ]
    );
}

#[test]
fn a_token_in_an_odd_line_is_shown() {
    let home = TestHome::new();
    let token = pat52(3);
    home.write(
        ".git-credentials",
        format!("dev.azure.com {token}\nhttps://x:{token}@github.com\n"),
    );
    let found = home.find(&GitCredentialStore);
    assert_eq!(rows(&found), ["pat - 1 - manual"]);
    assert!(found.credentials[0].change.is_none());
}
