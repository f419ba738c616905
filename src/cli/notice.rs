//! What a run that nobody looks on at tells the person on their desktop.

use jiff::{SignedDuration, Timestamp};
use rekey_report::{DeviceState, Finding, StepState};

use super::session::Session;
use super::show;
use crate::guide::local;
use crate::platform::Platform;
use crate::state::{LastNotice, LastRun, StateFolder};

/// From then on a deadline is told of.
const NEAR: SignedDuration = SignedDuration::from_hours(72);
const TITLE: &str = "rekey: something is left for you to do";

/// Shows one notice where something is left for the person, and says the same once a day. What keeps it from being
/// shown is logged, and is no error of the run: the log, the report and `rekey status` say the same.
pub(super) fn show(session: &Session, state: &StateFolder, last: &LastRun) {
    let deadline = session.settings.deferral.deadline;
    match try_to(
        session.platform.as_ref(),
        state,
        last,
        deadline,
        session.now,
    ) {
        Ok(Some(text)) => tracing::info!(text, "a notice was shown"),
        Ok(None) => {}
        Err(reason) => {
            tracing::info!(reason, "no notice was shown");
            if session.loudness > 0 {
                session.say(format!("No notice was shown: {reason}."));
            }
        }
    }
}

/// What was said; `None` where there is nothing to say.
fn try_to(
    platform: &dyn Platform,
    state: &StateFolder,
    last: &LastRun,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<String>, String> {
    let Some(text) = words(last, deadline, now).filter(|_| !platform.hermetic()) else {
        return Ok(None);
    };
    // One that cannot be read keeps nothing back, and is written anew.
    let before = LastNotice::load(state).ok().flatten();
    if before.is_some_and(|before| before.keeps_back(&text, now)) {
        return Ok(None);
    }
    platform.notify(TITLE, &text)?;
    let told = LastNotice { at: now, text };
    told.save(state).map_err(|fault| fault.to_string())?;
    Ok(Some(told.text))
}

/// What is left for the person; `None` for nothing. It has no path, and no word of what was found: others may look on.
fn words(last: &LastRun, deadline: Option<Timestamp>, now: Timestamp) -> Option<String> {
    if !matches!(last.state, DeviceState::ActionNeeded | DeviceState::Failed) {
        return None;
    }
    let findings = last.scan.findings.iter();
    let findings = findings.filter(|finding| show::is_open(finding) && !is_gated(finding, last));
    let steps = last.steps.iter();
    // One that was put off is not forgotten, and the person has said when.
    let steps = steps.filter(|step| step.state == StepState::Pending);
    let mut left = Vec::new();
    match findings.count() {
        0 => {}
        1 => left.push("1 credential that may be stale is left".to_owned()),
        more => left.push(format!("{more} credentials that may be stale are left")),
    }
    let waiting = steps.count();
    match waiting {
        0 => {}
        1 => left.push("1 step waits for you".to_owned()),
        more => left.push(format!("{more} steps wait for you")),
    }
    let due = deadline.filter(|_| waiting > 0);
    let due = due.map_or_else(String::new, |deadline| due_by(deadline, now));
    if left.is_empty() {
        return None;
    }
    let mut names = last.organizations.iter().filter(|reported| !reported.gated);
    let name = &names.next()?.organization.name;
    let name = match names.count() {
        0 => name.clone(),
        more => format!("{name} and {more} more"),
    };
    let left = left.join(", and ");
    Some(format!(
        "Azure DevOps, {name}: {left}.{due} To go on, open a terminal and type: rekey guide"
    ))
}

/// That the time for the steps is over or nearly so; nothing while it is far.
fn due_by(deadline: Timestamp, now: Timestamp) -> String {
    if deadline <= now {
        format!(" It was due by {}.", local(deadline))
    } else if deadline.duration_since(now) <= NEAR {
        format!(" It is due by {}.", local(deadline))
    } else {
        String::new()
    }
}

/// Whether the finding waits for its organization to be connected.
fn is_gated(finding: &Finding, last: &LastRun) -> bool {
    last.organizations.iter().any(|reported| {
        let own = finding.organization.as_deref();
        reported.gated
            && own.is_some_and(|own| own.eq_ignore_ascii_case(&reported.organization.name))
    })
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
