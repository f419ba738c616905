//! Who asks, and whether they may: for pages a session, for the API a session or an API token.
//!
//! A handler that only shows takes a [`Viewer`] (or, on a page, a [`Session`]); one that changes something
//! takes an [`Admin`]. Pages answer strangers with the sign-in page, the API with 401; auditors who try to
//! change something get 403 `read-only` from both.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Session, bearer, caller, form_token};
use crate::api::Rejected;
use crate::pages;
use crate::secret::Digest;
use crate::server::App;
use crate::storage::{Actor, Role, Who};
use jiff::{SignedDuration, Timestamp};

/// A browser that is signed in gives the form's token in this header when it changes something by the API.
const FORM_TOKEN: &str = "x-rekey-form";

/// Use of a token is noted no more often than that, so that asking seldom writes.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// Somebody who may see everything: an admin or an auditor.
pub(crate) struct Viewer {
    /// For the audit log.
    pub(crate) actor: Actor,
    pub(crate) role: Role,
    /// None where an API token was given.
    pub(crate) session: Option<Session>,
}

/// Somebody who may also change things.
pub(crate) struct Admin(Viewer);

impl Deref for Admin {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.0
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        if !is_api(parts) {
            let session = Session::from_request_parts(parts, app).await?;
            return Ok(Self::signed_in(session, parts, app));
        }
        api(parts, app).await.map_err(IntoResponse::into_response)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let viewer = Viewer::from_request_parts(parts, app).await?;
        if viewer.role.may_change() {
            return Ok(Self(viewer));
        }
        Err(if is_api(parts) {
            Rejected::read_only().into_response()
        } else {
            pages::read_only()
        })
    }
}

impl Viewer {
    fn signed_in(session: Session, parts: &Parts, app: &App) -> Self {
        Self {
            actor: Actor {
                who: Who::User(session.user.name.clone()),
                address: caller::of(parts, app),
            },
            role: session.role,
            session: Some(session),
        }
    }
}

async fn api(parts: &Parts, app: &App) -> Result<Viewer, Rejected> {
    if let Some(token) = bearer(&parts.headers) {
        let now = app.clock.now();
        let token = app
            .storage
            .api_token(&Digest::of(token), now)
            .await?
            .ok_or_else(Rejected::unknown_admin)?;
        let noted = token.last_used_at.unwrap_or(Timestamp::MIN);
        if now.duration_since(noted) >= NOTED {
            app.storage.use_api_token(token.id, now).await?;
        }
        return Ok(Viewer {
            actor: Actor {
                who: Who::ApiToken(token.name),
                address: caller::of(parts, app),
            },
            role: token.role,
            session: None,
        });
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
    if !meant {
        return Err(Rejected::new(
            StatusCode::UNAUTHORIZED,
            "unknown-admin",
            "Give an API token as `Authorization: Bearer TOKEN`: a session alone changes nothing here.",
        ));
    }
    Ok(Viewer::signed_in(session, parts, app))
}

fn is_api(parts: &Parts) -> bool {
    let path = parts.uri.path();
    path.starts_with("/api/")
        || path == "/metrics"
        || parts.headers.contains_key(header::AUTHORIZATION)
}
