//! The audit log: who did what, the newest first.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::Value;

use super::parts::{Frame, address};
use super::show::{When, when};
use super::{not_found, render, trouble};
use crate::api::{AuditListing, audit_filter};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{Action, Entry};

const A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "audit_log.html")]
struct Page {
    frame: Frame,
    as_of: When,
    entries: Vec<Row>,
    actions: Vec<Choice>,
    who: String,
    filtered: bool,
    older: Option<String>,
    later: bool,
    export: String,
}

struct Choice {
    action: Action,
    chosen: bool,
}

struct Row {
    number: i64,
    at: When,
    kind: &'static str,
    who: String,
    /// What follows in the name from the @ on: there a long one may be broken.
    domain: String,
    /// Only what they did.
    theirs: String,
    what: String,
    subject: String,
    address: String,
    details: Vec<(String, String)>,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    listing: Result<Query<AuditListing>, QueryRejection>,
) -> Response {
    let Ok(Query(listing)) = listing else {
        return not_found();
    };
    let Ok(filter) = audit_filter(&listing) else {
        return not_found();
    };
    let mut entries = match app.storage.audit_entries(&filter, A_PAGE + 1).await {
        Ok(entries) => entries,
        Err(error) => return trouble(&error),
    };
    let more = entries.len() > A_PAGE as usize;
    entries.truncate(A_PAGE as usize);
    let now = app.clock.now();
    let who = filter.who.clone().unwrap_or_default();
    let action = filter.action.map_or("", Action::as_str);
    let last = entries.last().map(|entry| entry.number.to_string());
    let asked = [("who", who.as_str()), ("action", action)];
    let older = last.filter(|_| more).map(|last| {
        let mut on = asked.to_vec();
        on.push(("before", &last));
        address("/audit-log", &on)
    });
    render(&Page {
        frame: Frame::of(&session, "audit-log"),
        as_of: when(now, now),
        actions: Action::ALL
            .iter()
            .map(|choice| Choice {
                action: *choice,
                chosen: filter.action == Some(*choice),
            })
            .collect(),
        filtered: asked.iter().any(|(_, value)| !value.is_empty()),
        older,
        later: filter.before.is_some(),
        export: address("/api/v1/audit-log.csv", &asked),
        entries: entries
            .into_iter()
            .map(|entry| Row::of(entry, now))
            .collect(),
        who,
    })
}

impl Row {
    fn of(entry: Entry, now: jiff::Timestamp) -> Self {
        let at = entry.who.find('@').unwrap_or(entry.who.len());
        let (who, domain) = entry.who.split_at(at);
        Self {
            number: entry.number,
            at: when(entry.at, now),
            kind: match entry.who_kind.as_str() {
                "api-token" => "API token",
                _ => "",
            },
            theirs: address("/audit-log", &[("who", &entry.who)]),
            domain: domain.to_owned(),
            who: who.to_owned(),
            what: Action::label_of(&entry.action).to_owned(),
            subject: entry.subject,
            address: entry.address,
            details: details(&entry.details),
        }
    }
}

/// Each field as a line of its own, texts without their quotation marks.
fn details(json: &str) -> Vec<(String, String)> {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            (name.replace('_', " "), value)
        })
        .collect()
}
