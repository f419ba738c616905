//! Slots that wait for a token: `slots.json`. It holds no secret.

use jiff::{SignedDuration, Timestamp};
use rekey_report::Finding;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Filled, FilledSlot, Slot};
use crate::model::OrganizationName;
use crate::state::{StateFault, StateFolder};

const NAME: &str = "slots.json";

/// The slots that tokens were removed from and that hold none since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSlots {
    slots: Vec<Slot>,
}

impl SavedSlots {
    /// What was saved; nothing where there is no file.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be read or understood.
    pub fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    /// Saves it.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be written.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// Remembers slots; what was known of the same ones before is replaced.
    pub fn add(&mut self, slots: Vec<Slot>) {
        let is_new = |known: &Slot| slots.iter().all(|slot| slot.finding != known.finding);
        self.slots.retain(is_new);
        self.slots.extend(slots);
    }

    /// Notes that slots hold something again: those that this run has filled, for the sake of an undo; others are forgotten,
    /// whoever put something there.
    pub fn close_held(&mut self, findings: &[Finding], filled: &[FilledSlot], by: Filled) {
        let is_held = |slot: &Slot| findings.iter().any(|finding| finding.id == slot.finding);
        let is_ours = |slot: &Slot| filled.iter().any(|one| one.finding == slot.finding);
        for slot in &mut self.slots {
            if slot.filled.is_none() && is_held(slot) && is_ours(slot) {
                slot.filled = Some(by);
            }
        }
        self.slots
            .retain(|slot| slot.filled.is_some() || !is_held(slot));
    }

    /// Empties the slots again that a run had filled, for it was taken back; false where there were none.
    pub fn reopen(&mut self, run: Uuid) -> bool {
        let mut reopened = false;
        for slot in &mut self.slots {
            if slot.filled.is_some_and(|filled| filled.run == run) {
                slot.filled = None;
                reopened = true;
            }
        }
        reopened
    }

    /// Forgets slots whose filling can be undone no more.
    pub fn forget_filled(&mut self, keep_days: u32, now: Timestamp) {
        let kept = SignedDuration::from_hours(i64::from(keep_days).saturating_mul(24));
        let is_due = |filled: Filled| {
            let end = filled.at.checked_add(kept).unwrap_or(Timestamp::MAX);
            end <= now
        };
        self.slots.retain(|slot| !slot.filled.is_some_and(is_due));
    }

    /// The empty slots of an organization, in the order in which they were emptied.
    pub fn of(&self, organization: &OrganizationName) -> impl Iterator<Item = &Slot> {
        self.slots
            .iter()
            .filter(|slot| slot.filled.is_none() && organization.is(&slot.organization))
    }
}
