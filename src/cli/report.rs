//! `rekey report` and `rekey enroll`.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use inquire::{Password, PasswordDisplayMode};
use serde::Serialize;

use super::central::{Center, Sender, tell};
use super::fault::{Exit, Fault};
use super::secret_file;
use super::session::Session;
use crate::model::Secret;
use crate::reporting::Spool;
use crate::state::{LastRun, StateFolder};

#[derive(Serialize)]
struct SentAnswer {
    schema: &'static str,
    delivered: u32,
    waiting: u32,
    rejected: usize,
}

#[derive(Serialize)]
struct EnrollAnswer<'a> {
    schema: &'static str,
    collector: &'a str,
    device_id: &'a str,
}

/// Shows exactly what would be sent, or sends what waits.
pub(super) fn report(session: &Session, send: bool) -> Result<Exit, Fault> {
    let state = state(session)?;
    let last = LastRun::load(&state).map_err(Fault::failed)?;
    let kept = Spool::last(&state).map_err(Fault::failed)?;
    if !send {
        let shown = match (kept, &last) {
            (Some(bytes), Some(last)) if tells_of(&bytes, last) => bytes,
            (_, Some(last)) => Sender::new(session, &state)?.preview(&state, last)?,
            (Some(bytes), None) => bytes,
            (None, None) => return Err(Fault::wrong(NOTHING)),
        };
        return show(&shown);
    }
    let Some(center) = Center::of(session, &state)? else {
        return Err(Fault::wrong(NO_COLLECTOR));
    };
    if let Some(last) = &last
        && !kept.is_some_and(|bytes| tells_of(&bytes, last))
    {
        center.sender.keep(&state, last)?;
    }
    let sent = center.send(true)?;
    let arrived = tell(session, &sent);
    if session.json {
        session.print_json(&SentAnswer {
            schema: "rekey.report-sent/1",
            delivered: sent.delivered,
            waiting: sent.waiting,
            rejected: sent.rejected.len(),
        })?;
    }
    Ok(if arrived { Exit::Done } else { Exit::Failed })
}

const NOTHING: &str = "there is nothing to report yet\n  hint: type rekey run";
const NO_COLLECTOR: &str = "no collector is set, so nothing is sent\n  hint: type rekey enroll --collector URL, or add --collector URL";

/// Nothing is added to the bytes but a line's end for a person's terminal.
fn show(bytes: &[u8]) -> Result<Exit, Fault> {
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        // A console takes text and no bytes.
        writeln!(stdout, "{}", String::from_utf8_lossy(bytes))?;
    } else {
        stdout.write_all(bytes)?;
    }
    Ok(Exit::Done)
}

/// Whether the kept report says what is known of that run; the guide changes the steps after it.
fn tells_of(bytes: &[u8], last: &LastRun) -> bool {
    serde_json::from_slice::<rekey_report::Report>(bytes).is_ok_and(|report| {
        let same_run = report.run == last.run && report.scanned_at == last.at;
        same_run && report.steps == last.steps && report.state == last.state
    })
}

/// Ties this workstation to a collector.
pub(super) fn enroll(session: &Session, secret_file: Option<&Path>) -> Result<Exit, Fault> {
    if session.offline {
        return Err(Fault::wrong("--offline: enrolling goes over the network"));
    }
    let state = state(session)?;
    let Some(center) = Center::of(session, &state)? else {
        return Err(Fault::wrong(
            "which collector?\n  hint: add --collector https://HOST",
        ));
    };
    let secret = read_secret(session, secret_file)?;
    let enrolment = center.enroll(&secret)?;
    let collector = center.collector.name();
    if session.json {
        session.print_json(&EnrollAnswer {
            schema: "rekey.enroll/1",
            collector,
            device_id: &enrolment.device_id,
        })?;
    } else {
        session.print(&format!(
            "This workstation reports to {collector} from now on, as device {}.\n\
             rekey report shows what is sent.\n",
            enrolment.device_id
        ))?;
    }
    Ok(Exit::Done)
}

/// From the file, the person's hidden answer, or standard input.
fn read_secret(session: &Session, file: Option<&Path>) -> Result<Secret, Fault> {
    let secret = match file {
        Some(path) => secret_file::read("--secret-file", path)?,
        None if session.interactive => Password::new("Enrolment secret:")
            .with_display_mode(PasswordDisplayMode::Hidden)
            .without_confirmation()
            .prompt()
            .map(|typed| Secret::new(typed.trim()))
            .map_err(|error| Fault::wrong(format!("nothing was done: {error}")))?,
        None => secret_file::standard_input()
            .map_err(|error| Fault::wrong(format!("standard input: {error}")))?,
    };
    if secret.expose().is_empty() {
        return Err(Fault::wrong(
            "the enrolment secret is empty\n  hint: --secret-file F, or standard input",
        ));
    }
    Ok(secret)
}

fn state(session: &Session) -> Result<StateFolder, Fault> {
    StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)
}
