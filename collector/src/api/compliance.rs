//! The numbers.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Rejected;
use super::document::ViewerRefusals;
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{OrganizationNumbers, StateCounts, StoreNumbers};

/// The numbers, which belong together.
#[derive(Serialize, ToSchema)]
#[schema(as = Compliance)]
pub(super) struct Answer {
    /// When they were asked for.
    as_of: Timestamp,
    devices: StateCounts,
    people: People,
    organizations: Vec<OrganizationNumbers>,
    places: Vec<StoreNumbers>,
    enrolled: Enrolled,
    newest_report_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PeopleNumbers)]
struct People {
    /// On the roster, and never heard of.
    never_reported: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EnrolledDevices)]
#[serde(rename_all = "kebab-case")]
struct Enrolled {
    total: u64,
    not_reported: u64,
    declared: u64,
}

/// Who is done, in numbers.
#[utoipa::path(
    get, path = "/api/v1/compliance", operation_id = "compliance", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    responses((status = 200, description = "The numbers.", body = Answer), ViewerRefusals)
)]
pub(super) async fn compliance(
    State(app): State<App>,
    _: Viewer,
) -> Result<Json<Answer>, Rejected> {
    let as_of = app.clock.now();
    let numbers = app.storage.compliance().await?;
    Ok(Json(Answer {
        as_of,
        enrolled: Enrolled {
            total: numbers.devices.total(),
            not_reported: numbers.devices.not_reported,
            declared: numbers.declared,
        },
        devices: numbers.devices,
        people: People {
            never_reported: numbers.people.never_reported,
        },
        organizations: numbers.organizations,
        places: numbers.stores,
        newest_report_at: numbers.newest_report_at,
    }))
}
