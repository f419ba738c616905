//! The admin's brake: whether devices may change anything.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use rekey_report::Cleaning;
use serde::Deserialize;

use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Admin, Viewer};
use crate::server::App;
use crate::storage::{CleaningChange, CleaningScope, CleaningStates};
use crate::text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    scope: Scope,
    ring: Option<String>,
    state: Cleaning,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    All,
    Ring,
}

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

pub(super) async fn show(
    State(app): State<App>,
    _: Viewer,
) -> Result<Json<CleaningStates>, Rejected> {
    Ok(Json(app.storage.cleaning().await?))
}
