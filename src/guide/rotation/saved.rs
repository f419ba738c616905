//! What is on the disk of renewals that have begun: `rotation.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Rotation;
use crate::model::OrganizationName;
use crate::state::{StateFault, StateFolder};

const NAME: &str = "rotation.json";

/// Every renewal that has not ended. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRotations {
    /// By the organization's name in lower case.
    organizations: BTreeMap<String, Vec<Begun>>,
}

/// One renewal and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) rotation: Rotation,
    pub(super) stage: Stage,
    /// Tokens that rekey made and that slots may hold: they go once another works in their place.
    #[serde(default)]
    pub(super) retiring: Vec<Uuid>,
}

/// How far a renewal is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// Nothing is made.
    Planned,
    /// The service was or is about to be asked for a token.
    Creating {
        /// When.
        since: Timestamp,
        /// The tokens of the same name that there were before.
        known: Vec<Uuid>,
    },
    /// A token was made that no slot holds.
    Created(Made),
    /// Slots may hold it, some or all.
    Filling(Made),
    /// Every slot holds it.
    Filled(Made),
    /// It works in every slot.
    Proved(Made),
    /// The old one is gone too.
    Ended,
}

/// A token that rekey made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) authorization_id: Uuid,
    /// Its keyed fingerprint: what a slot holds later may be another one.
    pub(super) fingerprint: String,
}

impl Begun {
    fn new(rotation: Rotation) -> Self {
        Self {
            rotation,
            stage: Stage::Planned,
            retiring: Vec::new(),
        }
    }

    /// Its slots are not filled for good yet.
    fn is_filling(&self) -> bool {
        !matches!(self.stage, Stage::Proved(_) | Stage::Ended)
    }

    /// Nothing of it is anywhere but in this file.
    fn is_untouched(&self) -> bool {
        self.stage == Stage::Planned && self.retiring.is_empty()
    }
}

impl SavedRotations {
    /// What was saved; nothing where there is no file.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be read or understood.
    pub fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    /// Saves it.
    pub(super) fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// The renewals of an organization that have begun and not ended: the next run goes on with them.
    pub fn unfinished(&self, organization: &OrganizationName) -> impl Iterator<Item = &Rotation> {
        let begun = self.organizations.get(&key(organization));
        begun
            .into_iter()
            .flatten()
            .filter(|one| !one.is_untouched() && one.stage != Stage::Ended)
            .map(|one| &one.rotation)
    }

    /// Forgets what has ended, and what never began; false where there is nothing of both.
    pub(super) fn forget_idle(&mut self, organization: &OrganizationName) -> bool {
        let all = self.of(organization);
        let before = all.len();
        all.retain(|one| !one.is_untouched() && one.stage != Stage::Ended);
        let is_changed = all.len() != before;
        if all.is_empty() {
            self.organizations.remove(&key(organization));
        }
        is_changed
    }

    pub(super) fn of(&mut self, organization: &OrganizationName) -> &mut Vec<Begun> {
        self.organizations.entry(key(organization)).or_default()
    }

    /// Takes a new plan over: what has begun stays, what was only planned is planned anew.
    pub(super) fn adopt(&mut self, organization: &OrganizationName, plan: Vec<Rotation>) {
        let begun = self.of(organization);
        begun.retain(|one| !one.is_untouched() && one.stage != Stage::Ended);
        for mut rotation in plan {
            let fills = |slot: &String| {
                let mut begun = begun.iter();
                begun.any(|one| one.is_filling() && one.rotation.slots.contains(slot))
            };
            rotation.slots.retain(|slot| !fills(slot));
            if rotation.slots.is_empty() {
                continue;
            }
            // A slot was found that holds the same old token: it goes after the last of them is filled.
            if let Some(old) = &rotation.predecessor {
                for one in begun.iter_mut() {
                    if one.rotation.predecessor.as_ref() == Some(old) {
                        one.rotation.predecessor = None;
                    }
                }
            }
            begun.push(Begun::new(rotation));
        }
        if begun.is_empty() {
            self.organizations.remove(&key(organization));
        }
    }
}

fn key(organization: &OrganizationName) -> String {
    organization.as_str().to_ascii_lowercase()
}
