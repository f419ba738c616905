//! The audit log: who did what, to what, when and from where. It is only ever added to, and the database
//! itself refuses anything else.
//!
//! Each entry has a SHA-256 over itself and the one before. Whoever changes an entry has to change all that
//! come after it; whoever keeps the newest number and hash elsewhere then sees it.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Result;
use crate::secret::Digest;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is signed in, by their name.
    User(String),
    /// A script, by the name of its API token.
    ApiToken(String),
    /// Whoever may run `rekey-collector` on the database.
    CommandLine,
    /// The brake, by itself.
    Brake,
    /// The collector, by itself: what is due by time.
    Collector,
    /// Somebody who is not signed in.
    Stranger,
}

impl Who {
    /// The kind, in the database and in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiToken(_) => "api-token",
            Self::CommandLine => "command-line",
            Self::Brake => "brake",
            Self::Collector => "collector",
            Self::Stranger => "stranger",
        }
    }

    /// The name; for those without one, what they are called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::ApiToken(name) => name,
            Self::CommandLine => "command line",
            Self::Brake => "the brake",
            Self::Collector => "the collector",
            Self::Stranger => "not signed in",
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who acts, and from which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// The address of the request; none on the command line and for what the collector does by itself.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Without an address.
    #[must_use]
    pub const fn local(who: Who) -> Self {
        Self { who, address: None }
    }
}

/// Declares the words once: for the database, for the filter of the page, and as a person reads them.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $label:literal;)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $(#[doc = $label] $name,)* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The fixed word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// As a page says it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

actions! {
    SetUp = "set-up", "Collector set up";
    SignedIn = "signed-in", "Signed in";
    SignInRefused = "sign-in-refused", "Sign-in refused";
    SignedOut = "signed-out", "Signed out";
    SessionEnded = "session-ended", "Session ended";
    UserAdded = "user-added", "Person added";
    RoleChanged = "role-changed", "Role changed";
    UserDisabled = "user-disabled", "Person disabled";
    UserEnabled = "user-enabled", "Person enabled";
    PasswordChanged = "password-changed", "Password changed";
    PasswordReset = "password-reset", "Password reset";
    ApiTokenMade = "api-token-made", "API token made";
    ApiTokenRevoked = "api-token-revoked", "API token revoked";
    EnrollSecretMade = "enroll-secret-made", "Enrolment secret made";
    EnrollSecretChanged = "enroll-secret-changed", "Enrolment secret changed";
    EnrollSecretRevoked = "enroll-secret-revoked", "Enrolment secret revoked";
    CleaningPaused = "cleaning-paused", "Cleaning paused";
    CleaningAllowed = "cleaning-allowed", "Cleaning allowed";
    RosterImported = "roster-imported", "Roster imported";
    OrganizationChanged = "organization-changed", "Organization changed";
    TicketChanged = "ticket-changed", "Support ticket changed";
    WebhookMade = "webhook-made", "Webhook made";
    WebhookChanged = "webhook-changed", "Webhook changed";
    WebhookRemoved = "webhook-removed", "Webhook removed";
    SettingsChanged = "settings-changed", "Settings changed";
    CloneSettled = "clone-settled", "Cloned workstation looked at";
    DeviceRemoved = "device-removed", "Workstation removed";
    PersonErased = "person-erased", "Person's data erased";
    DataExpired = "data-expired", "Old data removed";
    Exported = "exported", "Data exported";
    BackedUp = "backed-up", "Backup made";
    Restored = "restored", "Backup restored";
}

impl Action {
    /// From the fixed word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == word)
    }

    /// As a page says a word that may be a newer version's.
    #[must_use]
    pub fn label_of(word: &str) -> &str {
        match Self::parse(word) {
            Some(action) => action.label(),
            None => word,
        }
    }
}

/// An entry to be added.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// When.
    pub at: Timestamp,
    /// Who, and from where.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what: the name of a person, a ring, a token. Never a secret.
    pub subject: String,
    /// More of it. Never a secret.
    pub details: Value,
}

impl NewEntry {
    /// Without more details.
    #[must_use]
    pub fn new(at: Timestamp, actor: Actor, action: Action, subject: impl Into<String>) -> Self {
        Self {
            at,
            actor,
            action,
            subject: subject.into(),
            details: Value::Object(serde_json::Map::new()),
        }
    }

