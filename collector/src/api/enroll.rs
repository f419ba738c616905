//! Enrolment: a secret for a device token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use jiff::Timestamp;
use rekey_report::{EnrollRequest, Enrolled, Rejection};

use super::document::BodyRefusals;
use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Caller, Certified};
use crate::limits::RetryAfter;
use crate::placeholder::is_placeholder;
use crate::secret::{Digest, Purpose, Secret};
use crate::server::App;
use crate::storage::{self, NewDevice, NewEnrolment, Refusal, RefusedEnrolment};

/// Enrol a workstation.
///
/// One person on one machine is one device: enrolling again keeps it, gives a new token and ends the old one. A secret
/// that has a limit of uses is not used a second time by a device that enrolled with it.
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
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-device`: an id is empty. `placeholder-machine-id`: many machines have this id.", body = Rejection),
        (status = 401, description = "`unknown-secret`: the enrolment secret is not known. `client-certificate-needed`: this collector asks workstations for a certificate.", body = Rejection),
        (status = 409, description = "`secret-not-for-this-device`: the secret is bound to another machine or person.", body = Rejection),
        (status = 410, description = "`secret-expired`, `secret-used-up`, `secret-revoked`: the secret enrols no more.", body = Rejection),
        (status = 429, description = "`too-many-enrolments`: wait as long as Retry-After says.", body = Rejection),
        (status = 503, description = "`storage-unavailable`: the database cannot be used now.", body = Rejection),
        BodyRefusals,
    )
)]
pub(super) async fn enroll(
    State(app): State<App>,
    _: Certified,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Enrolled>, Rejected> {
    let request: EnrollRequest = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    let asked = Asked {
        // Only hashes are looked up and compared, so time tells nothing of a secret.
        secret: Digest::of(request.secret.trim()),
        device: NewDevice::of(&request.device),
        caller,
        at: app.clock.now(),
    };
    if let Err(wait) = app.limits.enrolment(&asked.secret, caller.0, asked.at) {
        return Err(asked
            .refused(&app, Refusal::TooManyEnrolments, Some(wait))
            .await);
    }
    let machine = &asked.device.machine_id;
    let unfit = if machine.is_empty() || asked.device.person_id.is_empty() {
        Some(Refusal::BadDevice)
    } else {
        is_placeholder(machine).then_some(Refusal::PlaceholderMachineId)
    };
    if let Some(refusal) = unfit {
        app.limits.refused(&asked.secret, caller.0, asked.at);
        return Err(asked.refused(&app, refusal, None).await);
    }
    let token = Secret::new(Purpose::Device);
    let enrolment = NewEnrolment {
        device: asked.device.clone(),
        secret: asked.secret,
        address: caller.0.to_string(),
        token: token.digest(),
        at: asked.at,
    };
    match app.storage.enroll(enrolment).await? {
        storage::Enrolled::Device(device_id) => {
            tracing::info!(device = device_id, "enrolled");
            Ok(Json(Enrolled {
                device_id,
                token: token.reveal().to_owned(),
            }))
        }
        storage::Enrolled::Refused(refusal) => {
            app.limits.refused(&asked.secret, caller.0, asked.at);
            let machine = &asked.device.machine_id;
            tracing::warn!(?machine, reason = refusal.as_str(), "enrolment refused");
            Err(Rejected::enrolment(refusal, None))
        }
    }
}

struct Asked {
    secret: Digest,
    device: NewDevice,
    caller: Caller,
    at: Timestamp,
}

impl Asked {
    /// What is refused before the database is asked is counted there too.
    async fn refused(
        self,
        app: &App,
        refusal: Refusal,
        retry_after: Option<RetryAfter>,
    ) -> Rejected {
        let machine = &self.device.machine_id;
        tracing::warn!(?machine, reason = refusal.as_str(), "enrolment refused");
        let noted = RefusedEnrolment {
            at: self.at,
            reason: refusal.as_str().to_owned(),
            machine_name: self.device.machine_name,
            secret_name: String::new(),
            address: self.caller.0.to_string(),
        };
        // Whoever is told to wait shall not keep the database busy meanwhile: only the first of a while is counted.
        let counts =
            refusal != Refusal::TooManyEnrolments || app.limits.is_news(self.caller.0, self.at);
        if counts && let Err(error) = app.storage.note_refused(noted).await {
            return error.into();
        }
        Rejected::enrolment(refusal, retry_after)
    }
}
