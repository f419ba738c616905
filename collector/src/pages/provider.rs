//! Signing in at the identity provider: there and back.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::login::{form, inside};
use super::parts::Frame;
use super::{message, not_found, render, trouble};
use crate::auth::{Caller, SameSite, Session, cookie, set_cookie};
use crate::oidc::{Answer, FLOW_LENGTH, Identity, NoRole, Oidc, Trouble, flow_cookie};
use crate::server::App;
use crate::storage::{Action, Actor, ProviderUser, Who};

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
    /// Another account than the one that is signed in there.
    #[serde(default)]
    choose: bool,
}

pub(super) async fn start(
    State(app): State<App>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Some(oidc) = &app.oidc else {
        return not_found();
    };
    let (next, choose) = wanted.map_or_else(
        |_| ("/".to_owned(), false),
        |Query(wanted)| (inside(&wanted.next), wanted.choose),
    );
    match oidc.start(app.clock.now(), &next, choose).await {
        Ok(start) => {
            let cookie = keep(&app, &start.cookie, FLOW_LENGTH.as_secs());
            (
                AppendHeaders([(SET_COOKIE, cookie)]),
                Redirect::to(&start.url),
            )
                .into_response()
        }
        Err(error) => failed(&app, oidc, &next, &error),
    }
}

pub(super) async fn end(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let Some(oidc) = &app.oidc else {
        return not_found();
    };
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let begun = cookie(&headers, flow_cookie(app.secure));
    let response = match oidc.finish(app.clock.now(), begun, answer).await {
        Ok(identity) => enter(&app, caller, &headers, identity).await,
        Err(error) => {
            if let Err(error) = keep_refusal(&app, caller, &error).await {
                return trouble(&error);
            }
            failed(&app, oidc, "/", &error)
        }
    };
    // Whatever came of it, what was begun is over.
    let gone = keep(&app, "", 0);
    (AppendHeaders([(SET_COOKIE, gone)]), response).into_response()
}

/// It must go along when the provider sends the browser back, and a browser takes that as another site's doing.
fn keep(app: &App, value: &str, seconds: i64) -> String {
    let name = flow_cookie(app.secure);
    set_cookie(name, value, app.secure, SameSite::Lax, seconds)
}

async fn enter(app: &App, caller: Caller, headers: &HeaderMap, identity: Identity) -> Response {
    let user = ProviderUser {
        issuer: identity.issuer,
        subject: identity.subject,
        name: identity.name,
        role: identity.role,
    };
    let user = match app.storage.keep_provider_user(&user, app.clock.now()).await {
        Ok(user) => user,
        Err(error) => return trouble(&error),
    };
    if user.disabled_at.is_some() {
        let kept = refused(app, caller, &user.name, "disabled").await;
        return match kept {
            Ok(()) => message(
                StatusCode::FORBIDDEN,
                "You cannot sign in here",
                "An admin of this collector has disabled you. Ask them, if that is a mistake.",
            ),
            Err(error) => trouble(&error),
        };
    }
    match Session::begin(app, &user, caller, headers).await {
        Ok(session) => {
            let next = inside(&identity.next);
            (AppendHeaders([(SET_COOKIE, session)]), Redirect::to(&next)).into_response()
        }
        Err(error) => trouble(&error),
    }
}

/// What anybody can cause without having signed in at the provider is no entry: it would fill the log.
async fn keep_refusal(app: &App, caller: Caller, error: &Trouble) -> crate::storage::Result<()> {
    tracing::warn!(caller = %caller.0, reason = error.word(), %error, "sign-in refused");
    match error {
        Trouble::NoRole(none) => refused(app, caller, &none.name, error.word()).await,
        Trouble::OtherTenant | Trouble::NotTrusted(_) => {
            refused(app, caller, "", error.word()).await
        }
        _ => Ok(()),
    }
}

async fn refused(
    app: &App,
    caller: Caller,
    name: &str,
    reason: &str,
) -> crate::storage::Result<()> {
    let actor = Actor {
        who: Who::Stranger,
        address: Some(caller.0),
    };
    let details = json!({ "reason": reason, "by": "provider" });
    app.audit(&actor, Action::SignInRefused, name, details)
        .await
}

#[derive(Template)]
#[template(path = "no_role.html")]
struct Page<'a> {
    frame: Frame,
    none: &'a NoRole,
    host: String,
}

fn failed(app: &App, oidc: &Oidc, next: &str, error: &Trouble) -> Response {
    let host = oidc.host();
    let local = if app.local_sign_in {
        " Local names and passwords work as ever."
    } else {
        ""
    };
    let (status, problem) = match error {
        Trouble::NoRole(none) => {
            let page = Page {
                frame: Frame::stranger(),
                none: none.as_ref(),
                host,
            };
            return (StatusCode::FORBIDDEN, render(&page)).into_response();
        }
        Trouble::Away(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "The sign-in service {host} does not answer now. Try again in a moment.{local}"
            ),
        ),
        Trouble::Settings(_) => (
            StatusCode::BAD_GATEWAY,
            format!(
                "The sign-in service {host} and this collector are not set up for each other; its log says what is wrong.{local}"
            ),
        ),
        Trouble::Cancelled => (
            StatusCode::OK,
            "You cancelled the sign-in. Nothing was changed.".to_owned(),
        ),
        Trouble::Refused(told) => (
            StatusCode::FORBIDDEN,
            format!("The sign-in service {host} did not let you in. It says: {told}"),
        ),
        Trouble::NotBegunHere | Trouble::CodeSpent => (
            StatusCode::BAD_REQUEST,
            "The sign-in took too long, or was begun in another window. Please try once more."
                .to_owned(),
        ),
        Trouble::NotTrusted(_) => (
            StatusCode::BAD_GATEWAY,
            format!(
                "What the sign-in service {host} said could not be checked, so it was not believed. The collector's log says why. Please try once more."
            ),
        ),
        Trouble::OtherTenant => (
            StatusCode::FORBIDDEN,
            "Your account is of another tenant than the one that may sign in here.".to_owned(),
        ),
    };
    form(app, status, next, "", Some(problem))
}
