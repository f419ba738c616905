//! Which slots a new token goes into, and the edits that put it there.

use jiff::civil::Date;
use rekey_report::{Finding, Location, Remedy, Verdict};
use uuid::Uuid;

use super::{Reader, SavedSlots, Slot, can_hold, refill, replaced};
use crate::model::{Credential, Edit, Organization, Plan, Secret};

/// A slot that a new token can go into.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// The old token is still there.
    Present {
        /// As it is shown.
        finding: &'a Finding,
        /// As it was read.
        credential: &'a Credential,
    },
    /// It was removed before.
    Removed(&'a Slot),
}

impl Target<'_> {
    /// The id of its finding.
    pub fn finding(&self) -> &str {
        match self {
            Self::Present { finding, .. } => &finding.id,
            Self::Removed(slot) => &slot.finding,
        }
    }

    /// The store's name.
    pub fn store(&self) -> &str {
        match self {
            Self::Present { finding, .. } => &finding.store,
            Self::Removed(slot) => &slot.store,
        }
    }

    /// Where it is, as it is shown.
    pub fn location(&self) -> &Location {
        match self {
            Self::Present { finding, .. } => &finding.location,
            Self::Removed(slot) => &slot.location,
        }
    }

    /// The repository or feed that it is for.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Present { credential, .. } => credential.address.as_deref(),
            Self::Removed(slot) => slot.address.as_deref(),
        }
    }

    /// The first day of the month in which the old token was made.
    pub fn created(&self) -> Option<Date> {
        match self {
            Self::Present { credential, .. } => credential.observed.created,
            Self::Removed(slot) => slot.created,
        }
    }

    /// The old token, where it is still there.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Present { credential, .. } => credential.secret.as_ref(),
            Self::Removed(_) => None,
        }
    }
}

/// The slots of an organization that wait for a new token: those whose old one is stale, and those that it was removed
/// from. What a person has accepted, or only they may change, is none of them.
pub fn targets<'a>(
    organization: &Organization,
    found: impl IntoIterator<Item = (&'a Finding, &'a Credential)>,
    saved: &'a SavedSlots,
) -> Vec<Target<'a>> {
    let mut targets = Vec::new();
    let mut held = Vec::new();
    for (finding, credential) in found {
        held.push(finding.id.as_str());
        let ours = credential.organization.as_ref() == Some(&organization.name);
        let changes = finding.remedy.max(credential.remedy) != Remedy::Manual;
        let stale = finding.verdict == Verdict::Stale && finding.accepted.is_none();
        if ours && stale && changes && can_hold(finding.kind) {
            targets.push(Target::Present {
                finding,
                credential,
            });
        }
    }
    let emptied = saved.of(&organization.name);
    let emptied = emptied.filter(|slot| !held.contains(&slot.finding.as_str()));
    targets.extend(emptied.map(Target::Removed));
    targets
}

/// What puts a token into slots.
#[derive(Debug)]
pub struct Filling {
    /// The edits, for the one executor.
    pub plan: Plan,
    /// Slots that it cannot be put into, by finding, with the reason: the end of a sentence.
    pub by_hand: Vec<(String, String)>,
}

/// The edits that put the token into these slots. `key` is this workstation's own.
pub fn plan(
    run: Uuid,
    targets: &[Target<'_>],
    token: &Secret,
    reader: &Reader<'_>,
    key: &[u8; 32],
) -> Filling {
    let mut filling = Filling {
        plan: Plan {
            run,
            edits: Vec::new(),
        },
        by_hand: Vec::new(),
    };
    for target in targets {
        let changes = match target {
            Target::Present { credential, .. } => replaced(credential, token, reader),
            Target::Removed(slot) => refill(slot, token, reader, key).map(|change| vec![change]),
        };
        match changes {
            Ok(changes) => {
                for change in changes {
                    let number = filling.plan.edits.len() + 1;
                    filling.plan.edits.push(Edit {
                        id: format!("f{number}"),
                        finding: target.finding().to_owned(),
                        location: target.location().clone(),
                        remedy: Remedy::Automatic,
                        change,
                    });
                }
            }
            Err(reason) => filling.by_hand.push((target.finding().to_owned(), reason)),
        }
    }
    filling
}
