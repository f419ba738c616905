//! The admin's API: a token, or the session of somebody who is signed in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Session, bearer, form_token};
use crate::api::Rejected;
use crate::secret::Digest;
use crate::server::App;

/// A browser that is signed in gives the form's token in this header when it changes something.
const FORM_TOKEN: &str = "x-rekey-form";

/// Somebody who may see everything and change what admins change.
pub(crate) struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Rejected> {
        if let Some(token) = bearer(&parts.headers) {
            let known = app.storage.is_api_token(&Digest::of(token)).await?;
            return known.then_some(Self).ok_or_else(Rejected::unknown_admin);
        }
        let session = Session::of(&parts.headers, app)
            .await?
            .ok_or_else(Rejected::unknown_admin)?;
        // A cookie goes along with any request that another page can cause; this header does not.
        let meant = parts.method.is_safe()
            || parts
                .headers
                .get(FORM_TOKEN)
                .is_some_and(|token| token.as_bytes() == form_token(&session.token).as_bytes());
        meant.then_some(Self).ok_or_else(Rejected::unknown_admin)
    }
}
