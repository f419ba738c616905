//! `rekey accept`.

use std::fmt::Write as _;

use inquire::{InquireError, Text};
use jiff::Timestamp;
use rekey_report::Accepted;
use serde::Serialize;

use super::fault::{Exit, Fault};
use super::find::Extent;
use super::session::Session;
use super::show::{self, BOLD, CYAN, styled};
use super::{find, scope};
use crate::model::{Depth, Finding, Verdict};
use crate::policy::parse_time;
use crate::state::{Acceptance, AcceptedFindings, LastRun, StateFolder};
use crate::token;

const SCHEMA: &str = "rekey.accept/1";
/// Without a terminal and without `--reason`, somebody who reads the report learns at least that.
const NO_REASON: &str = "no reason was given";
/// Fewer digits of an id are more likely a slip than a name.
const SHORTEST: usize = 4;

/// What was typed.
#[derive(Debug)]
pub(super) struct Word<'a> {
    /// In lower case, as ids are.
    pub(super) id: String,
    pub(super) reason: Option<&'a str>,
    pub(super) until: Option<Timestamp>,
}

/// Checks what was typed, before anything is done.
pub(super) fn read_word<'a>(
    id: &'a str,
    reason: Option<&'a str>,
    until: Option<&str>,
) -> Result<Word<'a>, Fault> {
    let is_id = id.len() >= SHORTEST && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return Err(Fault::wrong(format!(
            "accept {}: that is no finding's id\n  hint: rekey accept lists the findings with their ids",
            token::shown(id)
        )));
    }
    let until = until.map(|text| {
        parse_time(text).map_err(|message| {
            Fault::wrong(format!("--until: {message}\n  hint: leave it out for good"))
        })
    });
    Ok(Word {
        id: id.to_ascii_lowercase(),
        reason,
        until: until.transpose()?,
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    /// Everything that was accepted and not taken back.
    accepted: &'a [Acceptance],
    /// What could be accepted.
    open: Vec<&'a Finding>,
}

/// Remembers that a finding is meant to stay.
pub(super) fn accept(session: &Session, word: &Word<'_>) -> Result<Exit, Fault> {
    if word.until.is_some_and(|until| until <= session.now) {
        return Err(Fault::wrong(
            "--until: that time is past\n  hint: leave it out for good",
        ));
    }
    let mut findings = look(session)?;
    let finding = named(&findings, &word.id)?;
    if finding.verdict == Verdict::Current {
        return Err(Fault::wrong(format!(
            "accept {}: it is current, so there is nothing to accept",
            finding.id
        )));
    }
    let reason = match word.reason {
        Some(reason) => reason.to_owned(),
        None if session.interactive && !session.json => ask()?,
        None => NO_REASON.to_owned(),
    };
    let state = open(session)?;
    let mut accepted = AcceptedFindings::load(&state).map_err(Fault::failed)?;
    let word = Accepted {
        // A reason is shown and sent like any text, and somebody may paste the token that they explain.
        reason: token::shown(reason.trim()),
        until: word.until,
        by: session.platform.person(),
    };
    accepted.accept(finding, word);
    accepted.save(&state).map_err(Fault::failed)?;
    tracing::info!(finding = finding.id, "accepted");
    super::status::count_again(session, &accepted)?;
    if session.json {
        accepted.mark(&mut findings, session.now);
        return print_json(session, &accepted, &findings);
    }
    session.print(&format!(
        "Accepted: {}\n",
        show::one_line(finding, &session.layout)
    ))?;
    if !session.settings.accept_allowed {
        session.say(
            "It no longer counts as something to do. Machine policy does not let it count as compliant \
             (accept.allowed), so the report names it.",
        );
    }
    session.say(format!(
        "{} takes that back.",
        styled(CYAN, format!("rekey accept {} --withdraw", finding.id))
    ));
    Ok(Exit::Done)
}

/// Takes the word on a finding back.
pub(super) fn withdraw(session: &Session, word: &Word<'_>) -> Result<Exit, Fault> {
    let state = open(session)?;
    let mut accepted = AcceptedFindings::load(&state).map_err(Fault::failed)?;
    let known = accepted.all().iter().map(|one| one.id.as_str());
    let id = only(known, &word.id)?.to_owned();
    accepted.withdraw(&id);
    accepted.save(&state).map_err(Fault::failed)?;
    tracing::info!(finding = id, "no longer accepted");
    super::status::count_again(session, &accepted)?;
    if session.json {
        return print_json(session, &accepted, &look(session)?);
    }
    session.print(&format!("{id} is no longer accepted.\n"))?;
    Ok(Exit::Done)
}

/// Lists what is accepted, and what could be.
pub(super) fn list(session: &Session) -> Result<Exit, Fault> {
    let findings = look(session)?;
    let accepted = AcceptedFindings::load(&open(session)?).map_err(Fault::failed)?;
    if session.json {
        return print_json(session, &accepted, &findings);
    }
    session.print(&listed(&findings, accepted.all(), session))?;
    Ok(Exit::Done)
}

fn listed(findings: &[Finding], accepted: &[Acceptance], session: &Session) -> String {
    let mut text = String::new();
    if !accepted.is_empty() {
        let _ = writeln!(text, "{}", styled(BOLD, "Accepted"));
    }
    for one in accepted {
        let finding = findings.iter().find(|finding| finding.id == one.id);
        let what = match finding {
            Some(finding) if finding.accepted.is_some() => show::one_line(finding, &session.layout),
            Some(finding) if finding.fingerprint != one.fingerprint => {
                "another secret is there now, so it counts no more".to_owned()
            }
            Some(_) => "it counts no more".to_owned(),
            None => "it is gone".to_owned(),
        };
        let _ = writeln!(
            text,
            "  {}  {what}\n      {}",
            one.id,
            show::word(&one.word)
        );
    }
    let mut open = findings
        .iter()
        .filter(|finding| show::is_open(finding))
        .peekable();
    if open.peek().is_some() {
        let _ = writeln!(text, "{}", styled(BOLD, "Not accepted"));
    }
    for finding in open {
        let _ = writeln!(
            text,
            "  {}  {}",
            finding.id,
            show::one_line(finding, &session.layout)
        );
    }
    if text.is_empty() {
        text.push_str("There is nothing to accept.\n");
    } else {
        let command = styled(CYAN, "rekey accept ID --reason TEXT [--until TIME]");
        let _ = writeln!(text, "\n{command}");
    }
    text
}

fn print_json(
    session: &Session,
    accepted: &AcceptedFindings,
    findings: &[Finding],
) -> Result<Exit, Fault> {
    session.print_json(&Answer {
        schema: SCHEMA,
        accepted: accepted.all(),
        open: findings.iter().filter(|one| show::is_open(one)).collect(),
    })?;
    Ok(Exit::Done)
}

/// The findings as they are now: the last run may be days old. What that found by reading everything can be named without
/// saying so again.
fn look(session: &Session) -> Result<Vec<Finding>, Fault> {
    let memory = find::Memory::to_look(session)?;
    let scope = scope::learn(session, &memory)?;
    let last = LastRun::load(&open(session)?).map_err(Fault::failed)?;
    let depth = last.map_or(Depth::default(), |last| last.depth);
    let extent = Extent::everywhere(session, depth);
    let found = find::find(session, &scope, &extent, &memory);
    Ok(found.scan.findings)
}

fn open(session: &Session) -> Result<StateFolder, Fault> {
    StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)
}

