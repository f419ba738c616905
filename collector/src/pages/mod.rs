//! What an admin looks at: plain HTML, one style sheet, no script.

mod account;
mod announcement;
mod announcement_text;
mod api_tokens;
mod audit;
mod audit_log;
mod browser_name;
mod burndown;
mod cleaning;
mod device;
mod device_next;
mod devices;
mod enrolment;
mod filters;
mod finding;
mod groups;
mod login;
mod mail;
mod navigation;
mod organizations;
mod overview;
mod parts;
mod people_settings;
mod person;
mod persons;
mod provider;
mod readiness;
mod roster;
mod show;
mod shown_once;
mod ssh_keys;
mod ssh_ticket;
mod version;
mod webhooks;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::roster_file::LONGEST;
use crate::server::App;
use parts::Frame;

const STYLE: &str = include_str!("../../assets/style.css");
const ICON: &str = include_str!("../../assets/icon.svg");

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(overview::show))
        .route("/devices", get(devices::show))
        .route("/devices/{id}", get(device::show))
        .route("/devices/{id}/cloned", post(device::settle_clone))
        .route(
            "/settings/enrolment",
            get(enrolment::show).post(enrolment::make),
        )
        .route("/settings/enrolment/revoke", post(enrolment::revoke))
        .route("/people", get(persons::show))
        .route("/people/{key}", get(person::show))
        .route("/people/{key}/forget", post(person::forget))
        .route(
            "/settings/roster/{id}",
            get(roster::preview).post(roster::keep),
        )
        .merge(
            Router::new()
                .route("/settings/roster", get(roster::show).post(roster::look))
                // The form around the file takes some room too.
                .layer(DefaultBodyLimit::max(LONGEST + 64 * 1024)),
        )
        .route(
            "/settings/cleaning",
            get(cleaning::show).post(cleaning::set),
        )
        .route("/ssh-keys", get(ssh_keys::show))
        .route("/ssh-keys/tickets", post(ssh_keys::set_ticket))
        .route("/readiness", get(readiness::show))
        .route("/announcement", get(announcement::show))
        .route("/announcement.txt", get(announcement::text_file))
        .route("/announcement.eml", get(announcement::mail_file))
        .route("/audit", get(audit::show))
        .route("/settings", get(organizations::first))
        .route(
            "/settings/organizations",
            get(organizations::show).post(organizations::set),
        )
        .route("/login", get(login::ask).post(login::enter))
        .route("/login/provider", get(provider::start))
        .route("/login/callback", get(provider::end))
        .route("/logout", post(login::leave))
        .route("/audit-log", get(audit_log::show))
        .merge(settings())
        .route(
            "/settings/webhooks",
            get(webhooks::show).post(webhooks::put),
        )
        .route("/settings/webhooks/{name}/test", post(webhooks::test))
        .route("/settings/webhooks/{name}/remove", post(webhooks::remove))
        .route(
            "/style.css",
            get(async || asset("text/css; charset=utf-8", STYLE)),
        )
        .route("/icon.svg", get(async || asset("image/svg+xml", ICON)))
}

fn settings() -> Router<App> {
    Router::new()
        .route("/settings/account", get(account::show))
        .route("/settings/account/password", post(account::set_password))
        .route(
            "/settings/account/sessions/{id}/end",
            post(account::end_session),
        )
        .route(
            "/settings/people",
            get(people_settings::list).post(people_settings::add),
        )
        .route("/settings/people/{id}", get(people_settings::show))
        .route(
            "/settings/people/{id}/role",
            post(people_settings::set_role),
        )
        .route(
            "/settings/people/{id}/password",
            post(people_settings::reset_password),
        )
        .route(
            "/settings/people/{id}/disable",
            post(people_settings::disable),
        )
        .route(
            "/settings/people/{id}/enable",
            post(people_settings::enable),
        )
        .route(
            "/settings/api-tokens",
            get(api_tokens::list).post(api_tokens::add),
        )
        .route("/settings/api-tokens/{id}/revoke", post(api_tokens::revoke))
}

/// Their addresses carry the version, so browsers may keep them.
fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, text).into_response()
}

fn render(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "page");
            let text = "This page could not be made. The collector's log says why.";
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

fn with_status(status: StatusCode, template: &impl Template) -> Response {
    (status, render(template)).into_response()
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    frame: Frame,
    title: &'static str,
    text: &'static str,
}

pub(crate) use people_settings::is_name;

pub(crate) fn not_found() -> Response {
    message(
        StatusCode::NOT_FOUND,
        "Nothing here",
        "There is no page at this address. It may have been a device that was removed.",
    )
}

/// An auditor tried to change something.
pub(crate) fn read_only() -> Response {
    message(
        StatusCode::FORBIDDEN,
        "You may look, not change",
        "Your role is auditor: you may see everything and change nothing (read-only). Ask an admin of this collector.",
    )
}

/// A form without the token of this session.
pub(crate) fn foreign_form() -> Response {
    message(
        StatusCode::FORBIDDEN,
        "Nothing was changed",
        "This form was open for too long, or it did not come from a page of this collector. Go back, load the page again and repeat it.",
    )
}

/// The database is away: said in the page's own clothes, and nothing more is shown to strangers.
pub(crate) fn trouble(error: &crate::storage::StorageError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "storage");
    message(
        StatusCode::SERVICE_UNAVAILABLE,
        "The database cannot be used now",
        "Nothing is lost: workstations keep their reports until the collector takes them. The collector's log says what is wrong.",
    )
}

/// A form with something in it that cannot be taken; browsers check most of it before.
fn bad_form(text: &'static str) -> Response {
    message(StatusCode::BAD_REQUEST, "Nothing was changed", text)
}

fn message(status: StatusCode, title: &'static str, text: &'static str) -> Response {
    let page = Message {
        frame: Frame::stranger(),
        title,
        text,
    };
    (status, render(&page)).into_response()
}
