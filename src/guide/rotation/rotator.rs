//! Carries renewals out, from wherever they are.

mod steps;

use jiff::Timestamp;

use super::ledger::Ledger;
use super::saved::Stage;
use super::{Predecessor, Rotation};
use crate::azure_devops::lifecycle::{LifecycleFault, PatClient};
use crate::model::Secret;
use crate::state::{StateFault, StateFolder};
use crate::token::FingerprintKey;

/// The slots on this workstation, and whoever can write them and try them.
pub trait Slots {
    /// Puts the token into these slots: into all, or, with an error, into none.
    ///
    /// # Errors
    /// Why it cannot, in words that end a sentence.
    fn fill(&mut self, slots: &[String], token: &Secret) -> Result<(), String>;

    /// Sees that the token works for each of these slots, as its tool would use it.
    ///
    /// # Errors
    /// Why it does not or cannot be tried, in words that end a sentence.
    fn prove(&mut self, slots: &[String], token: &Secret) -> Result<(), String>;

    /// The one token that all of these slots hold, where it can be read: a run that was killed leaves it to the next. Without
    /// it another is made.
    fn recall(&mut self, _slots: &[String]) -> Option<Secret> {
        None
    }
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// Whether to make this token and put it into its slots.
    Make(&'a Rotation),
    /// Whether to revoke the old token: its successor works, and other workstations may still use the old one.
    Revoke(&'a Rotation, &'a Predecessor),
}

/// How far one renewal came in this run.
#[derive(Debug)]
pub struct Outcome {
    /// What was to be done.
    pub rotation: Rotation,
    /// How it ended.
    pub ended: Ended,
}

/// How one renewal ended in this run.
#[derive(Debug)]
pub enum Ended {
    /// The new token works in every slot, and the old one is revoked, where there was one.
    Finished,
    /// The new token works in every slot; the person wants to keep the old one for now.
    OldKept,
    /// The person wants no new token; nothing was done.
    Declined,
    /// It stopped, and the next run goes on.
    Stopped(RotationFault),
}

/// Why a renewal stopped, in words that end a sentence. It holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum RotationFault {
    /// The service did not do what was asked.
    #[error("{0}")]
    Service(#[from] LifecycleFault),
    /// What was done cannot be remembered, so that nothing is done.
    #[error("{0}")]
    State(#[from] StateFault),
    /// The slots could not be filled.
    #[error("the new token could not be put in its place: {0}")]
    NotFilled(String),
    /// The new token was not seen to work.
    #[error("the new token is in its place and was not seen to work: {0}")]
    NotProved(String),
    /// Which token a killed run left behind cannot be told.
    #[error(
        "an earlier run was stopped, and which of the tokens named {0:?} it made cannot be told"
    )]
    Unclear(String),
    /// Another renewal met trouble that this one would meet too.
    #[error("it was not tried, because another could not be done")]
    NotTried,
}

impl RotationFault {
    /// What to do about it: one whole sentence.
    pub fn next_step(&self) -> String {
        let step = match self {
            Self::Service(fault) => return fault.next_step(),
            Self::State(_) => "Mend rekey's own folder, then type `rekey guide pats`.",
            Self::NotFilled(_) => {
                "Mend that, then type `rekey guide pats`; the old token still works as before."
            }
            Self::NotProved(_) => {
                "Mend that, then type `rekey guide pats`; the old token is not revoked before."
            }
            Self::Unclear(_) => {
                "Revoke those that you do not use on the organization's page for tokens, then type `rekey guide pats`."
            }
            Self::NotTried => "Type `rekey guide pats` once that is mended.",
        };
        step.to_owned()
    }
}

/// Renews tokens of one organization.
pub struct Rotator<'a> {
    /// Asks the service.
    pub client: PatClient<'a>,
    /// Where it is remembered what is being done.
    pub state: &'a StateFolder,
    /// Tells tokens apart without holding them.
    pub fingerprints: &'a FingerprintKey,
    /// What time it is.
    pub clock: &'a dyn Fn() -> Timestamp,
}

type Confirm<'c> = dyn FnMut(Question<'_>) -> bool + 'c;

impl Rotator<'_> {
    /// Goes on with what an earlier run began, then does what is planned. One that stops does not keep the others back,
    /// unless all of them would meet the same.
    ///
    /// # Errors
    /// Where what is done cannot be remembered.
    pub fn run(
        &self,
        plan: Vec<Rotation>,
        slots: &mut dyn Slots,
        confirm: &mut Confirm<'_>,
    ) -> Result<Vec<Outcome>, RotationFault> {
        let mut ledger = Ledger::open(self.state, self.client.organization, plan)?;
        let mut outcomes = Vec::new();
        let mut is_hopeless = false;
        for index in 0..ledger.len() {
            let Some(begun) = ledger.get(index) else {
                break;
            };
            let ended = if is_hopeless {
                Ok(Ended::Stopped(RotationFault::NotTried))
            } else {
                self.carry_on(&mut ledger, index, slots, confirm)
            };
            let ended = match ended {
                Err(fault @ RotationFault::State(_)) => return Err(fault),
                Err(fault) => {
                    is_hopeless =
                        matches!(&fault, RotationFault::Service(fault) if fault.is_general());
                    Ended::Stopped(fault)
                }
                Ok(ended) => ended,
            };
            outcomes.push(Outcome {
                rotation: ledger.get(index).unwrap_or(begun).rotation,
                ended,
            });
        }
        ledger.close()?;
        Ok(outcomes)
    }

    fn carry_on(
        &self,
        ledger: &mut Ledger<'_>,
        index: usize,
        slots: &mut dyn Slots,
        confirm: &mut Confirm<'_>,
    ) -> Result<Ended, RotationFault> {
        let mut step = steps::Steps {
            rotator: self,
            ledger,
            index,
            slots,
        };
        while let Some(begun) = step.now() {
            match begun.stage {
                Stage::Planned => {
                    if !confirm(Question::Make(&begun.rotation)) {
                        return Ok(Ended::Declined);
                    }
                    step.make(&begun.rotation)?;
                }
                Stage::Creating { since, known } => step.find(&begun.rotation, since, &known)?,
                Stage::Created(made) => step.take_back(&made)?,
                Stage::Filling(made) | Stage::Filled(made) => {
                    step.go_on_with(&begun.rotation, &made)?;
                }
                Stage::Proved(made) => {
                    step.revoke_retired(&begun.retiring, &made)?;
                    let Some(old) = &begun.rotation.predecessor else {
                        step.end()?;
                        continue;
                    };
                    if !confirm(Question::Revoke(&begun.rotation, old)) {
                        return Ok(Ended::OldKept);
                    }
                    step.revoke_old(old, &made)?;
                }
                Stage::Ended => break,
            }
        }
        Ok(Ended::Finished)
    }
}

#[cfg(test)]
#[path = "rotator_tests.rs"]
mod tests;
