#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and break what was saved"
)]

use rekey_report::{Accepted, Step, StepId, Verdict};
use rstest::rstest;

use super::*;
use crate::reporting::testing::{finding, last_run, reported};
use crate::testing::{Pretended, TestHome};

/// A person with a desktop, who has something to do.
struct Person {
    home: TestHome,
    state: StateFolder,
    platform: Pretended,
    last: LastRun,
    deadline: Option<Timestamp>,
}

impl Person {
    fn new() -> Self {
        let home = TestHome::new();
        let platform = Pretended::session(&home.path()).with_desktop();
        let mut last = last_run();
        last.scan.findings = vec![finding("a", Verdict::Stale), finding("b", Verdict::Unsure)];
        Self {
            state: StateFolder::open(&home.path().join("rekey")).unwrap(),
            home,
            platform,
            last,
            deadline: None,
        }
    }

    fn told(&self, now: &str) -> Option<String> {
        let now = now.parse().unwrap();
        try_to(&self.platform, &self.state, &self.last, self.deadline, now).unwrap()
    }
}

fn step(state: StepState) -> Step {
    Step {
        id: StepId::SignIn,
        organization: "contoso".to_owned(),
        state,
        proof: None,
    }
}

const MORNING: &str = "2026-11-23T08:00:00Z";
const NOON: &str = "2026-11-23T12:00:00Z";
const NEXT_MORNING: &str = "2026-11-24T08:00:00Z";

#[test]
fn the_person_is_told_what_is_left_and_how_to_go_on() {
    let mut person = Person::new();
    person.last.steps = vec![step(StepState::Pending)];
    person.last.organizations.push(reported("fabrikam"));
    assert!(person.told(MORNING).is_some());
    assert_eq!(
        person.platform.notices(),
        [
            "rekey: something is left for you to do: Azure DevOps, contoso and 1 more: 2 credentials that may be stale \
             are left, and 1 step waits for you. To go on, open a terminal and type: rekey guide"
        ]
    );
}

#[test]
fn a_deadline_that_is_near_or_past_is_told() {
    let mut person = Person::new();
    person.last.steps = vec![step(StepState::Pending)];
    for (deadline, said) in [
        ("2026-11-30T08:00:00Z", None),
        ("2026-11-26T08:00:00Z", Some("It is due by 2026-11-26 ")),
        ("2026-11-22T08:00:00Z", Some("It was due by 2026-11-22 ")),
    ] {
        person.deadline = Some(deadline.parse().unwrap());
        let told = person.told(MORNING).unwrap();
        assert_eq!(told.contains(" due by "), said.is_some(), "{told}");
        assert!(told.contains(said.unwrap_or_default()), "{told}");
    }
    // A credential is the machine's to remove; nobody has set a time for that.
    person.last.steps.clear();
    let told = person.told(MORNING).unwrap();
    assert!(!told.contains(" due by "), "{told}");
}

#[test]
fn the_same_is_said_once_a_day_and_something_else_at_once() {
    let mut person = Person::new();
    assert!(person.told(MORNING).is_some());
    assert_eq!(person.told(NOON), None);
    assert!(person.told(NEXT_MORNING).is_some());
    person.last.scan.findings.pop();
    assert!(person.told(NEXT_MORNING).is_some());
    assert_eq!(person.platform.notices().len(), 3);
}

#[rstest]
#[case::nothing_is_left(|last: &mut LastRun| last.scan.findings.clear())]
#[case::all_is_current(|last: &mut LastRun| {
    last.scan.findings = vec![finding("a", Verdict::Current)];
})]
#[case::it_was_put_off(|last: &mut LastRun| {
    last.scan.findings.clear();
    last.steps = vec![step(StepState::Deferred), step(StepState::Done)];
})]
#[case::it_is_meant_to_stay(|last: &mut LastRun| {
    for finding in &mut last.scan.findings {
        finding.accepted = Some(Accepted {
            reason: "a build needs it".to_owned(),
            until: None,
            by: "dev".to_owned(),
        });
    }
})]
#[case::cleaning_is_paused(|last: &mut LastRun| last.state = DeviceState::Waiting)]
#[case::it_is_not_connected_yet(|last: &mut LastRun| {
    last.organizations[0].gated = true;
    last.organizations.push(reported("fabrikam"));
})]
fn where_the_person_has_nothing_to_do_nothing_is_said(#[case] change: fn(&mut LastRun)) {
    let mut person = Person::new();
    change(&mut person.last);
    assert_eq!(person.told(MORNING), None);
    assert_eq!(person.platform.notices(), [""; 0]);
}

#[test]
fn one_place_that_cannot_be_read_does_not_silence_the_rest() {
    let mut person = Person::new();
    person.last.state = DeviceState::Failed;
    assert!(person.told(MORNING).is_some());
}

#[test]
fn a_home_that_is_only_looked_at_has_nobody_to_tell() {
    let mut person = Person::new();
    person.platform = Pretended::hermetic(&person.home).with_desktop();
    assert_eq!(person.told(MORNING), None);
    assert_eq!(person.platform.notices(), [""; 0]);
}

#[test]
fn a_notice_that_was_not_shown_is_tried_again_at_the_next_run() {
    let mut person = Person::new();
    let home = person.home.path();
    person.platform = Pretended::session(&home);
    let now = MORNING.parse().unwrap();
    let tried = try_to(&person.platform, &person.state, &person.last, None, now);
    assert_eq!(tried, Err("there is no desktop".to_owned()));
    person.platform = Pretended::session(&home).with_desktop();
    assert!(person.told(MORNING).is_some());
}

#[test]
fn a_memory_that_cannot_be_read_keeps_nothing_back() {
    let person = Person::new();
    std::fs::write(person.state.path("notice.json"), "{ half a fi").unwrap();
    assert!(person.told(MORNING).is_some());
    assert_eq!(person.told(NOON), None);
}

#[test]
fn a_notice_is_plain_letters_without_paths_or_names_of_findings() {
    let mut person = Person::new();
    person.last.scan.findings[0].location.path = Some("/home/dev/.npmrc".to_owned());
    let text = person.told(MORNING).unwrap();
    assert!(
        text.is_ascii() && !text.contains(['/', '\\', '<', '&']),
        "{text}"
    );
    assert!(text.chars().count() < 200, "{text}");
}
