//! Sessions of people who are signed in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::SignedDuration;

use super::cookie;
use crate::pages;
use crate::secret::Digest;
use crate::server::App;
use crate::storage::{StorageError, User};

/// A working day; then the password is asked for again.
pub(crate) const SESSION_LENGTH: SignedDuration = SignedDuration::from_hours(12);

/// Somebody who is signed in.
pub(crate) struct Session {
    pub(crate) user: User,
    /// As in the cookie.
    pub(crate) token: String,
}

/// The cookie's name. Over TLS browsers then take it only from this very host.
pub(crate) const fn session_cookie(secure: bool) -> &'static str {
    if secure {
        "__Host-rekey-session"
    } else {
        "rekey-session"
    }
}

/// What a form of this cookie's owner carries, so that no other page can send it.
pub(crate) fn form_token(cookie: &str) -> String {
    Digest::of(&format!("form of {cookie}")).to_hex()
}

impl Session {
    pub(crate) async fn of(headers: &HeaderMap, app: &App) -> Result<Option<Self>, StorageError> {
        let Some(token) = cookie(headers, session_cookie(app.secure)) else {
            return Ok(None);
        };
        let user = app
            .storage
            .session(&Digest::of(token), app.clock.now())
            .await?;
        Ok(user.map(|user| Self {
            user,
            token: token.to_owned(),
        }))
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = Response;

    /// Who is not signed in is sent to do so, and from there back to the page that they wanted.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Self::of(&parts.headers, app).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) if parts.method == Method::GET && parts.uri.path() != "/" => {
                let wanted = parts
                    .uri
                    .path_and_query()
                    .map_or("/", |wanted| wanted.as_str());
                let query = serde_urlencoded::to_string([("next", wanted)]).unwrap_or_default();
                Err(Redirect::to(&format!("/login?{query}")).into_response())
            }
            Ok(None) => Err(Redirect::to("/login").into_response()),
            Err(error) => Err(pages::trouble(&error)),
        }
    }
}
