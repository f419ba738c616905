//! Takes the person through what is left, one step at a time, and keeps every answer at once.

use std::io::Write;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Page, Prompt, SavedSteps, Stopped, page, steps};
use crate::model::{Finding, Organization, Step, StepId, StepState};
use crate::state::{StateFault, StateFolder};

/// What the guide needs to know.
pub struct WalkThrough<'a> {
    /// The organizations in scope.
    pub organizations: &'a [Organization],
    /// The findings that remain.
    pub findings: &'a [Finding],
    /// Where answers are kept.
    pub state: &'a StateFolder,
    /// Opens a page in the browser; the error is one sentence.
    pub open: &'a dyn Fn(&str) -> Result<(), String>,
    /// Git asks Git Credential Manager for its credentials.
    pub git_manager: bool,
    /// Only this step, even where it is done or put off.
    pub only: Option<StepId>,
    /// The time.
    pub now: Timestamp,
}

/// Why the guide ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum GuideFault {
    /// No answer came.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// An answer could not be kept.
    #[error(transparent)]
    State(#[from] StateFault),
    /// The text could not be shown.
    #[error("the steps cannot be shown: {0}")]
    Output(#[from] std::io::Error),
}

/// What the person can say at the end of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Say {
    Done,
    Later,
    NotNeeded,
    Skip,
}

/// How far a step can be put off.
const LATER: [(&str, i64); 4] = [
    ("In an hour", 1),
    ("Tomorrow at this time", 24),
    ("In three days", 72),
    ("In a week", 168),
];

impl WalkThrough<'_> {
    /// Goes through the steps that wait, and says how far each is then.
    ///
    /// # Errors
    /// [`Stopped::ByPerson`] where the person leaves: answers until then are kept.
    pub fn run(
        &self,
        saved: &mut SavedSteps,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<Vec<Step>, GuideFault> {
        let waiting = self.waiting(saved);
        if waiting.is_empty() {
            self.say_nothing_waits(saved, out)?;
        }
        for (number, (step, organization)) in waiting.iter().enumerate() {
            let page = page(step.id, organization, self.git_manager);
            writeln!(out, "\nStep {} of {}", number + 1, waiting.len())?;
            show(&page, organization, out)?;
            self.offer_page(&page, prompt, out)?;
            self.answer(step, organization, &page, saved, prompt, out)?;
        }
        Ok(self.steps(saved))
    }

    /// Shows the steps that wait and what to do; asks nothing and changes nothing. For where there is no terminal.
    ///
    /// # Errors
    /// Where the text cannot be shown.
    pub fn print(&self, saved: &SavedSteps, out: &mut dyn Write) -> Result<Vec<Step>, GuideFault> {
        let waiting = self.waiting(saved);
        if waiting.is_empty() {
            self.say_nothing_waits(saved, out)?;
        }
        for (step, organization) in &waiting {
            let page = page(step.id, organization, self.git_manager);
            writeln!(out)?;
            show(&page, organization, out)?;
            writeln!(out, "  To answer, type `{}` in a terminal.", page.command)?;
        }
        Ok(self.steps(saved))
    }

    fn steps(&self, saved: &SavedSteps) -> Vec<Step> {
        steps(self.organizations, self.findings, saved, self.now)
    }

    /// Pending steps, or the one that was asked for however far it is.
    fn waiting(&self, saved: &SavedSteps) -> Vec<(Step, &Organization)> {
        self.steps(saved)
            .into_iter()
            .filter(|step| match self.only {
                Some(only) => step.id == only,
                None => step.state == StepState::Pending,
            })
            .filter_map(|step| {
                let organization = self
                    .organizations
                    .iter()
                    .find(|organization| organization.name.is(&step.organization))?;
                Some((step, organization))
            })
            .collect()
    }

    fn say_nothing_waits(&self, saved: &SavedSteps, out: &mut dyn Write) -> Result<(), GuideFault> {
        let deferred = self
            .steps(saved)
            .iter()
            .filter(|step| step.state == StepState::Deferred)
            .count();
        match deferred {
            0 => writeln!(out, "No step waits for you.")?,
            1 => writeln!(
                out,
                "No step waits for you now; one is put off. `rekey guide STEP` takes it up."
            )?,
            more => writeln!(
                out,
                "No step waits for you now; {more} are put off. `rekey guide STEP` takes one up."
            )?,
        }
        Ok(())
    }

    fn offer_page(
        &self,
        page: &Page,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<(), GuideFault> {
        let Some(address) = &page.address else {
            return Ok(());
        };
        if prompt.choose("Open the page in your browser?", &["Yes", "No"])? == 0
            && let Err(reason) = (self.open)(address)
        {
            writeln!(
                out,
                "  The browser did not open ({reason}). The page: {address}"
            )?;
        }
        Ok(())
    }

    fn answer(
        &self,
        step: &Step,
        organization: &Organization,
        page: &Page,
        saved: &mut SavedSteps,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<(), GuideFault> {
        let choices = choices(step.id);
        let words: Vec<&str> = choices.iter().map(|(words, _)| *words).collect();
        let chosen = prompt.choose(&page.question, &words)?;
        let name = &organization.name;
        match choices.get(chosen).map_or(Say::Skip, |(_, say)| *say) {
            Say::Done => saved.declare(name, step.id, self.now),
            Say::NotNeeded => saved.say_not_needed(name, step.id, self.now),
            Say::Later => {
                let until = self.ask_until(prompt)?;
                saved.defer(name, step.id, until);
                let local = until.to_zoned(TimeZone::system());
                writeln!(out, "  Put off until {}.", local.strftime("%Y-%m-%d %H:%M"))?;
            }
            Say::Skip => return Ok(()),
        }
        saved.save(self.state)?;
        let still = self.steps(saved).into_iter().any(|other| {
            (other.id, &other.organization) == (step.id, &step.organization)
                && other.state == StepState::Pending
        });
        if still {
            writeln!(
                out,
                "  Noted, but something stale is still on this workstation: type `rekey clean`."
            )?;
        }
        Ok(())
    }

    fn ask_until(&self, prompt: &mut dyn Prompt) -> Result<Timestamp, Stopped> {
        let words = LATER.map(|(words, _)| words);
        let chosen = prompt.choose("Until when?", &words)?;
        let hours = LATER.get(chosen).map_or(24, |(_, hours)| *hours);
        Ok(self
            .now
            .saturating_add(SignedDuration::from_hours(hours))
            .unwrap_or(self.now))
    }
}

/// The answers to a step's question.
fn choices(id: StepId) -> &'static [(&'static str, Say)] {
    match id {
        // rekey sees this itself, so that nobody's word is asked.
        StepId::Caches => &[("Later", Say::Later), ("Skip for now", Say::Skip)],
        StepId::MicrosoftAccount => &[
            ("Yes, and I have renamed it", Say::Done),
            ("Yes; I will rename it later", Say::Later),
            ("No", Say::NotNeeded),
            ("Skip for now", Say::Skip),
        ],
        StepId::Subscription => &[
            ("Yes, and I have moved it", Say::Done),
            ("Yes; I will move it later", Say::Later),
            ("No", Say::NotNeeded),
            ("Skip for now", Say::Skip),
        ],
        StepId::SignIn | StepId::Pats | StepId::SshKeys => &[
            ("Yes, it is done", Say::Done),
            ("Later", Say::Later),
            ("This does not apply to me", Say::NotNeeded),
            ("Skip for now", Say::Skip),
        ],
    }
}

