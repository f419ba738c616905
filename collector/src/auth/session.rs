//! Sessions of people who are signed in.

use axum::extract::FromRequestParts;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Caller, cookie, set_cookie};
use crate::pages;
use crate::secret::{Digest, Purpose, Secret};
use crate::server::App;
use crate::storage::{
    self, Action, Actor, NewEntry, NewSession, OpenSession, Role, StorageError, User, Who,
};
use crate::text;

/// A working day; then people sign in again.
pub(crate) const SESSION_LENGTH: SignedDuration = SignedDuration::from_hours(12);

/// So long a session may lie unused.
const IDLE: SignedDuration = SignedDuration::from_hours(2);

/// Use is noted no more often than that, so that looking at pages seldom writes.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// Somebody who is signed in, of whatever role. Pages that only show take this.
pub(crate) struct Session {
    pub(crate) user: User,
    pub(crate) role: Role,
    pub(crate) open: OpenSession,
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

/// A session that was not used since then is over.
pub(crate) fn used_after(now: Timestamp) -> Timestamp {
    now.checked_sub(IDLE).unwrap_or(Timestamp::MIN)
}

impl Session {
    pub(crate) async fn of(headers: &HeaderMap, app: &App) -> Result<Option<Self>, StorageError> {
        let Some(token) = cookie(headers, session_cookie(app.secure)) else {
            return Ok(None);
        };
        let now = app.clock.now();
        let found = app
            .storage
            .session(&Digest::of(token), now, used_after(now))
            .await?;
        let Some((user, open)) = found else {
            return Ok(None);
        };
        if now.duration_since(open.used_at) >= NOTED {
            app.storage.use_session(open.id, now).await?;
        }
        Ok(Some(Self {
            role: user.role,
            user,
            open,
            token: token.to_owned(),
        }))
    }

    /// For the audit log.
    pub(crate) fn actor(&self, caller: Caller) -> Actor {
        Actor {
            who: Who::User(self.user.name.clone()),
            address: Some(caller.0),
        }
    }

    /// Begins a session of somebody who has just shown who they are, and answers its cookie.
    ///
    /// It goes along when another site leads here, for links to pages stand in mails and chats and the
    /// identity provider is another site; what changes anything asks for the form's token beside it.
    pub(crate) async fn begin(
        app: &App,
        user: &User,
        caller: Caller,
        headers: &HeaderMap,
    ) -> storage::Result<String> {
        let now = app.clock.now();
        let secret = Secret::new(Purpose::Session);
        let browser = headers.get(USER_AGENT).and_then(|name| name.to_str().ok());
        let session = NewSession {
            token: secret.digest(),
            user: user.id,
            until: now + SESSION_LENGTH,
            address: caller.0.to_string(),
            browser: text::name(browser.unwrap_or_default()),
        };
        let actor = Actor {
            who: Who::User(user.name.clone()),
            address: Some(caller.0),
        };
        let by = user.issuer.as_deref().unwrap_or("password");
        let entry = NewEntry::new(now, actor, Action::SignedIn, &*user.name)
            .with(json!({ "by": by, "role": user.role }));
        app.storage.open_session(&session, &entry).await?;
        Ok(set_cookie(
            session_cookie(app.secure),
            secret.reveal(),
            app.secure,
            super::cookies::SameSite::Lax,
            SESSION_LENGTH.as_secs(),
        ))
    }
}

/// Takes the cookie of a session away.
pub(crate) fn without_session(app: &App, response: Response) -> Response {
    let gone = set_cookie(
        session_cookie(app.secure),
        "",
        app.secure,
        super::cookies::SameSite::Lax,
        0,
    );
    (AppendHeaders([(SET_COOKIE, gone)]), response).into_response()
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
