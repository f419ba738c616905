//! Webhooks: what is told to whom, what became of the last messages, and a form for more.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::json;

use super::parts::Frame;
use super::show::{When, when};
use super::{not_found, render, shown_once, trouble};
use crate::auth::{Admin, Posted, Session};
use crate::server::App;
use crate::storage::{
    Action, Delivery, DeliveryState, Event, Happened, NewEntry, Result, Shape, Webhook,
};
use crate::webhooks::shapes::label;
use crate::webhooks::{Change, checked, entry, shown};

const SHOWN: u32 = 5;
const LIST: &str = "/settings/webhooks";

#[derive(Template)]
#[template(path = "webhooks.html")]
struct Page {
    frame: Frame,
    as_of: When,
    hooks: Vec<Hook>,
    events: Vec<(&'static str, &'static str)>,
    problem: Option<String>,
}

struct Hook {
    name: String,
    target: String,
    shape: &'static str,
    events: String,
    every_seconds: u32,
    /// The endpoint of the command line is not changed here.
    fixed: bool,
    deliveries: Vec<Row>,
}

struct Row {
    state: &'static str,
    what: String,
    created: When,
    attempts: u32,
    next: Option<When>,
    answer: String,
}

type Fields = Vec<(String, String)>;

pub(super) async fn show(State(app): State<App>, session: Session) -> Response {
    let frame = Frame::of(&session, "webhooks");
    page(&app, frame, StatusCode::OK, None).await
}

async fn page(app: &App, frame: Frame, status: StatusCode, problem: Option<String>) -> Response {
    let hooks = match hooks(app).await {
        Ok(hooks) => hooks,
        Err(error) => return trouble(&error),
    };
    let now = app.clock.now();
    let offered = Event::ALL.iter().filter(|event| **event != Event::Test);
    let page = Page {
        frame,
        as_of: when(now, now),
        hooks,
        events: offered
            .map(|event| (event.as_str(), label(*event)))
            .collect(),
        problem,
    };
    (status, render(&page)).into_response()
}

async fn hooks(app: &App) -> Result<Vec<Hook>> {
    let now = app.clock.now();
    let mut hooks = Vec::new();
    for webhook in app.storage.webhooks().await? {
        let deliveries = app.storage.deliveries(&webhook.name, SHOWN).await?;
        let fixed = webhook.shape == Shape::Otlp;
        let events: Vec<_> = webhook.events.iter().map(|event| label(*event)).collect();
        hooks.push(Hook {
            target: if fixed {
                "as --otlp-endpoint says".to_owned()
            } else {
                shown(&webhook.url)
            },
            name: webhook.name,
            shape: match webhook.shape {
                Shape::Json => "JSON",
                Shape::Teams => "Microsoft Teams",
                Shape::Slack => "Slack",
                Shape::Otlp => "OpenTelemetry",
            },
            events: events.join(", "),
            every_seconds: webhook.every_seconds,
            fixed,
            deliveries: deliveries
                .into_iter()
                .map(|delivery| row(delivery, now))
                .collect(),
        });
    }
    Ok(hooks)
}

fn row(delivery: Delivery, now: jiff::Timestamp) -> Row {
    let pending = delivery.state == DeliveryState::Pending;
    let what: Vec<_> = delivery
        .counts
        .iter()
        .map(|(word, count)| {
            let label =
                Event::of(word).map_or_else(|| word.clone(), |event| label(event).to_owned());
            format!("{label}: {count}")
        })
        .collect();
    Row {
        state: match delivery.state {
            DeliveryState::Pending if delivery.attempts == 0 => "On its way",
            DeliveryState::Pending => "Tried again later",
            DeliveryState::Delivered => "Delivered",
            DeliveryState::Failed => "Given up",
        },
        what: what.join(", "),
        created: when(delivery.created_at, now),
        attempts: delivery.attempts,
        next: (pending && delivery.next_at > now).then(|| when(delivery.next_at, now)),
        answer: delivery.answer,
    }
}

pub(super) async fn put(
    State(app): State<App>,
    admin: Admin,
    Posted(fields): Posted<Fields>,
) -> Response {
    let field = |name: &str| value(&fields, name).trim().to_owned();
    let known = match find(&app, &field("name")).await {
        Ok(known) => known,
        Err(error) => return trouble(&error),
    };
    let events = fields.iter().filter(|(name, _)| name == "events");
    let change = Change {
        name: field("name"),
        url: Some(field("url")),
        shape: Shape::of(&field("shape")).unwrap_or(Shape::Json),
        events: events.filter_map(|(_, word)| Event::of(word)).collect(),
        every_seconds: field("every_seconds").parse().ok(),
        new_secret: field("new_secret") == "yes",
    };
    let (webhook, secret) =
        match checked(change, known.as_ref(), app.sender.private, app.clock.now()) {
            Ok(checked) => checked,
            Err((_, problem)) => {
                return page(
                    &app,
                    Frame::seen_by(&admin, "webhooks"),
                    StatusCode::BAD_REQUEST,
                    Some(problem),
                )
                .await;
            }
        };
    let entry = entry(
        &webhook,
        known.is_some(),
        secret.is_some(),
        &admin.actor,
        app.clock.now(),
    );
    if let Err(error) = app.storage.put_webhook(&webhook, Some(&entry)).await {
        return trouble(&error);
    }
    match secret {
        Some(secret) => shown_once::page(
            Frame::seen_by(&admin, "webhooks"),
            &format!("The secret of {}", webhook.name),
            "Keep it where the receiver can read it: with it the receiver checks that a message is from here.",
            secret.reveal(),
            LIST,
        ),
        None => back(),
    }
}

pub(super) async fn test(
    State(app): State<App>,
    _: Admin,
    Path(name): Path<String>,
    Posted(_): Posted<Fields>,
) -> Response {
    let now = app.clock.now();
    let test = Happened::new(Event::Test, Some(now), json!({}));
    match find(&app, &name).await {
        Ok(None) => not_found(),
        Ok(Some(webhook)) => match app.storage.send_to(&webhook.name, &test, now).await {
            Ok(()) => back(),
            Err(error) => trouble(&error),
        },
        Err(error) => trouble(&error),
    }
}

pub(super) async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path(name): Path<String>,
    Posted(_): Posted<Fields>,
) -> Response {
    let entry = NewEntry::new(
        app.clock.now(),
        admin.actor.clone(),
        Action::WebhookRemoved,
        &*name,
    );
    match find(&app, &name).await {
        Ok(None) => not_found(),
        Ok(Some(webhook)) => match app
            .storage
            .remove_webhook(&webhook.name, Some(&entry))
            .await
        {
            Ok(_) => back(),
            Err(error) => trouble(&error),
        },
        Err(error) => trouble(&error),
    }
}

fn back() -> Response {
    Redirect::to(LIST).into_response()
}

fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map_or("", |(_, value)| value)
}

async fn find(app: &App, name: &str) -> Result<Option<Webhook>> {
    let mut webhooks = app.storage.webhooks().await?.into_iter();
    Ok(webhooks.find(|webhook| webhook.name == name))
}
