//! The whole list, cut by state, organization, place and name.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;

use super::parts::{DeviceRow, Frame, StateView, address};
use super::show::{When, when};
use super::{not_found, render, trouble};
use crate::api::{Listing, filter_of};
use crate::auth::Session;
use crate::server::App;

const A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    frame: Frame,
    as_of: When,
    rows: Vec<DeviceRow>,
    states: Vec<Choice>,
    organization: String,
    place: String,
    search: String,
    filtered: bool,
    next: Option<String>,
    later: bool,
    export: String,
}

struct Choice {
    state: StateView,
    chosen: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Response {
    let Ok(Query(listing)) = listing else {
        return not_found();
    };
    let Ok(filter) = filter_of(listing) else {
        return not_found();
    };
    let now = app.clock.now();
    let page = match app.storage.devices(&filter, A_PAGE).await {
        Ok(page) => page,
        Err(error) => return trouble(&error),
    };
    let given = |value: &Option<String>| value.clone().unwrap_or_default();
    let state = given(&filter.state);
    let (organization, place) = (given(&filter.organization), given(&filter.store));
    let search = given(&filter.search);
    let asked = [
        ("state", state.as_str()),
        ("organization", &organization),
        ("place", &place),
        ("q", &search),
    ];
    let next = page.next.as_deref().map(|next| {
        let mut on = asked.to_vec();
        on.push(("after", next));
        address("/devices", &on)
    });
    let page = Page {
        frame: Frame::of(&session, "devices"),
        as_of: when(now, now),
        rows: page
            .devices
            .into_iter()
            .map(|device| DeviceRow::of(device, now))
            .collect(),
        states: choices(&state),
        filtered: asked.iter().any(|(_, value)| !value.is_empty()),
        next,
        later: filter.after.is_some(),
        export: address("/api/v1/export.csv", &asked),
        organization,
        place,
        search,
    };
    render(&page)
}

fn choices(chosen: &str) -> Vec<Choice> {
    [
        "compliant",
        "action-needed",
        "failed",
        "waiting",
        "silent",
        "not-reported",
    ]
    .into_iter()
    .map(|word| Choice {
        state: StateView::of(word),
        chosen: word == chosen,
    })
    .collect()
}
