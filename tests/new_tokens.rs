//! A new token takes the place of old ones: pasted, or made by the service; checked, put in, tried and undone.
//! Not on Windows: the places are those of Linux.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::fake_service::{CLIENT, FakeService, Poll};
use support::forms::Forms;
use support::server::Reply;
use support::tokens::{entra_jwt, pat52, pat84};
use support::{Answer, CONNECTED, Home, TENANT, about_contoso, with_input};

const FEED: &str = "pkgs.dev.azure.com/contoso/_packaging/f";

/// The places of a home that hold one and the same token, each as its tool writes it.
fn places(token: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            ".npmrc",
            format!(
                "registry=https://npm.fabrikam.com/\n//{FEED}/npm/registry/:username=contoso\n\
                 //{FEED}/npm/registry/:_password={}\n//{FEED}/npm/registry/:email=dev@contoso.com\n\
                 //npm.fabrikam.com/:_authToken=stays\n",
                STANDARD.encode(token)
            ),
        ),
        (
            ".nuget/NuGet/NuGet.Config",
            format!(
                "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<configuration>\r\n  <packageSources>\r\n    \
                 <add key=\"contoso\" value=\"https://{FEED}/nuget/v3/index.json\" />\r\n  </packageSources>\r\n  \
                 <packageSourceCredentials>\r\n    <contoso>\r\n      <add key=\"Username\" value=\"dev\" />\r\n      \
                 <add key=\"ClearTextPassword\" value=\"{token}\" />\r\n    </contoso>\r\n  </packageSourceCredentials>\r\n\
                 </configuration>"
            ),
        ),
        (
            ".config/pip/pip.conf",
            format!("[global]\nextra-index-url = https://contoso:{token}@{FEED}/pypi/simple/\n"),
        ),
        (
            ".netrc",
            format!(
                "machine github.com login dev password stays\nmachine {} login contoso password {token}\n",
                "contoso.visualstudio.com"
            ),
        ),
        (
            ".git-credentials",
            format!("https://dev:stays@github.com\nhttps://contoso:{token}@dev.azure.com\n"),
        ),
        (
            ".azure/azuredevops/personalAccessTokens",
            format!(
                "[azdevops-cli:https://dev.azure.com/contoso]\npersonal access token = {token}\n"
            ),
        ),
    ]
}

fn plant(token: &str) -> Home {
    let home = Home::new();
    for (path, text) in places(token) {
        home.write(path, text);
    }
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    home
}

fn assert_holds(home: &Home, token: &str) {
    for (path, text) in places(token) {
        assert_eq!(home.read(path), text, "{path}");
    }
}

fn old() -> String {
    pat84('C', 'C', 1)
}

fn new() -> String {
    pat84('C', 'L', 2)
}

/// `rekey guide pats` with a token on standard input; nobody is asked about it.
fn paste(home: &Home, token: &str, more: &[&str]) -> Answer {
    let guide = ["guide", "pats", "--token-file", "-"];
    let mut command = home.command(&[&guide[..], more, &about_contoso()].concat());
    with_input(&mut command, token)
}

/// The old token is nowhere but in what is kept for undo.
fn assert_gone(home: &Home, token: &str) {
    let forms = Forms::of(&[token.to_owned()]);
    let runs = home.join(".local/state/rekey/runs");
    for path in support::tree::tree(&home.path()).into_keys() {
        let path = home.path().join(path);
        if path.is_file() && !path.starts_with(&runs) {
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(forms.in_bytes(&bytes), None, "{}", path.display());
        }
    }
}

#[test]
fn one_paste_fills_every_place_and_undo_gives_the_old_token_back() {
    let home = plant(&old());
    let answer = paste(&home, &new(), &["--offline"]).expect(1);
    assert_holds(&home, &new());
    assert_gone(&home, &old());
    assert_eq!(
        answer.stdout.matches("the new token is in").count(),
        6,
        "{}",
        answer.stdout
    );
    assert!(!answer.stdout.contains(&new()) && !answer.stderr.contains(&new()));
    // Until the old one is revoked the step is open.
    assert!(
        answer.stdout.contains("pats is pending"),
        "{}",
        answer.stdout
    );
    // What rekey remembers, and what it keeps for undo, has nothing of the new one.
    for (path, entry) in support::tree::tree(&home.join(".local/state/rekey")) {
        if let support::tree::Entry::File { bytes, .. } = entry {
            let forms = Forms::of(&[new()]);
            assert_eq!(forms.in_bytes(&bytes), None, "{}", path.display());
        }
    }
    let scan = home.about_contoso(&["scan", "--json"]).expect(0).json();
    assert_eq!(
        scan["summary"],
        json!({"stale": 0, "current": 6, "unsure": 0}),
        "{scan:#}"
    );
    home.about_contoso(&["undo"]).expect(0);
    assert_holds(&home, &old());
}

