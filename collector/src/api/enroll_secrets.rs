//! Enrolment secrets: made and changed by name, listed without the secret, revoked.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::document::{AdminRefusals, BodyRefusals, ViewerRefusals};
use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Admin, Viewer};
use crate::secret::{Purpose, Secret};
use crate::server::App;
use crate::storage::{EnrollSecret, NewEnrollSecret, RefusedEnrolment, SecretKept, Terms};
use crate::text;

const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// So many of the newest refusals are answered.
const NEWEST: u32 = 50;

/// A secret as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EnrollSecretRequest)]
struct Asked {
    /// What it is called, without case.
    name: String,
    expires_at: Option<Timestamp>,
    /// 1 is a one-time secret.
    #[schema(format = Int64, minimum = 1, maximum = 4_294_967_295_u32)]
    max_uses: Option<u32>,
    #[serde(rename = "for")]
    bound: Option<Bound>,
}

/// Whom alone it enrols, in any case of letters.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EnrollSecretFor)]
struct Bound {
    machine_id: Option<String>,
    machine_name: Option<String>,
    person_name: Option<String>,
}

/// A secret as it is answered.
#[derive(Serialize, ToSchema)]
#[schema(as = EnrollSecret)]
pub(super) struct Row {
    name: String,
    /// `active`, `used-up`, `expired` or `revoked`.
    state: &'static str,
    expires_at: Option<Timestamp>,
    #[schema(format = Int64)]
    max_uses: Option<u32>,
    uses: u64,
    #[serde(rename = "for")]
    bound: Option<Bound>,
    created_at: Timestamp,
    created_by: String,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Row {
    fn of(secret: EnrollSecret, now: Timestamp) -> Self {
        let state = secret.state(now).as_str();
        let terms = secret.terms;
        let bound = Bound {
            machine_id: terms.machine_id,
            machine_name: terms.machine_name,
            person_name: terms.person_name,
        };
        let any = [&bound.machine_id, &bound.machine_name, &bound.person_name];
        let any = any.into_iter().any(Option::is_some);
        Self {
            name: secret.name,
            state,
            expires_at: terms.expires_at,
            max_uses: terms.max_uses,
            uses: secret.uses,
            bound: any.then_some(bound),
            created_at: secret.created_at,
            created_by: secret.created_by,
            last_used_at: secret.last_used_at,
            revoked_at: secret.revoked_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = EnrollSecretAnswer)]
pub(super) struct One {
    #[serde(flatten)]
    row: Row,
    /// The secret itself; only where it was just made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Make an enrolment secret, or change the terms of the one of that name.
///
/// A new secret is answered once. Changing terms leaves the secret itself as it is.
#[utoipa::path(
    put, path = "/api/v1/enroll-secrets", operation_id = "put_enroll_secret", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    request_body(content = Asked, example = json!({ "name": "pilot", "max_uses": 250, "expires_at": "2026-12-24T00:00:00Z" })),
    responses(
        (status = 201, description = "A new secret, shown this once.", body = One),
        (status = 200, description = "The terms were changed.", body = One),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-secret`: no name, or no use.", body = Rejection),
        (status = 404, description = "`not-found`: the secret was revoked meanwhile.", body = Rejection),
        BodyRefusals,
        AdminRefusals,
    )
)]
pub(super) async fn put(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<One>), Rejected> {
    let asked: Asked = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    let now = app.clock.now();
    let bound = asked.bound.unwrap_or_default();
    let name = text::name(&asked.name);
    let terms = Terms {
        expires_at: asked.expires_at,
        max_uses: asked.max_uses,
        machine_id: text::optional_name(bound.machine_id.as_deref()),
        machine_name: text::optional_name(bound.machine_name.as_deref()),
        person_name: text::optional_name(bound.person_name.as_deref()),
    };
    if name.is_empty() || terms.max_uses == Some(0) {
        return Err(Rejected::bad(
            "bad-secret",
            "A secret needs a name, and at least one use. Leave max_uses out where it has no limit.",
        ));
    }
    let secret = Secret::new(Purpose::Enroll);
    let new = NewEnrollSecret {
        secret: secret.digest(),
        name: name.clone(),
        terms,
        by: admin.actor.clone(),
        at: now,
    };
    let kept = app.storage.put_enroll_secret(new).await?;
    let row = app
        .storage
        .enroll_secret(&name)
        .await?
        .map(|secret| Row::of(secret, now))
        .ok_or_else(|| Rejected::not_found("The secret was revoked meanwhile."))?;
    let (status, secret) = match kept {
        SecretKept::Made => (StatusCode::CREATED, Some(secret.reveal().to_owned())),
        SecretKept::Changed => (StatusCode::OK, None),
    };
    Ok((status, Json(One { row, secret })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// At most so many.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EnrollSecrets)]
pub(super) struct ListAnswer {
    as_of: Timestamp,
    secrets: Vec<Row>,
    next: Option<i64>,
    refused: Refused,
}

/// Enrolments that were refused in the last day.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedEnrolments)]
struct Refused {
    since: Timestamp,
    reasons: Vec<Reason>,
    newest: Vec<RefusedRow>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RefusedReason)]
struct Reason {
    reason: String,
    count: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RefusedEnrolment)]
struct RefusedRow {
    at: Timestamp,
    reason: String,
    machine_name: String,
    secret: Option<String>,
    address: String,
}

impl From<RefusedEnrolment> for RefusedRow {
    fn from(refused: RefusedEnrolment) -> Self {
        Self {
            at: refused.at,
            reason: refused.reason,
            machine_name: refused.machine_name,
            secret: text::optional_name(Some(&refused.secret_name)),
            address: refused.address,
        }
    }
}

/// The last day.
pub(crate) fn a_day_before(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24))
        .unwrap_or(Timestamp::MIN)
}

/// Enrolment secrets, the newest first, and what was refused in the last day.
#[utoipa::path(
    get, path = "/api/v1/enroll-secrets", operation_id = "list_enroll_secrets", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(Listing),
    responses(
        (status = 200, description = "The secrets, without the secret itself.", body = ListAnswer),
        (status = 400, description = "`bad-query`: the address takes limit and after.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Result<Json<ListAnswer>, Rejected> {
    let Query(listing) = listing.map_err(|_| {
        Rejected::bad(
            "bad-query",
            "The address takes limit and after, both numbers.",
        )
    })?;
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let as_of = app.clock.now();
    let secrets = app.storage.enroll_secrets(listing.after, limit).await?;
    let full = secrets.len() >= limit as usize;
    let next = secrets.last().filter(|_| full).map(|secret| secret.id);
    let since = a_day_before(as_of);
    let refused = app.storage.refused_enrolments(since, NEWEST).await?;
    Ok(Json(ListAnswer {
        as_of,
        secrets: secrets
            .into_iter()
            .map(|secret| Row::of(secret, as_of))
            .collect(),
        next,
        refused: Refused {
            since,
            reasons: refused
                .counts
                .into_iter()
                .map(|(reason, count)| Reason { reason, count })
                .collect(),
            newest: refused.newest.into_iter().map(RefusedRow::from).collect(),
        },
    }))
}

/// Revoke an enrolment secret. Devices that are enrolled stay so.
#[utoipa::path(
    delete, path = "/api/v1/enroll-secrets/{name}", operation_id = "revoke_enroll_secret", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(("name" = String, Path, description = "What it is called.")),
    responses(
        (status = 204, description = "It enrols nobody any more."),
        (status = 404, description = "`not-found`: no secret of this name enrols.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn revoke(
    State(app): State<App>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, Rejected> {
    let revoked = app
        .storage
        .revoke_enroll_secret(&text::name(&name), &admin.actor, app.clock.now())
        .await?;
    if revoked {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Rejected::not_found(
        "No enrolment secret of this name enrols; it may have been revoked before.",
    ))
}
