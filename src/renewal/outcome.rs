//! What became of slots that a new token was to go into.

use serde::Serialize;

use super::Target;
use crate::model::Location;

/// What became of one slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilledSlot {
    /// The finding's id.
    pub finding: String,
    /// The store's name.
    pub store: String,
    /// Where it is.
    pub location: Location,
    /// What became of it.
    #[serde(flatten)]
    pub state: SlotState,
}

/// How far a slot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "reason", rename_all = "kebab-case")]
pub enum SlotState {
    /// The token is in, and the slot's own address takes it.
    Works,
    /// The token is in.
    Filled,
    /// The token is in, and the slot's own address does not take it.
    Refused,
    /// The person has to put it in.
    ByHand(String),
    /// It went wrong.
    Failed(String),
}

impl SlotState {
    /// Whether the token is said to be in.
    pub fn is_in(&self) -> bool {
        matches!(self, Self::Works | Self::Filled | Self::Refused)
    }

    /// Whether something went wrong.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Refused | Self::Failed(_))
    }

    /// In a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Works => "the new token is in, and works there".to_owned(),
            Self::Filled => "the new token is in".to_owned(),
            Self::Refused => {
                "the new token is in, but is refused there: has it the scope for this?".to_owned()
            }
            Self::ByHand(reason) | Self::Failed(reason) => reason.clone(),
        }
    }
}

impl FilledSlot {
    /// What became of this one.
    pub fn new(target: &Target<'_>, state: SlotState) -> Self {
        Self {
            finding: target.finding().to_owned(),
            store: target.store().to_owned(),
            location: target.location().clone(),
            state,
        }
    }
}
