//! What a webhook may be, before it is kept.

use jiff::Timestamp;

use super::target;
use crate::secret::{Purpose, Secret};
use crate::storage::{Action, Actor, Event, NewEntry, Shape, Webhook};

/// Between two messages of a webhook, in seconds: at least, usually, at most.
const EVERY: (u32, u32, u32) = (5, 30, 86_400);

/// What an admin sets of a webhook.
pub(crate) struct Change {
    pub(crate) name: String,
    /// None keeps the one that is there.
    pub(crate) url: Option<String>,
    pub(crate) shape: Shape,
    pub(crate) events: Vec<Event>,
    pub(crate) every_seconds: Option<u32>,
    pub(crate) new_secret: bool,
}

/// The webhook, and its secret in clear where it is a new one. The error is a fixed word and a sentence.
pub(crate) fn checked(
    change: Change,
    known: Option<&Webhook>,
    private: bool,
    now: Timestamp,
) -> Result<(Webhook, Option<Secret>), (&'static str, String)> {
    let bad = |text: &str| Err(("bad-webhook", text.to_owned()));
    let Change {
        name, mut events, ..
    } = change;
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return bad("The name has small letters, digits and hyphens, at most 64.");
    }
    if change.shape == Shape::Otlp || name == super::OTLP {
        return bad("Log records go where --otlp-endpoint says, not to a webhook.");
    }
    events.sort_unstable();
    events.dedup();
    if events.is_empty() || events.contains(&Event::Test) {
        return bad("Name at least one event, and not `test`: a test is asked for.");
    }
    let (least, usual, most) = EVERY;
    let every_seconds = change
        .every_seconds
        .unwrap_or(known.map_or(usual, |known| known.every_seconds));
    if !(least..=most).contains(&every_seconds) {
        return Err((
            "bad-webhook",
            format!("There are {least} to {most} seconds between two messages."),
        ));
    }
    let url = change.url.filter(|url| !url.is_empty());
    let Some(url) = url.or_else(|| known.map(|known| known.url.clone())) else {
        return Err(("bad-url", "A new webhook needs an address.".to_owned()));
    };
    if let Err(refused) = target::parse(&url, private) {
        return Err((
            "bad-url",
            format!("The webhook cannot go there: {refused}."),
        ));
    }
    let secret = (change.new_secret || known.is_none()).then(|| Secret::new(Purpose::Webhook));
    let kept = known.map(|known| known.secret.clone()).unwrap_or_default();
    let webhook = Webhook {
        name,
        url,
        shape: change.shape,
        events,
        secret: secret
            .as_ref()
            .map_or(kept, |secret| secret.reveal().to_owned()),
        every_seconds,
        created_at: known.map_or(now, |known| known.created_at),
    };
    Ok((webhook, secret))
}

/// What the audit log says of it. The address is cut as on pages: it can hold a secret.
pub(crate) fn entry(
    webhook: &Webhook,
    known: bool,
    new_secret: bool,
    actor: &Actor,
    now: Timestamp,
) -> NewEntry {
    let action = if known {
        Action::WebhookChanged
    } else {
        Action::WebhookMade
    };
    NewEntry::new(now, actor.clone(), action, &*webhook.name).with(serde_json::json!({
        "target": target::shown(&webhook.url),
        "shape": webhook.shape,
        "events": webhook.events,
        "new_secret": new_secret,
    }))
}
