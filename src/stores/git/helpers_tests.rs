use super::*;
#[cfg(unix)]
use crate::stores::git::testing::finder_on;
use crate::stores::git::testing::{finder_among, repositories};
use crate::testing::{TestHome, scope};

/// Kind, name, scope, level, file and line, repository of each helper.
fn rows(home: &TestHome, work_trees: &[&str], organizations: &[&str]) -> Vec<String> {
    let scope = scope(organizations);
    let projects = repositories(home, work_trees);
    let asked = finder_among(home, &scope, &projects, |finder| asked(finder, &scope));
    let short = |path: &str| home.short(path);
    let row = |helper: CredentialHelper| {
        format!(
            "{} {} {} {} {}:{} {}",
            helper.kind,
            helper.name.as_deref().unwrap_or("-"),
            helper.scope.as_deref().unwrap_or("-"),
            helper.level,
            short(&helper.path),
            helper.line,
            helper.repository.as_deref().map_or("-".to_owned(), short),
        )
    };
    listed(&asked).into_iter().map(row).collect()
}

const REMOTE: &str = "[remote \"origin\"]\n\turl = https://dev.azure.com/contoso/p/_git/r\n";

#[test]
fn helpers_come_in_the_order_in_which_git_asks_them() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[credential]\n\thelper = store\n\thelper = !f() { echo password=x; }; f\n",
    );
    home.write(
        ".config/git/config",
        "[credential]\n\thelper = cache --timeout 9\n",
    );
    assert_eq!(
        rows(&home, &[], &["contoso"]),
        [
            "cache cache - global ~/.config/git/config:2 -",
            "store store - global ~/.gitconfig:2 -",
            "inline - - global ~/.gitconfig:3 -",
        ]
    );
}

#[test]
fn an_empty_value_takes_what_stands_before_it_away() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[credential]\n\thelper = store\n\thelper =\n\thelper = manager\n\
         [credential \"https://github.com\"]\n\thelper = libsecret\n\
         [credential \"https://contoso.visualstudio.com\"]\n\thelper =\n\thelper = cache\n",
    );
    assert_eq!(
        rows(&home, &[], &["contoso"]),
        [
            "manager manager - global ~/.gitconfig:4 -",
            "cache cache https://contoso.visualstudio.com global ~/.gitconfig:9 -",
        ]
    );
    assert_eq!(
        rows(&home, &[], &["fabrikam"]),
        ["manager manager - global ~/.gitconfig:4 -"]
    );
    assert_eq!(rows(&home, &[], &[]), [""; 0]);
}

#[test]
fn a_repository_may_have_its_own() {
    let home = TestHome::new();
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    home.write(
        "a/.git/config",
        format!("{REMOTE}[credential]\n\thelper =\n\thelper = /opt/git-credential-x --token abc\n"),
    );
    home.write(
        "b/.git/config",
        format!("{REMOTE}[credential]\n\thelper = \n"),
    );
    home.write(
        "c/.git/config",
        "[remote \"origin\"]\n\turl = https://github.com/contoso/r\n[credential]\n\thelper = cache\n",
    );
    assert_eq!(
        rows(&home, &["a", "b", "c"], &["contoso"]),
        [
            "store store - global ~/.gitconfig:2 -",
            "none - - local ~/a/.git/config:4 ~/a",
            "other /opt/git-credential-x - local ~/a/.git/config:5 ~/a",
            "none - - local ~/b/.git/config:4 ~/b",
        ]
    );
}

#[test]
fn included_files_count_where_they_are_included() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[include]\n\tpath = first\n[credential]\n\thelper = store\n\
         [includeIf \"gitdir:~/x/\"]\n\tpath = ~/second\n",
    );
    home.write(
        "first",
        "[credential]\n\thelper = cache\n[include]\n\tpath = .gitconfig\n",
    );
    home.write("second", "[credential]\n\thelper =\n\thelper = manager\n");
    let rows = rows(&home, &[], &["contoso"]);
    let kinds: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').next())
        .collect();
    // What holds on a condition takes nothing away.
    assert!(kinds.starts_with(&["cache"]), "{rows:?}");
    assert!(kinds.contains(&"store"), "{rows:?}");
    assert!(kinds.contains(&"manager"), "{rows:?}");
}

#[test]
fn questions_name_the_remotes_first_and_no_token() {
    let home = TestHome::new();
    let token = crate::testing::pat52(1);
    home.write(
        "r/.git/config",
        format!("[remote \"a\"]\n\turl = https://{token}@dev.azure.com/Contoso/p/_git/r\n\tpushurl = https://contoso.visualstudio.com/p/_git/r\n[remote \"b\"]\n\turl = https://dev.azure.com/fabrikam/p/_git/r\n"),
    );
    assert_eq!(
        questions(&home, &["r"]),
        [
            "contoso.visualstudio.com path=p/_git/r",
            "dev.azure.com path=Contoso/p/_git/r",
            "dev.azure.com",
            "dev.azure.com path=contoso",
            "dev.azure.com username=contoso",
            "contoso.visualstudio.com",
        ]
    );
}

