//! Webhooks: who is told of changes.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::document::{AdminRefusals, BodyRefusals, ViewerRefusals};
use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Admin, Viewer};
use crate::server::App;
use crate::storage::{Action, Delivery, DeliveryState, Event, Happened, NewEntry, Shape, Webhook};
use crate::webhooks::{Change, checked, entry, shown};

/// The newest messages of each webhook.
const SHOWN: u32 = 10;

#[derive(Serialize, ToSchema)]
pub(super) struct WebhookList {
    as_of: Timestamp,
    webhooks: Vec<Told>,
}

/// A webhook; its secret is never shown again, and of its address only the beginning.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
struct Told {
    name: String,
    target: String,
    shape: Shape,
    events: Vec<Event>,
    /// Between two messages, in seconds.
    every_seconds: u32,
    created_at: Timestamp,
    /// The newest first.
    deliveries: Vec<Message>,
}

/// A message and what became of it.
#[derive(Serialize, ToSchema)]
struct Message {
    id: String,
    state: DeliveryState,
    /// How many of which event.
    counts: BTreeMap<String, u64>,
    created_at: Timestamp,
    attempts: u32,
    /// While it is pending.
    next_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    /// What came back last.
    answer: String,
}

impl From<Delivery> for Message {
    fn from(delivery: Delivery) -> Self {
        Self {
            next_at: (delivery.state == DeliveryState::Pending).then_some(delivery.next_at),
            id: delivery.id,
            state: delivery.state,
            counts: delivery.counts,
            created_at: delivery.created_at,
            attempts: delivery.attempts,
            finished_at: delivery.finished_at,
            answer: delivery.answer,
        }
    }
}

impl Told {
    fn of(webhook: Webhook, deliveries: Vec<Delivery>) -> Self {
        Self {
            target: shown(&webhook.url),
            name: webhook.name,
            shape: webhook.shape,
            events: webhook.events,
            every_seconds: webhook.every_seconds,
            created_at: webhook.created_at,
            deliveries: deliveries.into_iter().map(Message::from).collect(),
        }
    }
}

/// What a webhook is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookSetting {
    /// Where messages go: https, or http on this machine. Left out, the address stays.
    url: Option<String>,
    /// `json`, `teams` or `slack`.
    shape: Shape,
    /// At least one, and not `test`.
    #[schema(min_items = 1)]
    events: Vec<Event>,
    /// Between two messages, 5 to 86400 seconds; 30 where it is left out.
    #[schema(minimum = 5, maximum = 86400)]
    every_seconds: Option<u32>,
    /// Makes the secret anew.
    #[serde(default)]
    new_secret: bool,
}

/// What the webhook is now.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookAnswer {
    webhook: Told,
    /// Signs messages; shown this once, when it is new.
    secret: Option<String>,
}

/// Webhooks, with their newest messages.
#[utoipa::path(
    get, path = "/api/v1/webhooks", operation_id = "webhooks", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    responses((status = 200, description = "The webhooks.", body = WebhookList), ViewerRefusals)
)]
pub(super) async fn list(State(app): State<App>, _: Viewer) -> Result<Json<WebhookList>, Rejected> {
    let as_of = app.clock.now();
    let mut webhooks = Vec::new();
    for webhook in app.storage.webhooks().await? {
        let deliveries = app.storage.deliveries(&webhook.name, SHOWN).await?;
        webhooks.push(Told::of(webhook, deliveries));
    }
    Ok(Json(WebhookList { as_of, webhooks }))
}

/// Add a webhook, or change the one of this name.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{name}", operation_id = "set_webhook", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(("name" = String, Path, description = "Small letters, digits and hyphens, at most 64.")),
    request_body(content = WebhookSetting, example = json!({
        "url": "https://hooks.contoso.example/rekey", "shape": "json",
        "events": ["device-state-changed", "cleaning-paused"], "every_seconds": 30
    })),
    responses(
        (status = 200, description = "The webhook.", body = WebhookAnswer),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-webhook`, `bad-url`: it cannot be so.", body = Rejection),
        BodyRefusals,
        AdminRefusals,
    )
)]
pub(super) async fn put(
    State(app): State<App>,
    admin: Admin,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<WebhookAnswer>, Rejected> {
    let setting: WebhookSetting = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    let known = find(&app, &name).await?;
    let change = Change {
        name,
        url: setting.url,
        shape: setting.shape,
        events: setting.events,
        every_seconds: setting.every_seconds,
        new_secret: setting.new_secret,
    };
    let (webhook, secret) = checked(change, known.as_ref(), app.sender.private, app.clock.now())
        .map_err(|(word, text)| Rejected::bad(word, text))?;
    let entry = entry(
        &webhook,
        known.is_some(),
        secret.is_some(),
        &admin.actor,
        app.clock.now(),
    );
    app.storage.put_webhook(&webhook, Some(&entry)).await?;
    tracing::info!(webhook = webhook.name, "webhook was set");
    let deliveries = app.storage.deliveries(&webhook.name, SHOWN).await?;
    Ok(Json(WebhookAnswer {
        webhook: Told::of(webhook, deliveries),
        secret: secret.map(|secret| secret.reveal().to_owned()),
    }))
}

/// Remove a webhook.
///
/// What it was not told yet is dropped.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{name}", operation_id = "remove_webhook", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(("name" = String, Path, description = "The webhook's name.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "The address cannot be read.", body = String, content_type = "text/plain"),
        (status = 404, description = "`not-found`: no webhook has this name.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn remove(
    State(app): State<App>,
    admin: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, Rejected> {
    find(&app, &name).await?.ok_or_else(unknown)?;
    let entry = NewEntry::new(
        app.clock.now(),
        admin.actor.clone(),
        Action::WebhookRemoved,
        &*name,
    );
    app.storage.remove_webhook(&name, Some(&entry)).await?;
    tracing::info!(webhook = name, "webhook was removed");
    Ok(StatusCode::NO_CONTENT)
}

/// Send a test to a webhook.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{name}/test", operation_id = "test_webhook", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(("name" = String, Path, description = "The webhook's name.")),
    responses(
        (status = 202, description = "It is on its way; the list of webhooks tells what became of it."),
        (status = 400, description = "The address cannot be read.", body = String, content_type = "text/plain"),
        (status = 404, description = "`not-found`: no webhook has this name.", body = Rejection),
        AdminRefusals,
    )
)]
pub(super) async fn test(
    State(app): State<App>,
    _: Admin,
    Path(name): Path<String>,
) -> Result<StatusCode, Rejected> {
    let webhook = find(&app, &name).await?.ok_or_else(unknown)?;
    let now = app.clock.now();
    let test = Happened::new(Event::Test, Some(now), json!({}));
    app.storage.send_to(&webhook.name, &test, now).await?;
    Ok(StatusCode::ACCEPTED)
}

fn unknown() -> Rejected {
    Rejected::not_found("No webhook has this name.")
}

/// Looked for in the list, so that no strange name reaches the database.
async fn find(app: &App, name: &str) -> Result<Option<Webhook>, Rejected> {
    let mut webhooks = app.storage.webhooks().await?.into_iter();
    Ok(webhooks.find(|webhook| webhook.name == name))
}
