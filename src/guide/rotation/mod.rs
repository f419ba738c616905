//! Renews access tokens by the service's own interface: list, make the successor, fill, prove, revoke.
//!
//! It may be killed at any moment. What it is about to do is on the disk before it is done (`rotation.json`, which holds
//! no secret), so that the next run finds every token that this one made:
//!
//! | killed while | the next run |
//! |---|---|
//! | nothing is made yet | begins anew |
//! | a token may have been made | finds it by its name, revokes it, and begins anew |
//! | slots are being filled | goes on where they hold it; else makes another, and revokes this one once that is proved |
//! | it is filled and not proved | proves it |
//! | it is proved | revokes the old one |
//!
//! The old token is never revoked before its successor was seen to work in every slot.

mod ledger;
mod pairing;
mod plan;
mod rotator;
mod saved;

pub use pairing::{Pair, Pairing, Purpose, Slot, pair};
pub use plan::{Predecessor, Rotation, plan};
pub use rotator::{Ended, Outcome, Question, RotationFault, Rotator, Slots};
pub use saved::SavedRotations;
