//! What became of tokens that rekey made, for people.

use std::fmt::Write as _;

use super::Automatic;
use crate::cli::show::{self, plain};
use crate::guide::rotation::{Ended, Outcome};

/// Each token with what became of it, a few lines a token.
pub(in crate::cli) fn rotated(automatic: &Automatic) -> String {
    let mut text = String::new();
    for outcome in &automatic.outcomes {
        let good = matches!(outcome.ended, Ended::Finished | Ended::OldKept);
        let mark = if good {
            show::styled(show::GREEN, "done")
        } else {
            show::styled(show::YELLOW, "open")
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {mark}  {}", plain(&outcome.rotation.name));
        for sentence in sentences(outcome) {
            let _ = writeln!(text, "        {}", plain(&sentence));
        }
    }
    if automatic.left > 0 {
        let _ = writeln!(
            text,
            "  {} left: which token goes there cannot be told. Make one on the page.",
            show::count(automatic.left, "place")
        );
    }
    text
}

fn sentences(outcome: &Outcome) -> Vec<String> {
    let places = show::count(outcome.rotation.slots.len(), "place");
    let old = outcome.rotation.predecessor.as_ref();
    match &outcome.ended {
        Ended::Finished => {
            let old = if old.is_some() {
                "The old one is revoked."
            } else {
                "Revoke the old one on the page, if it is still there."
            };
            vec![
                format!("A new one is in {places}, and works."),
                old.to_owned(),
            ]
        }
        Ended::OldKept => vec![
            format!("A new one is in {places}, and works."),
            "The old one still works: revoke it on the page.".to_owned(),
        ],
        Ended::Declined => vec!["Nothing was made.".to_owned()],
        Ended::Stopped(fault) => vec![format!("It stopped: {fault}."), fault.next_step()],
    }
}
