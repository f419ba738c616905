//! Reports. The receipt is given only for what a power cut no longer takes away.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use rekey_report::{REPORT_LIMIT, REPORT_SCHEMA, Receipt, Report};
use serde::Deserialize;

use super::{Rejected, body};
use crate::auth::DeviceAuth;
use crate::server::App;
use crate::storage::{Body, Encoding, NewReport, Taken};

pub(super) async fn take(
    State(app): State<App>,
    DeviceAuth(device): DeviceAuth,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Receipt>), Rejected> {
    let sent = body.as_ref().ok().cloned().unwrap_or_default();
    let plain = body::plain(&headers, body, REPORT_LIMIT)?;
    let report = read(&plain)?;
    // Kept as it came: compressed it is a fifth of what the disk would have to take.
    let body = if sent == plain {
        Body::plain(plain)
    } else {
        Body {
            encoding: Encoding::Gzip,
            bytes: sent.into(),
        }
    };
    let id = report.id;
    let report = NewReport::of(&report, device.id, app.clock.now(), body);
    let taken = app.storage.take_report(report).await?;
    let duplicate = taken == Taken::Duplicate;
    Ok((StatusCode::ACCEPTED, Json(Receipt { id, duplicate })))
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