fn show(page: &Page, organization: &Organization, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}: {}", organization.name, page.title)?;
    for instruction in &page.instructions {
        writeln!(out, "  - {instruction}")?;
    }
    match &page.address {
        Some(address) => writeln!(out, "  Page: {address}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::cell::RefCell;

    use tempfile::TempDir;

    use super::super::testing::{finding, organization};
    use super::*;
    use crate::model::{Kind, Proof, Verdict};

    /// Answers with the choice that begins with the next word; Escape when they run out.
    struct Scripted(Vec<&'static str>);

    impl Prompt for Scripted {
        fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, Stopped> {
            if self.0.is_empty() {
                return Err(Stopped::ByPerson);
            }
            let word = self.0.remove(0);
            let chosen = choices.iter().position(|choice| choice.starts_with(word));
            Ok(chosen.unwrap_or_else(|| panic!("{question} has no {word}: {choices:?}")))
        }
    }

    struct Person {
        _folder: TempDir,
        state: StateFolder,
        organizations: Vec<Organization>,
        findings: Vec<Finding>,
        opened: RefCell<Vec<String>>,
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
                opened: RefCell::default(),
            }
        }

        /// Walks through with these answers; the text, and the steps or why it ended.
        fn walk(
            &self,
            only: Option<StepId>,
            answers: &[&'static str],
        ) -> (String, Result<Vec<Step>, GuideFault>) {
            let open = |address: &str| {
                self.opened.borrow_mut().push(address.to_owned());
                Ok(())
            };
            let walk = WalkThrough {
                organizations: &self.organizations,
                findings: &self.findings,
                state: &self.state,
                open: &open,
                git_manager: false,
                only,
                now: "2026-11-23T08:00:00Z".parse().unwrap(),
            };
            let mut saved = self.saved();
            let mut text = Vec::new();
            let result = walk.run(&mut saved, &mut Scripted(answers.to_vec()), &mut text);
            (String::from_utf8(text).unwrap(), result)
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
        let person = Person::new(Vec::new());
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
        let person = Person::new(Vec::new());
        let walk = WalkThrough {
            organizations: &person.organizations,
            findings: &person.findings,
            state: &person.state,
            open: &|_| Err("never".to_owned()),
            git_manager: false,
            only: None,
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
        };
        let mut text = Vec::new();
        walk.print(&SavedSteps::default(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("`rekey guide sign-in`"), "{text}");
        assert!(text.contains("https://dev.azure.com/contoso"), "{text}");
        assert!(!person.state.path("steps.json").exists());
    }

    #[test]
    fn a_browser_that_does_not_open_leaves_the_address_to_copy() {
        let person = Person::new(Vec::new());
        let walk = WalkThrough {
            organizations: &person.organizations,
            findings: &person.findings,
            state: &person.state,
            open: &|_| Err("there is none".to_owned()),
            git_manager: false,
            only: Some(StepId::SignIn),
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
        };
        let mut text = Vec::new();
        walk.run(
            &mut SavedSteps::default(),
            &mut Scripted(vec!["Yes", "Skip"]),
            &mut text,
        )
        .unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("did not open (there is none)"), "{text}");
    }
}
