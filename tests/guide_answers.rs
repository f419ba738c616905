//! `rekey guide` without a terminal: each question of the guide has a flag that answers it.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::Value;
use support::Home;

/// The step as `guide --json` tells it afterwards.
fn step(home: &Home, id: &str) -> Value {
    let told = home.about_contoso(&["guide", id, "--json"]).json();
    told["steps"][0].clone()
}

#[test]
fn a_step_is_answered_and_the_answer_is_kept() {
    let home = Home::new();
    let told = home.about_contoso(&["guide", "sign-in", "--answer", "done"]);
    assert_eq!(told.stdout, "contoso: sign-in is done\n", "{}", told.stderr);
    let sign_in = step(&home, "sign-in");
    assert_eq!(sign_in["state"], "done");
    assert_eq!(sign_in["proof"], "declared");

    home.about_contoso(&["guide", "sign-in", "--answer", "not-needed"]);
    assert_eq!(step(&home, "sign-in")["state"], "not-needed");
}

#[test]
fn a_step_is_put_off_until_a_time_or_for_a_span() {
    let home = Home::new();
    let until = "2999-12-18T18:00:00Z";
    let later = ["guide", "sign-in", "--answer", "later", "--until"];
    let told = home.about_contoso(&[&later[..], &[until, "--json"]].concat());
    let told = told.expect(1).json();
    assert_eq!(told["steps"][0]["state"], "deferred");
    assert_eq!(told["steps"][0]["deferred_until"], until);

    for span in ["3d", "2h", "1 week"] {
        let told = home.about_contoso(&[&later[..], &[span]].concat());
        assert_eq!(told.code, 1, "{span}: {}", told.stderr);
        assert_eq!(step(&home, "sign-in")["state"], "deferred", "{span}");
    }
}

#[test]
fn answers_that_mean_nothing_are_refused_before_anything_is_done() {
    let home = Home::new();
    for (words, said) in [
        (&["--answer", "done"][..], "STEP"),
        (&["sign-in", "--answer", "perhaps"], "not-needed"),
        (&["sign-in", "--answer", "later"], "until when?"),
        (
            &["sign-in", "--answer", "done", "--until", "3d"],
            "--answer later",
        ),
        (
            &["sign-in", "--answer", "later", "--until", "soon"],
            "is no time",
        ),
        (&["sign-in", "--until", "3d"], "--answer"),
        (&["caches", "--answer", "done"], "rekey clean"),
        (
            &[
                "sign-in",
                "--answer",
                "later",
                "--until",
                "2020-01-01T00:00:00Z",
            ],
            "that time is past",
        ),
    ] {
        let told = home.about_contoso(&[&["guide"], words].concat());
        assert_eq!(told.code, 2, "{words:?}: {}", told.stdout);
        assert!(told.stderr.contains(said), "{words:?}: {}", told.stderr);
        let saved = home.join(".local/state/rekey/steps.json");
        assert!(!saved.exists(), "{words:?}");
    }
}

#[test]
fn a_step_is_put_off_no_further_and_no_more_often_than_policy_says() {
    let home = Home::new();
    let settings = home.write(
        "settings.toml",
        "[guide]\ndeadline = 2999-12-18T18:00:00Z\nmax_deferrals = 2\n",
    );
    let settings = ["--config", settings.to_str().unwrap()];
    let guide = |words: &[&str]| home.about_contoso(&[&["guide"], words, &settings].concat());
    let later = |until: &str| guide(&["sign-in", "--answer", "later", "--until", until]);
    let step = || guide(&["sign-in", "--json"]).json()["steps"][0].clone();
    let told = later("3000-01-01T00:00:00Z").expect(2);
    assert!(told.stderr.contains("until 2999-12-18"), "{}", told.stderr);
    let told = later("2999-12-01T00:00:00Z").expect(1);
    assert!(
        told.stdout
            .contains("sign-in is deferred. Put off until 2999-12-01 "),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("once more"), "{}", told.stdout);
    let sign_in = step();
    assert_eq!(sign_in["deferrals_left"], 1);
    let all = guide(&["--json"]).json();
    assert_eq!(all["deadline"], "2999-12-18T18:00:00Z");
    later("3d").expect(1);
    let told = later("3d").expect(2);
    assert!(told.stderr.contains("2 times were all"), "{}", told.stderr);

    home.write(
        "settings.toml",
        "[guide]\ndeadline = 2020-01-01T00:00:00Z\n",
    );
    assert_eq!(step()["state"], "pending");
    let told = later("3d").expect(2);
    assert!(told.stderr.contains("it was due by"), "{}", told.stderr);
    let told = guide(&[]).expect(1);
    assert!(
        told.stdout.contains("Your steps were due by"),
        "{}",
        told.stdout
    );
}

#[test]
fn what_no_sign_speaks_for_is_not_asked() {
    let home = Home::new();
    for id in ["microsoft-account", "subscription"] {
        assert_eq!(step(&home, id)["state"], "not-needed", "{id}");
    }
    // The account that git was bound to before the change has an address of the company.
    let config = home.write(
        ".gitconfig",
        "[credential \"azrepos:org/contoso\"]\n\tusername = dev@contoso.com\n",
    );
    support::plain::set_modified(&config);
    assert_eq!(step(&home, "microsoft-account")["state"], "pending");
    // It is remembered when the binding is gone.
    home.write(".gitconfig", "");
    assert_eq!(step(&home, "microsoft-account")["state"], "pending");

    let other = Home::new();
    let config = other.write(
        ".gitconfig",
        "[credential \"azrepos:org/contoso\"]\n\tusername = dev@outlook.com\n",
    );
    support::plain::set_modified(&config);
    assert_eq!(step(&other, "microsoft-account")["state"], "not-needed");
}
