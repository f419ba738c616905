//! The certificate of a device, where this collector asks for one.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::api::Rejected;
use crate::server::{App, Peer};

/// A caller who may speak to the endpoints of devices: with a certificate of `--tls-client-ca`, or any where there is
/// no such CA. Browsers need none for pages, so it is asked for here and not at the handshake.
pub(crate) struct Certified;

impl FromRequestParts<App> for Certified {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Rejected> {
        if !app.certificates_needed {
            return Ok(Self);
        }
        let certified = parts
            .extensions
            .get::<ConnectInfo<Peer>>()
            .is_some_and(|ConnectInfo(peer)| peer.certified);
        certified
            .then_some(Self)
            .ok_or_else(Rejected::certificate_needed)
    }
}