/// The finding whose id begins like this.
fn named<'f>(findings: &'f [Finding], id: &str) -> Result<&'f Finding, Fault> {
    let known = findings.iter().map(|finding| finding.id.as_str());
    let id = only(known, id)?;
    let finding = findings.iter().find(|finding| finding.id == id);
    finding.ok_or_else(|| unknown(id))
}

/// The only id that begins like this, or an error that says why not.
fn only<'i>(ids: impl Iterator<Item = &'i str>, typed: &str) -> Result<&'i str, Fault> {
    let mut ids = ids.filter(|id| id.starts_with(typed));
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => Err(Fault::wrong(format!(
            "accept {typed}: several ids begin like that\n  hint: type more of it"
        ))),
        (None, _) => Err(unknown(typed)),
    }
}

fn unknown(id: &str) -> Fault {
    Fault::wrong(format!(
        "accept {id}: there is no such finding\n  hint: rekey accept lists the findings with their ids"
    ))
}

fn ask() -> Result<String, Fault> {
    match Text::new("Why is it meant to stay?").prompt() {
        Ok(reason) if reason.trim().is_empty() => Ok(NO_REASON.to_owned()),
        Ok(reason) => Ok(reason),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(Fault::wrong("nothing was accepted"))
        }
        Err(error) => Err(Fault::failed(format!(
            "the question cannot be asked: {error}"
        ))),
    }
}
