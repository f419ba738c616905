#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::stores::git::testing::{finder_among, git, repositories};
use crate::testing::{TestHome, after, pat52, scope};

fn old(home: &TestHome, work_trees: &[&str]) -> Vec<OldRemote> {
    let scope = scope(&["contoso"]);
    let projects = repositories(home, work_trees);
    finder_among(home, &scope, &projects, find)
}

/// Line, entry and command.
fn rows(found: &[OldRemote]) -> Vec<String> {
    let row = |one: &OldRemote| {
        format!(
            "{} {} {}",
            one.shown.line.unwrap_or(0),
            one.shown.entry,
            one.shown.command.as_deref().unwrap_or("-")
        )
    };
    found.iter().map(row).collect()
}

const SAMPLE: &str = "[remote \"origin\"]\r\n\turl = https://me:TOKEN@contoso.visualstudio.com/DefaultCollection/p/_git/r ; mine\r\n\
    \tpushurl = \"contoso@vs-ssh.visualstudio.com:v3/contoso/My%20App/r\"\r\n\
    [remote \"my fork\"]\r\n\turl = https://contoso.visualstudio.com/p/_git/r\r\n\
    [remote \"theirs\"]\r\n\turl = https://fabrikam.visualstudio.com/p/_git/r\r\n\
    [submodule \"libs/one\"]\r\n\turl = https://contoso.visualstudio.com/p/_git/one\r\n\
    [remote \"odd\"]\r\n\turl = https://contoso.visualstudio.com/p/team/_git/r\r\n\
    [remote \"two\"]\r\n\turl = https://contoso.visualstudio.com/p/_git/a\r\n\turl = https://contoso.visualstudio.com/p/_git/b";

#[test]
fn the_exact_command_is_told_for_each_remote() {
    let home = TestHome::new();
    home.write("src/app/.git/config", SAMPLE);
    let found = old(&home, &["src/app"]);
    let [app, config] = ["src/app", "src/app/.git/config"]
        .map(|path| typed_path(&home.path().join(path), System::Linux).unwrap());
    assert_eq!(
        rows(&found),
        [
            format!(
                "2 remote.origin.url git -C {app} remote set-url origin https://dev.azure.com/contoso/p/_git/r"
            ),
            format!(
                "3 remote.origin.pushurl git -C {app} remote set-url --push origin git@ssh.dev.azure.com:v3/contoso/My%20App/r"
            ),
            format!(
                "5 remote.my fork.url git -C {app} remote set-url 'my fork' https://dev.azure.com/contoso/p/_git/r"
            ),
            format!(
                "9 submodule.libs/one.url git config --file {config} submodule.libs/one.url https://dev.azure.com/contoso/p/_git/one"
            ),
            "11 remote.odd.url -".to_owned(),
            "13 remote.two.url -".to_owned(),
            "14 remote.two.url -".to_owned(),
        ]
    );
    assert_eq!(
        found[0].shown.address,
        "https://***@contoso.visualstudio.com/DefaultCollection/p/_git/r"
    );
    assert_eq!(found[4].shown.modern, None);
}

#[test]
fn only_the_addresses_change() {
    let home = TestHome::new();
    home.write("src/app/.git/config", SAMPLE);
    let found = old(&home, &["src/app"]);
    let changed = after(found.iter().filter_map(|one| one.change.as_ref()));
    let expected = SAMPLE
        .replace(
            "contoso.visualstudio.com/DefaultCollection/p/_git/r",
            "dev.azure.com/contoso/p/_git/r",
        )
        .replace(
            "contoso@vs-ssh.visualstudio.com:v3/",
            "git@ssh.dev.azure.com:v3/",
        )
        .replace(
            "contoso.visualstudio.com/p/_git",
            "dev.azure.com/contoso/p/_git",
        );
    assert_eq!(changed, Some(expected));
}

#[test]
fn an_address_loses_its_secret_and_its_old_host_at_once() {
    let home = TestHome::new();
    let sample = SAMPLE.replace("TOKEN", &pat52(1));
    home.write("src/app/.git/config", &sample);
    let secrets = home.find(&crate::stores::git::GitConfig);
    let found = old(&home, &["src/app"]);
    let changes = secrets.credentials.iter().map(|one| one.change.as_ref());
    let changes: Vec<_> = changes
        .chain([found[0].change.as_ref()])
        .flatten()
        .collect();
    assert_eq!(changes.len(), 2);
    let changed = after(changes).unwrap();
    assert!(
        changed.contains("\turl = https://dev.azure.com/contoso/p/_git/r ; mine\r\n"),
        "{changed}"
    );
}

