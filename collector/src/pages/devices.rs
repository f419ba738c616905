//! The whole list, cut by state, organization, place, system, ring, person and name.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;

use super::filters::{Chip, Choice, Fields, sorts};
use super::parts::{DeviceRow, Frame, address};
use super::show::{When, counted, when};
use super::{not_found, render, trouble, words};
use crate::api::{Listing, filter_of};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{Compliance, DeviceFilter, Result, StateCounts};

const A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    frame: Frame,
    as_of: When,
    rows: Vec<DeviceRow>,
    fields: Fields,
    states: Vec<Choice>,
    organizations: Vec<Choice>,
    places: Vec<Choice>,
    systems: Vec<Choice>,
    rings: Vec<Choice>,
    sorts: Vec<Choice>,
    chips: Vec<Chip>,
    /// How many fit, where that is known without counting them.
    fit: Option<String>,
    next: Option<String>,
    first: Option<String>,
    export: String,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    listing: std::result::Result<Query<Listing>, QueryRejection>,
) -> Response {
    let Ok(Query(listing)) = listing else {
        return not_found();
    };
    let Ok(filter) = filter_of(listing) else {
        return not_found();
    };
    match load(&app, Frame::of(&session, "devices"), &filter).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame, filter: &DeviceFilter) -> Result<Page> {
    let now = app.clock.now();
    let page = app.storage.devices(filter, A_PAGE).await?;
    let numbers = app.storage.compliance().await?;
    let fields = Fields::of(filter);
    let asked = fields.asked();
    let next = page.next.as_deref().map(|next| {
        let mut on = asked.clone();
        on.push(("after", next));
        address("/devices", &on)
    });
    let whole = filter.after.is_none() && page.next.is_none();
    let fit = if whole {
        Some(page.devices.len() as u64)
    } else {
        known_count(&numbers, filter)
    };
    let names = |list: Vec<String>, chosen: &str, label: fn(&str) -> &str| {
        Choice::all(
            list.into_iter().filter(|name| !name.is_empty()),
            chosen,
            label,
        )
    };
    let of = |groups: &[crate::storage::GroupNumbers]| {
        groups
            .iter()
            .map(|group| group.name.clone())
            .collect::<Vec<_>>()
    };
    Ok(Page {
        as_of: when(now, now),
        states: Choice::all(
            crate::api::STATES.into_iter().map(str::to_owned),
            &fields.state,
            |word| words::state(word),
        ),
        organizations: names(
            numbers
                .organizations
                .iter()
                .map(|one| one.name.clone())
                .collect(),
            &fields.organization,
            |name| name,
        ),
        places: names(
            numbers.stores.iter().map(|one| one.name.clone()).collect(),
            &fields.place,
            |name| name,
        ),
        systems: names(of(&numbers.systems), &fields.system, words::system),
        rings: names(of(&numbers.rings), &fields.ring, |name| name),
        sorts: sorts(&fields.sort),
        chips: fields.chips(),
        fit: fit.map(|fit| counted(fit, "workstation")),
        first: filter.after.as_ref().map(|_| address("/devices", &asked)),
        export: address("/api/v1/export.csv", &asked),
        next,
        rows: page
            .devices
            .into_iter()
            .map(|device| DeviceRow::of(device, now))
            .collect(),
        fields,
        frame,
    })
}

/// From the summaries, where one condition beside the state is asked for and they have it.
fn known_count(numbers: &Compliance, filter: &DeviceFilter) -> Option<u64> {
    if filter.search.is_some()
        || filter.person.is_some()
        || filter.agent.is_some()
        || filter.mark.is_some()
        || filter.store.is_some()
    {
        return None;
    }
    let of_group = |groups: &[crate::storage::GroupNumbers], name: &str| {
        let name = name.to_lowercase();
        let group = groups
            .iter()
            .find(|group| group.name.to_lowercase() == name);
        group.map_or_else(StateCounts::default, |group| group.devices)
    };
    let counts = match (&filter.organization, &filter.system, &filter.ring) {
        (None, None, None) => numbers.devices,
        (Some(name), None, None) => {
            let name = name.to_lowercase();
            let mut organizations = numbers.organizations.iter();
            organizations
                .find(|one| one.name.to_lowercase() == name)
                .map_or_else(StateCounts::default, |one| one.devices)
        }
        (None, Some(system), None) => of_group(&numbers.systems, system),
        (None, None, Some(ring)) => of_group(&numbers.rings, ring),
        _ => return None,
    };
    Some(filter.state.as_deref().map_or(counts.total(), |state| {
        super::groups::states(counts)
            .into_iter()
            .find(|(word, _)| *word == state)
            .map_or(0, |(_, count)| count)
    }))
}
