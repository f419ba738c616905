//! The brake: for whom cleaning is paused, by whom and why, and how near the brake is to pulling itself.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use rekey_report::Cleaning;
use serde::Deserialize;

use super::parts::Frame;
use super::show::{When, grouped, when};
use super::{not_found, render, trouble};
use crate::auth::{Admin, Posted, Session};
use crate::brake;
use crate::server::App;
use crate::storage::{CleaningChange, CleaningScope, CleaningStates, Result};
use crate::text;

#[derive(Template)]
#[template(path = "cleaning.html")]
struct Page {
    frame: Frame,
    as_of: When,
    scopes: Vec<Scope>,
    failed: String,
    reported: String,
    counted_since: When,
    fewest: u64,
    percent: u64,
}

/// All workstations, or one ring.
struct Scope {
    title: String,
    ring: String,
    paused: bool,
    /// Paused for all, so that a ring's own setting has no effect.
    outweighed: bool,
    workstations: String,
    since: Option<When>,
    by: String,
    reason: String,
}

pub(super) async fn show(State(app): State<App>, session: Session) -> Response {
    let now = app.clock.now();
    match load(&app, Frame::of(&session, "cleaning"), now).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame, now: Timestamp) -> Result<Page> {
    let states = app.storage.cleaning().await?;
    let numbers = app.storage.compliance().await?;
    let since = brake::since(&states, &CleaningScope::All, now);
    let failures = app
        .storage
        .edit_failures(&CleaningScope::All, since)
        .await?;
    let mut scopes = vec![scope(
        &states,
        &CleaningScope::All,
        numbers.devices.total(),
        now,
    )];
    let mut rings: Vec<_> = numbers
        .rings
        .iter()
        .filter(|ring| !ring.name.is_empty())
        .map(|ring| (ring.name.clone(), ring.devices.total()))
        .collect();
    // A ring can be paused before its first workstation reports.
    for ring in states.rings.keys() {
        if !rings.iter().any(|(name, _)| name == ring) {
            rings.push((ring.clone(), 0));
        }
    }
    rings.sort();
    scopes.extend(
        rings
            .into_iter()
            .map(|(ring, count)| scope(&states, &CleaningScope::Ring(ring), count, now)),
    );
    Ok(Page {
        frame,
        as_of: when(now, now),
        scopes,
        failed: grouped(failures.failed),
        reported: grouped(failures.reported),
        counted_since: when(since, now),
        fewest: brake::FEWEST,
        percent: brake::PERCENT,
    })
}

fn scope(states: &CleaningStates, scope: &CleaningScope, count: u64, now: Timestamp) -> Scope {
    let setting = states.setting(scope);
    let ring = scope.ring().unwrap_or_default().to_owned();
    let of_ring = !ring.is_empty();
    Scope {
        title: if of_ring {
            format!("Ring {ring}")
        } else {
            "All workstations".to_owned()
        },
        ring,
        paused: setting.is_some_and(|setting| setting.state == Cleaning::Paused),
        outweighed: of_ring && states.all == Cleaning::Paused,
        workstations: super::show::counted(count, "workstation"),
        since: setting.map(|setting| when(setting.since, now)),
        by: setting
            .map(|setting| setting.by.clone())
            .unwrap_or_default(),
        reason: setting
            .map(|setting| setting.reason.clone())
            .unwrap_or_default(),
    }
}

#[derive(Deserialize)]
pub(super) struct Setting {
    #[serde(default)]
    ring: String,
    state: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn set(
    State(app): State<App>,
    admin: Admin,
    Posted(setting): Posted<Setting>,
) -> Response {
    let state = match setting.state.as_str() {
        "paused" => Cleaning::Paused,
        "allowed" => Cleaning::Allowed,
        _ => return not_found(),
    };
    let scope = match text::optional_name(Some(&setting.ring)) {
        None => CleaningScope::All,
        Some(ring) => CleaningScope::Ring(text::ring_key(&ring)),
    };
    let change = CleaningChange {
        scope,
        state,
        actor: admin.actor.clone(),
        reason: text::name(&setting.reason),
        at: app.clock.now(),
    };
    match app.storage.set_cleaning(&change).await {
        Ok(_) => {
            tracing::info!(?change, "cleaning was set");
            Redirect::to("/settings/cleaning").into_response()
        }
        Err(error) => trouble(&error),
    }
}
