//! What rekey does for the person's steps, step by step.

use super::{Guided, pats, ssh_keys};
use crate::cli::find::{self, Extent};
use crate::guide::{At, GuideFault, Help, Helped, Talk};
use crate::model::{Depth, StepId};
use crate::scan::Scanned;

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
        find::find(self.session, self.scope, &extent, self.memory)
    }
}
