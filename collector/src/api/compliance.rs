//! The numbers.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::Rejected;
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{OrganizationNumbers, StateCounts, StoreNumbers};

#[derive(Serialize)]
pub(super) struct Answer {
    as_of: Timestamp,
    devices: StateCounts,
    people: People,
    organizations: Vec<OrganizationNumbers>,
    places: Vec<StoreNumbers>,
    enrolled: Enrolled,
    newest_report_at: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct People {
    /// On the roster, and never heard of.
    never_reported: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Enrolled {
    total: u64,
    not_reported: u64,
    declared: u64,
}

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
