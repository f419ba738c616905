//! The step of the access tokens.

use super::typed::step;
use super::{Guided, oauth};
use crate::cli::args::GuideArguments;
use crate::cli::fault::Fault;
use crate::guide::{At, GuideFault, Helped, Talk};
use crate::model::StepId;

/// Refuses flags of this step that contradict each other, before anything is done.
pub(super) fn check(typed: &GuideArguments) -> Result<(), Fault> {
    if typed.oauth && step(typed)? != Some(StepId::Pats) {
        return Err(Fault::wrong(
            "--oauth: it belongs to another step\n  hint: type rekey guide pats --oauth",
        ));
    }
    Ok(())
}

/// Before the page is opened.
pub(super) fn prepare(
    guided: &Guided<'_>,
    _at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    // What needs no token comes first.
    oauth::offer(guided, talk)?;
    Ok(Helped::default())
}

/// After the page was opened, before the question.
pub(super) fn finish(
    _guided: &Guided<'_>,
    _at: &At<'_>,
    _talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    Ok(Helped::default())
}

/// Does at once what flags of this step say, on a terminal or without one; `None` where none was typed.
pub(super) fn at_once(guided: &Guided<'_>) -> Result<Option<Helped>, Fault> {
    if !guided.typed.oauth {
        return Ok(None);
    }
    let told = oauth::set(guided);
    guided
        .session
        .say(told.map_err(|reason| Fault::failed(format!("--oauth: {reason}")))?);
    Ok(Some(Helped::default()))
}
