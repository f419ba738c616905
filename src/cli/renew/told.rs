//! What became of slots, for people.

use std::fmt::Write as _;

use crate::cli::session::Session;
use crate::cli::show::{self, plain};
use crate::renewal::FilledSlot;

/// The slots with what became of each, two lines a slot.
pub(in crate::cli) fn told(session: &Session, slots: &[FilledSlot]) -> String {
    let mut text = String::new();
    for slot in slots {
        let mark = if slot.state.is_in() && !slot.state.is_error() {
            show::styled(show::GREEN, "done")
        } else {
            show::styled(show::YELLOW, "open")
        };
        let place = session.layout.short(&show::place(&slot.location));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {mark}  {} {}", slot.store, plain(&place));
        let _ = writeln!(text, "        {}", plain(&slot.state.words()));
    }
    text
}
