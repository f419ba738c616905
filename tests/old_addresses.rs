//! Remotes on `visualstudio.com`: told beside the findings, and changed only when asked for.
//! Not on Windows: it starts the real git, which is not under Wine.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::json;
use support::tokens::pat84;
use support::tree::{differences, tree};
use support::{Home, findings};

/// A repository of the real git with these remotes.
fn repository(home: &Home, remotes: &[(&str, &str)]) {
    home.git("src/app", &["init", "-q"]);
    for (name, url) in remotes {
        home.git("src/app", &["remote", "add", name, url]);
    }
}

const OLD: &str = "https://contoso.visualstudio.com/DefaultCollection/web/_git/app";
const NEW: &str = "https://dev.azure.com/contoso/web/_git/app";

#[test]
fn an_old_address_is_told_and_is_no_finding() {
    let home = Home::new();
    repository(&home, &[("origin", OLD)]);
    let scan = home.about_contoso(&["scan", "--json"]).expect(0).json();
    assert_eq!(scan["findings"], json!([]));
    let path = home.join("src/app/.git/config");
    let address = &scan["old_addresses"][0];
    assert_eq!(address["organization"], "contoso");
    assert_eq!(address["path"], json!(path));
    assert_eq!(address["line"], 7);
    assert_eq!(address["entry"], "remote.origin.url");
    assert_eq!(address["address"], OLD);
    assert_eq!(address["modern"], NEW);
    let folder = home.join("src/app");
    let command = format!("git -C {} remote set-url origin {NEW}", folder.display());
    assert_eq!(address["command"], json!(command));
    let shown = home.about_contoso(&["scan"]).expect(0).stdout;
    assert!(shown.contains(&command), "{shown}");
    assert!(shown.contains("0 findings"), "{shown}");

    let end = home.about_contoso(&["clean", "--yes"]).expect(0).stdout;
    assert!(end.contains("1 remote still has an old address"), "{end}");
    assert!(home.read("src/app/.git/config").contains(OLD));
}

#[test]
fn nothing_is_changed_without_the_persons_word() {
    let home = Home::new();
    repository(&home, &[("origin", OLD)]);
    let before = tree(&home.path());
    for flags in [
        &["--dry-run"] as &[&str],
        &["--unattended"],
        &["--yes", "--dry-run"],
        &[],
    ] {
        let arguments = [&["clean", "--modernize-remotes", "--json"], flags].concat();
        let run = home.about_contoso(&arguments).expect(0).json();
        assert_eq!(run["plan"][0]["action"], "set-git-config");
        assert_eq!(run["plan"][0]["remedy"], "consent");
        assert_eq!(
            run["plan"][0]["finding"],
            run["scan"]["old_addresses"][0]["id"]
        );
        let outcomes = run["outcomes"].as_array().unwrap();
        assert!(outcomes.iter().all(|outcome| outcome["state"] == "pending"));
        assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
    }
    let shown = home
        .about_contoso(&["clean", "--modernize-remotes"])
        .expect(0)
        .stdout;
    assert!(shown.contains(&format!("becomes {NEW}")), "{shown}");
    assert!(shown.contains("To go ahead"), "{shown}");
}

#[test]
fn secret_and_old_host_go_at_once_and_come_back_with_undo() {
    let home = Home::new();
    let token = pat84('C', 'C', 1);
    let with_secret = OLD.replace("https://", &format!("https://dev:{token}@"));
    repository(
        &home,
        &[
            ("origin", &with_secret),
            ("ssh", "contoso@vs-ssh.visualstudio.com:v3/contoso/web/app"),
            ("theirs", "https://fabrikam.visualstudio.com/web/_git/app"),
        ],
    );
    let before = tree(&home.path());
    let arguments = ["clean", "--yes", "--modernize-remotes"];
    let shown = home.about_contoso(&arguments).expect(0).stdout;
    assert!(shown.contains("1 removed, 2 addresses changed"), "{shown}");
    assert!(!shown.contains(&token), "{shown}");
    let remotes = home.git("src/app", &["remote", "-v"]);
    assert_eq!(
        remotes.lines().step_by(2).collect::<Vec<_>>(),
        [
            format!("origin\t{NEW} (fetch)"),
            "ssh\tgit@ssh.dev.azure.com:v3/contoso/web/app (fetch)".to_owned(),
            "theirs\thttps://fabrikam.visualstudio.com/web/_git/app (fetch)".to_owned(),
        ]
    );
    assert_eq!(
        differences(&before, &tree(&home.path())),
        ["src/app/.git/config"]
    );
    let again = home.about_contoso(&["clean", "--yes", "--modernize-remotes", "--json"]);
    assert_eq!(again.expect(0).json()["plan"], json!([]));
    home.rekey(&["undo"]).expect(0);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn a_secret_that_is_current_stays_in_the_new_address() {
    let home = Home::new();
    let token = pat84('C', 'K', 1);
    let with_secret = OLD.replace("https://", &format!("https://dev:{token}@"));
    repository(&home, &[("origin", &with_secret)]);
    let arguments = ["clean", "--yes", "--modernize-remotes", "--json"];
    let run = home.about_contoso(&arguments).expect(0).json();
    assert_eq!(
        findings(&run["scan"], "current"),
        ["git-config remote.origin.url"]
    );
    let url = home.git("src/app", &["remote", "get-url", "origin"]);
    assert_eq!(
        url.trim(),
        NEW.replace("https://", &format!("https://dev:{token}@"))
    );
}
