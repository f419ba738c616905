#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::cell::RefCell;

use tempfile::TempDir;

use super::super::testing::{Scripted, finding, key, organization};
use super::super::{NoHelp, Signs};
use super::*;
use crate::model::{Kind, Proof, Verdict};

struct Person {
    _folder: TempDir,
    state: StateFolder,
    organizations: Vec<Organization>,
    findings: Vec<Finding>,
    keys: Vec<SshKey>,
    limits: DeferralLimits,
    opened: RefCell<Vec<String>>,
    /// What is on the clipboard, where there is one.
    copied: RefCell<Option<String>>,
}

impl Person {
    fn new(findings: Vec<Finding>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("rekey")).unwrap();
        Self {
            _folder: folder,
            state,
            organizations: vec![organization("contoso")],
            findings,
            keys: Vec::new(),
            limits: DeferralLimits::default(),
            opened: RefCell::default(),
            copied: RefCell::new(Some(String::new())),
        }
    }

    /// Walks through with these answers; the text, and the steps or why it ended.
    fn walk(
        &self,
        only: Option<StepId>,
        answers: &[&str],
    ) -> (String, Result<Vec<Step>, GuideFault>) {
        let open = |address: &str| {
            self.opened.borrow_mut().push(address.to_owned());
            Ok(())
        };
        let copy = |text: &str| {
            let mut copied = self.copied.borrow_mut();
            let clipboard = copied.as_mut().ok_or("there is none")?;
            text.clone_into(clipboard);
            Ok(())
        };
        let mut walk = WalkThrough {
            organizations: &self.organizations,
            findings: Cow::Borrowed(&self.findings),
            keys: &self.keys,
            state: &self.state,
            open: &open,
            copy: &copy,
            git_manager: false,
            limits: self.limits,
            width: 100,
            only,
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
        };
        let mut saved = self.saved();
        let mut text = Vec::new();
        let result = walk.run(
            &mut saved,
            &mut NoHelp,
            &mut Scripted::new(answers),
            &mut text,
        );
        (String::from_utf8(text).unwrap(), result)
    }

    /// What shows here that the last two steps concern them.
    fn with_signs(self) -> Self {
        let mut saved = self.saved();
        let signs = Signs {
            visual_studio: true,
            accounts: vec![(None, "dev@contoso.com".to_owned())],
        };
        saved.remember(&self.organizations, &[], &signs);
        saved.save(&self.state).unwrap();
        self
    }

    fn saved(&self) -> SavedSteps {
        SavedSteps::load(&self.state).unwrap()
    }
}

fn of(steps: &[Step], id: StepId) -> (StepState, Option<Proof>) {
    let step = steps.iter().find(|step| step.id == id).unwrap();
    (step.state, step.proof)
}

#[test]
fn each_answer_is_kept_and_the_guide_goes_on_where_it_stopped() {
    let person = Person::new(Vec::new()).with_signs();
    let (_, result) = person.walk(None, &["Yes", "Yes, it is done"]);
    assert!(matches!(
        result,
        Err(GuideFault::Stopped(Stopped::ByPerson))
    ));
    let (text, result) = person.walk(None, &["No", "No", "No", "Yes; I will", "Tomorrow"]);
    assert!(text.contains("Step 1 of 2"), "{text}");
    assert!(!text.contains("Sign out"), "{text}");
    let steps = result.unwrap();
    assert_eq!(
        of(&steps, StepId::SignIn),
        (StepState::Done, Some(Proof::Declared))
    );
    assert_eq!(
        of(&steps, StepId::MicrosoftAccount),
        (StepState::NotNeeded, None)
    );
    assert_eq!(
        of(&steps, StepId::Subscription),
        (StepState::Deferred, None)
    );
    let deferral = person
        .saved()
        .deferral(&person.organizations[0].name, StepId::Subscription)
        .unwrap();
    assert_eq!(deferral.until.to_string(), "2026-11-24T08:00:00Z");
    assert_eq!(
        person.opened.borrow().as_slice(),
        ["https://dev.azure.com/contoso"]
    );
}

#[test]
fn escape_in_the_middle_of_a_step_leaves_everything_as_it_was() {
    let person = Person::new(Vec::new());
    let (_, result) = person.walk(None, &["Yes", "Later"]);
    assert!(result.is_err());
    assert_eq!(person.saved(), SavedSteps::default());
}

#[test]
fn a_step_is_put_off_to_any_time_before_the_deadline_and_so_often_as_it_may_be() {
    let mut person = Person::new(Vec::new());
    person.limits = DeferralLimits {
        deadline: Some("2026-11-25T08:00:00Z".parse().unwrap()),
        most: Some(2),
    };
    let name = person.organizations[0].name.clone();
    let only = Some(StepId::SignIn);
    let typed = [
        "No",
        "Later",
        "At another",
        "soon",
        "2026-12-24T08:00:00Z",
        "2026-11-24T09:30:00Z",
    ];
    let (text, result) = person.walk(only, &typed);
    result.unwrap();
    assert!(text.contains("Your steps are due by 2026-11-25 "), "{text}");
    assert!(text.contains("\"soon\" is no time"), "{text}");
    assert!(text.contains("until 2026-11-25 "), "{text}");
    assert!(text.contains("; you can put it off once more."), "{text}");
    let until = person
        .saved()
        .deferral(&name, StepId::SignIn)
        .unwrap()
        .until;
    assert_eq!(until.to_string(), "2026-11-24T09:30:00Z");

    // A week would be too far, and is not offered.
    let (text, result) = person.walk(only, &["No", "Later", "When it is due"]);
    result.unwrap();
    assert!(text.contains("; it cannot be put off again."), "{text}");
    let (text, result) = person.walk(only, &["No", "Skip"]);
    result.unwrap();
    assert!(text.contains("2 times were all"), "{text}");
}

