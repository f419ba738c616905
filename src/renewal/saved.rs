//! Slots that wait for a token: `slots.json`. It holds no secret.

use rekey_report::Finding;
use serde::{Deserialize, Serialize};

use super::Slot;
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

    /// Forgets the slots that hold something again, whoever put it there.
    pub fn forget_held(&mut self, findings: &[Finding]) {
        let holds = |slot: &Slot| findings.iter().any(|finding| finding.id == slot.finding);
        self.slots.retain(|slot| !holds(slot));
    }

    /// Forgets one slot.
    pub fn forget(&mut self, finding: &str) {
        self.slots.retain(|slot| slot.finding != finding);
    }

    /// The slots of an organization, in the order in which they were emptied.
    pub fn of(&self, organization: &OrganizationName) -> impl Iterator<Item = &Slot> {
        self.slots
            .iter()
            .filter(|slot| organization.is(&slot.organization))
    }
}
