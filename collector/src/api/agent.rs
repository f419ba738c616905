//! Enrolment, and what an agent asks before its first edit.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use rekey_report::{AgentAnswer, EnrollRequest, Enrolled, Rejection};

use super::document::{BodyRefusals, DeviceRefusals};
use super::{Rejected, SHORT_BODY, body};
use crate::auth::DeviceAuth;
use crate::secret::{Digest, Purpose, Secret};
use crate::server::App;
use crate::storage::{NewDevice, NewEnrolment};
use crate::text;

/// Enrol a workstation.
///
/// One person on one machine is one device: enrolling again keeps it, gives a new token and ends the old one.
#[utoipa::path(
    post, path = "/api/v1/enroll", operation_id = "enroll", tag = "devices", security(()),
    request_body(content = EnrollRequest, example = json!({
        "secret": "rekey-enroll-…",
        "device": {
            "machine": { "id": "0199c0de", "name": "CONTOSO-LT-07", "system": "linux", "version": "12", "architecture": "x86_64" },
            "person": { "id": "1000", "name": "sam@contoso.example" },
            "ring": "pilot"
        }
    })),
    responses(
        (status = 200, description = "The device and its token, which is shown this once.", body = Enrolled),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-device`: an id is empty.", body = Rejection),
        (status = 401, description = "`unknown-secret`: the enrolment secret is not known.", body = Rejection),
        (status = 503, description = "`storage-unavailable`: the database cannot be used now.", body = Rejection),
        BodyRefusals,
    )
)]
pub(super) async fn enroll(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Enrolled>, Rejected> {
    let request: EnrollRequest = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    let given = Digest::of(request.secret.trim());
    // Every secret is compared to its end, so that time tells nothing.
    let known = app
        .storage
        .enroll_secrets()
        .await?
        .iter()
        .fold(false, |known, secret| known | secret.matches(&given));
    if !known {
        tracing::warn!(machine = ?request.device.machine.id, "enrolment with an unknown secret");
        return Err(Rejected::new(
            StatusCode::UNAUTHORIZED,
            "unknown-secret",
            "This enrolment secret is not known. Ask your admin for the one of this collector.",
        ));
    }
    let device = NewDevice::of(&request.device);
    if device.machine_id.is_empty() || device.person_id.is_empty() {
        return Err(Rejected::bad(
            "bad-device",
            "The ids of the machine and of the person must not be empty.",
        ));
    }
    let token = Secret::new(Purpose::Device);
    let device_id = app
        .storage
        .enroll(NewEnrolment {
            device,
            token: token.digest(),
            at: app.clock.now(),
        })
        .await?;
    tracing::info!(device = device_id, "enrolled");
    Ok(Json(Enrolled {
        device_id,
        token: token.reveal().to_owned(),
    }))
}

/// Whether the workstation may change anything now.
#[utoipa::path(
    get, path = "/api/v1/agent", operation_id = "ask", tag = "devices", security(("device_token" = [])),
    responses((status = 200, description = "Allowed or paused.", body = AgentAnswer), DeviceRefusals)
)]
pub(super) async fn ask(
    State(app): State<App>,
    DeviceAuth(device): DeviceAuth,
) -> Result<Json<AgentAnswer>, Rejected> {
    let ring = device.ring.as_deref().map(text::ring_key);
    let cleaning = app.storage.cleaning_for(ring.as_deref()).await?;
    Ok(Json(AgentAnswer { cleaning }))
}
