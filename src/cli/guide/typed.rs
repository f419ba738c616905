//! What was typed behind `rekey guide`, checked before anything is done.

use jiff::Timestamp;

use super::{pats, ssh_keys};
use crate::cli::args::{GuideArguments, StepAnswer};
use crate::cli::fault::Fault;
use crate::guide::read_until;
use crate::model::StepId;

/// Refuses words that mean nothing, and flags that contradict each other.
pub(in crate::cli) fn check(typed: &GuideArguments) -> Result<(), Fault> {
    let step = step(typed)?;
    if typed.answer.is_some() && step == Some(StepId::Caches) && typed.answer != LATER {
        return Err(Fault::wrong(
            "--answer: whether caches are cleared is what rekey sees itself\n  hint: type rekey clean",
        ));
    }
    match (&typed.until, typed.answer == LATER) {
        (Some(text), true) => {
            // Whether the time is ahead is known once the clock is read.
            read_until(text, Timestamp::MIN).map_err(wrong_time)?;
        }
        (None, true) => {
            return Err(Fault::wrong(
                "--answer later: until when?\n  hint: add --until 3d, or a time such as 2026-12-18T18:00:00Z",
            ));
        }
        (Some(_), false) => {
            return Err(Fault::wrong("--until: only --answer later puts a step off"));
        }
        (None, false) => {}
    }
    pats::check(typed)?;
    ssh_keys::check(typed)
}

/// `--until` cannot be meant.
pub(super) fn wrong_time(reason: String) -> Fault {
    Fault::wrong(format!("--until: {reason}"))
}

const LATER: Option<StepAnswer> = Some(StepAnswer::Later);

/// The step that was named.
pub(super) fn step(typed: &GuideArguments) -> Result<Option<StepId>, Fault> {
    typed.step.as_deref().map(read_step).transpose()
}

fn read_step(text: &str) -> Result<StepId, Fault> {
    StepId::ALL
        .iter()
        .copied()
        .find(|step| step.as_str() == text)
        .ok_or_else(|| {
            let known: Vec<_> = StepId::ALL.iter().map(|step| step.as_str()).collect();
            Fault::wrong(format!(
                "{text:?} is no step\n  hint: they are {}",
                known.join(", ")
            ))
        })
}