#[test]
fn after_the_deadline_nothing_is_put_off() {
    let mut person = Person::new(Vec::new());
    person.limits.deadline = Some("2026-11-20T08:00:00Z".parse().unwrap());
    let (text, result) = person.walk(Some(StepId::SignIn), &["No", "Skip"]);
    result.unwrap();
    assert!(
        text.contains("Your steps were due by 2026-11-20 "),
        "{text}"
    );
    assert!(
        text.contains("It can be put off no more: it was due by"),
        "{text}"
    );
}

#[test]
fn a_step_that_is_asked_for_is_taken_up_though_it_is_done() {
    let person = Person::new(Vec::new());
    person.walk(Some(StepId::SignIn), &["No", "Yes"]).1.unwrap();
    let (text, result) = person.walk(Some(StepId::SignIn), &["No", "This does not"]);
    assert!(text.contains("Step 1 of 1"), "{text}");
    assert_eq!(
        of(&result.unwrap(), StepId::SignIn),
        (StepState::NotNeeded, None)
    );
}

#[test]
fn saying_done_while_a_stale_token_is_here_says_what_is_missing() {
    let person = Person::new(vec![finding(Kind::Pat, "contoso", Verdict::Stale)]);
    let (text, result) = person.walk(Some(StepId::Pats), &["No", "Yes"]);
    assert!(text.contains("`rekey clean`"), "{text}");
    assert_eq!(
        of(&result.unwrap(), StepId::Pats),
        (StepState::Pending, None)
    );
}

#[test]
fn nobodys_word_is_asked_for_what_rekey_sees() {
    let person = Person::new(vec![finding(Kind::TenantCache, "contoso", Verdict::Stale)]);
    let (text, result) = person.walk(Some(StepId::Caches), &["Skip"]);
    assert!(text.contains("rekey clean"), "{text}");
    assert_eq!(
        of(&result.unwrap(), StepId::Caches),
        (StepState::Pending, None)
    );
}

#[test]
fn without_a_terminal_the_steps_are_told_and_nothing_changes() {
    let (person, fingerprint) = with_key();
    let walk = WalkThrough {
        organizations: &person.organizations,
        findings: Cow::Borrowed(&person.findings),
        keys: &person.keys,
        state: &person.state,
        open: &|_| Err("never".to_owned()),
        copy: &|_| Err("never".to_owned()),
        git_manager: false,
        limits: DeferralLimits::default(),
        width: 100,
        only: None,
        now: "2026-11-23T08:00:00Z".parse().unwrap(),
    };
    let mut text = Vec::new();
    walk.print(&SavedSteps::default(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("`rekey guide sign-in`"), "{text}");
    assert!(text.contains("https://dev.azure.com/contoso"), "{text}");
    assert!(text.contains(&format!("\n    {fingerprint}\n")), "{text}");
    assert!(!person.state.path("steps.json").exists());
}

/// Somebody with a key of before the change, and its fingerprint.
fn with_key() -> (Person, String) {
    let fingerprint = vec!["aa"; 16].join(":");
    let mut person = Person::new(vec![finding(Kind::SshKey, "contoso", Verdict::Stale)]);
    person.keys = vec![key(Some("contoso"), "ssh-rsa", &fingerprint)];
    (person, fingerprint)
}

#[test]
fn the_text_for_support_is_copied_only_when_the_person_says_so() {
    let (person, fingerprint) = with_key();
    let (text, result) = person.walk(Some(StepId::SshKeys), &["No", "No", "Skip"]);
    result.unwrap();
    assert_eq!(person.copied.borrow().as_deref(), Some(""));
    assert!(text.contains(&format!("\n    {fingerprint}\n")), "{text}");

    let (text, result) = person.walk(Some(StepId::SshKeys), &["Yes", "No", "Skip"]);
    result.unwrap();
    let copied = person.copied.borrow().clone().unwrap();
    assert!(copied.ends_with(&fingerprint), "{copied}");
    assert!(!text.contains(&fingerprint), "{text}");
}

#[test]
fn without_a_clipboard_the_text_for_support_is_shown() {
    let (person, fingerprint) = with_key();
    *person.copied.borrow_mut() = None;
    let (text, result) = person.walk(Some(StepId::SshKeys), &["Yes", "No", "Skip"]);
    result.unwrap();
    assert!(text.contains("not copied (there is none)"), "{text}");
    assert!(text.contains(&fingerprint), "{text}");
}

#[test]
fn no_other_step_has_a_text_for_support() {
    let (person, _) = with_key();
    let (text, result) = person.walk(Some(StepId::SignIn), &["No", "Skip"]);
    result.unwrap();
    assert!(!text.contains("Support"), "{text}");
}

#[test]
fn a_browser_that_does_not_open_leaves_the_address_to_copy() {
    let person = Person::new(Vec::new());
    let mut walk = WalkThrough {
        organizations: &person.organizations,
        findings: Cow::Borrowed(&person.findings),
        keys: &person.keys,
        state: &person.state,
        open: &|_| Err("there is none".to_owned()),
        copy: &|_| Err("never".to_owned()),
        git_manager: false,
        limits: DeferralLimits::default(),
        width: 100,
        only: Some(StepId::SignIn),
        now: "2026-11-23T08:00:00Z".parse().unwrap(),
    };
    let mut text = Vec::new();
    walk.run(
        &mut SavedSteps::default(),
        &mut NoHelp,
        &mut Scripted::new(&["Yes", "Skip"]),
        &mut text,
    )
    .unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("did not open (there is none)"), "{text}");
}
