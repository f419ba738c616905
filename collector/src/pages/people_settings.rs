//! People who use the collector: who may sign in, as what, and since when.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::browser_name::browser_name;
use super::parts::Frame;
use super::show::{When, when};
use super::{message, not_found, render, shown_once, trouble};
use crate::auth::{Admin, Posted, Session, used_after};
use crate::oidc::host;
use crate::secret::Secret;
use crate::server::App;
use crate::storage::{Action, Changed, NewEntry, NewUser, OpenSession, Role, User, UserChange};
use crate::text;

/// Who uses a collector are few; whoever gives everybody a role sees the first of them.
const MOST: u32 = 1000;

const LIST: &str = "/settings/people";

#[derive(Template)]
#[template(path = "people_settings.html")]
struct Page {
    frame: Frame,
    people: Vec<Row>,
    notice: Option<&'static str>,
    provider: Option<String>,
    local: bool,
}

struct Row {
    id: i64,
    name: String,
    role: Role,
    by: String,
    signed_in: Option<When>,
    disabled: Option<When>,
    /// The one who looks.
    own: bool,
}

/// What was done, as the address says it after the redirect.
#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

pub(super) fn notice(done: Result<Query<Done>, QueryRejection>) -> Option<&'static str> {
    let Query(done) = done.ok()?;
    Some(match done.done?.as_str() {
        "role" => "The role was changed. It holds from the next click on.",
        "disable" => "They can no longer sign in, and their sessions are ended.",
        "enable" => "They can sign in again.",
        "password" => "Your password was changed. All your other sessions are ended.",
        "session" => "The session is ended.",
        "revoke" => "The token is revoked. Nothing opens with it any more.",
        _ => return None,
    })
}

fn row(user: &User, session: &Session, app: &App) -> Row {
    let now = app.clock.now();
    Row {
        id: user.id,
        name: user.name.clone(),
        role: user.role,
        by: user
            .issuer
            .as_deref()
            .map_or_else(|| "password".to_owned(), host),
        signed_in: user.signed_in_at.map(|at| when(at, now)),
        disabled: user.disabled_at.map(|at| when(at, now)),
        own: user.id == session.user.id,
    }
}

pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    done: Result<Query<Done>, QueryRejection>,
) -> Response {
    let users = match app.storage.users(MOST).await {
        Ok(users) => users,
        Err(error) => return trouble(&error),
    };
    render(&Page {
        frame: Frame::of(&session, "users"),
        people: users.iter().map(|user| row(user, &session, &app)).collect(),
        notice: notice(done),
        provider: app.oidc.as_ref().map(crate::oidc::Oidc::host),
        local: app.local_sign_in,
    })
}

#[derive(Deserialize)]
pub(super) struct Addition {
    name: String,
    role: String,
}

pub(super) async fn add(
    State(app): State<App>,
    admin: Admin,
    Posted(addition): Posted<Addition>,
) -> Response {
    let name = text::name(&addition.name);
    let Some(role) = Role::parse(&addition.role).filter(|_| is_name(&name)) else {
        return message(
            StatusCode::BAD_REQUEST,
            "Nobody was added",
            "A name has 1 to 64 characters and no spaces, and the role is admin or auditor. Go back and try again.",
        );
    };
    let password = Secret::password();
    let hash = match app.passwords.hash(password.reveal().to_owned()).await {
        Ok(hash) => hash,
        Err(error) => return broken(&error),
    };
    let user = NewUser {
        name,
        role,
        password: hash,
    };
    let entry = NewEntry::new(
        app.clock.now(),
        admin.actor.clone(),
        Action::UserAdded,
        &*user.name,
    )
    .with(json!({ "role": role }));
    match app.storage.add_user(&user, &entry).await {
        Ok(Changed::Done) => shown_once::page(
            Frame::seen_by(&admin, "users"),
            &format!("{} can sign in now", user.name),
            "Their first password. They change it under their own name, at the top of each page.",
            password.reveal(),
            LIST,
        ),
        Ok(_) => message(
            StatusCode::CONFLICT,
            "Nobody was added",
            "Somebody has this name already, perhaps in other letters or disabled. Go back and take another.",
        ),
        Err(error) => trouble(&error),
    }
}

/// What can be typed at sign-in and told apart in the audit log.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_whitespace)
}

#[derive(Template)]
#[template(path = "person_settings.html")]
struct PersonPage {
    frame: Frame,
    person: Row,
    created: When,
    is_local: bool,
    sessions: Vec<SessionRow>,
    notice: Option<&'static str>,
}

pub(super) struct SessionRow {
    pub(super) id: i64,
    pub(super) started: When,
    pub(super) used: When,
    pub(super) address: String,
    pub(super) browser: String,
    /// As it calls itself.
    pub(super) agent: String,
    /// The one that looks.
    pub(super) own: bool,
}