#[test]
fn days_after_the_removal_the_token_goes_where_the_old_one_was() {
    let home = plant(&old());
    home.about_contoso(&["clean", "--yes"]).expect(0);
    assert_gone(&home, &old());
    // What somebody added since stays, and does not keep the token out.
    let npmrc = home.read(".npmrc") + "fund=false\n";
    home.write(".npmrc", npmrc);
    paste(&home, &new(), &["--offline"]).expect(1);
    for (path, text) in places(&new()) {
        let added = if path == ".npmrc" { "fund=false\n" } else { "" };
        assert_eq!(home.read(path), text + added, "{path}");
    }
    home.about_contoso(&["undo"]).expect(0);
    home.about_contoso(&["undo"]).expect(3);
    assert_eq!(home.read(".git-credentials"), places(&old())[4].1);
}

#[test]
fn a_place_that_undo_emptied_again_waits_for_a_token_again() {
    let home = plant(&old());
    home.about_contoso(&["clean", "--yes"]).expect(0);
    let first = pat84('C', 'L', 8);
    paste(&home, &first, &["--offline"]).expect(1);
    home.about_contoso(&["undo"]).expect(0);
    assert_gone(&home, &first);
    paste(&home, &new(), &["--offline"]).expect(1);
    assert_holds(&home, &new());
}

#[test]
fn a_place_that_was_filled_by_somebody_else_is_left_alone() {
    let home = plant(&old());
    home.about_contoso(&["clean", "--yes"]).expect(0);
    let theirs = pat84('C', 'L', 9);
    home.write(".git-credentials", places(&theirs)[4].1.clone());
    paste(&home, &new(), &["--offline"]).expect(1);
    assert_eq!(home.read(".git-credentials"), places(&theirs)[4].1);
    assert_eq!(home.read(".npmrc"), places(&new())[0].1);
}

#[test]
fn what_is_no_new_token_is_put_nowhere() {
    let home = plant(&old());
    for (wrong, said) in [
        ("hunter2".to_owned(), "no personal access token"),
        (new()[1..].to_owned(), "no personal access token"),
        (entra_jwt(TENANT, 4_000_000_000), "ends within hours"),
        (old(), "this is the old token"),
        (pat84('C', 'D', 4), "of 2026-04, before the change"),
    ] {
        let answer = paste(&home, &wrong, &["--offline"]).expect(2);
        assert!(answer.stderr.contains(said), "{}", answer.stderr);
        assert!(!answer.stderr.contains(&wrong), "{}", answer.stderr);
        assert_holds(&home, &old());
    }
    let answer = home
        .about_contoso(&["guide", "sign-in", "--token-file", "-"])
        .expect(2);
    assert!(answer.stderr.contains("another step"), "{}", answer.stderr);
}

#[test]
fn a_second_token_finds_nothing_to_do() {
    let home = plant(&old());
    paste(&home, &new(), &["--offline"]).expect(1);
    let answer = paste(&home, &pat52(7), &["--offline"]).expect(2);
    assert!(answer.stderr.contains("no place"), "{}", answer.stderr);
}

#[test]
fn each_kind_of_tool_can_have_a_token_of_its_own() {
    let home = plant(&old());
    let code = pat84('C', 'L', 3);
    paste(&home, &code, &["--offline", "--for", "git"]).expect(1);
    assert_eq!(home.read(".git-credentials"), places(&code)[4].1);
    assert_eq!(home.read(".npmrc"), places(&old())[0].1);
    paste(&home, &new(), &["--offline"]).expect(1);
    assert_eq!(home.read(".git-credentials"), places(&code)[4].1);
    assert_eq!(home.read(".npmrc"), places(&new())[0].1);
}

#[test]
fn what_policy_lets_nobody_change_is_left_for_the_administrator() {
    let home = plant(&old());
    home.write(
        ".config/rekey/config.toml",
        "[clean]\nconsent = \"never\"\n",
    );
    let answer = paste(&home, &new(), &["--offline"]).expect(1);
    assert!(
        answer.stdout.contains("clean.consent is never"),
        "{}",
        answer.stdout
    );
    // pip's address stands among other settings of the person's.
    assert_eq!(home.read(".config/pip/pip.conf"), places(&old())[2].1);
    assert_eq!(home.read(".npmrc"), places(&new())[0].1);
}

// --- With the service ------------------------------------------------------------------------------------------------

fn service() -> FakeService {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    let service = FakeService::new("contoso", TENANT.parse().unwrap(), now);
    // The program really waits between two questions.
    service.set_interval(1);
    service
}

