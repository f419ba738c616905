//! API tokens: what scripts show, made and revoked here.

use askama::Template;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::parts::Frame;
use super::people_settings::{Done, Nothing, notice};
use super::show::{When, when};
use super::{message, not_found, render, shown_once, trouble};
use crate::auth::{Admin, Posted, Session};
use crate::secret::{Purpose, Secret};
use crate::server::App;
use crate::storage::{Action, ApiToken, Changed, NewApiToken, NewEntry, Role};
use crate::text;

const MOST: u32 = 500;
const LIST: &str = "/settings/api-tokens";

#[derive(Template)]
#[template(path = "api_tokens.html")]
struct Page {
    frame: Frame,
    tokens: Vec<Row>,
    notice: Option<&'static str>,
}

struct Row {
    id: i64,
    name: String,
    role: Role,
    created: When,
    created_by: String,
    used: Option<When>,
    /// When it ends, as a date.
    ends: Option<When>,
    /// Why nothing opens with it any more.
    over: Option<&'static str>,
}

pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    done: Result<Query<Done>, QueryRejection>,
) -> Response {
    let now = app.clock.now();
    let row = |token: ApiToken| Row {
        id: token.id,
        role: token.role,
        created: when(token.created_at, now),
        used: token.last_used_at.map(|at| when(at, now)),
        ends: token.expires_at.map(|at| when(at, now)),
        over: match (token.revoked_at, token.expires_at) {
            (Some(_), _) => Some("revoked"),
            (None, Some(end)) if end <= now => Some("expired"),
            _ => None,
        },
        name: token.name,
        created_by: token.created_by,
    };
    match app.storage.api_tokens(MOST).await {
        Ok(tokens) => render(&Page {
            frame: Frame::of(&session, "api-tokens"),
            tokens: tokens.into_iter().map(row).collect(),
            notice: notice(done),
        }),
        Err(error) => trouble(&error),
    }
}

/// To the second: it is shown, and kept in the audit log.
fn end(now: Timestamp, days: i64) -> Timestamp {
    let end = now + SignedDuration::from_hours(24 * days);
    Timestamp::from_second(end.as_second()).unwrap_or(end)
}

#[derive(Deserialize)]
pub(super) struct Addition {
    name: String,
    role: String,
    /// From now on; empty for one that never ends.
    #[serde(default)]
    days: String,
}

pub(super) async fn add(
    State(app): State<App>,
    admin: Admin,
    Posted(addition): Posted<Addition>,
) -> Response {
    let now = app.clock.now();
    let name = text::name(&addition.name);
    let days = match addition.days.as_str() {
        "" => Some(None),
        days => days
            .parse::<i64>()
            .ok()
            .filter(|days| (1..=3650).contains(days))
            .map(Some),
    };
    let (Some(role), Some(days), false) = (Role::parse(&addition.role), days, name.is_empty())
    else {
        return message(
            StatusCode::BAD_REQUEST,
            "No token was made",
            "A token needs a name, a role, and at most 3650 days. Go back and try again.",
        );
    };
    let secret = Secret::new(Purpose::Api);
    let token = NewApiToken {
        token: secret.digest(),
        name,
        role,
        created_by: admin.actor.who.to_string(),
        expires_at: days.map(|days| end(now, days)),
    };
    let entry = NewEntry::new(now, admin.actor.clone(), Action::ApiTokenMade, &*token.name)
        .with(json!({ "role": role, "expires_at": token.expires_at }));
    match app.storage.add_api_token(&token, &entry).await {
        Ok(Changed::Done) => shown_once::page(
            Frame::seen_by(&admin, "api-tokens"),
            &format!("The token {} is made", token.name),
            "Scripts give it as Authorization: Bearer TOKEN.",
            secret.reveal(),
            LIST,
        ),
        Ok(_) => message(
            StatusCode::CONFLICT,
            "No token was made",
            "A token of this name is there already. Revoke it first, or go back and take another name.",
        ),
        Err(error) => trouble(&error),
    }
}

pub(super) async fn revoke(
    State(app): State<App>,
    admin: Admin,
    id: Result<Path<i64>, PathRejection>,
    Posted(Nothing {}): Posted<Nothing>,
) -> Response {
    let Ok(Path(id)) = id else {
        return not_found();
    };
    let name = match app.storage.api_tokens(MOST).await {
        Ok(tokens) => tokens.into_iter().find(|token| token.id == id),
        Err(error) => return trouble(&error),
    };
    let Some(token) = name else {
        return not_found();
    };
    let entry = NewEntry::new(
        app.clock.now(),
        admin.actor.clone(),
        Action::ApiTokenRevoked,
        token.name,
    );
    match app.storage.revoke_api_token(id, &entry).await {
        // Revoked twice is revoked.
        Ok(_) => Redirect::to(&format!("{LIST}?done=revoke")).into_response(),
        Err(error) => trouble(&error),
    }
}