/// What is asked for contoso.
fn questions(home: &TestHome, work_trees: &[&str]) -> Vec<String> {
    let scope = scope(&["contoso"]);
    let projects = repositories(home, work_trees);
    let asked = finder_among(home, &scope, &projects, |finder| asked(finder, &scope));
    let line = |question: &Question| {
        let lines = question.lines().replace('\n', " ");
        lines.trim_end().replace("protocol=https host=", "")
    };
    asked[0].questions.iter().map(line).collect()
}

/// gitcredentials(7), `useHttpPath` and `username`.
#[test]
fn a_host_alone_is_asked_for_where_git_asks_so() {
    let usual = ["path=contoso", "username=contoso"].map(|end| format!("dev.azure.com {end}"));
    for (person, own, user, expected) in [
        ("", "", "", Some("dev.azure.com")),
        ("", "", "jane@", Some("dev.azure.com username=jane")),
        ("[credential]\n\tuseHttpPath = true\n", "", "", None),
        ("[credential]\n\tuseHttpPath\n", "", "", None),
        (
            "[credential]\n\tuseHttpPath\n",
            "[credential]\n\tuseHttpPath = no\n",
            "",
            Some("dev.azure.com"),
        ),
        ("", "[credential]\n\tuseHttpPath = 1\n", "", None),
        (
            "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n",
            "",
            "",
            None,
        ),
        (
            "[credential \"https://github.com\"]\n\tuseHttpPath = true\n",
            "",
            "",
            Some("dev.azure.com"),
        ),
        (
            "[includeIf \"gitdir:~/x/\"]\n\tpath = if.inc\n",
            "",
            "",
            Some("dev.azure.com"),
        ),
        (
            "[credential \"https://dev.azure.com\"]\n\tusername = jo\n",
            "",
            "",
            Some("dev.azure.com username=jo"),
        ),
    ] {
        let home = TestHome::new();
        home.write("if.inc", "[credential]\n\tuseHttpPath = true\n");
        home.write(".gitconfig", person);
        let remote =
            format!("[remote \"o\"]\n\turl = https://{user}dev.azure.com/contoso/p/_git/r\n");
        home.write("r/.git/config", format!("{remote}{own}"));
        let asked = questions(&home, &["r"]);
        let wide: Vec<&str> = asked
            .iter()
            .map(String::as_str)
            .filter(|line| line.starts_with("dev.") && !line.contains("path="))
            .filter(|line| !usual.contains(&(*line).to_owned()))
            .collect();
        assert_eq!(wide, expected.as_slice(), "{person}{own}{user}: {asked:?}");
    }
}

#[test]
fn a_setting_with_a_user_holds_for_that_user() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[credential \"https://jane@dev.azure.com\"]\n\thelper = store\n\
         [credential \"https://contoso@dev.azure.com\"]\n\thelper = cache\n\
         [credential \"https://jo@dev.azure.com\"]\n\thelper = libsecret\n",
    );
    home.write(
        "r/.git/config",
        "[remote \"o\"]\n\turl = https://jane@dev.azure.com/contoso/p/_git/r\n",
    );
    assert_eq!(
        rows(&home, &["r"], &["contoso"]),
        [
            "store store https://***@dev.azure.com global ~/.gitconfig:2 -",
            "cache cache https://***@dev.azure.com global ~/.gitconfig:4 -",
        ]
    );
}

/// Whatever includes it: git looks for this file by itself.
#[test]
fn a_file_that_others_include_stays_the_persons() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[include]\n\tpath = .config/git/config\n[credential]\n\thelper = store\n",
    );
    home.write(".config/git/config", "[credential]\n\thelper = cache\n");
    home.write(
        "r/.git/config",
        format!("{REMOTE}[include]\n\tpath = ../../.gitconfig\n"),
    );
    home.write("s/.git/config", "[include]\n\tpath = ../../r/.git/config\n");
    let rows = rows(&home, &["s", "r"], &["contoso"]);
    for expected in [
        "cache cache - global ~/.config/git/config:2 -",
        "store store - global ~/.gitconfig:4 -",
        "store store - local ~/.gitconfig:4 ~/r",
    ] {
        assert!(rows.contains(&expected.to_owned()), "{expected}: {rows:?}");
    }
}

// Not on Windows: the pretended session is one of Unix.
#[cfg(unix)]
#[test]
fn variables_of_the_session_set_helpers_too() {
    let home = TestHome::new();
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    let platform = crate::testing::Pretended::session(&home.path())
        .with("GIT_CONFIG_COUNT", "3")
        .with("GIT_CONFIG_KEY_0", "credential.helper")
        .with("GIT_CONFIG_VALUE_0", "")
        .with(
            "GIT_CONFIG_KEY_1",
            "credential.https://dev.azure.com.helper",
        )
        .with("GIT_CONFIG_VALUE_1", "cache")
        .with("GIT_CONFIG_KEY_2", "credential.https://github.com.helper")
        .with("GIT_CONFIG_VALUE_2", "libsecret");
    let scope = scope(&["contoso"]);
    let asked = finder_on(
        &platform,
        &home,
        &scope,
        &repositories(&home, &[]),
        |finder| asked(finder, &scope),
    );
    let listed: Vec<String> = listed(&asked)
        .into_iter()
        .map(|helper| format!("{} {}", helper.kind, helper.path))
        .collect();
    // For contoso.visualstudio.com the empty value leaves nobody.
    assert_eq!(listed, ["cache GIT_CONFIG_VALUE_1"]);
}
