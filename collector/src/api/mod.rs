//! What devices and scripts speak to: JSON under `/api/v1`, and two addresses for load balancers.

mod agent;
mod audit;
mod body;
mod cleaning;
mod compliance;
mod csv;
mod devices;
mod enroll;
mod enroll_secrets;
mod export;
mod health;
mod people;
mod rejected;
mod reports;
mod roster;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};

use crate::server::App;

pub(crate) use audit::{AuditListing, audit_filter};
pub(crate) use devices::{Listing, Row as DeviceRow, filter_of};
pub(crate) use enroll_secrets::a_day_before;
pub(crate) use export::{head as device_csv_head, row as device_csv};
pub(crate) use people::{PeopleListing, people_filter};
pub(crate) use rejected::Rejected;

/// Nothing but reports is longer.
const SHORT_BODY: usize = 64 * 1024;

pub(crate) fn router() -> Router<App> {
    let reports = Router::new()
        .route("/api/v1/reports", post(reports::take))
        .layer(DefaultBodyLimit::max(rekey_report::REPORT_LIMIT));
    let roster = Router::new()
        .route(
            "/api/v1/roster",
            put(roster::put).get(roster::list).delete(roster::remove),
        )
        .layer(DefaultBodyLimit::max(crate::roster_file::LONGEST));
    Router::new()
        .route("/api/v1/enroll", post(enroll::enroll))
        .route("/api/v1/agent", get(agent::ask))
        .route("/api/v1/compliance", get(compliance::compliance))
        .route("/api/v1/devices", get(devices::list))
        .route("/api/v1/devices/{id}", get(devices::one))
        .route("/api/v1/devices/{id}/cloned", delete(devices::settle_clone))
        .route("/api/v1/people", get(people::list))
        .route("/api/v1/people/{key}", get(people::one))
        .route("/api/v1/people.csv", get(people::csv))
        .route("/api/v1/export.csv", get(export::csv))
        .route("/api/v1/cleaning", put(cleaning::set).get(cleaning::show))
        .route(
            "/api/v1/enroll-secrets",
            put(enroll_secrets::put).get(enroll_secrets::list),
        )
        .route(
            "/api/v1/enroll-secrets/{name}",
            delete(enroll_secrets::revoke),
        )
        .route("/api/v1/audit-log", get(audit::list))
        .route("/api/v1/audit-log.csv", get(audit::export))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .layer(DefaultBodyLimit::max(SHORT_BODY))
        .merge(reports)
        .merge(roster)
}
