//! The list of devices, and one of them with its report.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::Rejected;
use super::document::{AdminRefusals, ViewerRefusals};
use crate::auth::{Admin, Viewer};
use crate::forgetting;
use crate::server::App;
use crate::standing::{Counts, OrganizationStanding};
use crate::storage::{Device, DeviceFilter, DeviceStatus, HistoryEntry, Mark, Sort};
use crate::text;

const USUAL: u32 = 100;
const MOST: u32 = 1000;
const HISTORY: u32 = 100;

pub(crate) const STATES: [&str; 6] = [
    "compliant",
    "action-needed",
    "failed",
    "waiting",
    "silent",
    "not-reported",
];

/// What can be asked of a list, in an address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listing {
    /// `compliant`, `action-needed`, `failed`, `waiting`, `silent` or `not-reported`; with an organization, the state for that one.
    pub(crate) state: Option<String>,
    /// Only devices that report on it.
    pub(crate) organization: Option<String>,
    /// Only devices with something left in this place, such as `npm`.
    pub(crate) place: Option<String>,
    /// `windows`, `macos` or `linux`.
    pub(crate) system: Option<String>,
    /// Only of this ring.
    pub(crate) ring: Option<String>,
    /// Only of this person.
    pub(crate) person: Option<String>,
    /// Only with this version of the agent.
    pub(crate) agent: Option<String>,
    /// `declared`, `accepted` or `cloned`: only devices with a step that is done by the person's word, with an
    /// accepted finding, or as which two machines report.
    pub(crate) mark: Option<String>,
    /// The beginning of any part of the machine's or the person's name.
    pub(crate) q: Option<String>,
    /// `name`, `heard` (longest ago first) or `remaining` (most first).
    pub(crate) sort: Option<String>,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// How many, at most 1000; 100 where it is left out. No matter for exports.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    pub(crate) limit: Option<u32>,
}

/// An empty field of a form asks for nothing.
pub(crate) fn filter_of(listing: Listing) -> Result<DeviceFilter, Rejected> {
    let state = text::optional_name(listing.state.as_deref());
    if let Some(state) = &state
        && !STATES.contains(&state.as_str())
    {
        return Err(Rejected::bad(
            "bad-state",
            format!("The state is one of {}.", STATES.join(", ")),
        ));
    }
    let sort = match text::optional_name(listing.sort.as_deref()) {
        None => Sort::default(),
        Some(word) => Sort::ALL
            .into_iter()
            .find(|sort| sort.as_str() == word)
            .ok_or_else(|| {
                let words = Sort::ALL.map(Sort::as_str).join(", ");
                Rejected::bad("bad-sort", format!("The order is one of {words}."))
            })?,
    };
    let mark = match text::optional_name(listing.mark.as_deref()) {
        None => None,
        Some(word) => Some(
            Mark::ALL
                .into_iter()
                .find(|mark| mark.as_str() == word)
                .ok_or_else(|| {
                    let words = Mark::ALL.map(Mark::as_str).join(", ");
                    Rejected::bad("bad-mark", format!("The mark is one of {words}."))
                })?,
        ),
    };
    Ok(DeviceFilter {
        state,
        sort,
        mark,
        agent: text::optional_name(listing.agent.as_deref()),
        organization: text::optional_name(listing.organization.as_deref()),
        store: text::optional_name(listing.place.as_deref()),
        system: text::optional_name(listing.system.as_deref()),
        ring: text::optional_name(listing.ring.as_deref()),
        person: text::optional_name(listing.person.as_deref()).map(|person| person.to_lowercase()),
        search: text::optional_name(listing.q.as_deref()),
        after: text::optional_name(listing.after.as_deref()),
    })
}

/// A page of devices.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceList)]
pub(super) struct ListAnswer {
    as_of: Timestamp,
    devices: Vec<Row>,
    /// Where the next page begins; null at the end.
    next: Option<String>,
}

/// One person on one machine.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct Row {
    id: String,
    state: DeviceStatus,
    last_reported_state: Option<rekey_report::DeviceState>,
    machine: Named,
    person: Named,
    system: String,
    ring: Option<String>,
    agent: Option<String>,
    organizations: Vec<OrganizationStanding>,
    findings: Counts,
    steps: Steps,
    errors: u32,
    enrolled_at: Timestamp,
    scanned_at: Option<Timestamp>,
    heard_at: Option<Timestamp>,
    /// When two machines were seen to report as this device.
    cloned_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct Named {
    id: String,
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = StepCounts)]
struct Steps {
    open: u32,
    declared: u32,
}

