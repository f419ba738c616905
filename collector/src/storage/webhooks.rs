//! Who is told of changes, and what is still to be told.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Result;
use super::audit::NewEntry;

/// Details of so many changes are in one message; the rest is counted.
pub(super) const DETAILS: usize = 100;

/// Declares a closed list of words, for the database, JSON and pages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// From the word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// What a webhook can be told of.
    Event {
        /// A device has another state than before.
        DeviceStateChanged = "device-state-changed",
        /// A device sent its first report.
        FirstReport = "first-report",
        /// Two machines were seen to report as one device.
        DeviceCloned = "device-cloned",
        /// A device told of SSH keys that Support must clear.
        SshKeysToClear = "ssh-keys-to-clear",
        /// Cleaning was paused, by an admin or by the brake.
        CleaningPaused = "cleaning-paused",
        /// Cleaning was allowed again.
        CleaningResumed = "cleaning-resumed",
        /// Every device that reports on an organization is compliant.
        OrganizationComplete = "organization-complete",
        /// Somebody did something that the audit log keeps.
        AuditEntry = "audit-entry",
        /// Somebody asked for a test. It is sent to that webhook, whatever it wants.
        Test = "test",
    }
}

words! {
    /// How a message looks.
    Shape {
        /// rekey's own JSON, signed.
        Json = "json",
        /// An Adaptive Card for a workflow of Microsoft Teams.
        Teams = "teams",
        /// For an incoming webhook of Slack.
        Slack = "slack",
        /// Log records of OpenTelemetry, for the endpoint of the command line alone.
        Otlp = "otlp",
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub event: Event,
    /// When; none for what is noticed some time after, which gets the time of its message.
    pub at: Option<Timestamp>,
    /// To what, a JSON object without any secret.
    pub data: Map<String, Value>,
}

impl Happened {
    /// `data` is a JSON object.
    #[must_use]
    pub fn new(event: Event, at: Option<Timestamp>, data: Value) -> Self {
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        Self { event, at, data }
    }
}

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name: small letters, digits and hyphens.
    pub name: String,
    /// Where messages go. It can hold a secret of whoever takes them.
    pub url: String,
    /// How they look.
    pub shape: Shape,
    /// Of what.
    pub events: Vec<Event>,
    /// Signs them.
    pub secret: String,
    /// There are so many seconds between two messages at least.
    pub every_seconds: u32,
    /// Since when it is there.
    pub created_at: Timestamp,
}

/// What is told in one message: rekey's own JSON, from which the other shapes are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// `rekey.webhook/1`.
    pub schema: String,
    /// Names the message: the same when it is sent again.
    pub id: String,
    /// When it was made.
    pub at: Timestamp,
    /// How many of which event.
    pub counts: BTreeMap<String, u64>,
    /// The first ones: `event`, `at` and what belongs to it.
    pub events: Vec<Map<String, Value>>,
    /// How many more were counted and are not in `events`.
    pub more: u64,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is sent, or sent again, when its time comes.
    Pending,
    /// The other side took it.
    Delivered,
    /// The other side did not take it for a day, or said that it never will.
    Failed,
}

/// A message and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names it.
    pub id: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many of which event.
    pub counts: BTreeMap<String, u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next, while it is pending.
    pub next_at: Timestamp,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
    /// What came back last, in a few words.
    pub answer: String,
}

/// A message that this collector, and no other, sends now.
#[derive(Clone)]
pub struct Claimed {
    /// To whom.
    pub webhook: Webhook,
    /// What.
    pub payload: Payload,
    /// How often it was sent, this time included.
    pub attempts: u32,
}

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub id: String,
    /// Where it stands now.
    pub state: DeliveryState,
    /// When to send it again, where it is pending.
    pub next_at: Timestamp,
    /// What came back, in a few words without any secret.
    pub answer: String,
}

/// Webhooks and their messages.
#[async_trait]
pub trait Webhooks {
    /// Every webhook, by name.
    async fn webhooks(&self) -> Result<Vec<Webhook>>;

    /// Adds a webhook, or puts it in place of the one of its name; the entry is for the audit log.
    async fn put_webhook(&self, webhook: &Webhook, entry: Option<&NewEntry>) -> Result<()>;

    /// Removes a webhook with all that it was not told yet. False where there is none; then nothing is logged.
    async fn remove_webhook(&self, name: &str, entry: Option<&NewEntry>) -> Result<bool>;

    /// The newest messages of a webhook.
    async fn deliveries(&self, name: &str, limit: u32) -> Result<Vec<Delivery>>;

    /// Keeps something that happened for those who want to be told. What changes something in the database keeps it
    /// in the same transaction instead.
    async fn happened(&self, happened: &[Happened]) -> Result<()>;

    /// Makes a message for one webhook, at once.
    async fn send_to(&self, name: &str, happened: &Happened, now: Timestamp) -> Result<()>;

    /// Makes messages of what happened, for those webhooks whose time has come, and forgets messages of long ago.
    async fn gather(&self, now: Timestamp) -> Result<()>;

    /// Takes messages that are due. Until `leased_until` no other collector takes them. `otlp` says whether this
    /// collector knows an endpoint for log records.
    async fn claim(
        &self,
        now: Timestamp,
        leased_until: Timestamp,
        otlp: bool,
    ) -> Result<Vec<Claimed>>;

    /// Keeps what became of a message.
    async fn sent(&self, sent: &Sent, now: Timestamp) -> Result<()>;
}
