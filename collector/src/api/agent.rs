//! What an agent asks before its first edit.

use axum::Json;
use axum::extract::State;
use rekey_report::AgentAnswer;

use super::Rejected;
use super::document::DeviceRefusals;
use crate::auth::DeviceAuth;
use crate::server::App;
use crate::text;

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
