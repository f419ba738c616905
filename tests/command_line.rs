//! What the flags mean and what the exit codes say.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::Value;
use support::layout::here;
use support::plain::{plant, set_modified};
use support::tokens::pat84;
use support::tree::{differences, tree};
use support::{CONNECTED, Home, OLD_TENANT, TENANT, findings};

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

fn outcomes(run: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcomes = run["outcomes"].as_array().unwrap();
    outcomes
        .iter()
        .map(|outcome| (text(&outcome["state"]), text(&outcome["reason"])))
        .collect()
}

#[test]
fn without_an_organization_those_that_are_seen_are_named() {
    let home = planted();
    for arguments in [
        &["scan"][..],
        &["clean", "--yes"],
        &["run", "--unattended"],
        &["guide"],
    ] {
        let answer = home.rekey(arguments).expect(2);
        assert_eq!(answer.stdout, "");
        for word in ["hint: ", "contoso", "fabrikam", "--org"] {
            assert!(answer.stderr.contains(word), "{}", answer.stderr);
        }
    }
    let empty = Home::new().rekey(&["scan"]).expect(2);
    assert!(empty.stderr.contains("--org NAME"), "{}", empty.stderr);
}

#[test]
fn nothing_to_do_is_0_and_something_left_is_1() {
    let home = planted();
    home.about_contoso(&["scan"]).expect(1);
    home.about_contoso(&["clean", "--yes"]).expect(0);
    home.about_contoso(&["scan"]).expect(0);
    // The person's own steps are the business of run, and of status.
    home.about_contoso(&["run", "--unattended"]).expect(1);
    home.rekey(&["status"]).expect(1);
    home.rekey(&["undo"]).expect(0);
    home.about_contoso(&["scan"]).expect(1);
}

#[test]
fn what_is_unsure_is_never_changed_without_being_asked_about() {
    let home = Home::new();
    let token = pat84('C', 'J', 1);
    let netrc = format!("machine pkgs.dev.azure.com login dev password {token}\n");
    set_modified(&home.write(".netrc", &netrc));
    let run = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(1)
        .json();
    assert_eq!(findings(&run["scan"], "unsure").len(), 1, "{run:#}");
    assert_eq!(run["plan"], serde_json::json!([]));
    assert_eq!(home.read(".netrc"), netrc);
}

#[test]
fn before_the_connection_everything_is_4_and_nothing_changes() {
    let home = planted();
    let before = tree(&home.path());
    let later = [
        "--org",
        "contoso",
        "--tenant",
        TENANT,
        "--connected-at",
        "2100-01-01T00:00:00Z",
    ];
    for command in [
        &["clean", "--yes"][..],
        &["run", "--unattended"],
        &["run", "--yes", "--json"],
    ] {
        home.rekey(&[command, &later].concat()).expect(4);
        assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
    }
    let line = home.rekey(&["status", "--detect"]).expect(0).stdout;
    assert!(line.contains("state=waiting"), "{line}");
}

#[test]
fn the_plan_of_a_dry_run_is_the_plan_of_the_real_run() {
    let home = planted();
    let before = tree(&home.path());
    let dry = home
        .about_contoso(&["clean", "--dry-run", "--json"])
        .expect(1)
        .json();
    assert_eq!(dry["outcomes"], serde_json::json!([]));
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
    // A dry run is no run that anything remembers.
    let line = home.rekey(&["status", "--detect"]).expect(1).stdout;
    assert!(line.contains("state=never-run"), "{line}");

    let real = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(0)
        .json();
    assert_eq!(dry["plan"].as_array().unwrap().len(), 15);
    assert_eq!(dry["plan"], real["plan"]);
    assert_eq!(dry["scan"]["findings"], real["scan"]["findings"]);
}

