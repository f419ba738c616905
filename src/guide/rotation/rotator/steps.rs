//! Each step of a renewal: first what is about to be done is on the disk, then it is done.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Ledger, RotationFault, Rotator, Slots};
use crate::azure_devops::lifecycle::{Created, LifecycleFault, NewPat, PatError, PatRecord};
use crate::edit::checkpoint::checkpoint;
use crate::guide::rotation::saved::{Begun, Made, Stage};
use crate::guide::rotation::{Predecessor, Rotation};
use crate::model::Secret;

/// How far this workstation's clock and the service's may be apart.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

pub(super) struct Steps<'s, 'l> {
    pub(super) rotator: &'s Rotator<'s>,
    pub(super) ledger: &'s mut Ledger<'l>,
    pub(super) index: usize,
    pub(super) slots: &'s mut dyn Slots,
}

impl Steps<'_, '_> {
    pub(super) fn now(&mut self) -> Option<Begun> {
        self.ledger.get(self.index)
    }

    fn set(&mut self, stage: Stage) -> Result<(), RotationFault> {
        self.ledger.set(self.index, stage)
    }

    /// Makes the token, puts it into its slots and proves it.
    pub(super) fn make(&mut self, rotation: &Rotation) -> Result<(), RotationFault> {
        let listed = self.rotator.client.list()?;
        let known = named(&listed, rotation).map(|record| record.authorization_id);
        self.set(Stage::Creating {
            since: (self.rotator.clock)(),
            known: known.collect(),
        })?;
        let created = match self.create(rotation) {
            Ok(created) => created,
            Err(RotationFault::Service(fault)) if !fault.may_be_done() => {
                self.set(Stage::Planned)?;
                return Err(fault.into());
            }
            Err(fault) => return Err(fault),
        };
        checkpoint();
        let made = Made {
            authorization_id: created.record.authorization_id,
            fingerprint: self.rotator.fingerprints.fingerprint(&created.token),
        };
        self.set(Stage::Created(made.clone()))?;
        self.set(Stage::Filling(made.clone()))?;
        if let Err(reason) = self.slots.fill(&rotation.slots, &created.token) {
            self.set(Stage::Created(made.clone()))?;
            self.take_back(&made)?;
            return Err(RotationFault::NotFilled(reason));
        }
        checkpoint();
        self.set(Stage::Filled(made.clone()))?;
        self.prove(rotation, made, &created.token)
    }

    /// Asks for the token, for a shorter and shorter life where a policy wants that.
    fn create(&mut self, rotation: &Rotation) -> Result<Created, RotationFault> {
        let mut rotation = rotation.clone();
        loop {
            let created = self.rotator.client.create(&NewPat {
                display_name: &rotation.name,
                scope: &rotation.scope,
                valid_to: rotation.end((self.rotator.clock)()),
            });
            match (created, rotation.shorter()) {
                (
                    Err(LifecycleFault::Refused(PatError::PatLifespanPolicyViolation)),
                    Some(days),
                ) => {
                    rotation.days = days;
                    self.ledger
                        .change(self.index, |begun| begun.rotation.days = days)?;
                }
                (created, _) => return Ok(created?),
            }
        }
    }

    /// Finds what a killed run may have made, and revokes it: its secret is lost.
    pub(super) fn find(
        &mut self,
        rotation: &Rotation,
        since: Timestamp,
        known: &[Uuid],
    ) -> Result<(), RotationFault> {
        let listed = self.rotator.client.list()?;
        let unknown: Vec<&PatRecord> = named(&listed, rotation)
            .filter(|record| !known.contains(&record.authorization_id))
            .collect();
        let may_be_ours = |record: &PatRecord| {
            let apart: SignedDuration = since.duration_until(record.valid_from);
            apart.abs() <= CLOCKS
        };
        match unknown.as_slice() {
            [] => self.set(Stage::Planned),
            [one] if may_be_ours(one) => {
                self.rotator.client.revoke(one.authorization_id)?;
                checkpoint();
                self.set(Stage::Planned)
            }
            // The person may have made one of them. From now on all are known, so that this is said once.
            _ => {
                self.set(Stage::Planned)?;
                Err(RotationFault::Unclear(crate::token::shown(&rotation.name)))
            }
        }
    }

    /// Revokes a token that no slot holds.
    pub(super) fn take_back(&mut self, made: &Made) -> Result<(), RotationFault> {
        self.rotator.client.revoke(made.authorization_id)?;
        checkpoint();
        self.set(Stage::Planned)
    }

    /// Proves what the slots hold; where it is not what was made, that one goes once another works.
    pub(super) fn go_on_with(
        &mut self,
        rotation: &Rotation,
        made: &Made,
    ) -> Result<(), RotationFault> {
        let held = self.slots.recall(&rotation.slots);
        let ours =
            held.filter(|token| self.rotator.fingerprints.fingerprint(token) == made.fingerprint);
        match ours {
            Some(token) => self.prove(rotation, made.clone(), &token),
            None => self.ledger.change(self.index, |begun| {
                begun.retiring.push(made.authorization_id);
                begun.stage = Stage::Planned;
            }),
        }
    }

    fn prove(
        &mut self,
        rotation: &Rotation,
        made: Made,
        token: &Secret,
    ) -> Result<(), RotationFault> {
        self.slots
            .prove(&rotation.slots, token)
            .map_err(RotationFault::NotProved)?;
        checkpoint();
        self.set(Stage::Proved(made))
    }

    /// Revokes what an earlier run had made for these slots.
    pub(super) fn revoke_retired(
        &mut self,
        retiring: &[Uuid],
        made: &Made,
    ) -> Result<(), RotationFault> {
        for id in retiring {
            self.revoke(*id, made)?;
            self.ledger.change(self.index, |begun| {
                begun.retiring.retain(|known| known != id);
            })?;
        }
        Ok(())
    }

    pub(super) fn revoke_old(
        &mut self,
        old: &Predecessor,
        made: &Made,
    ) -> Result<(), RotationFault> {
        self.revoke(old.authorization_id, made)?;
        self.end()
    }

    /// Never what the slots hold now, whatever the file says.
    fn revoke(&mut self, id: Uuid, made: &Made) -> Result<(), RotationFault> {
        if id != made.authorization_id {
            self.rotator.client.revoke(id)?;
            checkpoint();
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), RotationFault> {
        self.set(Stage::Ended)
    }
}

fn named<'r>(
    listed: &'r [PatRecord],
    rotation: &'r Rotation,
) -> impl Iterator<Item = &'r PatRecord> {
    listed
        .iter()
        .filter(|record| record.display_name == rotation.name)
}
