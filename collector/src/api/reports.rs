//! Reports. The receipt is given only for what a power cut no longer takes away.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rekey_report::{REPORT_LIMIT, REPORT_SCHEMA, Receipt, Rejection, Report};
use serde::Deserialize;

use super::document::{BodyRefusals, DeviceRefusals};
use super::{Rejected, body};
use crate::auth::DeviceAuth;
use crate::server::App;
use crate::storage::{Body, Encoding, NewReport, Taken};

/// Send a report.
///
/// Taken once for its `id`. The receipt is given when the report is durable. At most 4 MiB after decompression.
#[utoipa::path(
    post, path = "/api/v1/reports", operation_id = "report", tag = "devices", security(("device_token" = [])),
    params(("content-encoding" = Option<String>, Header, description = "`gzip`, or nothing.")),
    request_body(content = Report, examples(("compliant" = (summary = "Nothing is left", value = json!({
        "schema": "rekey.report/1", "id": "0199c0de-0000-7000-8000-000000000001",
        "run": "0199c0de-0000-7000-8000-000000000002", "sequence": 1, "scanned_at": "2026-11-23T11:00:00Z",
        "machine": { "id": "0199c0de", "name": "CONTOSO-LT-07", "system": "linux", "version": "12", "architecture": "x86_64" },
        "person": { "id": "1000", "name": "sam@contoso.example" },
        "agent": "0.1.0", "state": "compliant",
        "organizations": [{ "name": "contoso", "tenant": "00000000-0000-0000-0000-00000000c0de",
            "connected_at": "2026-11-20T18:00:00Z", "gated": false, "unknown": false }],
        "findings": [], "places": [], "places_read": 12,
        "summary": { "stale": 0, "current": 0, "unsure": 0 },
        "outcomes": [], "steps": [], "errors": 0, "ssh_keys": []
    }))))),
    responses(
        (status = 202, description = "It is durable.", body = Receipt),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `unknown-schema`: a version that this collector does not take.", body = Rejection),
        BodyRefusals,
        DeviceRefusals,
    )
)]
pub(super) async fn take(
    State(app): State<App>,
    device: Result<DeviceAuth, Rejected>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Receipt>), Rejected> {
    let taken = match device {
        Ok(DeviceAuth(device)) => receive(&app, device.id, &headers, body).await,
        Err(rejected) => Err(rejected),
    };
    match &taken {
        Ok((_, Json(receipt))) => app.metrics.report(receipt.duplicate),
        Err(rejected) => app.metrics.refused(rejected.word()),
    }
    taken
}

async fn receive(
    app: &App,
    device: String,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Receipt>), Rejected> {
    // Thousands can come at once. Until its turn a report is no more than what was sent. Nobody closes the turns.
    let _turn = app.turns.acquire().await;
    let report = understood(headers, body, device, app.clock.now())?;
    let id = report.id;
    let taken = app.storage.take_report(report).await?;
    let duplicate = taken == Taken::Duplicate;
    Ok((StatusCode::ACCEPTED, Json(Receipt { id, duplicate })))
}

/// What is kept of a report. The whole of it is gone again before it waits to be written.
fn understood(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    device: String,
    now: Timestamp,
) -> Result<NewReport, Rejected> {
    let sent = body.as_ref().ok().cloned().unwrap_or_default();
    let plain = body::plain(headers, body, REPORT_LIMIT)?;
    let report = read(&plain)?;
    // Kept as it came: compressed it is a fifth of what the disk would have to take.
    let body = if sent == plain {
        Body::plain(plain)
    } else {
        Body {
            encoding: Encoding::Gzip,
            bytes: sent.to_vec(),
        }
    };
    Ok(NewReport::of(&report, device, now, body))
}

/// A report of another version is told so, instead of which of its fields is missing here.
fn read(body: &[u8]) -> Result<Report, Rejected> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: String,
    }
    let report = body::json::<Report>(body);
    let schema = match &report {
        Ok(report) => Some(report.schema.clone()),
        Err(_) => serde_json::from_slice(body)
            .ok()
            .map(|Versioned { schema }| schema),
    };
    match schema {
        Some(schema) if schema != REPORT_SCHEMA => Err(Rejected::bad(
            "unknown-schema",
            format!("This collector takes {REPORT_SCHEMA}. Update it, or the agent."),
        )),
        _ => report,
    }
}
