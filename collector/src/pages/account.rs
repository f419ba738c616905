//! One's own account: password and sessions. Auditors have one too: nothing here changes what others see.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::parts::Frame;
use super::people_settings::{Done, Nothing, SessionRow, broken, notice, session_row};
use super::{not_found, trouble, with_status};
use crate::auth::{Caller, Posted, Session, Try, hash_password, used_after};
use crate::oidc::host;
use crate::secret::Digest;
use crate::server::App;
use crate::storage::{Action, Changed, NewEntry, Role, UserChange};

const PAGE: &str = "/settings/account";

/// Longer is better than stranger (NIST SP 800-63B).
const SHORTEST: usize = 12;

/// Hashing a longer one would only cost.
const LONGEST: usize = 1024;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    name: String,
    role: Role,
    issuer: Option<String>,
    sessions: Vec<SessionRow>,
    notice: Option<&'static str>,
    problem: Option<&'static str>,
    shortest: usize,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    done: Result<Query<Done>, QueryRejection>,
) -> Response {
    page(&app, &session, StatusCode::OK, notice(done), None).await
}

async fn page(
    app: &App,
    session: &Session,
    status: StatusCode,
    notice: Option<&'static str>,
    problem: Option<&'static str>,
) -> Response {
    let now = app.clock.now();
    let open = app
        .storage
        .sessions_of(session.user.id, now, used_after(now))
        .await;
    match open {
        Ok(open) => with_status(
            status,
            &Page {
                frame: Frame::of(session, "account"),
                name: session.user.name.clone(),
                role: session.role,
                issuer: session.user.issuer.as_deref().map(host),
                sessions: open
                    .into_iter()
                    .map(|open| session_row(open, session, app))
                    .collect(),
                notice,
                problem,
                shortest: SHORTEST,
            },
        ),
        Err(error) => trouble(&error),
    }
}

#[derive(Deserialize)]
pub(super) struct Passwords {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

pub(super) async fn set_password(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    Posted(passwords): Posted<Passwords>,
) -> Response {
    let again = async |status, problem| page(&app, &session, status, None, Some(problem)).await;
    let Some(hash) = session.user.password.as_deref() else {
        return not_found();
    };
    if passwords.new != passwords.again {
        let problem = "The new password was typed in two ways.";
        return again(StatusCode::BAD_REQUEST, problem).await;
    }
    if !(SHORTEST..=LONGEST).contains(&passwords.new.chars().count()) {
        let problem = "The new password is too short: it needs 12 characters or more.";
        return again(StatusCode::BAD_REQUEST, problem).await;
    }
    let now = app.clock.now();
    let (name, id) = (session.user.name.as_str(), session.user.id);
    // Whoever finds a screen unlocked must not guess here either.
    let attempt = match Try::begin(&*app.storage, name, Some(id), caller.0, now).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => {
            let problem = "Too many wrong passwords were tried. Please wait ten minutes.";
            return again(StatusCode::TOO_MANY_REQUESTS, problem).await;
        }
        Err(error) => return trouble(&error),
    };
    if !app.passwords.check(Some(hash), passwords.old).await {
        let problem = "The old password is wrong.";
        return again(StatusCode::FORBIDDEN, problem).await;
    }
    if let Err(error) = attempt.was_right(&*app.storage, id, now).await {
        return trouble(&error);
    }
    let hash = match hash_password(&passwords.new) {
        Ok(hash) => hash,
        Err(error) => return broken(&error),
    };
    let entry = NewEntry::new(now, session.actor(caller), Action::PasswordChanged, name);
    let change = UserChange::Password(hash, Some(Digest::of(&session.token)));
    match app.storage.change_user(id, &change, &entry).await {
        Ok(Changed::Done) => Redirect::to(&format!("{PAGE}?done=password")).into_response(),
        Ok(_) => not_found(),
        Err(error) => trouble(&error),
    }
}

pub(super) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    id: Result<Path<i64>, PathRejection>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let Ok(Path(id)) = id else {
        return not_found();
    };
    let name = session.user.name.as_str();
    let entry = NewEntry::new(
        app.clock.now(),
        session.actor(caller),
        Action::SessionEnded,
        name,
    );
    match app.storage.close_session(id, session.user.id, &entry).await {
        // One that is over already is ended too.
        Ok(_) => Redirect::to(&format!("{PAGE}?done=session")).into_response(),
        Err(error) => trouble(&error),
    }
}
