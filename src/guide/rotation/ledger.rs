//! The renewals of one organization, each step of which is on the disk before the next is made.

use super::saved::{Begun, SavedRotations, Stage};
use super::{Rotation, RotationFault};
use crate::edit::checkpoint::checkpoint;
use crate::model::OrganizationName;
use crate::state::StateFolder;

pub(super) struct Ledger<'a> {
    saved: SavedRotations,
    state: &'a StateFolder,
    organization: &'a OrganizationName,
}

impl<'a> Ledger<'a> {
    /// What was saved, with a new plan. Nothing is written where there is nothing to do.
    pub(super) fn open(
        state: &'a StateFolder,
        organization: &'a OrganizationName,
        plan: Vec<Rotation>,
    ) -> Result<Self, RotationFault> {
        let mut saved = SavedRotations::load(state)?;
        let is_idle = plan.is_empty() && saved.of(organization).is_empty();
        saved.adopt(organization, plan);
        let ledger = Self {
            saved,
            state,
            organization,
        };
        if !is_idle {
            ledger.keep()?;
        }
        Ok(ledger)
    }

    /// How many renewals there are.
    pub(super) fn len(&mut self) -> usize {
        self.saved.of(self.organization).len()
    }

    /// One of them, as it is now.
    pub(super) fn get(&mut self, index: usize) -> Option<Begun> {
        self.saved.of(self.organization).get(index).cloned()
    }

    /// Brings one further, and keeps it so.
    pub(super) fn set(&mut self, index: usize, stage: Stage) -> Result<(), RotationFault> {
        self.change(index, |one| one.stage = stage)
    }

    /// Changes one, and keeps it so.
    pub(super) fn change(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut Begun),
    ) -> Result<(), RotationFault> {
        if let Some(one) = self.saved.of(self.organization).get_mut(index) {
            change(one);
        }
        self.keep()
    }

    /// Forgets those that have ended, and those that never began: they are planned anew.
    pub(super) fn close(&mut self) -> Result<(), RotationFault> {
        if self.saved.forget_idle(self.organization) {
            self.keep()?;
        }
        Ok(())
    }

    fn keep(&self) -> Result<(), RotationFault> {
        checkpoint();
        self.saved.save(self.state)?;
        checkpoint();
        Ok(())
    }
}
