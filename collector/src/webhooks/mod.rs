//! Tells other programs of changes: makes messages of what happened and sends them, with retries for a day.
//!
//! Any collector on a database does it. A message is held by whoever sends it, so that it goes out once in normal
//! running; one that dies while sending lets go after a minute, and then the same message comes again with the same
//! id. Receivers drop what they know.

pub mod otlp;
mod rules;
pub(crate) mod shapes;
mod signature;
mod target;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};

use crate::clock::Clock;
use crate::storage::{Claimed, DeliveryState, Event, Sent, Shape, Storage, StorageError, Webhook};
pub use otlp::Otlp;
pub(crate) use rules::{Change, checked, entry};
pub use signature::signature;
pub(crate) use target::shown;

/// Between two looks at what is due.
const TURN: Duration = Duration::from_secs(1);

/// The longest that a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than [`PATIENCE`] by far: whoever holds a message for so long is dead.
const LEASE: SignedDuration = SignedDuration::from_mins(1);

/// After so long a message is given up.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);

/// The webhook that stands for the endpoint of the command line.
const OTLP: &str = "otlp";

/// How messages go out.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Webhooks may go to this machine and to addresses that are reached only from inside.
    pub private: bool,
    /// Where log records go.
    pub otlp: Option<Otlp>,
}

/// Sends messages.
pub(crate) struct Sender {
    client: Client,
    /// Goes where the command line says, so its addresses are not looked at.
    otlp: Option<(Client, Otlp)>,
    pub(crate) private: bool,
}

impl Sender {
    pub(crate) fn new(options: Options) -> anyhow::Result<Self> {
        // A second call fails, which is as good.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let built = |builder: reqwest::ClientBuilder| {
            builder
                // A redirect could lead to where the address itself may not.
                .redirect(reqwest::redirect::Policy::none())
                .timeout(PATIENCE)
                .user_agent(concat!("rekey-collector/", env!("CARGO_PKG_VERSION")))
                .build()
                .context("The system's certificates cannot be read, so no webhook can be sent to.")
        };
        let resolver = Arc::new(target::Resolver {
            private: options.private,
        });
        Ok(Self {
            // A proxy would look names up by itself, and the check of addresses would be void.
            client: built(Client::builder().no_proxy().dns_resolver(resolver))?,
            otlp: match options.otlp {
                Some(otlp) => Some((built(Client::builder())?, otlp)),
                None => None,
            },
            private: options.private,
        })
    }

    /// The endpoint of the command line is a webhook of its own, so that its messages are kept and sent once, too.
    pub(crate) async fn register(
        &self,
        storage: &dyn Storage,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let known = storage.webhooks().await?;
        let known = known.iter().any(|webhook| webhook.name == OTLP);
        if self.otlp.is_none() {
            if known {
                storage.remove_webhook(OTLP, None).await?;
            }
            return Ok(());
        }
        let events = Event::ALL.iter().copied();
        let webhook = Webhook {
            name: OTLP.to_owned(),
            url: String::new(),
            shape: Shape::Otlp,
            events: events.filter(|event| *event != Event::Test).collect(),
            secret: String::new(),
            every_seconds: 0,
            created_at: now,
        };
        storage.put_webhook(&webhook, None).await
    }

    async fn send(&self, claimed: &Claimed, now: Timestamp) -> Sent {
        let answer = match self.post(claimed, now).await {
            Ok(status) if status.is_success() => Answer::Taken(status),
            // Gone for good: asking again only disturbs.
            Ok(StatusCode::GONE) => Answer::Never,
            Ok(status) => Answer::Refused(status.to_string()),
            Err(error) => Answer::Refused(words(&error)),
        };
        let id = claimed.payload.id.clone();
        let over = |state, answer: String| Sent {
            id: id.clone(),
            state,
            next_at: now,
            answer,
        };
        match answer {
            Answer::Taken(status) => over(DeliveryState::Delivered, status.to_string()),
            Answer::Never => over(DeliveryState::Failed, "410 Gone".to_owned()),
            Answer::Refused(answer) => {
                let next_at = now
                    .checked_add(pause(claimed.attempts, rand::random()))
                    .unwrap_or(Timestamp::MAX);
                if next_at.duration_since(claimed.payload.at) > GIVE_UP {
                    return over(DeliveryState::Failed, answer);
                }
                Sent {
                    id,
                    state: DeliveryState::Pending,
                    next_at,
                    answer,
                }
            }
        }
    }

    async fn post(&self, claimed: &Claimed, now: Timestamp) -> Result<StatusCode, reqwest::Error> {
        let Claimed {
            webhook, payload, ..
        } = claimed;
        if let (Shape::Otlp, Some((client, otlp))) = (webhook.shape, &self.otlp) {
            let body = otlp::body(payload).to_string();
            let mut request = client
                .post(otlp.url.clone())
                .header(CONTENT_TYPE, "application/json")
                .body(body);
            for (name, value) in &otlp.headers {
                request = request.header(name, value);
            }
            return Ok(request.send().await?.status());
        }
        let body = shapes::body(webhook.shape, payload).to_string();
        // What was right when it was set is not any more: as good as nobody there.
        let Ok(url) = target::parse(&webhook.url, self.private) else {
            return Ok(StatusCode::FORBIDDEN);
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &payload.id)
            .header("x-rekey-signature", signature(&webhook.secret, now, &body))
            .body(body);
        Ok(request.send().await?.status())
    }
}

enum Answer {
    Taken(StatusCode),
    Refused(String),
    Never,
}

/// Ten seconds, then twice as long each time up to an hour; a part of it by chance, so that not all come at once.
/// `chance` is between 0 and 1.
fn pause(attempts: u32, chance: f64) -> SignedDuration {
    let seconds = 10_u32.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(12)));
    let longest = f64::from(seconds.min(3600));
    SignedDuration::try_from_secs_f64(longest * (0.5 + chance.clamp(0.0, 1.0) / 2.0))
        .unwrap_or(SignedDuration::from_hours(1))
}

/// What went wrong, without the address: it can hold a secret.
fn words(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "cannot be reached".to_owned()
    } else {
        "broken off".to_owned()
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<target::Refused>() {
            text = refused.to_string();
        }
        source = cause.source();
    }
    text
}

/// Sends what is due, again and again.
pub(crate) async fn run(sender: Arc<Sender>, storage: Arc<dyn Storage>, clock: Clock) {
    let mut turns = tokio::time::interval(TURN);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if let Err(error) = turn(&sender, &*storage, &clock).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "webhooks");
        }
    }
}

async fn turn(sender: &Sender, storage: &dyn Storage, clock: &Clock) -> Result<(), StorageError> {
    storage.gather(clock.now()).await?;
    loop {
        let now = clock.now();
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let claimed = storage.claim(now, until, sender.otlp.is_some()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let sent = join_all(claimed.iter().map(|one| sender.send(one, now))).await;
        for (claimed, sent) in claimed.iter().zip(sent) {
            if sent.state != DeliveryState::Delivered {
                tracing::warn!(
                    webhook = claimed.webhook.name,
                    answer = sent.answer,
                    "not delivered"
                );
            }
            storage.sent(&sent, clock.now()).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_differ_by_chance() {
        let seconds = |attempts, chance| pause(attempts, chance).as_secs();
        assert_eq!((seconds(1, 0.0), seconds(1, 1.0)), (5, 10));
        assert_eq!((seconds(4, 0.0), seconds(4, 1.0)), (40, 80));
        assert_eq!((seconds(99, 0.0), seconds(99, 1.0)), (1800, 3600));
    }
}
