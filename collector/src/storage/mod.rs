//! What the collector keeps, behind one trait.
//!
//! - Each area has a file here, with its values and its part of the trait, and one of the same name in `sql/` that
//!   implements it, in SQL that SQLite and PostgreSQL both read. `sqlite/` and `postgres/` compile those files, each
//!   for its own driver, and add what differs: how it is opened, how rows are locked.
//! - [`counted`](self) is pure: what a change of a device adds to the summaries that pages are made of.
//! - One story test runs on both databases.

mod access;
mod api_tokens;
mod audit;
mod cleaning;
mod counted;
mod devices;
mod enroll_secrets;
mod enrolment;
mod intake;
mod numbers;
mod organizations;
mod people;
mod persons;
mod postgres;
mod queue;
mod refused;
mod roster;
mod sessions;
mod sqlite;
mod ssh_keys;
mod tables;
mod tries;
mod upkeep;
mod webhooks;
mod words;

pub use access::{Access, FirstSecrets};
pub use api_tokens::{ApiToken, ApiTokens, NewApiToken};
pub use audit::{Action, Actor, AuditFilter, AuditLog, Entry, LogEnd, NewEntry, Who};
pub use cleaning::{
    Brake, CleaningChange, CleaningScope, CleaningSetting, CleaningStates, EditFailures,
};
pub use devices::{
    Device, DeviceFilter, DevicePage, DeviceStatus, Devices, HistoryEntry, Mark, Sort,
};
pub use enroll_secrets::{
    EnrollSecret, EnrollSecrets, NewEnrollSecret, SecretKept, SecretState, Terms,
};
pub use enrolment::{Enrolled, Enrolment, KnownDevice, NewDevice, NewEnrolment};
pub use intake::{Body, Encoding, Intake, NewReport, Taken, ToldOrganization};
pub use numbers::{
    Compliance, Day, FindingNumbers, GroupNumbers, KnownOrganization, Numbers, OrganizationNumbers,
    StateCounts, StateNumbers, StoreNumbers,
};
pub use organizations::{NewOrganization, Organization, OrganizationSettings, Organizations};
pub use people::{Changed, NewUser, People, ProviderUser, Role, User, UserChange};
pub use persons::{Person, PersonFilter, PersonPage, PersonStatus, Persons};
pub use postgres::{Postgres, location as postgres_location};
pub use refused::{Refusal, RefusedEnrolment, RefusedEnrolments, RefusedLog};
pub use roster::{Roster, RosterChange, RosterLine, RosterMode, RosterState};
pub use sessions::{NewSession, OpenSession, Sessions};
pub use sqlite::Sqlite;
/// Where a PostgreSQL database is, and how it is reached.
pub use sqlx::postgres::PgConnectOptions as PostgresLocation;
pub use ssh_keys::{HeldKey, KeyCounts, KeyHolder, KeyPlace, SshKeys, Ticket, TicketState};
pub use tables::{Cell, Part, Rows, Source, Table, Tables};
pub use tries::{Counted, Tries};
pub use upkeep::Upkeep;
pub use webhooks::{
    Claimed, Delivery, DeliveryState, Event, Happened, Payload, Sent, Shape, Webhook, Webhooks,
};

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database does not answer, is full or refuses.
    #[error("The database cannot be used: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another writer was in the way; the same is tried again.
    #[error("The database asks to try again: {0}")]
    Again(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database does not take a value.
    #[error("The database refuses a value: {0}")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An archive cannot be read or written.
    #[error("{0}")]
    Archive(#[source] std::io::Error),
    /// A row has something in it that this version did not write.
    #[error("The database holds a value that this version does not understand: {0}")]
    NotUnderstood(String),
    /// The device of a report was removed meanwhile.
    #[error("The device is no longer known.")]
    UnknownDevice,
}

/// The newest change of the tables that this program knows.
#[must_use]
pub fn newest_version() -> i64 {
    let migrations = sqlx::migrate!("migrations/sqlite");
    migrations
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default()
}

/// The answer of every operation.
pub type Result<T> = std::result::Result<T, StorageError>;

/// A database. Every operation is durable when it answers.
pub trait Storage:
    Access
    + Brake
    + Devices
    + EnrollSecrets
    + Enrolment
    + Intake
    + Numbers
    + Persons
    + RefusedLog
    + Roster
    + ApiTokens
    + AuditLog
    + People
    + Sessions
    + Tables
    + Tries
    + Organizations
    + SshKeys
    + Upkeep
    + Webhooks
    + Send
    + Sync
    + 'static
{
}

impl Storage for Sqlite {}

impl Storage for Postgres {}

/// What may be tried again, what cannot, and what is the fault of the value.
impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::NotUnderstood(error.to_string())
            }
            sqlx::Error::Database(refused) => {
                let code = refused.code().unwrap_or_default().into_owned();
                // PostgreSQL: serialization failure and deadlock; classes 22 and 23 are values that do not fit.
                match code.as_str() {
                    "40001" | "40P01" => Self::Again(Box::new(error)),
                    code if code.len() == 5
                        && (code.starts_with("22") || code.starts_with("23")) =>
                    {
                        Self::Refused(Box::new(error))
                    }
                    _ if refused.kind() != sqlx::error::ErrorKind::Other => {
                        Self::Refused(Box::new(error))
                    }
                    _ => Self::Unavailable(Box::new(error)),
                }
            }
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}
