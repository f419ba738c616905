//! Which organizations a call is about: the settings, the last run, or the person's answer.

use std::collections::BTreeSet;

use inquire::{MultiSelect, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::args::Places;
use super::fault::Fault;
use super::find::{Extent, Memory, find};
use super::session::Session;
use crate::model::{Depth, Organization, OrganizationName, Scope};
use crate::scan::Scanned;
use crate::state::{LastRun, StateFolder};

/// The organizations of the settings, else of the last run, else those that the person picks.
pub(crate) fn learn(session: &Session, memory: &Memory) -> Result<Scope, Fault> {
    if !session.settings.scope.organizations.is_empty() {
        return Ok(session.settings.scope.clone());
    }
    if let Some(scope) = of_last_run(session)? {
        let names: Vec<_> = scope
            .organizations
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        session.say(format!("About {}, as in the last run.", names.join(", ")));
        return Ok(scope);
    }
    let seen = seen(session, memory);
    if session.interactive && !session.json && !seen.is_empty() {
        return ask(&seen);
    }
    Err(Fault::wrong(unnamed(&seen)))
}

/// The organizations that are seen here. They stand in remotes and settings: no file is read for them alone.
pub(crate) fn seen(session: &Session, memory: &Memory) -> BTreeSet<OrganizationName> {
    let extent = Extent {
        places: Places::default(),
        depth: Depth::Places,
        all: false,
    };
    find(session, &Scope::default(), &extent, memory).seen
}

/// The organizations of the last run, where there was one.
pub(crate) fn of_last_run(session: &Session) -> Result<Option<Scope>, Fault> {
    let state = StateFolder::existing(&session.platform.folders().state).map_err(Fault::failed)?;
    let Some(state) = state else { return Ok(None) };
    let Some(last) = LastRun::load(&state).map_err(Fault::failed)? else {
        return Ok(None);
    };
    let scope = scope_of(&last, session.now);
    Ok((!scope.organizations.is_empty()).then_some(scope))
}

/// The organizations that a run was about, as they stand at that time.
pub(crate) fn scope_of(last: &LastRun, now: Timestamp) -> Scope {
    let organizations = last
        .organizations
        .iter()
        .filter_map(|reported| {
            let organization = &reported.organization;
            Some(Organization {
                name: OrganizationName::new(&organization.name)?,
                tenant: organization
                    .tenant
                    .as_deref()
                    .and_then(|text| text.parse().ok()),
                connected_at: organization.connected_at,
                gated: organization.connected_at.is_some_and(|time| time > now),
            })
        })
        .collect();
    Scope { organizations }
}

/// A name that nothing here knows may be a typing error. The names that are known are said beside it.
pub(crate) fn warn_of_unknown(session: &Session, scope: &Scope, found: &Scanned) {
    for organization in unknown(scope, found) {
        let known: Vec<_> = found.seen.iter().map(OrganizationName::as_str).collect();
        let beside = if known.is_empty() {
            "no organization is seen here at all".to_owned()
        } else {
            format!("seen here: {}", known.join(", "))
        };
        session.warn(format!(
            "nothing here belongs to {}; {beside}",
            organization.name
        ));
    }
}

/// Without a day of connection most things are unsure; whoever wonders why reads it here.
pub(crate) fn say_undated(session: &Session, scope: &Scope) {
    for organization in &scope.organizations {
        if organization.connected_at.is_none() {
            session.say(format!(
                "When {} was connected is not known, so nothing is judged by its age: add --connected-at TIME.",
                organization.name
            ));
        }
    }
}

/// Organizations in scope of which nothing is seen here.
pub(crate) fn unknown<'s>(scope: &'s Scope, found: &Scanned) -> Vec<&'s Organization> {
    scope
        .organizations
        .iter()
        .filter(|one| !found.seen.contains(&one.name))
        .collect()
}

fn unnamed(seen: &BTreeSet<OrganizationName>) -> String {
    let names: Vec<_> = seen.iter().map(OrganizationName::as_str).collect();
    let hint = match names.first() {
        Some(first) => format!(
            "seen here: {}; add for example --org {first} --connected-at TIME, where TIME is like 2026-11-20T18:00:00Z",
            names.join(", ")
        ),
        None => "none is seen here; add --org NAME for https://dev.azure.com/NAME".to_owned(),
    };
    format!("which organization moved?\n  hint: {hint}")
}

fn ask(seen: &BTreeSet<OrganizationName>) -> Result<Scope, Fault> {
    let stopped = |error: inquire::InquireError| Fault::wrong(format!("nothing was done: {error}"));
    let names: Vec<_> = seen.iter().cloned().collect();
    let picked = MultiSelect::new("Which of these organizations moved?", names)
        .with_help_message("arrow keys move, Space picks, Enter goes on, Esc stops")
        .prompt()
        .map_err(stopped)?;
    if picked.is_empty() {
        return Err(Fault::wrong("nothing was done: no organization was picked"));
    }
    let mut organizations = Vec::new();
    for name in picked {
        let question = format!("When was {name} connected to its new tenant?");
        let answer = Text::new(&question)
            .with_help_message("a day such as 2026-11-20; just Enter if you do not know")
            .with_validator(|text: &str| {
                Ok(match read_time(text) {
                    Ok(_) => inquire::validator::Validation::Valid,
                    Err(message) => inquire::validator::Validation::Invalid(message.into()),
                })
            })
            .prompt()
            .map_err(stopped)?;
        let connected_at = read_time(&answer).map_err(Fault::wrong)?;
        organizations.push(Organization {
            name,
            tenant: None,
            connected_at,
            gated: false,
        });
    }
    Ok(Scope { organizations })
}

/// A day in the person's own time zone, a full time, or nothing.
fn read_time(text: &str) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(day) = text.parse::<Date>()
        && !text.contains('T')
    {
        let start = day
            .to_zoned(TimeZone::system())
            .map_err(|error| error.to_string())?;
        return Ok(Some(start.timestamp()));
    }
    crate::policy::parse_time(text).map(Some)
}
