//! What every command that may change something does first, and asks before its first edit.

use super::central::Center;
use super::fault::Fault;
use super::session::Session;
use super::show;
use crate::edit;
use crate::state::StateFolder;

/// Finishes or rolls back what a killed run left.
///
/// True where something is neither old nor new because somebody else changed it since.
pub(super) fn recover(session: &Session) -> Result<bool, Fault> {
    let home = session
        .platform
        .home()
        .canonicalize()
        .map_err(Fault::failed)?;
    let state = session.edit_state().map_err(Fault::failed)?;
    let recovered = edit::recover(&state, &home).map_err(Fault::failed)?;
    if recovered.finished + recovered.rolled_back > 0 {
        session.say(format!(
            "An earlier run was stopped halfway: {} finished, {} rolled back.",
            recovered.finished, recovered.rolled_back
        ));
    }
    for unresolved in &recovered.unresolved {
        session.warn(format!(
            "{} was being changed when run {} was stopped, and is left as it is: {}",
            show::changed(&unresolved.changed),
            unresolved.run,
            unresolved.reason
        ));
    }
    if let Ok(Some(folder)) = StateFolder::existing(&session.platform.folders().state) {
        folder.sweep(session.now);
    }
    Ok(!recovered.unresolved.is_empty())
}

/// Throws away what is no longer kept for undo. Another rekey that is at work does so itself.
pub(super) fn purge(session: &Session) {
    let purged = session
        .edit_state()
        .and_then(|state| edit::purge(&state, session.now, session.settings.keep_days));
    match purged {
        Ok(purged) => {
            for run in &purged.runs {
                tracing::info!(%run, "no longer kept for undo");
            }
        }
        Err(edit::Fault::Busy) => {}
        Err(fault) => session.warn(fault),
    }
}

/// Whether the admin paused cleaning. Without a collector nobody can.
pub(super) fn is_paused(session: &Session, state: &StateFolder) -> Result<bool, Fault> {
    Ok(Center::of(session, state)?.is_some_and(|center| center.is_paused()))
}
