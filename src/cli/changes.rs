//! Has a plan carried out, for every command that changes something.

use std::collections::HashSet;

use super::fault::Fault;
use super::session::Session;
use crate::edit::{Executor, State};
use crate::model::{Outcome, Plan};

/// Makes the approved edits of a plan, and logs what became of each. What they change is kept so many days.
///
/// # Errors
/// Where nothing could be done at all.
pub(super) fn carry_out(
    session: &Session,
    plan: &Plan,
    approved: &HashSet<String>,
    keep_days: u32,
) -> Result<Vec<Outcome>, Fault> {
    let state = session.edit_state().map_err(Fault::failed)?;
    carry_out_in(&state, session, plan, approved, keep_days)
}

/// The same under a lock that is held already.
pub(super) fn carry_out_in(
    state: &State,
    session: &Session,
    plan: &Plan,
    approved: &HashSet<String>,
    keep_days: u32,
) -> Result<Vec<Outcome>, Fault> {
    let home = session.platform.home().canonicalize();
    let executor = Executor {
        state,
        home: &home.map_err(Fault::failed)?,
        keep_days,
        now: session.now,
    };
    let outcomes = executor.execute(plan, approved, &|_| ());
    let outcomes = outcomes.map_err(Fault::failed)?;
    for outcome in &outcomes {
        let reason = outcome.reason.as_deref().unwrap_or_default();
        tracing::info!(run = %plan.run, edit = outcome.edit, state = %outcome.state, reason);
    }
    Ok(outcomes)
}
