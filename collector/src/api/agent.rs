//! What an agent asks before its first edit.

use axum::Json;
use axum::extract::State;
use rekey_report::AgentAnswer;

use super::Rejected;
use crate::auth::DeviceAuth;
use crate::server::App;
use crate::text;

pub(super) async fn ask(
    State(app): State<App>,
    DeviceAuth(device): DeviceAuth,
) -> Result<Json<AgentAnswer>, Rejected> {
    let ring = device.ring.as_deref().map(text::ring_key);
    let cleaning = app.storage.cleaning_for(ring.as_deref()).await?;
    Ok(Json(AgentAnswer { cleaning }))
}