#[test]
fn a_dry_run_beats_yes() {
    let home = planted();
    let before = tree(&home.path());
    home.about_contoso(&["clean", "--yes", "--dry-run"])
        .expect(1);
    home.about_contoso(&["run", "--unattended", "--dry-run"])
        .expect(1);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn without_a_terminal_or_a_flag_the_plan_is_shown_and_nothing_changes() {
    let home = planted();
    let before = tree(&home.path());
    for command in ["clean", "run"] {
        let answer = home.about_contoso(&[command]).expect(1);
        assert!(
            answer.stdout.contains(&here("~/.npmrc")),
            "{}",
            answer.stdout
        );
        assert!(answer.stdout.contains("or add --yes"), "{}", answer.stdout);
        let run = home.about_contoso(&[command, "--json"]).expect(1).json();
        assert_eq!(run["plan"].as_array().unwrap().len(), 15);
        for (state, reason) in outcomes(&run) {
            assert_eq!(
                (state.as_str(), reason.contains("--yes")),
                ("pending", true),
                "{reason}"
            );
        }
    }
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn unattended_nobody_is_locked_out_unseen() {
    let home = planted();
    let before = tree(&home.path());
    let run = home
        .about_contoso(&["run", "--unattended", "--json"])
        .expect(1)
        .json();
    let plan = run["plan"].as_array().unwrap();
    let findings = run["scan"]["findings"].as_array().unwrap();
    for (edit, (state, reason)) in plan.iter().zip(outcomes(&run)) {
        let finding = findings
            .iter()
            .find(|one| one["id"] == edit["finding"])
            .unwrap();
        let holds_living_secret = matches!(finding["kind"].as_str(), Some("pat" | "password"));
        if edit["remedy"] == "consent" {
            assert_eq!(state, "pending", "{edit}");
            assert!(reason.contains("consent"), "{reason}");
        } else if holds_living_secret {
            assert_eq!(state, "pending", "{edit}");
            assert!(reason.contains("may still work"), "{reason}");
        } else {
            assert_eq!(state, "done", "{edit}");
        }
    }
    // A session token, two records of Git Credential Manager and one tenant are refilled by themselves.
    assert_eq!(
        differences(&before, &tree(&home.path())),
        [
            ".ado_orgs.cache",
            ".gitconfig",
            ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
        ]
        .map(here)
    );
}

#[test]
fn settings_can_only_narrow_what_is_changed() {
    let home = planted();
    let before = tree(&home.path());
    let elsewhere = Home::new();
    let config = elsewhere.write(
        "never.toml",
        "[clean]\nconsent = \"never\"\nautomatic = false\n",
    );
    let arguments = [
        "clean",
        "--yes",
        "--json",
        "--config",
        config.to_str().unwrap(),
    ];
    let run = home.about_contoso(&arguments).expect(1).json();
    for (state, reason) in outcomes(&run) {
        assert_eq!(
            (state.as_str(), reason.as_str()),
            ("declined", "clean.consent is never")
        );
    }
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
}

#[test]
fn only_and_skip_choose_the_places() {
    let home = planted();
    let stores = |arguments: &[&str]| {
        let scan = home
            .about_contoso(&[&["scan", "--json"], arguments].concat())
            .expect(1)
            .json();
        let mut stores: Vec<_> = scan["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["store"].as_str().unwrap().to_owned())
            .collect();
        stores.dedup();
        stores
    };
    assert_eq!(stores(&["--only", "npm"]), ["npm"]);
    assert_eq!(
        stores(&["--only", "npm", "--only", "netrc"]),
        ["netrc", "npm"]
    );
    let all = stores(&[]);
    let but_npm: Vec<_> = all
        .iter()
        .filter(|store| *store != "npm")
        .cloned()
        .collect();
    assert_eq!(stores(&["--skip", "npm"]), but_npm);
    home.about_contoso(&["clean", "--yes", "--only", "npm"])
        .expect(0);
    assert_eq!(stores(&[]), but_npm);
}

#[test]
fn all_lists_other_organizations_and_clean_never_touches_them() {
    let home = planted();
    let scan = home
        .about_contoso(&["scan", "--all", "--json"])
        .expect(1)
        .json();
    let organizations: std::collections::BTreeSet<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["organization"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        organizations.into_iter().collect::<Vec<_>>(),
        ["contoso", "fabrikam"]
    );
    let few = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(few["summary"], scan["summary"]);
}

#[test]
fn an_organization_that_is_seen_nowhere_is_warned_about() {
    let home = planted();
    let answer = home
        .rekey(&["scan", "--org", "contosso", "--connected-at", CONNECTED])
        .expect(1);
    for word in ["warning", "contosso", "seen here: contoso, fabrikam"] {
        assert!(answer.stderr.contains(word), "{}", answer.stderr);
    }
}

#[test]
fn nobody_is_told_of_an_undo_where_nothing_is_kept() {
    let home = Home::new();
    home.write(
        ".gitconfig",
        format!(
            "[credential \"azrepos:org/contoso\"]\n\tazureAuthority = https://login.microsoftonline.com/{OLD_TENANT}\n"
        ),
    );
    let settings = home.write("keep-nothing.toml", "[undo]\nkeep_days = 0\n");
    let answer = home
        .about_contoso(&["clean", "--yes", "--config", settings.to_str().unwrap()])
        .expect(0);
    assert!(
        answer.stdout.contains("nothing was kept"),
        "{}",
        answer.stdout
    );
    assert!(!answer.stdout.contains("rekey undo"), "{}", answer.stdout);
    let list = home.rekey(&["undo", "--list", "--json"]).expect(0).json();
    assert_eq!(list["runs"], serde_json::json!([]));
}
