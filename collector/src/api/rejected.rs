//! Every way in which the API says no: a status, a fixed word and a sentence.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rekey_report::Rejection;

use crate::limits::RetryAfter;
use crate::storage::{Refusal, StorageError};

pub(crate) struct Rejected {
    status: StatusCode,
    error: &'static str,
    message: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl Rejected {
    pub(crate) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The sentence alone, for a terminal.
    pub(crate) fn into_message(self) -> String {
        self.message
    }

    /// The fixed word.
    pub(crate) const fn word(&self) -> &'static str {
        self.error
    }

    pub(crate) fn bad(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, message)
    }

    pub(crate) fn unknown_device() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unknown-device",
            "This device token is not known. Enrol again with `rekey enroll`.",
        )
    }

    pub(crate) fn unknown_admin() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unknown-admin",
            "Sign in, or give an API token as `Authorization: Bearer TOKEN`.",
        )
    }

    /// Somebody who may look tried to change something.
    pub(crate) fn read_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "read-only",
            "Your role is auditor: you may see everything and change nothing. Ask an admin.",
        )
    }

    /// The caller showed no certificate of `--tls-client-ca`.
    pub(crate) fn certificate_needed() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "client-certificate-needed",
            "Workstations reach this collector only with a client certificate. Send one that the CA of its --tls-client-ca has signed.",
        )
    }

    /// One token asks too often.
    pub(crate) fn too_many_requests(RetryAfter(seconds): RetryAfter) -> Self {
        let rejected = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "This workstation asks too often. Wait as long as Retry-After says, and try again.",
        );
        Self {
            retry_after: Some(seconds),
            ..rejected
        }
    }

    /// The same way for everybody: a status that agents show the words of. They take 401 and 403 for a secret that is
    /// not known, whatever the words.
    pub(crate) fn enrolment(refusal: Refusal, retry_after: Option<RetryAfter>) -> Self {
        let status = match refusal {
            Refusal::UnknownSecret => StatusCode::UNAUTHORIZED,
            Refusal::SecretExpired | Refusal::SecretUsedUp | Refusal::SecretRevoked => {
                StatusCode::GONE
            }
            Refusal::SecretNotForThisDevice => StatusCode::CONFLICT,
            Refusal::BadDevice | Refusal::PlaceholderMachineId => StatusCode::BAD_REQUEST,
            Refusal::TooManyEnrolments => StatusCode::TOO_MANY_REQUESTS,
        };
        Self {
            retry_after: retry_after.map(|RetryAfter(seconds)| seconds),
            ..Self::new(status, refusal.as_str(), refusal.sentence())
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }
}

impl From<StorageError> for Rejected {
    fn from(error: StorageError) -> Self {
        if matches!(error, StorageError::UnknownDevice) {
            return Self::unknown_device();
        }
        // What exactly is wrong with the database is the admin's to know, not the caller's.
        tracing::error!(error = &error as &dyn std::error::Error, "storage");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage-unavailable",
            "The collector's database cannot be used now. Nothing was kept; try again later.",
        )
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let rejection = Rejection {
            error: self.error.to_owned(),
            message: self.message,
        };
        let mut response = (self.status, Json(rejection)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
