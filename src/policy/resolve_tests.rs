#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::Path;

use super::*;
use crate::model::Tenant;

const TENANT: &str = "22222222-0000-4000-8000-000000000002";
const OTHER: &str = "11111111-0000-4000-8000-000000000001";

fn layer(text: &str) -> Layer {
    Layer::from_toml(Path::new("settings.toml"), text).unwrap()
}

fn machine(text: &str) -> (Origin, Layer) {
    (Origin::Machine("policy.toml".into()), layer(text))
}

fn typed(text: &str) -> (Origin, Layer) {
    (Origin::CommandLine, layer(text))
}

fn person(text: &str) -> (Origin, Layer) {
    (Origin::Person("config.toml".into()), layer(text))
}

fn settle(layers: &[(Origin, Layer)]) -> Result<Settings, PolicyFault> {
    resolve(layers, "2026-12-01T00:00:00Z".parse().unwrap())
}

#[test]
fn the_first_layer_that_sets_a_key_wins() {
    let layers = [
        typed("pats = \"only-if-broken\""),
        person("pats = \"regenerate\"\n[undo]\nkeep_days = 3"),
    ];
    let settings = settle(&layers).unwrap();
    assert_eq!(settings.pats, Pats::OnlyIfBroken);
    assert_eq!(settings.keep_days, 3);
    assert_eq!(settle(&[]).unwrap().keep_days, 7);
}

#[test]
fn nobody_widens_what_machine_policy_allows_and_anybody_narrows_it() {
    let never = machine("[clean]\nconsent = \"never\"\nautomatic = false");
    let wide = person("[clean]\nconsent = \"always\"\nautomatic = true");
    let settings = settle(&[never, wide]).unwrap();
    assert_eq!(settings.consent, Leave::Never);
    assert!(!settings.automatic);

    let always = machine("[clean]\nconsent = \"always\"\n[report]\npaths = \"full\"");
    let narrow = person("[clean]\nconsent = \"never\"\n[report]\npaths = \"none\"");
    let settings = settle(&[always, narrow]).unwrap();
    assert_eq!(settings.consent, Leave::Never);
    assert_eq!(settings.report_paths, ReportPaths::None);
}

#[test]
fn only_machine_policy_agrees_for_an_unattended_run() {
    let person = settle(&[person(
        "pats = \"regenerate\"\n[clean]\nconsent = \"always\"",
    )])
    .unwrap();
    assert!(!person.machine_consents && !person.machine_regenerates);
    let machine = settle(&[machine(
        "pats = \"regenerate\"\n[clean]\nconsent = \"always\"",
    )])
    .unwrap();
    assert!(machine.machine_consents && machine.machine_regenerates);
}

#[test]
fn a_flag_that_machine_policy_contradicts_is_an_error_that_names_the_key() {
    let set = format!(
        "organizations = [{{ name = \"contoso\", tenant = \"{TENANT}\" }}]\n[collector]\nurl = \"https://a.example\""
    );
    for (flag, key) in [
        (
            "organizations = [{ name = \"fabrikam\" }]".to_owned(),
            "organizations",
        ),
        (
            format!("organizations = [{{ name = \"contoso\", tenant = \"{OTHER}\" }}]"),
            "organizations",
        ),
        (
            "[collector]\nurl = \"https://b.example\"".to_owned(),
            "collector.url",
        ),
    ] {
        let fault = settle(&[machine(&set), typed(&flag)])
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains(key) && fault.contains("policy.toml"),
            "{fault}"
        );
    }
}

#[test]
fn a_flag_picks_among_the_organizations_of_machine_policy() {
    let set = format!(
        "organizations = [{{ name = \"contoso\", tenant = \"{TENANT}\" }}, {{ name = \"fabrikam\" }}]"
    );
    let picked = settle(&[
        machine(&set),
        typed("organizations = [{ name = \"CONTOSO\" }]"),
    ])
    .unwrap();
    assert_eq!(picked.scope.organizations.len(), 1);
    assert_eq!(
        picked.scope.organizations[0].tenant,
        Some(TENANT.parse::<Tenant>().unwrap())
    );
    assert!(!picked.scope_is_typed);
}

#[test]
fn a_typed_name_takes_the_rest_from_the_persons_file() {
    let file = "organizations = [{ name = \"contoso\", connected_at = 2026-11-20T18:00:00Z }]";
    let settings = settle(&[
        typed("organizations = [{ name = \"contoso\" }]"),
        person(file),
    ])
    .unwrap();
    let organization = &settings.scope.organizations[0];
    assert_eq!(
        organization.connected_at.unwrap().to_string(),
        "2026-11-20T18:00:00Z"
    );
    assert!(settings.scope_is_typed);
}

#[test]
fn a_connection_that_lies_ahead_has_not_happened() {
    let ahead = "organizations = [{ name = \"contoso\", connected_at = 2027-01-01T00:00:00Z }]";
    assert!(settle(&[typed(ahead)]).unwrap().scope.organizations[0].gated);
}