    /// With more details, a JSON object.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// An entry of the log, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// From 1 on, without a gap.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// `user`, `api-token`, `command-line`, `brake`, `collector` or `stranger`.
    pub who_kind: String,
    /// Who, by the name at that time.
    pub who: String,
    /// The fixed word.
    pub action: String,
    /// To what.
    pub subject: String,
    /// From which address; empty where there is none.
    pub address: String,
    /// A JSON object, byte for byte as it is hashed.
    #[serde(skip)]
    pub details: String,
    /// Over this entry and the one before.
    #[serde(serialize_with = "as_hex")]
    #[schema(value_type = String)]
    pub hash: Digest,
}

fn as_hex<S: serde::Serializer>(
    hash: &Digest,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&hash.to_hex())
}

impl Entry {
    /// The hash that the entry must have after one with the hash `before`: SHA-256 over that, the number and
    /// the time (8 bytes each, big-endian), and each text after its length in bytes (8 bytes, big-endian).
    #[must_use]
    pub fn hash_after(&self, before: &Digest) -> Digest {
        let mut hash = Sha256::new();
        hash.update(b"rekey.audit-1");
        hash.update(before.as_bytes());
        hash.update(self.number.to_be_bytes());
        hash.update(self.at.as_microsecond().to_be_bytes());
        for text in [
            &self.who_kind,
            &self.who,
            &self.action,
            &self.subject,
            &self.address,
            &self.details,
        ] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        Digest::from(<[u8; 32]>::from(hash.finalize()))
    }
}

/// Where the log stands: the newest entry's number and hash, or 0 and zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEnd {
    /// The newest entry's number.
    pub number: i64,
    /// Its hash.
    pub hash: Digest,
}

impl LogEnd {
    /// Before the first entry.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            number: 0,
            hash: Digest::from([0; 32]),
        }
    }

    /// Goes on by one entry. False where the entry does not follow: one is missing, or was changed.
    pub fn follow(&mut self, entry: &Entry) -> bool {
        let follows = entry.number == self.number + 1 && entry.hash == entry.hash_after(&self.hash);
        self.number = entry.number;
        self.hash = entry.hash;
        follows
    }
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only by whom.
    pub who: Option<String>,
    /// Only what.
    pub action: Option<Action>,
    /// Only older ones than that number.
    pub before: Option<i64>,
}

/// The audit log.
#[async_trait]
pub trait AuditLog {
    /// Adds an entry. What changes something in the database adds its entry in the same transaction instead.
    async fn audit(&self, entry: &NewEntry) -> Result<()>;

    /// Entries, the newest first.
    async fn audit_entries(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<Entry>>;

    /// Entries after that number, the oldest first.
    async fn audit_entries_after(&self, number: i64, limit: u32) -> Result<Vec<Entry>>;

    /// Where the log stands.
    async fn audit_end(&self) -> Result<LogEnd>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn chain(subjects: &[&str]) -> Vec<Entry> {
        let mut end = LogEnd::empty();
        subjects
            .iter()
            .map(|subject| {
                let mut entry = Entry {
                    number: end.number + 1,
                    at: "2026-11-23T12:00:00Z".parse().unwrap(),
                    who_kind: "user".into(),
                    who: "sam".into(),
                    action: "signed-in".into(),
                    subject: (*subject).into(),
                    address: String::new(),
                    details: "{}".into(),
                    hash: end.hash,
                };
                entry.hash = entry.hash_after(&end.hash);
                assert!(end.follow(&entry));
                entry
            })
            .collect()
    }

    fn holds(entries: &[Entry]) -> bool {
        let mut end = LogEnd::empty();
        entries.iter().all(|entry| end.follow(entry))
    }

    #[test]
    fn a_changed_a_missing_and_a_moved_entry_are_seen() {
        let whole = chain(&["a", "b", "c"]);
        assert!(holds(&whole));
        let mut changed = whole.clone();
        changed[1].subject = "x".into();
        assert!(!holds(&changed));
        let mut moved = whole.clone();
        moved[1].who = "sa".into();
        moved[1].action = "msigned-in".into();
        assert!(!holds(&moved), "texts cannot flow into each other");
        let mut missing = whole;
        missing.remove(1);
        assert!(!holds(&missing));
    }

    #[test]
    fn every_word_is_its_own() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
        assert_eq!(Action::label_of("of-a-newer-version"), "of-a-newer-version");
    }
}
