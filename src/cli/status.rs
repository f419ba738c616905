//! `rekey status`.

use std::io::Write as _;

use serde::Serialize;

use super::fault::{Exit, Fault};
use super::find::Extent;
use super::session::Session;
use super::show::{self, BOLD, styled};
use super::{find, scope};
use crate::guide::{SavedSteps, steps};
use crate::model::{HelperState, Step, Summary};
use crate::platform::Platform;
use crate::reporting::{Standing, count_errors, device_state};
use crate::state::{AcceptedFindings, LastRun, StateFolder};

#[derive(Serialize)]
struct StatusAnswer<'a> {
    schema: &'static str,
    #[serde(flatten)]
    last: Option<&'a LastRun>,
}

/// Where this workstation stands, from the last run.
pub(super) fn status(session: &Session) -> Result<Exit, Fault> {
    let last = match StateFolder::existing(&session.platform.folders().state) {
        Ok(Some(state)) => LastRun::load(&state).map_err(Fault::failed)?,
        Ok(None) => None,
        Err(fault) => return Err(Fault::failed(fault)),
    };
    if session.json {
        session.print_json(&StatusAnswer {
            schema: "rekey.status/1",
            last: last.as_ref(),
        })?;
    } else {
        session.print(&match &last {
            Some(last) => text(last, session),
            None => "rekey has not run here yet: type rekey run\n".to_owned(),
        })?;
    }
    let code = last
        .map_or_else(LastRun::never_run_line, |last| last.detect_line())
        .1;
    Ok(if code == 0 { Exit::Done } else { Exit::Remains })
}

fn text(last: &LastRun, session: &Session) -> String {
    let summary = last.scan.summary;
    let organizations: Vec<_> = last
        .organizations
        .iter()
        .map(|one| one.organization.name.as_str())
        .collect();
    let mut text = format!(
        "{}\nlast run {}, about {}: {} stale, {} unsure, {} open, {}\n\n",
        styled(BOLD, last.state),
        last.at.strftime("%Y-%m-%d %H:%M UTC"),
        organizations.join(", "),
        summary.stale,
        summary.unsure,
        show::count(last.open_steps(), "step"),
        show::count(last.errors as usize, "error"),
    );
    let open: Vec<_> = last
        .scan
        .findings
        .iter()
        .filter(|one| show::is_open(one))
        .collect();
    text.push_str(&show::remaining(&open, &session.layout));
    let answers = last.helpers.iter();
    let answers: Vec<_> = answers
        .filter(|proof| proof.state == HelperState::StillAnswers)
        .cloned()
        .collect();
    text.push_str(&show::proofs(&answers, &session.layout, false));
    let scope = scope::scope_of(last, session.now);
    let steps = last.steps.iter();
    let steps: Vec<(Step, String)> = steps
        .map(|step| (step.clone(), super::guide::todo(&scope.organizations, step)))
        .collect();
    if !open.is_empty() {
        text.push('\n');
    }
    text.push_str(&show::steps(&steps));
    format!("{}\n", text.trim_end())
}

/// One line for device management. It never fails: a fault is a state of its own.
///
/// It reads no settings: a policy that is wrong is for the next run to say, and what is said beside the line would
/// be a failure of the question itself.
pub(super) fn detect(platform: &dyn Platform) -> Result<Exit, Fault> {
    let state = &platform.folders().state;
    let last = if let Some(person) = platform.asked_about() {
        LastRun::load_of_person(&person.home, &person.state)
    } else if platform.is_service() {
        Ok(None)
    } else if platform.may_change_home().is_ok() {
        match StateFolder::existing(state) {
            Ok(Some(state)) => LastRun::load(&state),
            Ok(None) => Ok(None),
            Err(fault) => Err(fault),
        }
    } else {
        LastRun::load_of_person(platform.home(), state)
    };
    let (line, code) = match &last {
        Ok(Some(last)) => last.detect_line(),
        Ok(None) => LastRun::never_run_line(),
        Err(_) => LastRun::unreadable_line(),
    };
    anstream::stdout().write_all(format!("{line}\n").as_bytes())?;
    Ok(if code == 0 { Exit::Done } else { Exit::Remains })
}

/// Brings what `status` tells up to date after an undo: about the organizations of the last run, and as deep as that looked.
pub(super) fn look_again(session: &Session) -> Result<(), Fault> {
    let folder = StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)?;
    let Some(mut last) = LastRun::load(&folder).map_err(Fault::failed)? else {
        return Ok(());
    };
    let Some(scope) = scope::of_last_run(session)? else {
        return Ok(());
    };
    let memory = find::Memory::to_look(session)?;
    let extent = Extent::everywhere(session, last.depth);
    last.depth = extent.depth;
    last.scan = find::find(session, &scope, &extent, &memory).scan;
    last.at = session.now;
    last.outcomes.clear();
    last.errors = count_errors(&last.scan.places, &[], &last.helpers);
    conclude(session, &folder, &mut last)
}

/// Brings what `status` tells up to date once a finding is accepted, or no longer is: that changes what it counts as, and
/// no place.
pub(super) fn count_again(session: &Session, accepted: &AcceptedFindings) -> Result<(), Fault> {
    let folder = StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)?;
    let Some(mut last) = LastRun::load(&folder).map_err(Fault::failed)? else {
        return Ok(());
    };
    accepted.mark(&mut last.scan.findings, session.now);
    last.scan.summary = Summary::of(&last.scan.findings);
    conclude(session, &folder, &mut last)
}

/// Draws the conclusions from the findings, and remembers them.
fn conclude(session: &Session, folder: &StateFolder, last: &mut LastRun) -> Result<(), Fault> {
    let saved = SavedSteps::load(folder).map_err(Fault::failed)?;
    let scope = scope::scope_of(last, session.now);
    let findings = &last.scan.findings;
    let limits = &session.settings.deferral;
    last.steps = steps(&scope.organizations, findings, &saved, limits, session.now);
    last.state = device_state(&Standing::of(last, session.settings.accept_allowed));
    last.save(folder).map_err(Fault::failed)
}
