//! SSH keys that Support must clear, with the ticket to send and what became of it.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

use super::organizations::merged;
use super::parts::{Frame, address, named};
use super::show::{When, counted, date, grouped, when};
use super::ssh_ticket::{SUPPORT, TicketText, ticket_text};
use super::{bad_form, not_found, render, trouble};
use crate::api::{
    KeyListing, NO_ORGANIZATION, key_after, key_place, keys_with_holders, organization_key,
};
use crate::auth::{Admin, Posted, Session};
use crate::server::App;
use crate::storage::{
    Action, HeldKey, KeyCounts, KeyHolder, NewEntry, Organization, Result, Ticket, TicketState,
};
use crate::text;

const A_PAGE: u32 = 50;
const HOLDERS: u32 = 4;

/// New keys are counted so far.
const MANY: u32 = 1000;

#[derive(Template)]
#[template(path = "ssh_keys.html")]
struct Page {
    frame: Frame,
    as_of: When,
    groups: Vec<Group>,
    one: Option<One>,
    support: &'static str,
}

/// An organization in the list of all.
struct Group {
    label: String,
    href: String,
    held: String,
    gone: u64,
    fresh: Option<String>,
    newest: Option<TicketView>,
}

/// The one organization that is looked at.
struct One {
    group: Group,
    asked: String,
    /// None for keys that no single organization is known of.
    text: Option<TicketText>,
    mail: String,
    tickets: Vec<TicketView>,
    keys: Vec<KeyView>,
    next: Option<String>,
    first: Option<String>,
    export: String,
    alone: bool,
    states: [TicketChoice; 3],
}

struct TicketChoice {
    word: &'static str,
    label: &'static str,
}

struct TicketView {
    id: String,
    number: String,
    word: &'static str,
    label: &'static str,
    opened: String,
    changed: String,
}

struct KeyView {
    md5: String,
    sha256: String,
    algorithm: String,
    holders: Vec<HolderView>,
    more: u64,
    seen: When,
    gone: Option<When>,
}

struct HolderView {
    href: String,
    name: String,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    listing: std::result::Result<Query<KeyListing>, QueryRejection>,
) -> Response {
    let Ok(Query(listing)) = listing else {
        return not_found();
    };
    match load(&app, Frame::of(&session, "ssh-keys"), &listing).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame, listing: &KeyListing) -> Result<Page> {
    let now = app.clock.now();
    let counts = app.storage.key_counts().await?;
    let tickets = app.storage.tickets().await?;
    let known = merged(app).await?;
    let asked = text::optional_name(listing.organization.as_deref());
    let alone = asked.is_none() && counts.len() == 1;
    let only = counts.first().filter(|_| alone).map(|(key, _)| key.clone());
    let key = asked.as_deref().map(organization_key).or(only);
    let mut groups = Vec::new();
    let mut one = None;
    for (organization, counts) in &counts {
        let group = group(app, organization, *counts, &known, &tickets, now).await?;
        match &key {
            Some(key) if key == organization => {
                one = Some(
                    look_at(app, organization, group, &known, &tickets, listing, alone).await?,
                );
            }
            Some(_) => {}
            None => groups.push(group),
        }
    }
    Ok(Page {
        frame,
        as_of: when(now, now),
        groups,
        one,
        support: SUPPORT,
    })
}

async fn group(
    app: &App,
    organization: &str,
    counts: KeyCounts,
    known: &[Organization],
    tickets: &[Ticket],
    now: Timestamp,
) -> Result<Group> {
    let newest = tickets
        .iter()
        .find(|ticket| ticket.organization == organization);
    let fresh = match newest {
        None => 0,
        Some(ticket) => {
            app.storage
                .keys_since(organization, ticket.opened_at, MANY)
                .await?
        }
    };
    Ok(Group {
        label: label(organization, known),
        href: address("/ssh-keys", &[("organization", asked(organization))]),
        held: counted(counts.held, "key"),
        gone: counts.gone,
        fresh: (fresh > 0).then(|| match fresh {
            fresh if fresh >= u64::from(MANY) => format!("{} keys and more", grouped(fresh)),
            fresh => counted(fresh, "key"),
        }),
        newest: newest.map(|ticket| TicketView::of(ticket, now)),
    })
}

fn label(organization: &str, known: &[Organization]) -> String {
    match known.iter().find(|known| known.key == organization) {
        Some(known) => known.name.clone(),
        None if organization.is_empty() => "Several organizations, or none is known".to_owned(),
        None => organization.to_owned(),
    }
}

fn asked(organization: &str) -> &str {
    if organization.is_empty() {
        NO_ORGANIZATION
    } else {
        organization
    }
}

