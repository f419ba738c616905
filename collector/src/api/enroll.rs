//! Enrolment: a secret for a device token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use jiff::Timestamp;
use rekey_report::{EnrollRequest, Enrolled};

use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Caller, Certified};
use crate::limits::RetryAfter;
use crate::placeholder::is_placeholder;
use crate::secret::{Digest, Purpose, Secret};
use crate::server::App;
use crate::storage::{self, NewDevice, NewEnrolment, Refusal, RefusedEnrolment};

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
        if refusal != Refusal::TooManyEnrolments || app.limits.is_news(self.caller.0, self.at) {
            if let Err(error) = app.storage.note_refused(noted).await {
                return error.into();
            }
        }
        Rejected::enrolment(refusal, retry_after)
    }
}
