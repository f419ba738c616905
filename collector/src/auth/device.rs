//! The device token.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Certified, bearer};
use crate::api::Rejected;
use crate::secret::Digest;
use crate::server::App;
use crate::storage::KnownDevice;

/// An enrolled device that showed its token.
pub(crate) struct DeviceAuth(pub(crate) KnownDevice);

impl FromRequestParts<App> for DeviceAuth {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Rejected> {
        let _: Certified = Certified::from_request_parts(parts, app).await?;
        let token = bearer(&parts.headers).ok_or_else(Rejected::unknown_device)?;
        let token = Digest::of(token);
        app.limits
            .device(&token, app.clock.now())
            .map_err(Rejected::too_many_requests)?;
        let device = app.storage.device_by_token(&token).await?;
        device.map(Self).ok_or_else(Rejected::unknown_device)
    }
}
