//! `rekey guide`.

mod first;
mod help;
mod oauth;
mod oauth_line;
mod pats;
mod signs;
mod ssh_keys;
mod symptom;
mod typed;

use std::borrow::Cow;

use jiff::Timestamp;

use super::args::{GuideArguments, StepAnswer};
use super::fault::{Exit, Fault};
use super::find::Memory;
use super::session::Session;
use super::{find, scope, service};
use crate::guide::{
    GuideAnswer, GuideFault, Helped, Instead, SavedSteps, Stopped, Terminal, WalkThrough,
    has_emptied, page, read_until, refusal, steps, told,
};
use crate::model::{Depth, Organization, Scope, Step, StepId, StepState};
use crate::reporting::{Standing, device_state};
use crate::scan::Scanned;
use crate::state::{LastRun, StateFolder};

use oauth::uses_git_manager;
pub(super) use signs::signs;
pub(super) use symptom::symptom;
pub(super) use typed::check;

/// Walks the person through their steps.
pub(super) fn guide(session: &Session, typed: &GuideArguments) -> Result<Exit, Fault> {
    let only = typed::step(typed)?;
    let until = until(typed, session.now)?;
    let memory = Memory::to_look(session)?;
    let mut scope = scope::learn(session, &memory)?;
    let takes_tokens = session.interactive || typed.token_file.is_some() || typed.automatic;
    if takes_tokens && only.is_none_or(|step| step == StepId::Pats) {
        service::learn_for_new_tokens(session, &mut scope);
    }
    let state = StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)?;
    // The places are looked at now: the last run may be days old.
    let extent = find::Extent::everywhere(session, Depth::default());
    let found = find::find(session, &scope, &extent, &memory);
    let mut saved = SavedSteps::load(&state).map_err(Fault::failed)?;
    saved.remember(
        &scope.organizations,
        &found.scan.findings,
        &signs(session, &found),
    );
    saved.remember_keys(&found.ssh_keys());
    if let (Some(step), Some(answer)) = (only, typed.answer) {
        take_answer(session, &scope, &mut saved, step, answer, until)?;
    }
    saved.save(&state).map_err(Fault::failed)?;
    let guided = Guided {
        session,
        state: &state,
        scope: &scope,
        memory: &memory,
        found: &found,
        typed,
        only,
    };
    let helped = guided.at_once()?;
    let told = typed.answer.is_some() || helped.is_some();
    let helped = helped.unwrap_or_default();
    let findings = helped.findings.as_deref().unwrap_or(&found.scan.findings);
    let steps = if session.json || told {
        let saved = SavedSteps::load(&state).map_err(Fault::failed)?;
        let steps = steps(
            &scope.organizations,
            findings,
            &saved,
            &session.settings.deferral,
            session.now,
        );
        guided.tell(&steps, &saved, &helped)?;
        steps
    } else {
        guided.walk()?
    };
    if let Some(mut last) = LastRun::load(&state).map_err(Fault::failed)? {
        // `status` tells of the steps as the person left them.
        last.steps.clone_from(&steps);
        last.state = device_state(&Standing::of(&last, session.settings.accept_allowed));
        last.save(&state).map_err(Fault::failed)?;
    }
    if helped.failed {
        return Ok(Exit::Failed);
    }
    Ok(exit(&steps))
}

fn until(typed: &GuideArguments, now: Timestamp) -> Result<Timestamp, Fault> {
    let Some(text) = &typed.until else {
        return Ok(now);
    };
    read_until(text, now).map_err(typed::wrong_time)
}

/// Keeps what was typed for the step, for every organization.
fn take_answer(
    session: &Session,
    scope: &Scope,
    saved: &mut SavedSteps,
    step: StepId,
    answer: StepAnswer,
    until: Timestamp,
) -> Result<(), Fault> {
    let limits = &session.settings.deferral;
    for organization in &scope.organizations {
        let name = &organization.name;
        match answer {
            StepAnswer::Done => saved.declare(name, step, session.now),
            StepAnswer::NotNeeded => saved.say_not_needed(name, step, session.now),
            StepAnswer::Later => {
                let count = saved
                    .deferral(name, step)
                    .map_or(0, |deferral| deferral.count);
                limits
                    .check_until(until, count, session.now)
                    .map_err(|reason| Fault::wrong(format!("{name}: {}", refusal(reason))))?;
                saved.defer(name, step, until);
            }
        }
    }
    Ok(())
}

