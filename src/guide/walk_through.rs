//! Takes the person through what is left, one step at a time, and keeps every answer at once.

use std::borrow::Cow;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use rekey_report::SshKey;

use super::support::request;
use super::until::{local, read_until, refusal, told};
use super::{At, Help, Helped, Instead, Page, Prompt, SavedSteps, Stopped, Talk, page, steps};
use crate::model::{DeferralLimits, Finding, Organization, Step, StepId, StepState};
use crate::renewal::SavedSlots;
use crate::state::{StateFault, StateFolder};

/// Styles; the stream takes them out where it must.
const BOLD: Style = Style::new().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// What the guide needs to know.
pub struct WalkThrough<'a> {
    /// The organizations in scope.
    pub organizations: &'a [Organization],
    /// The findings that remain; what a step's help changes takes their place.
    pub findings: Cow<'a, [Finding]>,
    /// Public keys of before the change, which Support clears.
    pub keys: &'a [SshKey],
    /// Where answers are kept.
    pub state: &'a StateFolder,
    /// Opens a page in the browser; the error is one sentence.
    pub open: &'a dyn Fn(&str) -> Result<(), String>,
    /// Puts a text on the clipboard; the error ends a sentence.
    pub copy: &'a dyn Fn(&str) -> Result<(), String>,
    /// Git asks Git Credential Manager for its credentials.
    pub git_manager: bool,
    /// How far and how often a step may be put off.
    pub limits: DeferralLimits,
    /// Columns that a line may have.
    pub width: usize,
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
    /// What rekey does for a step failed in a way that nobody can go on from.
    #[error("{0}")]
    Failed(String),
}