impl From<Device> for Row {
    fn from(device: Device) -> Self {
        Self {
            id: device.id,
            state: device.status,
            last_reported_state: device.said,
            machine: Named {
                id: device.machine_id,
                name: Some(device.machine_name),
            },
            person: Named {
                id: device.person_id,
                name: device.person_name,
            },
            system: device.machine_system,
            ring: device.ring,
            agent: device.agent,
            organizations: device.organizations,
            findings: device.findings,
            steps: Steps {
                open: device.open_steps,
                declared: device.declared_steps,
            },
            errors: device.errors,
            enrolled_at: device.enrolled_at,
            scanned_at: device.scanned_at,
            heard_at: device.said.map(|_| device.heard_at),
            cloned_at: device.cloned_at,
        }
    }
}

/// Devices, a page of them.
#[utoipa::path(
    get, path = "/api/v1/devices", operation_id = "devices", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(Listing),
    responses(
        (status = 200, description = "A page.", body = ListAnswer),
        (status = 400, description = "`bad-query`, `bad-state`, `bad-sort`, `bad-mark`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Result<Json<ListAnswer>, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let filter = filter_of(listing)?;
    let as_of = app.clock.now();
    let page = app.storage.devices(&filter, limit).await?;
    Ok(Json(ListAnswer {
        as_of,
        devices: page.devices.into_iter().map(Row::from).collect(),
        next: page.next,
    }))
}

pub(super) fn bad_query() -> Rejected {
    Rejected::bad(
        "bad-query",
        "The address takes state, organization, place, system, ring, person, agent, mark, q, sort, after and limit (a number).",
    )
}

/// One device with its report and history.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceDetails)]
pub(super) struct OneAnswer {
    as_of: Timestamp,
    #[serde(flatten)]
    device: Row,
    /// As it came, with fields that only a newer collector knows.
    #[schema(value_type = Option<rekey_report::Report>)]
    report: Option<Box<RawValue>>,
    history: Vec<History>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
struct History {
    id: String,
    sequence: i64,
    scanned_at: Timestamp,
    received_at: Timestamp,
    state: rekey_report::DeviceState,
    findings: Counts,
}

impl From<HistoryEntry> for History {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            sequence: entry.sequence,
            scanned_at: entry.scanned_at,
            received_at: entry.received_at,
            state: entry.state,
            findings: entry.findings,
        }
    }
}

/// One device with its report and history.
#[utoipa::path(
    get, path = "/api/v1/devices/{id}", operation_id = "device", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The device's id.")),
    responses(
        (status = 200, description = "The device.", body = OneAnswer),
        (status = 400, description = "The address cannot be read.", body = String, content_type = "text/plain"),
        (status = 404, description = "`not-found`: no device has this id.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn one(
    State(app): State<App>,
    _: Viewer,
    Path(id): Path<String>,
) -> Result<Json<OneAnswer>, Rejected> {
    let as_of = app.clock.now();
    // No id has such, and one of the databases would refuse to look.
    if id.contains(char::is_control) {
        return Err(Rejected::not_found("No device has this id."));
    }
    let device = app
        .storage
        .device(&id)
        .await?
        .ok_or_else(|| Rejected::not_found("No device has this id."))?;
    let report = app
        .storage
        .current_report(&id)
        .await?
        .and_then(|body| serde_json::from_slice(&body.json()?).ok());
    let history = app.storage.history(&id, HISTORY).await?;
    Ok(Json(OneAnswer {
        as_of,
        device: device.into(),
        report,
        history: history.into_iter().map(History::from).collect(),
    }))
}

/// An admin has looked at what was taken for two machines.
///
/// The mark comes back when it is seen again.
#[utoipa::path(
    delete, path = "/api/v1/devices/{id}/cloned", operation_id = "settle_clone", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(("id" = String, Path, description = "The device.")),
    responses(
        (status = 204, description = "The mark is gone."),
        (status = 404, description = "`not-found`: no device of this id is marked.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn settle_clone(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejected> {
    let now = app.clock.now();
    if app.storage.settle_clone(&id, &admin.actor, now).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Rejected::not_found(
        "No device of this id is marked as cloned.",
    ))
}

/// Forgets a device with every report; its token ends.
#[utoipa::path(
    delete, path = "/api/v1/devices/{id}", operation_id = "forget_device", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(("id" = String, Path, description = "The device.")),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 404, description = "`not-found`: no device has this id.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn forget(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejected> {
    let now = app.clock.now();
    if forgetting::device(&*app.storage, &id, admin.actor.clone(), now).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Rejected::not_found("No device has this id."))
}