async fn look_at(
    app: &App,
    organization: &str,
    group: Group,
    known: &[Organization],
    tickets: &[Ticket],
    listing: &KeyListing,
    alone: bool,
) -> Result<One> {
    let now = app.clock.now();
    let begin = listing.after.as_deref().and_then(key_place);
    let keys = keys_with_holders(
        &*app.storage,
        Some(organization),
        begin.as_ref(),
        A_PAGE,
        HOLDERS,
    )
    .await?;
    let full = keys.len() as u64 == u64::from(A_PAGE);
    let asked = asked(organization).to_owned();
    let next = keys.last().filter(|_| full).map(|(key, _)| {
        address(
            "/ssh-keys",
            &[("organization", &asked), ("after", &key_after(key))],
        )
    });
    let held = app.storage.key_counts().await?;
    let held = held
        .iter()
        .find(|(key, _)| key == organization)
        .map_or(0, |(_, counts)| counts.held);
    let text = known
        .iter()
        .find(|known| known.key == organization)
        .map(|known| {
            ticket_text(
                known,
                held,
                &format!("rekey-ssh-keys-{}.csv", known.key),
                now,
            )
        });
    Ok(One {
        mail: text
            .as_ref()
            .map(|text| super::mail::mailto("", &text.subject, &text.body))
            .unwrap_or_default(),
        text,
        tickets: tickets
            .iter()
            .filter(|ticket| ticket.organization == organization)
            .map(|ticket| TicketView::of(ticket, now))
            .collect(),
        keys: keys
            .into_iter()
            .map(|(key, holders)| KeyView::of(key, holders, now))
            .collect(),
        next,
        first: begin.map(|_| group.href.clone()),
        export: address("/api/v1/ssh-keys.csv", &[("organization", &asked)]),
        alone,
        states: TicketState::ALL.map(|state| TicketChoice {
            word: state.as_str(),
            label: ticket_label(state),
        }),
        asked,
        group,
    })
}

const fn ticket_label(state: TicketState) -> &'static str {
    match state {
        TicketState::Open => "Open",
        TicketState::Cleared => "Cleared",
        TicketState::Refused => "Refused",
    }
}

impl TicketView {
    fn of(ticket: &Ticket, now: Timestamp) -> Self {
        let changed = when(ticket.changed_at, now);
        Self {
            id: ticket.id.to_string(),
            number: ticket.number.clone(),
            word: ticket.state.as_str(),
            label: ticket_label(ticket.state),
            opened: date(ticket.opened_at),
            changed: format!("set by {} {}", ticket.changed_by, changed.age),
        }
    }
}

impl KeyView {
    fn of(key: HeldKey, holders: Vec<KeyHolder>, now: Timestamp) -> Self {
        Self {
            more: key.holders.saturating_sub(holders.len() as u64),
            seen: when(key.seen_at, now),
            gone: key.gone_at.map(|gone| when(gone, now)),
            md5: key.md5,
            sha256: key.sha256,
            algorithm: key.algorithm,
            holders: holders
                .into_iter()
                .map(|holder| HolderView {
                    href: format!("/devices/{}", holder.device),
                    name: match holder.person {
                        Some(person) => format!("{person} on {}", named(&holder.machine)),
                        None => named(&holder.machine),
                    },
                })
                .collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct TicketEntry {
    #[serde(default)]
    id: String,
    organization: String,
    number: String,
    state: String,
    /// A day; empty for today.
    #[serde(default)]
    opened: String,
}

/// A new ticket, or what became of one.
pub(super) async fn set_ticket(
    State(app): State<App>,
    admin: Admin,
    Posted(entry): Posted<TicketEntry>,
) -> Response {
    let now = app.clock.now();
    let tickets = match app.storage.tickets().await {
        Ok(tickets) => tickets,
        Err(error) => return trouble(&error),
    };
    let before = tickets
        .iter()
        .find(|ticket| ticket.id.to_string() == entry.id);
    let opened_at = match (before, entry.opened.trim()) {
        (Some(before), "") => Some(before.opened_at),
        (None, "") => Some(now),
        (_, day) => end_of(day).map(|end| end.min(now)),
    };
    let number = text::name(&entry.number);
    let (Some(state), Some(opened_at), false) = (
        TicketState::parse(&entry.state),
        opened_at,
        number.is_empty(),
    ) else {
        return bad_form("A ticket has a number, a state, and a day as 2026-11-20.");
    };
    let ticket = Ticket {
        id: before.map_or_else(
            || uuid::Builder::from_random_bytes(rand::random()).into_uuid(),
            |before| before.id,
        ),
        organization: organization_key(&text::name(&entry.organization)),
        number,
        state,
        opened_at,
        changed_at: now,
        changed_by: admin.actor.who.name().to_owned(),
    };
    let entry = NewEntry::new(
        now,
        admin.actor.clone(),
        Action::TicketChanged,
        &*ticket.number,
    )
    .with(json!({ "organization": ticket.organization, "state": ticket.state, "opened_at": ticket.opened_at }));
    match app.storage.set_ticket(&ticket, &entry).await {
        Ok(()) => {
            tracing::info!(by = %admin.actor.who, ticket = ticket.number, state = state.as_str(), "a ticket was set");
            let organization = asked(&ticket.organization);
            Redirect::to(&address("/ssh-keys", &[("organization", organization)])).into_response()
        }
        Err(error) => trouble(&error),
    }
}

/// The last moment of a day: keys that were seen on the day of the ticket belong to it.
fn end_of(day: &str) -> Option<Timestamp> {
    let day: Date = day.parse().ok()?;
    let end = day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC).ok()?;
    Some(end.timestamp())
}
