//! People: those whose workstations report, and those who are expected to.

use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::devices::Row as DeviceRow;
use super::document::{AdminRefusals, ViewerRefusals};
use super::streamed::{self, Pieces};
use super::{Rejected, csv};
use crate::auth::{Admin, Viewer};
use crate::forgetting;
use crate::server::App;
use crate::storage::{
    DeviceFilter, Person, PersonFilter, PersonStatus, StateCounts, Storage, StorageError,
};
use crate::text;

const USUAL: u32 = 100;
const MOST: u32 = 1000;
const PIECE: u32 = 500;

/// What can be asked of the list, in an address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleListing {
    /// Only of this state; `never-reported` too.
    pub(crate) state: Option<String>,
    /// The beginning of any part of the name or the address.
    pub(crate) q: Option<String>,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// At most so many.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    pub(crate) limit: Option<u32>,
}

/// An empty field of a form asks for nothing.
pub(crate) fn people_filter(listing: &PeopleListing) -> Result<PersonFilter, Rejected> {
    let state = text::optional_name(listing.state.as_deref());
    if let Some(state) = &state
        && !PersonStatus::WORDS.contains(&state.as_str())
    {
        let words = PersonStatus::WORDS.join(", ");
        return Err(Rejected::bad(
            "bad-state",
            format!("The state is one of {words}."),
        ));
    }
    Ok(PersonFilter {
        state,
        search: text::optional_name(listing.q.as_deref()),
        after: text::optional_name(listing.after.as_deref()),
    })
}

fn bad_query() -> Rejected {
    Rejected::bad(
        "bad-query",
        "The address takes state, q, after and limit (a number).",
    )
}

#[derive(Serialize, ToSchema)]
#[schema(as = ListedPerson)]
struct Row {
    key: String,
    name: Option<String>,
    /// That of the worst of their devices, or `never-reported`.
    #[schema(value_type = String)]
    state: PersonStatus,
    on_roster: bool,
    devices: Counts,
    heard_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PersonDevices)]
struct Counts {
    #[serde(flatten)]
    states: StateCounts,
    not_reported: u64,
}

impl From<Person> for Row {
    fn from(person: Person) -> Self {
        Self {
            key: person.key,
            name: Some(person.name).filter(|name| !name.is_empty()),
            state: person.status,
            on_roster: person.on_roster,
            devices: Counts {
                states: person.devices,
                not_reported: person.devices.not_reported,
            },
            heard_at: person.heard_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = People)]
pub(super) struct ListAnswer {
    as_of: Timestamp,
    people: Vec<Row>,
    next: Option<String>,
}

/// Everybody who reports or is on the roster, with where they stand.
#[utoipa::path(
    get, path = "/api/v1/people", operation_id = "list_people", tag = "numbers",
    security(("api_token" = []), ("session" = [])), params(PeopleListing),
    responses(
        (status = 200, description = "A page of people, in the order of their keys.", body = ListAnswer),
        (status = 400, description = "`bad-query`, `bad-state`: the address asks for what there is not.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<PeopleListing>, QueryRejection>,
) -> Result<Json<ListAnswer>, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let filter = people_filter(&listing)?;
    let as_of = app.clock.now();
    let page = app.storage.people(&filter, limit).await?;
    Ok(Json(ListAnswer {
        as_of,
        people: page.people.into_iter().map(Row::from).collect(),
        next: page.next,
    }))
}

#[derive(Serialize, ToSchema)]
#[schema(as = PersonAnswer)]
pub(super) struct OneAnswer {
    as_of: Timestamp,
    #[serde(flatten)]
    person: Row,
    /// What the roster names for them.
    roster_devices: Vec<String>,
    /// Their devices, at most a thousand; more are at `/api/v1/devices?person=KEY`.
    workstations: Vec<DeviceRow>,
}

/// One person with their workstations.
#[utoipa::path(
    get, path = "/api/v1/people/{key}", operation_id = "one_person", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(("key" = String, Path, description = "The address, or `#` and an id where reports name nobody.")),
    responses(
        (status = 200, description = "The person.", body = OneAnswer),
        (status = 404, description = "`not-found`: nobody has this key.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn one(
    State(app): State<App>,
    _: Viewer,
    Path(key): Path<String>,
) -> Result<Json<OneAnswer>, Rejected> {
    let as_of = app.clock.now();
    let key = key.to_lowercase();
    let person = app
        .storage
        .person(&key)
        .await?
        .ok_or_else(|| Rejected::not_found("Nobody has this key."))?;
    let roster = app.storage.roster_of(&key, MOST).await?;
    let filter = DeviceFilter {
        person: Some(key),
        ..DeviceFilter::default()
    };
    let page = app.storage.devices(&filter, MOST).await?;
    Ok(Json(OneAnswer {
        as_of,
        person: person.into(),
        roster_devices: roster
            .into_iter()
            .map(|line| line.device)
            .filter(|device| !device.is_empty())
            .collect(),
        workstations: page.devices.into_iter().map(DeviceRow::from).collect(),
    }))
}

const HEAD: [&str; 12] = [
    "state",
    "key",
    "name",
    "on_roster",
    "workstations",
    "compliant",
    "action_needed",
    "failed",
    "waiting",
    "silent",
    "not_reported",
    "heard_at",
];

struct Export(PersonFilter);

#[async_trait]
impl Pieces for Export {
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError> {
        let page = storage.people(&self.0, PIECE).await?;
        for person in &page.people {
            let devices = person.devices;
            let numbers = [
                devices.total(),
                devices.compliant,
                devices.action_needed,
                devices.failed,
                devices.waiting,
                devices.silent,
                devices.not_reported,
            ];
            let numbers = numbers.map(|number| number.to_string());
            let heard = person.heard_at.map(|at| at.to_string()).unwrap_or_default();
            let on_roster = if person.on_roster { "yes" } else { "no" };
            let cells = [person.status.as_str(), &person.key, &person.name, on_roster]
                .into_iter()
                .chain(numbers.iter().map(String::as_str))
                .chain([heard.as_str()]);
            csv::line(text, cells);
        }
        self.0.after = page.next;
        Ok(self.0.after.is_some())
    }
}

/// Everybody as one table.
///
/// It is sent piece by piece, so that its length is no matter.
#[utoipa::path(
    get, path = "/api/v1/people.csv", operation_id = "people_csv", tag = "numbers",
    security(("api_token" = []), ("session" = [])), params(PeopleListing),
    responses(
        (status = 200, description = "One line for each person; a cell that begins like a formula has an apostrophe before it.", body = String, content_type = "text/csv"),
        (status = 400, description = "`bad-query`, `bad-state`: the address asks for what there is not.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn csv(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<PeopleListing>, QueryRejection>,
) -> Result<Response, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let export = Export(people_filter(&listing)?);
    streamed::table(&app, "rekey-people.csv", HEAD, export).await
}

/// Forgets all workstations of a person with every report; their tokens end. A line on the roster stays.
#[utoipa::path(
    delete, path = "/api/v1/people/{key}", operation_id = "forget_person", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(("key" = String, Path, description = "The address, or `#` and an id where reports name nobody.")),
    responses(
        (status = 204, description = "They are forgotten."),
        (status = 404, description = "`not-found`: no workstation is of a person with this key.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn forget(
    State(app): State<App>,
    admin: Admin,
    Path(key): Path<String>,
) -> Result<StatusCode, Rejected> {
    let now = app.clock.now();
    match forgetting::person(&*app.storage, &key, admin.actor.clone(), now).await? {
        0 => Err(Rejected::not_found("No workstation is of this person.")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
