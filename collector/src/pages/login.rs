//! Signing in with a name and a password, and signing out.

use askama::Template;
use axum::Form;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::parts::{Frame, address};
use super::{render, trouble};
use crate::auth::{
    Caller, Posted, SameSite, Session, Try, cookie, form_token, set_cookie, without_session,
};
use crate::secret::{Purpose, Secret};
use crate::server::App;
use crate::storage::{Action, Actor, NewEntry, User, Who};

/// Ties the sign-in form to this browser before there is a session.
const BEFORE: &str = "rekey-sign-in";

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    frame: Frame,
    next: String,
    user: String,
    problem: Option<String>,
    /// The provider's host and the address that leads there.
    provider: Option<(String, String)>,
    /// Whether names and passwords are taken.
    local: bool,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    form: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let next = wanted.map(|Query(wanted)| wanted.next).unwrap_or_default();
    if let Ok(Some(_)) = Session::of(&headers, &app).await {
        return Redirect::to(&inside(&next)).into_response();
    }
    form(&app, StatusCode::OK, &next, "", None)
}

/// The sign-in page, with what went wrong before.
pub(super) fn form(
    app: &App,
    status: StatusCode,
    next: &str,
    user: &str,
    problem: Option<String>,
) -> Response {
    let before = Secret::new(Purpose::Session);
    let mut frame = Frame::stranger();
    frame.form = form_token(before.reveal());
    let next = inside(next);
    let page = Page {
        frame,
        user: user.to_owned(),
        problem,
        provider: app.oidc.as_ref().map(|oidc| {
            let there = address("/login/provider", &[("next", &next)]);
            (oidc.host(), there)
        }),
        local: app.local_sign_in,
        next,
    };
    let cookie = set_cookie(BEFORE, before.reveal(), app.secure, SameSite::Strict, 3600);
    (status, AppendHeaders([(SET_COOKIE, cookie)]), render(&page)).into_response()
}

pub(super) async fn enter(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Response {
    let again = |status, problem: &str| {
        let problem = Some(problem.to_owned());
        form(&app, status, &entry.next, &entry.user, problem)
    };
    if !app.local_sign_in {
        let problem = "Names and passwords are not taken here. Use the sign-in service.";
        return again(StatusCode::FORBIDDEN, problem);
    }
    let before = cookie(&headers, BEFORE).unwrap_or_default();
    if before.is_empty() || form_token(before) != entry.form {
        let problem = "This page was open for too long, or cookies are off. Please try once more.";
        return again(StatusCode::FORBIDDEN, problem);
    }
    match password_fits(&app, caller, &entry).await {
        Ok(Tried::Right(user)) => match Session::begin(&app, &user, caller, &headers).await {
            Ok(session) => {
                let before = set_cookie(BEFORE, "", app.secure, SameSite::Strict, 0);
                let cookies = AppendHeaders([(SET_COOKIE, session), (SET_COOKIE, before)]);
                (cookies, Redirect::to(&inside(&entry.next))).into_response()
            }
            Err(error) => trouble(&error),
        },
        Ok(Tried::Wrong) => again(
            StatusCode::UNAUTHORIZED,
            "The name or the password is wrong.",
        ),
        Ok(Tried::TooOften) => again(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many wrong passwords were tried. Please wait ten minutes.",
        ),
        Err(error) => trouble(&error),
    }
}

enum Tried {
    Right(User),
    Wrong,
    TooOften,
}

async fn password_fits(app: &App, caller: Caller, entry: &Entry) -> crate::storage::Result<Tried> {
    let now = app.clock.now();
    let user = app.storage.user(&entry.user).await?;
    let id = user.as_ref().map(|user| user.id);
    let attempt = Try::begin(&*app.storage, &entry.user, id, caller.0, now).await?;
    let Some(attempt) = attempt else {
        tracing::warn!(caller = %caller.0, "too many wrong passwords");
        return Ok(Tried::TooOften);
    };
    let hash = user.as_ref().and_then(|user| user.password.as_deref());
    let right = app.passwords.check(hash, entry.password.clone()).await;
    match user {
        Some(user) if right && user.disabled_at.is_none() => {
            attempt.was_right(&*app.storage, user.id, now).await?;
            Ok(Tried::Right(user))
        }
        user => {
            refused(app, caller, user.as_ref(), right).await?;
            Ok(Tried::Wrong)
        }
    }
}

/// Only a name that is somebody's is kept: people type passwords where their name belongs.
async fn refused(
    app: &App,
    caller: Caller,
    user: Option<&User>,
    right: bool,
) -> crate::storage::Result<()> {
    let reason = match user {
        None => "unknown-name",
        Some(_) if right => "disabled",
        Some(_) => "wrong-password",
    };
    tracing::warn!(caller = %caller.0, reason, "sign-in refused");
    let name = user.map_or("", |user| user.name.as_str());
    let actor = Actor {
        who: Who::Stranger,
        address: Some(caller.0),
    };
    let details = json!({ "reason": reason });
    app.audit(&actor, Action::SignInRefused, name, details)
        .await
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    frame: Frame,
    host: String,
    there: String,
}

pub(super) async fn leave(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let name = session.user.name.as_str();
    let entry = NewEntry::new(
        app.clock.now(),
        session.actor(caller),
        Action::SignedOut,
        name,
    );
    let closed = app
        .storage
        .close_session(session.open.id, session.user.id, &entry)
        .await;
    if let Err(error) = closed {
        return trouble(&error);
    }
    let there = session
        .user
        .issuer
        .as_ref()
        .and(app.oidc.as_ref())
        .and_then(|oidc| Some((oidc.host(), oidc.sign_out_url()?)));
    let response = match there {
        // Whoever sits there next could come in again without a password, so that is offered at once.
        Some((host, there)) => render(&SignedOut {
            frame: Frame::stranger(),
            host,
            there,
        }),
        None => Redirect::to("/login").into_response(),
    };
    without_session(&app, response)
}

/// Only a page of this collector: nobody is sent elsewhere after signing in.
pub(super) fn inside(next: &str) -> String {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if own { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(inside("/devices?state=silent"), "/devices?state=silent");
        for elsewhere in [
            "https://fabrikam.example",
            "//fabrikam.example",
            "/\\fabrikam.example",
            "",
            "devices",
        ] {
            assert_eq!(inside(elsewhere), "/");
        }
    }
}