pub(super) fn session_row(open: OpenSession, session: &Session, app: &App) -> SessionRow {
    let now = app.clock.now();
    SessionRow {
        id: open.id,
        started: when(open.started_at, now),
        used: when(open.used_at, now),
        own: open.id == session.open.id,
        address: open.address,
        browser: browser_name(&open.browser),
        agent: open.browser,
    }
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    id: Result<Path<i64>, PathRejection>,
    done: Result<Query<Done>, QueryRejection>,
) -> Response {
    let Ok(Path(id)) = id else {
        return not_found();
    };
    let now = app.clock.now();
    let user = match app.storage.user_by_id(id).await {
        Ok(Some(user)) => user,
        Ok(None) => return not_found(),
        Err(error) => return trouble(&error),
    };
    let sessions = match app.storage.sessions_of(id, now, used_after(now)).await {
        Ok(sessions) => sessions,
        Err(error) => return trouble(&error),
    };
    render(&PersonPage {
        frame: Frame::of(&session, "users"),
        person: row(&user, &session, &app),
        created: when(user.created_at, now),
        is_local: user.issuer.is_none(),
        sessions: sessions
            .into_iter()
            .map(|open| session_row(open, &session, &app))
            .collect(),
        notice: notice(done),
    })
}

#[derive(Deserialize)]
pub(super) struct NewRole {
    role: String,
}

pub(super) async fn set_role(
    State(app): State<App>,
    admin: Admin,
    id: Result<Path<i64>, PathRejection>,
    Posted(wanted): Posted<NewRole>,
) -> Response {
    let Some(role) = Role::parse(&wanted.role) else {
        return not_found();
    };
    let change = UserChange::Role(role);
    change_user(&app, &admin, id, change, Action::RoleChanged, "role").await
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn disable(
    State(app): State<App>,
    admin: Admin,
    id: Result<Path<i64>, PathRejection>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let change = UserChange::Disable;
    change_user(&app, &admin, id, change, Action::UserDisabled, "disable").await
}

pub(super) async fn enable(
    State(app): State<App>,
    admin: Admin,
    id: Result<Path<i64>, PathRejection>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let change = UserChange::Enable;
    change_user(&app, &admin, id, change, Action::UserEnabled, "enable").await
}

pub(super) async fn reset_password(
    State(app): State<App>,
    admin: Admin,
    id: Result<Path<i64>, PathRejection>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let Ok(Path(id)) = id else {
        return not_found();
    };
    let password = Secret::password();
    let hash = match app.passwords.hash(password.reveal().to_owned()).await {
        Ok(hash) => hash,
        Err(error) => return broken(&error),
    };
    let change = UserChange::Password(hash, None);
    match changed(&app, &admin, id, &change, Action::PasswordReset).await {
        Ok(user) => shown_once::page(
            Frame::seen_by(&admin, "users"),
            &format!("{} has a new password", user.name),
            "The old one no longer holds, and their sessions are ended.",
            password.reveal(),
            LIST,
        ),
        Err(response) => *response,
    }
}

async fn change_user(
    app: &App,
    admin: &Admin,
    id: Result<Path<i64>, PathRejection>,
    change: UserChange,
    action: Action,
    done: &str,
) -> Response {
    let Ok(Path(id)) = id else {
        return not_found();
    };
    match changed(app, admin, id, &change, action).await {
        Ok(_) => Redirect::to(&format!("{LIST}/{id}?done={done}")).into_response(),
        Err(response) => *response,
    }
}

async fn changed(
    app: &App,
    admin: &Admin,
    id: i64,
    change: &UserChange,
    action: Action,
) -> Result<User, Box<Response>> {
    let user = match app.storage.user_by_id(id).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(Box::new(not_found())),
        Err(error) => return Err(Box::new(trouble(&error))),
    };
    let details = match change {
        UserChange::Role(role) => json!({ "from": user.role, "to": role }),
        _ => json!({}),
    };
    let entry =
        NewEntry::new(app.clock.now(), admin.actor.clone(), action, &*user.name).with(details);
    match app.storage.change_user(id, change, &entry).await {
        Ok(Changed::Done) => Ok(user),
        Ok(Changed::LastAdmin) => Err(Box::new(message(
            StatusCode::CONFLICT,
            "Nothing was changed",
            "This is the last local admin who can sign in. Make another one first, so that nobody is locked out when the sign-in service is away.",
        ))),
        Ok(_) => Err(Box::new(message(
            StatusCode::CONFLICT,
            "Nothing was changed",
            "It was so already, or the sign-in service says it and not this collector. Go back and load the page again.",
        ))),
        Err(error) => Err(Box::new(trouble(&error))),
    }
}

pub(super) fn broken(error: &anyhow::Error) -> Response {
    tracing::error!(%error, "password");
    message(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Nothing was changed",
        "No password could be made. The collector's log says why.",
    )
}
