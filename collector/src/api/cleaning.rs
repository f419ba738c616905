//! The admin's brake: whether devices may change anything.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use rekey_report::{Cleaning, Rejection};
use serde::Deserialize;
use utoipa::ToSchema;

use super::document::{AdminRefusals, BodyRefusals, ViewerRefusals};
use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Admin, Viewer};
use crate::server::App;
use crate::storage::{CleaningChange, CleaningScope, CleaningStates};
use crate::text;

/// Whether devices may change anything.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CleaningRequest)]
struct Setting {
    scope: Scope,
    /// The name of the ring, for the scope `ring` alone.
    ring: Option<String>,
    state: Cleaning,
    /// Why, for the audit log and for whoever asks.
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CleaningScope)]
enum Scope {
    All,
    Ring,
}

/// Pause or allow cleaning, for all devices or for a ring.
///
/// A pause for all holds for every ring, whatever is set for the ring.
#[utoipa::path(
    put, path = "/api/v1/cleaning", operation_id = "set_cleaning", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    request_body(content = Setting, example = json!({ "scope": "ring", "ring": "pilot", "state": "paused" })),
    responses(
        (status = 200, description = "What is set now.", body = CleaningStates),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-scope`: scope and ring do not fit.", body = Rejection),
        BodyRefusals,
        AdminRefusals,
    )
)]
pub(super) async fn set(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<CleaningStates>, Rejected> {
    let setting: Setting = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    let ring = text::optional_name(setting.ring.as_deref());
    let scope = match (setting.scope, ring) {
        (Scope::All, None) => CleaningScope::All,
        (Scope::Ring, Some(ring)) => CleaningScope::Ring(text::ring_key(&ring)),
        (Scope::All, Some(_)) => {
            return Err(Rejected::bad(
                "bad-scope",
                "The scope `all` takes no ring. Leave the ring out, or use the scope `ring`.",
            ));
        }
        (Scope::Ring, None) => {
            return Err(Rejected::bad(
                "bad-scope",
                "The scope `ring` needs the name of a ring.",
            ));
        }
    };
    let change = CleaningChange {
        scope,
        state: setting.state,
        actor: admin.actor.clone(),
        reason: text::optional_name(setting.reason.as_deref()).unwrap_or_default(),
        at: app.clock.now(),
    };
    app.storage.set_cleaning(&change).await?;
    tracing::info!(?change, "cleaning was set");
    Ok(Json(app.storage.cleaning().await?))
}

/// What is set for cleaning.
#[utoipa::path(
    get, path = "/api/v1/cleaning", operation_id = "cleaning", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    responses((status = 200, description = "What is set.", body = CleaningStates), ViewerRefusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Viewer,
) -> Result<Json<CleaningStates>, Rejected> {
    Ok(Json(app.storage.cleaning().await?))
}
