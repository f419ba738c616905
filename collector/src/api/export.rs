//! Everything as one table, for an audit. It is sent piece by piece, so that its length is no matter.

use async_trait::async_trait;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;

use super::devices::{Listing, bad_query, filter_of};
use super::document::ViewerRefusals;
use super::streamed::{self, Pieces};
use super::{Rejected, csv};
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{Device, DeviceFilter, Storage, StorageError};
use rekey_report::Rejection;

const PIECE: u32 = 500;

const HEAD: [&str; 19] = [
    "state",
    "machine",
    "person",
    "organizations",
    "stale",
    "unsure",
    "open_steps",
    "declared_steps",
    "errors",
    "last_reported_state",
    "scanned_at",
    "heard_at",
    "enrolled_at",
    "system",
    "ring",
    "agent",
    "device_id",
    "machine_id",
    "person_id",
];

struct Export(DeviceFilter);

#[async_trait]
impl Pieces for Export {
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError> {
        let page = storage.devices(&self.0, PIECE).await?;
        for device in &page.devices {
            row(text, device);
        }
        self.0.after = page.next;
        Ok(self.0.after.is_some())
    }
}

/// Every device as a table, one line for each.
///
/// A cell that begins like a formula has an apostrophe before it.
#[utoipa::path(
    get, path = "/api/v1/export.csv", operation_id = "export_csv", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(Listing),
    responses(
        (status = 200, description = "The table.", body = String, content_type = "text/csv"),
        (status = 400, description = "`bad-query`, `bad-state`, `bad-sort`, `bad-mark`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn csv(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Result<Response, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let export = Export(filter_of(listing)?);
    streamed::table(&app, "rekey-devices.csv", HEAD, export).await
}

/// The first line.
pub(crate) fn head() -> String {
    let mut text = String::new();
    csv::line(&mut text, HEAD);
    text
}

/// A device's line.
pub(crate) fn row(text: &mut String, device: &Device) {
    let organizations: Vec<_> = device
        .organizations
        .iter()
        .map(|organization| organization.name.as_str())
        .collect();
    let cells: [&str; HEAD.len()] = [
        device.status.as_str(),
        &device.machine_name,
        device.person_name.as_deref().unwrap_or_default(),
        &organizations.join("; "),
        &device.findings.stale.to_string(),
        &device.findings.unsure.to_string(),
        &device.open_steps.to_string(),
        &device.declared_steps.to_string(),
        &device.errors.to_string(),
        device.said.map_or("", rekey_report::DeviceState::as_str),
        &time(device.scanned_at),
        &time(device.said.map(|_| device.heard_at)),
        &time(Some(device.enrolled_at)),
        &device.machine_system,
        device.ring.as_deref().unwrap_or_default(),
        device.agent.as_deref().unwrap_or_default(),
        &device.id,
        &device.machine_id,
        &device.person_id,
    ];
    csv::line(text, cells);
}

fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}