#[test]
fn a_wrong_key_is_named_with_its_line_and_never_quoted() {
    for (text, line, word) in [
        (
            "pats = \"regenerate\"\ncollector.enrol_secret = \"hunter2\"",
            2,
            "enrol_secret",
        ),
        (
            "[collector]\nenroll_secret = [\"hunter2\"]",
            2,
            "enroll_secret",
        ),
        (
            "[[organizations]]\nname = \"contoso\"\ntenant = \"hunter2-is-no-guid\"",
            3,
            "tenant",
        ),
        ("pats = \"sometimes\"", 1, "pats"),
        ("[clean\n", 1, ""),
    ] {
        let fault = Layer::from_toml(Path::new("settings.toml"), text)
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains(&format!("settings.toml, line {line}")),
            "{fault}"
        );
        assert!(fault.contains(word) && fault.contains("hint"), "{fault}");
        assert!(!fault.contains("\"hunter2\""), "{fault}");
    }
}

#[test]
fn the_application_of_the_sign_in_is_a_guid() {
    let settings = settle(&[person(
        "[entra]\nclient_id = \"33333333-0000-4000-8000-000000000003\"",
    )])
    .unwrap();
    let client = settings.entra_client.map(|id| id.to_string());
    assert_eq!(
        client.as_deref(),
        Some("33333333-0000-4000-8000-000000000003")
    );
    for wrong in ["contoso", "", "00000000-0000-0000-0000-000000000000"] {
        let fault = settle(&[person(&format!("[entra]\nclient_id = {wrong:?}"))]).unwrap_err();
        assert!(fault.to_string().contains("entra.client_id"), "{fault}");
    }
}

#[test]
fn steps_may_be_put_off_less_than_policy_allows_and_never_more() {
    let policy = || machine("[guide]\ndeadline = 2026-12-18T18:00:00Z\nmax_deferrals = 3");
    for (own, deadline, most) in [
        ("", "2026-12-18T18:00:00Z", 3),
        (
            "[guide]\ndeadline = 2026-12-01T00:00:00Z\nmax_deferrals = 1",
            "2026-12-01T00:00:00Z",
            1,
        ),
        (
            "[guide]\ndeadline = 2027-12-01T00:00:00Z\nmax_deferrals = 9",
            "2026-12-18T18:00:00Z",
            3,
        ),
    ] {
        let limits = settle(&[policy(), person(own)]).unwrap().deferral;
        assert_eq!(limits.deadline, Some(deadline.parse().unwrap()), "{own}");
        assert_eq!(limits.most, Some(most), "{own}");
    }
    assert_eq!(
        settle(&[]).unwrap().deferral,
        crate::model::DeferralLimits::default()
    );
}

#[test]
fn files_are_read_as_far_as_somebody_says_and_policy_allows() {
    for (value, depth) in [
        ("false", Depth::Places),
        ("true", Depth::Files),
        ("\"objects\"", Depth::Objects),
    ] {
        let settings = settle(&[person(&format!("[scan]\ndeep = {value}"))]).unwrap();
        assert_eq!(settings.depth, depth);
    }
    assert_eq!(settle(&[]).unwrap().depth, Depth::Places);
    assert!(Layer::from_toml(Path::new("x"), "[scan]\ndeep = 1").is_err());
    let typed = |deep| {
        let mut layer = Layer::default();
        layer.scan.deep = Some(deep);
        (Origin::CommandLine, layer)
    };
    let policy = |value: &str| machine(&format!("[scan]\ndeep = {value}"));
    assert_eq!(
        settle(&[policy("\"objects\""), typed(Depth::Files)])
            .unwrap()
            .depth,
        Depth::Objects
    );
    for (value, deep) in [("false", Depth::Files), ("true", Depth::Objects)] {
        let fault = settle(&[policy(value), typed(deep)]).unwrap_err();
        assert!(fault.to_string().contains("scan.deep"), "{fault}");
    }
}

#[test]
fn only_the_machine_lets_what_is_accepted_count_and_anybody_may_say_less() {
    let yes = "[accept]\nallowed = true";
    let no = "[accept]\nallowed = false";
    for (layers, allowed) in [
        (vec![], false),
        (vec![person(yes)], false),
        (vec![machine(yes)], true),
        (vec![machine(yes), person(no)], false),
        (vec![machine(no), person(yes)], false),
    ] {
        assert_eq!(settle(&layers).unwrap().accept_allowed, allowed);
    }
}

#[test]
fn a_number_out_of_its_bounds_is_an_error_in_every_layer() {
    let mut layer = Layer::default();
    layer.undo.keep_days = Some(3651);
    for origin in [
        Origin::Environment,
        Origin::Defaults("defaults.toml".into()),
    ] {
        let fault = resolve(&[(origin, layer.clone())], Timestamp::UNIX_EPOCH).unwrap_err();
        let told = fault.to_string();
        assert!(
            told.contains("undo.keep_days") && told.contains("3650"),
            "{told}"
        );
    }
    layer.undo.keep_days = Some(3650);
    assert!(resolve(&[(Origin::Environment, layer)], Timestamp::UNIX_EPOCH).is_ok());
}