/// Whether an old token was removed from a place that holds none since. What cannot be read is said where it matters.
pub fn has_emptied(state: &StateFolder, organization: &Organization) -> bool {
    let saved = SavedSlots::load(state);
    saved.is_ok_and(|saved| saved.of(&organization.name).next().is_some())
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

/// The choice of any other time.
const TYPED: &str = "At another time";

impl<'a> WalkThrough<'a> {
    /// Goes through the steps that wait, and says how far each is then.
    ///
    /// # Errors
    /// [`Stopped::ByPerson`] where the person leaves: answers until then are kept.
    pub fn run(
        &mut self,
        saved: &mut SavedSteps,
        help: &mut dyn Help,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<Vec<Step>, GuideFault> {
        let waiting = self.waiting(saved);
        if waiting.is_empty() {
            self.say_nothing_waits(saved, out)?;
        } else {
            self.say_deadline(out)?;
        }
        let mut talk = Talk { saved, prompt, out };
        for (number, (step, organization)) in waiting.iter().enumerate() {
            let page = self.page(step.id, organization);
            writeln!(talk.out, "\nStep {} of {}", number + 1, waiting.len())?;
            self.show(&page, organization, talk.out)?;
            let at = At { step, organization };
            if self.take(help.prepare(&at, &mut talk)?) {
                continue;
            }
            self.offer_request(step.id, organization, talk.prompt, talk.out)?;
            self.offer_page(&page, talk.prompt, talk.out)?;
            if self.take(help.finish(&at, &mut talk)?) {
                continue;
            }
            self.answer(step, organization, &page, &mut talk)?;
        }
        Ok(self.steps(talk.saved))
    }

    /// Takes over what a step's help found; true where the step needs nothing more.
    fn take(&mut self, helped: Helped) -> bool {
        if let Some(findings) = helped.findings {
            self.findings = Cow::Owned(findings);
        }
        helped.settled
    }

    /// Shows the steps that wait and what to do; asks nothing and changes nothing. For where there is no terminal.
    ///
    /// # Errors
    /// Where the text cannot be shown.
    pub fn print(&self, saved: &SavedSteps, out: &mut dyn Write) -> Result<Vec<Step>, GuideFault> {
        let waiting = self.waiting(saved);
        if waiting.is_empty() {
            self.say_nothing_waits(saved, out)?;
        } else {
            self.say_deadline(out)?;
        }
        for (step, organization) in &waiting {
            let page = self.page(step.id, organization);
            writeln!(out)?;
            self.show(&page, organization, out)?;
            if let Some(text) = self.request(step.id, organization) {
                writeln!(out, "  For Support:")?;
                self.show_text(&text, out)?;
            }
            writeln!(out, "  To answer, type `{}` in a terminal.", page.command)?;
        }
        Ok(self.steps(saved))
    }

    fn steps(&self, saved: &SavedSteps) -> Vec<Step> {
        steps(
            self.organizations,
            &self.findings,
            saved,
            &self.limits,
            self.now,
        )
    }

    /// Pending steps, or the one that was asked for however far it is.
    fn waiting(&self, saved: &SavedSteps) -> Vec<(Step, &'a Organization)> {
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

    fn say_deadline(&self, out: &mut dyn Write) -> std::io::Result<()> {
        match self.limits.deadline {
            Some(deadline) if deadline > self.now => {
                writeln!(out, "Your steps are due by {}.", local(deadline))
            }
            Some(deadline) => writeln!(out, "Your steps were due by {}.", local(deadline)),
            None => Ok(()),
        }
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

    fn show(
        &self,
        page: &Page,
        organization: &Organization,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        writeln!(out, "{BOLD}{}: {}{BOLD:#}", organization.name, page.title)?;
        for instruction in &page.instructions {
            let lines = wrapped(instruction, self.width.saturating_sub(4));
            for (number, line) in lines.iter().enumerate() {
                writeln!(out, "  {} {line}", if number == 0 { '-' } else { ' ' })?;
            }
        }
        match &page.address {
            Some(address) => writeln!(out, "  Page: {CYAN}{address}{CYAN:#}"),
            None => Ok(()),
        }
    }

    fn page(&self, id: StepId, organization: &Organization) -> Page {
        let instead = Instead::of(
            &self.findings,
            organization,
            self.git_manager,
            has_emptied(self.state, organization),
        );
        page(id, organization, instead)
    }

    fn request(&self, id: StepId, organization: &Organization) -> Option<String> {
        (id == StepId::SshKeys).then(|| request(organization, self.keys))?
    }

    fn show_text(&self, text: &str, out: &mut dyn Write) -> std::io::Result<()> {
        for line in text.lines() {
            for part in wrapped(line, self.width.saturating_sub(4)) {
                writeln!(out, "    {part}")?;
            }
        }
        Ok(())
    }

    fn offer_request(
        &self,
        id: StepId,
        organization: &Organization,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<(), GuideFault> {
        let Some(text) = self.request(id, organization) else {
            return Ok(());
        };
        if prompt.choose("Copy the text for Support?", &["Yes", "No"])? == 0 {
            match (self.copy)(&text) {
                Ok(()) => {
                    writeln!(out, "  Copied. Paste it into the request.")?;
                    return Ok(());
                }
                Err(reason) => writeln!(out, "  It was not copied ({reason}).")?,
            }
        }
        writeln!(out, "  For Support:")?;
        Ok(self.show_text(&text, out)?)
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
        talk: &mut Talk<'_>,
    ) -> Result<(), GuideFault> {
        let Talk { saved, prompt, out } = talk;
        let name = &organization.name;
        let count = saved
            .deferral(name, step.id)
            .map_or(0, |deferral| deferral.count);
        let mut choices = choices(step.id).to_vec();
        if let Err(reason) = self.limits.check(count, self.now) {
            choices.retain(|(_, say)| *say != Say::Later);
            writeln!(out, "  {}", refusal(reason))?;
        }
        let words: Vec<&str> = choices.iter().map(|(words, _)| *words).collect();
        let chosen = prompt.choose(&page.question, &words)?;
        match choices.get(chosen).map_or(Say::Skip, |(_, say)| *say) {
            Say::Done => saved.declare(name, step.id, self.now),
            Say::NotNeeded => saved.say_not_needed(name, step.id, self.now),
            Say::Later => {
                let until = self.ask_until(count, *prompt, *out)?;
                saved.defer(name, step.id, until);
                let count = count.saturating_add(1);
                writeln!(out, "  {}", told(&self.limits, until, count))?;
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

    fn ask_until(
        &self,
        count: u32,
        prompt: &mut dyn Prompt,
        out: &mut dyn Write,
    ) -> Result<Timestamp, GuideFault> {
        let allowed = |until: &Timestamp| self.limits.check_until(*until, count, self.now).is_ok();
        let mut choices: Vec<(String, Timestamp)> = LATER
            .iter()
            .filter_map(|(words, hours)| {
                let until = self
                    .now
                    .checked_add(SignedDuration::from_hours(*hours))
                    .ok()?;
                Some(((*words).to_owned(), until))
            })
            .filter(|(_, until)| allowed(until))
            .collect();
        if let Some(deadline) = self.limits.deadline {
            choices.push((format!("When it is due, {}", local(deadline)), deadline));
        }
        let words = choices.iter().map(|(words, _)| words.as_str());
        let words: Vec<&str> = words.chain([TYPED]).collect();
        let chosen = prompt.choose("Until when?", &words)?;
        if let Some((_, until)) = choices.get(chosen) {
            return Ok(*until);
        }
        loop {
            let typed = prompt.line("Until when?", "such as 3d, 2h or 2026-12-18T18:00:00Z")?;
            let reason = match read_until(&typed, self.now) {
                Ok(until) => match self.limits.check_until(until, count, self.now) {
                    Ok(()) => return Ok(until),
                    Err(reason) => refusal(reason),
                },
                Err(reason) => reason,
            };
            writeln!(out, "  {reason}")?;
        }
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

/// Breaks a sentence between words, so that no line is longer than this where its words allow.
pub fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
#[path = "walk_through_tests.rs"]
mod tests;
