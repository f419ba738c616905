#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::stores::git::testing::{finder_among, repositories, rows};
use crate::testing::TestHome;

/// Kind of place by the end of its path.
fn places(home: &TestHome) -> Vec<(String, PlaceState)> {
    let found = home.find(&GitCredentialCache);
    assert_eq!(rows(&found), [""; 0]);
    let base = home.path().to_string_lossy().into_owned();
    let places = found.places.iter();
    places
        .map(|place| (place.path.replace(&base, "~"), place.state))
        .collect()
}

#[test]
fn sockets_are_where_git_and_settings_put_them() {
    let home = TestHome::new();
    let usual = "~/.cache/git/credential/socket".to_owned();
    assert_eq!(places(&home), [(usual.clone(), PlaceState::Absent)]);
    home.write(".git-credential-cache/x", "");
    home.write(
        ".gitconfig",
        "[credential]\n\thelper = cache --timeout 9 --socket ~/mine\n\thelper = store --socket ~/no\n\
         \thelper = cache --socket=$HOME/yours\n",
    );
    assert_eq!(
        places(&home),
        [
            (
                "~/.git-credential-cache/socket".to_owned(),
                PlaceState::Absent
            ),
            (usual, PlaceState::Absent),
            ("~/mine".to_owned(), PlaceState::Absent),
            ("~/yours".to_owned(), PlaceState::Absent),
        ]
    );
}

#[test]
fn with_a_home_alone_no_process_is_asked() {
    let home = TestHome::new();
    home.write(".cache/git/credential/socket", "");
    let expected = (
        "~/.cache/git/credential/socket".to_owned(),
        PlaceState::Skipped,
    );
    assert_eq!(places(&home), [expected]);
}

#[test]
fn an_answer_to_a_wider_question_is_told_once() {
    let question = |path: Option<&str>, user: Option<&str>| {
        Question::new("dev.azure.com", path, user).unwrap()
    };
    let answered = |password: &str| {
        Answered::parse(&crate::model::Secret::new(format!(
            "username=u\npassword={password}\n"
        )))
        .unwrap()
    };
    let known = vec![(question(Some("contoso/p/_git/a"), None), answered("one"))];
    for (question, password, expected) in [
        (question(None, None), "one", true),
        (question(None, Some("contoso")), "one", true),
        (question(None, None), "two", false),
        (question(Some("contoso/p/_git/b"), None), "one", false),
        (question(Some("contoso/p/_git/a"), Some("u")), "one", true),
    ] {
        assert_eq!(is_known(&known, &question, &answered(password)), expected);
    }
}

#[test]
fn an_answer_for_a_host_of_many_organizations_is_nobodys() {
    let home = TestHome::new();
    home.write(
        "r/.git/config",
        "[remote \"o\"]\n\turl = https://jane@dev.azure.com/contoso/p/_git/r\n",
    );
    let scope = crate::testing::scope(&["contoso"]);
    let projects = repositories(&home, &["r"]);
    let asks = finder_among(&home, &scope, &projects, |finder| {
        asks(finder, finder.settings())
    });
    let told = |(name, question): &Ask| {
        let name = name.as_ref().map_or("-", OrganizationName::as_str);
        let path = question.path.as_deref().unwrap_or("-");
        let user = question.username.as_deref().unwrap_or("-");
        format!("{name} {} {path} {user}", question.host)
    };
    let told: Vec<String> = asks.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "contoso dev.azure.com contoso/p/_git/r jane",
            "contoso dev.azure.com contoso/p/_git/r -",
            "contoso dev.azure.com contoso -",
            "contoso dev.azure.com - contoso",
            "contoso contoso.visualstudio.com - -",
            "- dev.azure.com - jane",
            "- dev.azure.com - -",
        ]
    );
}

#[test]
fn a_socket_that_is_not_looked_for_is_told() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[credential]\n\thelper = cache --socket $XDG_RUNTIME_DIR/git.sock\n\
         \thelper = cache --socket /somewhere/else\n",
    );
    assert_eq!(
        places(&home),
        [
            ("$XDG_RUNTIME_DIR/git.sock".to_owned(), PlaceState::Skipped),
            (
                "~/.cache/git/credential/socket".to_owned(),
                PlaceState::Absent
            ),
            ("/somewhere/else".to_owned(), PlaceState::Skipped),
        ]
    );
}
