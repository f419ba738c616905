//! New tokens for old ones: which slots held them, how a new one is written there, and what is remembered of a slot
//! whose token was removed before there was a new one.
//!
//! A slot is an entry of a place that holds one token. Nothing here writes: it plans edits, which the executor makes.

mod check;
mod filled;
mod outcome;
mod purpose;
mod refill;
mod removed;
mod replaced;
mod saved;
mod slot;
mod template;

pub use check::{Ask, Checked, Unfit, check, form_of};
pub use filled::{Filling, Target, named, plan, targets};
pub use outcome::{FilledSlot, SlotState};
pub use purpose::Purpose;
pub use refill::refill;
pub use removed::Candidates;
pub use replaced::{Reader, replaced};
pub use saved::SavedSlots;
pub use slot::{EntrySite, FileSite, Filled, Part, Site, Slot, can_hold};
pub use template::{Occurrence, Template, occurrences};
