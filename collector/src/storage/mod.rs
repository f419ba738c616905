//! What the collector keeps, behind one trait. Each database has its own file and its own migrations;
//! one story test runs against all of them.

mod sqlite;
mod values;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;

pub use sqlite::Sqlite;
pub use values::{
    CleaningScope, CleaningStates, Compliance, Device, DeviceFilter, DevicePage, DeviceStatus,
    FindingNumbers, FirstSecrets, HistoryEntry, KnownDevice, NewDevice, NewReport,
    OrganizationNumbers, StateCounts, StoreNumbers, Taken, User,
};

use crate::secret::Digest;

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database does not answer, is full or refuses.
    #[error("The database cannot be used: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row has something in it that this version did not write.
    #[error("The database holds a value that this version does not understand: {0}")]
    NotUnderstood(String),
    /// The device of a report was removed meanwhile.
    #[error("The device is no longer known.")]
    UnknownDevice,
}

/// The answer of every operation.
pub type Result<T> = std::result::Result<T, StorageError>;

/// A database. Every operation is durable when it answers.
#[async_trait]
pub trait Storage: Send + Sync + 'static {
    /// Answers when the database does.
    async fn ready(&self) -> Result<()>;

    /// Whether [`Self::set_up`] was done.
    async fn is_set_up(&self) -> Result<bool>;

    /// Keeps the first admin and secrets. False, and nothing is kept, where that was done before.
    async fn set_up(&self, secrets: &FirstSecrets, now: Timestamp) -> Result<bool>;

    /// An admin by name.
    async fn user(&self, name: &str) -> Result<Option<User>>;

    /// Begins a session, and forgets those that are over.
    async fn open_session(
        &self,
        token: &Digest,
        user: &User,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()>;

    /// Whose session it is, while it lasts.
    async fn session(&self, token: &Digest, now: Timestamp) -> Result<Option<User>>;

    /// Ends a session.
    async fn close_session(&self, token: &Digest) -> Result<()>;

    /// Every secret with which workstations may enrol.
    async fn enroll_secrets(&self) -> Result<Vec<Digest>>;

    /// Whether the admin's API opens with it.
    async fn is_api_token(&self, token: &Digest) -> Result<bool>;

    /// Enrols a person on a machine and answers the device's id: the same one at each enrolment,
    /// with the newest token alone valid.
    async fn enroll(&self, device: &NewDevice, token: &Digest, now: Timestamp) -> Result<String>;

    /// Whose token it is.
    async fn device_by_token(&self, token: &Digest) -> Result<Option<KnownDevice>>;

    /// Keeps a report, once. It becomes the device's state unless one of a newer scan is there.
    async fn take_report(&self, report: NewReport) -> Result<Taken>;

    /// Whether devices of a ring may change anything.
    async fn cleaning_for(&self, ring: Option<&str>) -> Result<Cleaning>;

    /// What is set for cleaning.
    async fn cleaning(&self) -> Result<CleaningStates>;

    /// Allows or pauses cleaning.
    async fn set_cleaning(
        &self,
        scope: &CleaningScope,
        state: Cleaning,
        now: Timestamp,
    ) -> Result<()>;

    /// The numbers. Devices not heard since `silent_before` are silent.
    async fn compliance(&self, silent_before: Timestamp) -> Result<Compliance>;

    /// One page of devices in the order of their machines' names.
    async fn devices(
        &self,
        filter: &DeviceFilter,
        silent_before: Timestamp,
        limit: u32,
    ) -> Result<DevicePage>;

    /// One device.
    async fn device(&self, id: &str, silent_before: Timestamp) -> Result<Option<Device>>;

    /// The report that is the device's state, byte for byte as it came.
    async fn current_report(&self, device: &str) -> Result<Option<Vec<u8>>>;

    /// The newest reports of a device.
    async fn history(&self, device: &str, limit: u32) -> Result<Vec<HistoryEntry>>;
}
