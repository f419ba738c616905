//! Signing in and out.

use askama::Template;
use axum::Form;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::parts::Frame;
use super::{render, trouble};
use crate::auth::{
    Caller, SESSION_LENGTH, Session, cookie, form_token, session_cookie, set_cookie,
};
use crate::secret::{Digest, Purpose, Secret};
use crate::server::App;

/// Ties the sign-in form to this browser before there is a session.
const BEFORE: &str = "rekey-sign-in";

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    frame: Frame,
    next: String,
    user: String,
    problem: Option<&'static str>,
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
    form(&app, StatusCode::OK, next, String::new(), None)
}

fn form(
    app: &App,
    status: StatusCode,
    next: String,
    user: String,
    problem: Option<&'static str>,
) -> Response {
    let before = Secret::new(Purpose::Session);
    let mut frame = Frame::stranger();
    frame.form = form_token(before.reveal());
    let page = Page {
        frame,
        next: inside(&next),
        user,
        problem,
    };
    let cookie = set_cookie(BEFORE, before.reveal(), app.secure, 3600);
    (status, AppendHeaders([(SET_COOKIE, cookie)]), render(&page)).into_response()
}

pub(super) async fn enter(
    State(app): State<App>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Form(entry): Form<Entry>,
) -> Response {
    let again = |status, problem| {
        form(
            &app,
            status,
            entry.next.clone(),
            entry.user.clone(),
            Some(problem),
        )
    };
    let before = cookie(&headers, BEFORE).unwrap_or_default();
    if before.is_empty() || form_token(before) != entry.form {
        let problem = "This page was open for too long, or cookies are off. Please try once more.";
        return again(StatusCode::FORBIDDEN, problem);
    }
    let now = app.clock.now();
    if !app.throttle.allows(caller, now) {
        let problem = "Too many wrong passwords came from your address. Please wait ten minutes.";
        return again(StatusCode::TOO_MANY_REQUESTS, problem);
    }
    let user = match app.storage.user(&entry.user).await {
        Ok(user) => user,
        Err(error) => return trouble(&error),
    };
    let hash = user.as_ref().map(|user| user.password.as_str());
    let right = app.passwords.check(hash, entry.password.clone()).await;
    let Some(user) = user.filter(|_| right) else {
        app.throttle.wrong(caller, now);
        tracing::warn!(%caller, "wrong name or password");
        let problem = "The name or the password is wrong.";
        return again(StatusCode::UNAUTHORIZED, problem);
    };
    app.throttle.right(caller);
    let session = Secret::new(Purpose::Session);
    let opened = app
        .storage
        .open_session(&session.digest(), &user, now, now + SESSION_LENGTH)
        .await;
    if let Err(error) = opened {
        return trouble(&error);
    }
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            set_cookie(
                session_cookie(app.secure),
                session.reveal(),
                app.secure,
                SESSION_LENGTH.as_secs(),
            ),
        ),
        (SET_COOKIE, set_cookie(BEFORE, "", app.secure, 0)),
    ]);
    (cookies, Redirect::to(&inside(&entry.next))).into_response()
}

#[derive(Deserialize)]
pub(super) struct Leave {
    #[serde(default)]
    form: String,
}

pub(super) async fn leave(
    State(app): State<App>,
    session: Session,
    Form(leave): Form<Leave>,
) -> Response {
    if leave.form != form_token(&session.token) {
        return Redirect::to("/").into_response();
    }
    if let Err(error) = app.storage.close_session(&Digest::of(&session.token)).await {
        return trouble(&error);
    }
    let gone = set_cookie(session_cookie(app.secure), "", app.secure, 0);
    (AppendHeaders([(SET_COOKIE, gone)]), Redirect::to("/login")).into_response()
}

/// Only a page of this collector: nobody is sent elsewhere after signing in.
fn inside(next: &str) -> String {
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
