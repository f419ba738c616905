//! The settings of organizations: what admins set, beside what reports say.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

use super::parts::{Frame, address};
use super::show::{When, date, when};
use super::{not_found, render, trouble};
use crate::api::OrganizationSetting;
use crate::auth::{Admin, Posted, Session};
use crate::server::App;
use crate::storage::{Action, NewEntry, Organization, Result};
use crate::text;

pub(super) use crate::api::merged_organizations as merged;

const PAGE: &str = "/settings/organizations";

#[derive(Template)]
#[template(path = "organizations.html")]
struct Page {
    frame: Frame,
    as_of: When,
    organizations: Vec<View>,
    /// The form for one that is not listed, with what was typed where it could not be taken.
    new: Entry,
    problem: Option<&'static str>,
    saved: String,
}

struct View {
    name: String,
    set: Entry,
    changed: Option<String>,
    tenant_told: String,
    connected_told: String,
    told: bool,
    tenant_differs: bool,
    connected_differs: bool,
    href: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    connected_at: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    action: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Saved {
    #[serde(default)]
    saved: String,
}

pub(super) async fn first() -> Redirect {
    Redirect::to(PAGE)
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    saved: std::result::Result<Query<Saved>, QueryRejection>,
) -> Response {
    let Query(Saved { saved }) = saved.unwrap_or_default();
    let frame = Frame::of(&session, "organizations");
    match load(&app, frame, Entry::default(), None, saved).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(
    app: &App,
    frame: Frame,
    new: Entry,
    problem: Option<&'static str>,
    saved: String,
) -> Result<Page> {
    let now = app.clock.now();
    Ok(Page {
        frame,
        as_of: when(now, now),
        organizations: merged(app)
            .await?
            .into_iter()
            .map(|one| View::of(one, now))
            .collect(),
        new,
        problem,
        saved,
    })
}

impl View {
    fn of(organization: Organization, now: Timestamp) -> Self {
        let set = organization.set.as_ref().map(|set| set.set.clone());
        let told = organization.told.clone();
        Self {
            href: address("/", &[("organization", &organization.name)]),
            set: Entry {
                name: organization.name.clone(),
                tenant: set
                    .as_ref()
                    .and_then(|set| set.tenant.clone())
                    .unwrap_or_default(),
                connected_at: set
                    .as_ref()
                    .and_then(|set| set.connected_at)
                    .map(local)
                    .unwrap_or_default(),
                contact: set.and_then(|set| set.contact).unwrap_or_default(),
                action: String::new(),
            },
            changed: organization.set.as_ref().map(|set| {
                let age = when(set.changed_at, now).age;
                format!("Set by {} {age}", set.changed_by)
            }),
            told: told.is_some(),
            tenant_told: told
                .as_ref()
                .and_then(|told| told.tenant.clone())
                .unwrap_or_else(|| "not known".to_owned()),
            connected_told: told
                .and_then(|told| told.connected_at)
                .map_or_else(|| "not known".to_owned(), date),
            tenant_differs: organization.tenant_differs(),
            connected_differs: organization.connected_differs(),
            name: organization.name,
        }
    }
}

/// As a form's field for a day and a time takes it, in UTC.
fn local(time: Timestamp) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    zoned.strftime("%Y-%m-%dT%H:%M").to_string()
}

pub(super) async fn set(
    State(app): State<App>,
    admin: Admin,
    Posted(entry): Posted<Entry>,
) -> Response {
    let done = |name: &str| Redirect::to(&address(PAGE, &[("saved", name)])).into_response();
    if entry.action == "remove" {
        let name = text::name(&entry.name);
        let entry = change(&app, &admin, &name).with(json!({ "removed": true }));
        return match app
            .storage
            .unset_organization(&name.to_lowercase(), &entry)
            .await
        {
            Ok(true) => {
                tracing::info!(by = %admin.actor.who, name, "an organization's settings were taken away");
                done(&name)
            }
            Ok(false) => not_found(),
            Err(error) => trouble(&error),
        };
    }
    let setting = OrganizationSetting {
        name: entry.name.clone(),
        tenant: Some(entry.tenant.clone()),
        connected_at: Some(entry.connected_at.clone()),
        contact: Some(entry.contact.clone()),
    };
    let organization = match setting.checked() {
        Ok(organization) => organization,
        Err(problem) => {
            let frame = Frame::seen_by(&admin, "organizations");
            return match load(&app, frame, entry, Some(problem), String::new()).await {
                Ok(page) => (StatusCode::BAD_REQUEST, render(&page)).into_response(),
                Err(error) => trouble(&error),
            };
        }
    };
    let entry = change(&app, &admin, &organization.name).with(json!({
        "tenant": organization.tenant,
        "connected_at": organization.connected_at,
        "contact": organization.contact,
    }));
    match app.storage.set_organization(&organization, &entry).await {
        Ok(()) => {
            tracing::info!(by = %admin.actor.who, name = organization.name, "an organization was set");
            done(&organization.name)
        }
        Err(error) => trouble(&error),
    }
}

/// For the audit log.
fn change(app: &App, admin: &Admin, name: &str) -> NewEntry {
    let actor = admin.actor.clone();
    NewEntry::new(app.clock.now(), actor, Action::OrganizationChanged, name)
}