#[test]
fn a_value_in_pieces_is_put_together() {
    let home = TestHome::new();
    home.write(
        "r/.git/config",
        "[remote \"o\"]\n\turl = \"https://con\"toso.visualstudio.com/p/\\\n_git/r\n",
    );
    let found = old(&home, &["r"]);
    let changed = after(found[0].change.as_ref()).unwrap();
    let parsed = super::super::config_file::ConfigFile::parse(&changed);
    assert_eq!(
        parsed.entries[0].value(),
        "https://dev.azure.com/contoso/p/_git/r"
    );
}

#[test]
fn a_word_is_typed_as_the_shell_needs_it() {
    for (word, linux, windows) in [
        ("/a/b-c", Some("/a/b-c"), Some("/a/b-c")),
        ("/a b", Some("'/a b'"), Some("\"/a b\"")),
        ("/it's", Some(r"'/it'\''s'"), Some("\"/it's\"")),
        ("$x", Some("'$x'"), None),
        ("a\nb", None, None),
    ] {
        assert_eq!(typed(word, System::Linux).as_deref(), linux);
        assert_eq!(typed(word, System::Windows).as_deref(), windows);
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn a_modules_file_that_is_tracked_is_changed_by_hand() {
    let home = TestHome::new();
    git(&home, &["init", "-q", "r"], "");
    let path = home.write(
        "r/.gitmodules",
        "[submodule \"a\"]\n\tpath = a\n\turl = https://contoso.visualstudio.com/p/_git/a\n",
    );
    let find_all = || {
        let scope = scope(&["contoso"]);
        let mut projects = repositories(&home, &["r"]);
        projects.files.insert(".gitmodules", vec![path.clone()]);
        finder_among(&home, &scope, &projects, find)
    };
    let found = find_all();
    assert_eq!(
        rows(&found),
        [format!(
            "3 submodule.a.url git config --file {} submodule.a.url https://dev.azure.com/contoso/p/_git/a",
            home.path().join("r/.gitmodules").display()
        )]
    );
    assert!(found[0].change.is_some());
    git(&home, &["-C", "r", "add", ".gitmodules"], "");
    let found = find_all();
    assert!(found[0].change.is_none() && found[0].shown.command.is_some());
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn git_itself_takes_the_command_and_the_edit_for_the_same() {
    let home = TestHome::new();
    git(&home, &["init", "-q", "r"], "");
    for (name, url) in [
        (
            "web",
            "https://contoso@contoso.visualstudio.com/DefaultCollection/My%20App/_git/r",
        ),
        (
            "ssh",
            "contoso@vs-ssh.visualstudio.com:v3/contoso/My%20App/r",
        ),
    ] {
        git(&home, &["-C", "r", "remote", "add", name, url], "");
    }
    let config = home.path().join("r/.git/config");
    let found = old(&home, &["r"]);
    let edited = after(found.iter().filter_map(|one| one.change.as_ref())).unwrap();
    for one in &found {
        let words: Vec<&str> = one.shown.command.as_deref().unwrap().split(' ').collect();
        assert_eq!(words[0], "git");
        git(&home, &words[1..], "");
    }
    assert_eq!(std::fs::read_to_string(config).unwrap(), edited);
}

#[test]
fn a_secret_in_a_name_or_a_path_is_in_no_command() {
    let home = TestHome::new();
    let url = "https://contoso.visualstudio.com/p/_git/r";
    let token = pat52(3);
    home.write(
        "a/.git/config",
        format!("[submodule \"https://dev:hunter2@contoso.visualstudio.com/x\"]\n\turl = {url}\n"),
    );
    home.write(
        &format!("{token}/.git/config"),
        format!("[remote \"origin\"]\n\turl = {url}\n"),
    );
    home.write(
        "b/.git/config",
        format!("[remote \"origin\"]\n\turl = https://contoso.visualstudio.com/{token}/_git/r\n"),
    );
    let found = old(&home, &["a", &token, "b"]);
    assert_eq!(found.len(), 3);
    for one in &found {
        assert_eq!(one.shown.command, None);
        let shown = format!("{:?}", one.shown);
        assert!(
            !shown.contains("hunter2") && !shown.contains(&token),
            "{shown}"
        );
        assert!(one.change.is_some());
    }
}

#[test]
fn a_host_in_capitals_is_the_same_host() {
    let home = TestHome::new();
    home.write(
        "a/.git/config",
        "[remote \"origin\"]\n\turl = https://Contoso.VisualStudio.com/p/_git/r\n",
    );
    assert_eq!(old(&home, &["a"]).len(), 1);
}