fn with_service(home: &Home, service: &FakeService, arguments: &[&str], input: &str) -> Answer {
    let contoso = ["--org", "contoso", "--connected-at", CONNECTED];
    let mut command = home.command(&[arguments, &contoso].concat());
    command.env("REKEY_TEST_GATEWAY", service.url());
    with_input(&mut command, input)
}

const PASTE: [&str; 4] = ["guide", "pats", "--token-file", "-"];

#[test]
fn the_service_is_asked_about_the_token_and_every_address_that_it_is_for() {
    let service = service();
    let made = service.give(
        "rekey",
        "vso.packaging vso.code_write",
        "2026-11-25T00:00:00Z",
        "2027-01-25T00:00:00Z",
    );
    let home = plant(&old());
    let arguments = [&PASTE[..], &["--json"]].concat();
    let answer = with_service(&home, &service, &arguments, &made.token).expect(1);
    let slots = answer.json()["slots"].as_array().unwrap().clone();
    let state = |store: &str| {
        let slot = slots.iter().find(|slot| slot["store"] == store).unwrap();
        slot["state"].as_str().unwrap().to_owned()
    };
    for feed in ["npm", "nuget", "pip"] {
        assert_eq!(state(feed), "works", "{slots:#?}");
    }
    assert_holds(&home, &made.token);
    let hosts: Vec<String> = service
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    let known = ["/dev.azure.com/contoso", "/pkgs.dev.azure.com/contoso/"];
    let strange = hosts
        .iter()
        .find(|line| !known.iter().any(|host| line.contains(host)));
    assert_eq!(strange, None);
}

#[test]
fn what_the_service_refuses_is_put_nowhere() {
    let service = service();
    let home = plant(&old());
    let answer = with_service(&home, &service, &PASTE, &new()).expect(2);
    assert!(
        answer.stderr.contains("contoso does not take this token"),
        "{}",
        answer.stderr
    );
    assert_holds(&home, &old());
    // A redirect is not followed, and says nothing of the token.
    let made = service.give(
        "rekey",
        "app_token",
        "2026-11-25T00:00:00Z",
        "2027-01-25T00:00:00Z",
    );
    service.instead_of(
        "connectionData",
        Reply::status(302, "").header("Location", "https://northwind.example/take"),
    );
    let answer = with_service(&home, &service, &PASTE, &made.token);
    assert_ne!(answer.code, 0);
    assert_holds(&home, &old());
    assert!(
        service
            .requests()
            .iter()
            .all(|request| !request.line.contains("northwind"))
    );
}

#[test]
fn nothing_is_changed_before_the_change() {
    let zero = "00000000-0000-0000-0000-000000000000";
    let service = FakeService::new(
        "contoso",
        zero.parse().unwrap(),
        "2026-11-25T00:00:00Z".parse().unwrap(),
    );
    let home = plant(&old());
    let answer = with_service(&home, &service, &PASTE, &new()).expect(4);
    assert!(
        answer.stderr.contains("nothing was changed"),
        "{}",
        answer.stderr
    );
    with_service(&home, &service, &AUTOMATIC, "").expect(4);
    assert_holds(&home, &old());
}

#[test]
fn where_the_service_says_nothing_nothing_is_put_in_unless_offline() {
    let service = service();
    let made = service.give(
        "rekey",
        "app_token",
        "2026-11-25T00:00:00Z",
        "2027-01-25T00:00:00Z",
    );
    let home = plant(&old());
    service.instead_of(
        "connectionData",
        Reply::status(429, "").header("Retry-After", "60"),
    );
    let answer = with_service(&home, &service, &PASTE, &made.token).expect(3);
    assert!(
        answer.stderr.contains("could not be asked"),
        "{}",
        answer.stderr
    );
    assert!(answer.stderr.contains("--offline"), "{}", answer.stderr);
    assert_holds(&home, &old());
}

/// A home with one old token for git and one for packages, both on the person's list.
fn automatic_home(service: &FakeService) -> Home {
    let packages = service.give(
        "build",
        "vso.packaging",
        "2026-03-02T00:00:00Z",
        "2027-03-02T00:00:00Z",
    );
    let code = service.give(
        "laptop",
        "vso.code_write",
        "2026-04-02T00:00:00Z",
        "2027-04-02T00:00:00Z",
    );
    let home = Home::new();
    home.write(".npmrc", places(&packages.token)[0].1.clone());
    home.write(".config/pip/pip.conf", places(&packages.token)[2].1.clone());
    home.write(".git-credentials", places(&code.token)[4].1.clone());
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    home.write(
        ".config/rekey/config.toml",
        format!("[entra]\nclient_id = \"{CLIENT}\"\n"),
    );
    home
}

const AUTOMATIC: [&str; 3] = ["guide", "pats", "--automatic"];

