#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::stores::Found;
use crate::stores::git::testing::{cleaned, git, git_says, repositories, rows, secrets};
use crate::testing::{TestHome, pat52, pat84, scope};

pub(super) fn find(home: &TestHome, work_trees: &[&str]) -> Found {
    home.find_among(
        &GitConfig,
        &scope(&["contoso"]),
        &repositories(home, work_trees),
    )
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn a_token_in_a_remote_is_cut_and_git_still_reads_the_rest() {
    let home = TestHome::new();
    let (old, new) = (pat84('C', 'A', 1), pat52(2));
    git(&home, &["init", "-q", "r"], "");
    for (key, value) in [
        (
            "remote.origin.url",
            format!("https://jane:{old}@dev.azure.com/contoso/p/_git/r"),
        ),
        (
            "remote.origin.pushUrl",
            format!("https://contoso:{new}@dev.azure.com/contoso/p/_git/r"),
        ),
        (
            "remote.alone.url",
            format!("https://{old}@contoso.visualstudio.com/p/_git/r"),
        ),
        (
            "remote.other.url",
            format!("https://x:{new}@dev.azure.com/fabrikam/p/_git/r"),
        ),
        (
            "remote.named.url",
            "https://contoso@dev.azure.com/contoso/p/_git/r".to_owned(),
        ),
        (
            "remote.hub.url",
            format!("https://jane:{old}@github.com/contoso/r"),
        ),
    ] {
        git(&home, &["-C", "r", "config", key, &value], "");
    }
    let found = find(&home, &["r"]);
    let path = home.path().join("r/.git/config");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    assert_eq!(
        rows(&found),
        [
            format!("pat contoso {} remote.origin.url consent", line("jane:")),
            format!(
                "pat contoso {} remote.origin.pushUrl consent",
                line("contoso:")
            ),
            format!(
                "pat contoso {} remote.alone.url consent",
                line("contoso.visual")
            ),
            format!("pat fabrikam {} remote.other.url consent", line("fabrikam")),
        ]
    );
    assert_eq!(secrets(&found), [&old, &new, &old, &new]);
    std::fs::write(&path, cleaned(&found, &path, Some("contoso")).unwrap()).unwrap();
    let urls = git_says(&home, &["-C", "r", "config", "--get-regexp", "url$"], "");
    assert_eq!(
        urls,
        format!(
            "remote.origin.url https://dev.azure.com/contoso/p/_git/r\n\
             remote.origin.pushurl https://contoso@dev.azure.com/contoso/p/_git/r\n\
             remote.alone.url https://contoso.visualstudio.com/p/_git/r\n\
             remote.other.url https://x:{new}@dev.azure.com/fabrikam/p/_git/r\n\
             remote.named.url https://contoso@dev.azure.com/contoso/p/_git/r\n\
             remote.hub.url https://jane:{old}@github.com/contoso/r\n"
        )
    );
    assert_eq!(rows(&find(&home, &["r"])).len(), 1);
}

#[test]
fn odd_forms_lose_only_the_secret() {
    let home = TestHome::new();
    let path = home.write(
        "r/.git/config",
        "\u{feff}; keep https://a:b@dev.azure.com/contoso\r\n\
         [remote \"x\"] url = \"https://u:p%40ss@dev.azure.com/contoso/p\" # why\r\n\
         [remote.Y]\r\n  URL=https://\"u:s;\"@dev.azure.com/contoso/q ;c\r\n\
         [remote \"z\"]\r\n\turl = https://u:se\\\r\ncret@dev.azure.com/contoso/r\r\n",
    );
    let found = find(&home, &["r"]);
    assert_eq!(
        rows(&found),
        [
            "password contoso 2 remote.x.url consent",
            "password contoso 4 remote.y.URL consent",
            "password contoso 6 remote.z.url consent",
        ]
    );
    assert_eq!(secrets(&found), ["p@ss", "s;", "secret"]);
    assert_eq!(
        cleaned(&found, &path, Some("contoso")).unwrap(),
        "\u{feff}; keep https://a:b@dev.azure.com/contoso\r\n\
         [remote \"x\"] url = \"https://dev.azure.com/contoso/p\" # why\r\n\
         [remote.Y]\r\n  URL=https://\"\"dev.azure.com/contoso/q ;c\r\n\
         [remote \"z\"]\r\n\turl = https://\\\r\ndev.azure.com/contoso/r\r\n"
    );
}

#[test]
fn the_user_of_a_basic_header_may_name_the_organization() {
    let home = TestHome::new();
    let basic = |user: &str| STANDARD.encode(format!("{user}:{}", pat84('C', 'B', 3)));
    let header = |url: &str, user: &str| {
        let value = basic(user);
        format!("[http \"https://{url}\"]\n\textraHeader = Authorization: Basic {value}\n")
    };
    let config = [
        header("dev.azure.com", "Contoso"),
        header("dev.azure.com/fabrikam", "contoso"),
        header("dev.azure.com", "jane"),
    ];
    home.write("r/.git/config", config.concat());
    let found = find(&home, &["r"]);
    let owners = found.credentials.iter().map(|credential| {
        let organization = credential.organization.as_ref();
        organization.map_or("-", |name| name.as_str())
    });
    // The last has only its neighbours, of whom there is one in the file.
    assert_eq!(
        owners.collect::<Vec<_>>(),
        ["contoso", "fabrikam", "fabrikam"]
    );
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn a_rewritten_base_loses_the_secret_in_its_header() {
    let home = TestHome::new();
    let token = pat84('C', 'B', 3);
    let base = format!("url.https://{token}@dev.azure.com/contoso/.insteadOf");
    git(
        &home,
        &[
            "config",
            "--global",
            &base,
            "https://dev.azure.com/contoso/",
        ],
        "",
    );
    git(
        &home,
        &[
            "config",
            "--global",
            "url.https://u:p@dev.azure.com/.pushInsteadOf",
            "az:",
        ],
        "",
    );
    let found = find(&home, &[]);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 1 url.https://***@dev.azure.com/contoso/.insteadOf consent",
            "password contoso 3 url.https://***@dev.azure.com/.pushInsteadOf consent",
        ]
    );
    let path = home.path().join(".gitconfig");
    std::fs::write(&path, cleaned(&found, &path, Some("contoso")).unwrap()).unwrap();
    assert_eq!(
        git_says(&home, &["config", "--global", "--list"], ""),
        "url.https://dev.azure.com/contoso/.insteadof=https://dev.azure.com/contoso/\n\
         url.https://dev.azure.com/.pushinsteadof=az:\n"
    );
}