/// What the person is guided by.
pub(super) struct Guided<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a StateFolder,
    pub(super) scope: &'a Scope,
    pub(super) memory: &'a Memory,
    pub(super) found: &'a Scanned,
    pub(super) typed: &'a GuideArguments,
    /// Only this step, even where it is done or put off.
    pub(super) only: Option<StepId>,
}

impl Guided<'_> {
    /// Goes through the steps on a terminal, or shows them where there is none.
    pub(super) fn walk(&self) -> Result<Vec<Step>, Fault> {
        let session = self.session;
        let mut saved = SavedSteps::load(self.state).map_err(Fault::failed)?;
        let organizations = &self.scope.organizations;
        let open = |address: &str| session.platform.open_in_browser(address);
        let copy = |text: &str| session.platform.copy(text);
        let mut walk = WalkThrough {
            organizations,
            findings: Cow::Borrowed(&self.found.scan.findings),
            keys: &saved.keys_for_support(organizations, self.found.ssh_keys()),
            state: self.state,
            open: &open,
            copy: &copy,
            git_manager: uses_git_manager(self.found),
            limits: session.settings.deferral,
            width: usize::from(session.layout.width),
            only: self.only,
            now: session.now,
        };
        let mut out = super::charset::stdout();
        let walked = if session.interactive {
            walk.run(&mut saved, &mut { self }, &mut Terminal, &mut out)
        } else {
            walk.print(&saved, &mut out)
        };
        match walked {
            Ok(steps) => Ok(steps),
            Err(GuideFault::Stopped(Stopped::ByPerson)) => {
                session.say("Stopped. rekey guide goes on from here.");
                let saved = SavedSteps::load(self.state).map_err(Fault::failed)?;
                Ok(steps(
                    organizations,
                    &walk.findings,
                    &saved,
                    &session.settings.deferral,
                    session.now,
                ))
            }
            Err(fault) => Err(Fault::failed(fault)),
        }
    }

    /// What is there after the flags of single steps had their effect; `None` where none was typed.
    fn at_once(&self) -> Result<Option<Helped>, Fault> {
        match self.only {
            Some(StepId::Pats) => pats::at_once(self),
            Some(StepId::SshKeys) => ssh_keys::at_once(self),
            _ => Ok(None),
        }
    }

    /// How far the steps are: all that is told where no question is asked.
    fn tell(&self, steps: &[Step], saved: &SavedSteps, helped: &Helped) -> Result<(), Fault> {
        let organizations = &self.scope.organizations;
        if self.session.json {
            let keys = saved.keys_for_support(organizations, self.found.ssh_keys());
            let manager = uses_git_manager(self.found);
            let findings = &self.found.scan.findings;
            let mut answer = GuideAnswer::new(
                steps,
                organizations,
                &keys,
                saved,
                &self.session.settings.deferral,
                &|organization| {
                    let emptied = has_emptied(self.state, organization);
                    Instead::of(findings, organization, manager, emptied)
                },
                self.only,
            );
            answer.slots.clone_from(&helped.slots);
            return self.session.print_json(&answer);
        }
        let limits = &self.session.settings.deferral;
        for step in steps.iter().filter(|step| self.only == Some(step.id)) {
            let name = &step.organization;
            let deferral = organizations
                .iter()
                .find(|one| one.name.is(name))
                .and_then(|one| saved.deferral(&one.name, step.id))
                .filter(|_| step.state == StepState::Deferred);
            let more = deferral.map(|one| told(limits, limits.end(one.until), one.count));
            let more = more.map_or_else(String::new, |more| format!(". {more}"));
            self.session
                .print(&format!("{name}: {} is {}{more}\n", step.id, step.state))?;
        }
        Ok(())
    }
}

/// The step's title and, on a line of its own, its page.
pub(super) fn todo(organizations: &[Organization], step: &Step) -> String {
    let mut organizations = organizations.iter();
    let Some(organization) = organizations.find(|one| one.name.is(&step.organization)) else {
        return step.id.to_string();
    };
    let page = page(step.id, organization, Instead::default());
    match page.address {
        Some(address) => format!("{}\n      {address}", page.title),
        None => page.title,
    }
}

fn exit(steps: &[Step]) -> Exit {
    let open = |step: &Step| matches!(step.state, StepState::Pending | StepState::Deferred);
    if steps.iter().any(open) {
        Exit::Remains
    } else {
        Exit::Done
    }
}
