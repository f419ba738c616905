//! What rekey does for the person's steps, step by step.

use std::io::Write;
use std::path::Path;

use super::{Guided, pats, ssh_keys};
use crate::cli::changes;
use crate::cli::fault::Fault;
use crate::cli::find::{self, Extent, Memory};
use crate::guide::{At, GuideFault, Help, Helped, SavedSteps, Talk, wrapped};
use crate::model::{Depth, OutcomeState, Plan, StepId};
use crate::scan::Scanned;
use crate::token;

/// One arm a step: what is not named here is the person's alone.
impl Help for &Guided<'_> {
    fn prepare(&mut self, at: &At<'_>, talk: &mut Talk<'_>) -> Result<Helped, GuideFault> {
        match at.step.id {
            StepId::Pats => pats::prepare(self, at, talk),
            StepId::SshKeys => ssh_keys::prepare(self, at, talk),
            _ => Ok(Helped::default()),
        }
    }

    fn finish(&mut self, at: &At<'_>, talk: &mut Talk<'_>) -> Result<Helped, GuideFault> {
        match at.step.id {
            StepId::Pats => pats::finish(self, at, talk),
            StepId::SshKeys => ssh_keys::finish(self, at, talk),
            _ => Ok(Helped::default()),
        }
    }
}

impl Guided<'_> {
    /// Looks again where something changed.
    pub(super) fn look_again(&self) -> Scanned {
        let extent = Extent::everywhere(self.session, Depth::default());
        // What was proved since counts.
        let memory = Memory::to_look(self.session);
        let memory = memory.as_ref().unwrap_or(self.memory);
        find::find(self.session, self.scope, &extent, memory)
    }

    /// What is kept of the steps.
    pub(super) fn saved(&self) -> Result<SavedSteps, Fault> {
        SavedSteps::load(self.state).map_err(Fault::failed)
    }

    /// Makes every edit of a plan that the person agreed to.
    ///
    /// # Errors
    /// Why not all were made, in words that end a sentence.
    pub(super) fn carry_out(&self, plan: &Plan) -> Result<(), String> {
        let session = self.session;
        let approved = plan.edits.iter().map(|edit| edit.id.clone()).collect();
        let outcomes = changes::carry_out(session, plan, &approved, session.settings.keep_days);
        for outcome in outcomes.map_err(|fault| fault.to_string())? {
            let reason = outcome.reason.unwrap_or_default();
            match outcome.state {
                OutcomeState::Done | OutcomeState::AlreadyDone => {}
                other if reason.is_empty() => return Err(other.to_string()),
                _ => return Err(reason),
            }
        }
        Ok(())
    }

    /// A path as people know it.
    pub(super) fn shown_path(&self, path: &Path) -> String {
        self.session.layout.short(&token::shown_path(path))
    }

    /// A sentence or two below a step, broken between words.
    pub(super) fn tell_lines(&self, out: &mut dyn Write, text: &str) -> std::io::Result<()> {
        let width = usize::from(self.session.layout.width).saturating_sub(2);
        for line in wrapped(text, width) {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }
}