#[test]
fn successors_are_made_put_in_proved_and_the_old_ones_revoked() {
    let service = service();
    let home = automatic_home(&service);
    service.polls(&[Poll::SignedIn]);
    // The person's other steps are still open.
    let answer = with_service(&home, &service, &AUTOMATIC, "").expect(1);
    let living = service.living();
    let mut names: Vec<_> = living
        .iter()
        .map(|one| (one.name.as_str(), one.scope.as_str()))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [("build", "vso.packaging"), ("laptop", "vso.code_write")]
    );
    let token = |name: &str| {
        living
            .iter()
            .find(|one| one.name == name)
            .unwrap()
            .token
            .clone()
    };
    assert_eq!(home.read(".npmrc"), places(&token("build"))[0].1);
    assert_eq!(
        home.read(".config/pip/pip.conf"),
        places(&token("build"))[2].1
    );
    assert_eq!(home.read(".git-credentials"), places(&token("laptop"))[4].1);
    assert!(
        answer.stdout.contains("The old one is revoked."),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("pats is done"), "{}", answer.stdout);
    assert!(answer.stderr.contains("type the code"), "{}", answer.stderr);
    for issued in service.issued() {
        assert!(!answer.stdout.contains(&issued.token) && !answer.stderr.contains(&issued.token));
    }
    let steps = with_service(&home, &service, &["guide", "--json", "--offline"], "").json();
    let steps = steps["steps"].as_array().unwrap().clone();
    let pats = steps.iter().find(|step| step["id"] == "pats").unwrap();
    assert_eq!(
        (&pats["state"], &pats["proof"]),
        (&json!("done"), &json!("verified")),
        "{pats}"
    );
}

#[test]
fn where_nothing_is_kept_a_token_is_in_all_of_its_places_or_in_none_all_the_same() {
    let service = service();
    let home = automatic_home(&service);
    let config = home.read(".config/rekey/config.toml") + "[undo]\nkeep_days = 0\n";
    home.write(".config/rekey/config.toml", config);
    // One of the two places of the packages' token has another name, which would keep the old one.
    let conf = home.join(".config/pip/pip.conf");
    std::fs::hard_link(&conf, home.join("another-name")).unwrap();
    service.polls(&[Poll::SignedIn]);
    let before = (home.read(".npmrc"), home.read(".config/pip/pip.conf"));
    with_service(&home, &service, &AUTOMATIC, "");
    let after = (home.read(".npmrc"), home.read(".config/pip/pip.conf"));
    assert_eq!(before, after);
    // The successor that was in no place is revoked.
    assert_eq!(
        service
            .living()
            .iter()
            .filter(|one| one.name == "build")
            .count(),
        1
    );
    let runs = home.join(".local/state/rekey/runs");
    let kept = std::fs::read_dir(runs).map_or(0, Iterator::count);
    assert_eq!(kept, 0);
}

#[test]
fn a_policy_that_refuses_leaves_everything_as_it_was_and_says_what_to_do() {
    let service = service();
    let home = automatic_home(&service);
    let before: Vec<_> = service
        .living()
        .iter()
        .map(|one| one.authorization_id)
        .collect();
    service.polls(&[Poll::SignedIn]);
    service.refuse_creation(Some("disablePatCreationPolicyViolation"));
    let answer = with_service(&home, &service, &AUTOMATIC, "").expect(3);
    assert!(answer.stdout.contains("It stopped"), "{}", answer.stdout);
    let after: Vec<_> = service
        .living()
        .iter()
        .map(|one| one.authorization_id)
        .collect();
    assert_eq!(before, after);
    let scan: Value = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(scan["summary"]["stale"], 3, "{scan:#}");
}

#[test]
fn a_sign_in_that_ended_on_the_way_loses_nothing_and_the_next_run_goes_on() {
    let service = service();
    let home = automatic_home(&service);
    service.polls(&[Poll::SignedIn, Poll::SignedIn]);
    // The first successor is made and filled; its old one cannot be revoked.
    service.instead_of("DELETE ", Reply::page(203, "<html>Sign In</html>"));
    with_service(&home, &service, &AUTOMATIC, "").expect(3);
    assert!(service.living().len() >= 3);
    with_service(&home, &service, &AUTOMATIC, "").expect(1);
    let living = service.living();
    assert_eq!(living.len(), 2, "{living:?}");
    assert!(
        living
            .iter()
            .all(|one| one.valid_from > CONNECTED.parse().unwrap())
    );
}

#[test]
fn nobody_is_signed_in_where_nothing_says_how() {
    let service = service();
    let home = automatic_home(&service);
    home.write(".config/rekey/config.toml", "");
    let answer = with_service(&home, &service, &AUTOMATIC, "").expect(3);
    assert!(
        answer.stderr.contains("entra.client_id"),
        "{}",
        answer.stderr
    );
}
