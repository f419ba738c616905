//! What was typed behind `rekey guide`, checked before anything is done.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{pats, ssh_keys};
use crate::cli::args::{GuideArguments, StepAnswer};
use crate::cli::fault::Fault;
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
        (Some(text), true) => check_time(text)?,
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

fn check_time(text: &str) -> Result<(), Fault> {
    // Any time will do: whether it is ahead is known only later.
    read_until(text, Timestamp::UNIX_EPOCH)
        .map(drop)
        .map_err(|reason| Fault::wrong(format!("--until: {reason}")))
}

/// A time (RFC 3339), or a span from now in the person's time zone, such as `3d` or `2 hours`.
///
/// # Errors
/// What is wrong with it and how it is written.
pub(super) fn read_until(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let later = text
        .parse::<Span>()
        .and_then(|span| now.to_zoned(TimeZone::system()).checked_add(span));
    later.map(|later| later.timestamp()).map_err(|_| {
        format!("{text:?} is no time: write a span such as 3d or 2h, or a time such as 2026-12-18T18:00:00Z")
    })
}
