//! One person: each of their workstations with what it still needs, and those that the roster names besides.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::device::sentence;
use super::parts::{Frame, StateView, address, named};
use super::persons::{DeviceCount, called, device_counts, meaning, person_address};
use super::show::{When, when};
use super::{not_found, render, trouble};
use crate::auth::{Admin, Posted, Session};
use crate::forgetting;
use crate::server::App;
use crate::storage::{Device, DeviceFilter, Person, Result, RosterLine};

/// More are in the list of workstations.
const MOST: u32 = 100;

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    frame: Frame,
    as_of: When,
    /// Where the form that forgets the person goes.
    forget: String,
    name: String,
    address: String,
    on_roster: bool,
    state: StateView,
    meaning: String,
    heard: Option<When>,
    counts: Vec<DeviceCount>,
    devices: Vec<DeviceView>,
    /// The rest, where there are more.
    more: Option<String>,
    /// Workstations that only the roster names.
    missing: Vec<String>,
}

struct DeviceView {
    id: String,
    machine: String,
    state: StateView,
    needs: String,
    heard: Option<When>,
}

impl DeviceView {
    fn of(device: Device, now: Timestamp) -> Self {
        Self {
            machine: named(&device.machine_name),
            state: StateView::status(device.status),
            needs: sentence(&device, now),
            heard: device.said.map(|_| when(device.heard_at, now)),
            id: device.id,
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(key): Path<String>,
) -> Response {
    let now = app.clock.now();
    let (person, devices, more, roster) = match load(&app, &key.to_lowercase()).await {
        Ok(Some(loaded)) => loaded,
        Ok(None) => return not_found(),
        Err(error) => return trouble(&error),
    };
    let seen: BTreeSet<_> = devices
        .iter()
        .map(|device| device.machine_name.to_lowercase())
        .collect();
    let (name, mail) = called(&person);
    render(&Page {
        frame: Frame::of(&session, "people"),
        as_of: when(now, now),
        forget: format!("{}/forget", person_address(&person.key)),
        name,
        address: mail,
        on_roster: person.on_roster,
        state: StateView::of(person.status.as_str()),
        meaning: meaning(&person),
        heard: person.heard_at.map(|heard| when(heard, now)),
        counts: device_counts(person.devices),
        // What lies beyond the page may be among the rest of the devices.
        missing: roster
            .into_iter()
            .filter(|line| !more && !line.device.is_empty())
            .filter(|line| !seen.contains(&line.device_key()))
            .map(|line| line.device)
            .collect(),
        more: more.then(|| address("/devices", &[("person", &person.key)])),
        devices: devices
            .into_iter()
            .map(|device| DeviceView::of(device, now))
            .collect(),
    })
}

/// A tick that says that it is meant.
#[derive(Deserialize)]
pub(super) struct Forget {
    #[serde(default)]
    sure: String,
}

/// Forgets the person's workstations, where the box was ticked.
pub(super) async fn forget(
    State(app): State<App>,
    admin: Admin,
    Path(key): Path<String>,
    Posted(forget): Posted<Forget>,
) -> Response {
    if forget.sure != "yes" {
        return Redirect::to(&person_address(&key)).into_response();
    }
    let now = app.clock.now();
    match forgetting::person(&*app.storage, &key, admin.actor.clone(), now).await {
        Ok(_) => Redirect::to("/people").into_response(),
        Err(error) => trouble(&error),
    }
}

type Loaded = (Person, Vec<Device>, bool, Vec<RosterLine>);

async fn load(app: &App, key: &str) -> Result<Option<Loaded>> {
    let Some(person) = app.storage.person(key).await? else {
        return Ok(None);
    };
    let filter = DeviceFilter {
        person: Some(key.to_owned()),
        ..DeviceFilter::default()
    };
    let page = app.storage.devices(&filter, MOST).await?;
    let roster = app.storage.roster_of(key, MOST).await?;
    Ok(Some((person, page.devices, page.next.is_some(), roster)))
}
