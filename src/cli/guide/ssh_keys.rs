//! The step of the SSH keys.

use super::Guided;
use crate::cli::args::GuideArguments;
use crate::cli::fault::Fault;
use crate::guide::{At, GuideFault, Helped, Talk};

/// Refuses flags of this step that contradict each other, before anything is done.
pub(super) fn check(_typed: &GuideArguments) -> Result<(), Fault> {
    Ok(())
}

/// Before the page is opened.
pub(super) fn prepare(
    _guided: &Guided<'_>,
    _at: &At<'_>,
    _talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
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
pub(super) fn at_once(_guided: &Guided<'_>) -> Result<Option<Helped>, Fault> {
    Ok(None)
}