#[test]
fn a_header_belongs_to_where_it_is_sent() {
    let home = TestHome::new();
    let path = home.write(
        ".gitconfig",
        "[http]\n\textraHeader = Authorization: Basic c2VjcmV0\n\
         [http \"https://dev.azure.com/contoso\"]\n\textraHeader = AUTHORIZATION: basic OnNlY3JldA==\n\
         \textraHeader =\n\textraHeader = X-Trace: 1\n\
         [http \"https://github.com\"]\n\textraHeader = Authorization: Basic OnNlY3JldA==\n\
         [http \"https://*.visualstudio.com\"]\n\textraHeader = Authorization: Bearer x\n",
    );
    let one = "[remote \"o\"]\n\turl = https://dev.azure.com/fabrikam/p\n[http]\n\textraheader = Authorization: Basic eA==\n";
    home.write("one/.git/config", one);
    let mixed = "[remote \"h\"]\n\turl = https://github.com/x\n";
    home.write("mixed/.git/config", format!("{one}{mixed}"));
    let found = find(&home, &["mixed", "one"]);
    assert_eq!(
        rows(&found),
        [
            "password contoso 4 http.https://dev.azure.com/contoso.extraHeader consent",
            "password contoso 10 http.https://*.visualstudio.com.extraHeader consent",
            "password fabrikam 4 http.extraheader consent",
        ]
    );
    assert_eq!(
        cleaned(&found, &path, Some("contoso")).unwrap(),
        "[http]\n\textraHeader = Authorization: Basic c2VjcmV0\n\
         [http \"https://dev.azure.com/contoso\"]\n\
         \textraHeader =\n\textraHeader = X-Trace: 1\n\
         [http \"https://github.com\"]\n\textraHeader = Authorization: Basic OnNlY3JldA==\n\
         [http \"https://*.visualstudio.com\"]\n"
    );
}

#[test]
fn a_token_in_a_header_counts_wherever_the_header_goes() {
    let home = TestHome::new();
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!(":{}", pat52(4)))
    };
    home.write(
        ".gitconfig",
        format!("[http]\n\textraHeader = Authorization: Basic {encoded}\n"),
    );
    let found = find(&home, &[]);
    assert_eq!(rows(&found), ["pat - 2 http.extraHeader consent"]);
    assert_eq!(secrets(&found), [&pat52(4)]);
}

#[test]
fn settings_are_left_to_the_person() {
    let home = TestHome::new();
    let token = pat84('B', 'C', 5);
    let path = home.write(
        ".gitconfig",
        format!(
            "[credential \"https://dev.azure.com\"]\n\
             \thelper = \"!f() {{ echo username=x; echo password={token}; }}; f\"\n\
             \tusername = {token}\n\tpassword = hunter2\n\tazreposServicePrincipalSecret = s3\n\
             [credential]\n\tpassword = other\n\tusername = jane\n\
             [x \"{token}\"]\n\tremote = https://dev.azure.com/contoso/p\n"
        ),
    );
    let found = find(&home, &[]);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 2 credential.https://dev.azure.com.helper manual",
            "pat contoso 3 credential.https://dev.azure.com.username manual",
            "password contoso 4 credential.https://dev.azure.com.password manual",
            "password contoso 5 credential.https://dev.azure.com.azreposServicePrincipalSecret manual",
            "pat contoso 9 x.***.remote manual",
        ]
    );
    assert!(
        found
            .credentials
            .iter()
            .all(|one| one.change.is_none() && one.advice.is_some())
    );
    assert!(path.exists());
}

#[test]
fn a_host_alone_belongs_to_what_stands_beside_it() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[url \"https://u:1@dev.azure.com/\"]\n\tinsteadOf = https://dev.azure.com/fabrikam/\n\
         [url \"https://contoso:2@dev.azure.com/\"]\n\tinsteadOf = az:\n\
         [url \"https://u:3@dev.azure.com/\"]\n\tinsteadOf = other:\n\
         [x]\n\ty = https://dev.azure.com/contoso/\n",
    );
    let organizations = |found: &Found| -> BTreeMap<String, Option<String>> {
        let credentials = found.credentials.iter();
        let pair = |one: &crate::model::Credential| {
            let secret = one.secret.as_ref().unwrap().expose().to_owned();
            (secret, one.organization.as_ref().map(ToString::to_string))
        };
        credentials.map(pair).collect()
    };
    let expected = [("1", Some("fabrikam")), ("2", Some("contoso")), ("3", None)];
    let expected = expected.map(|(secret, name)| (secret.to_owned(), name.map(str::to_owned)));
    assert_eq!(organizations(&find(&home, &[])), expected.into());
}
