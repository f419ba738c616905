//! Workstations on their way in, and the tokens that they get.

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::EnrollDevice;

use super::Result;
use super::refused::Refusal;
use super::words::words;
use crate::secret::Digest;
use crate::text;

/// A person on a machine, as they enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// The machine's own id.
    pub machine_id: String,
    /// The person's id on it.
    pub person_id: String,
    /// The host name.
    pub machine_name: String,
    /// `windows`, `macos` or `linux`.
    pub machine_system: String,
    /// The sign-in name, where policy lets it be said.
    pub person_name: Option<String>,
    /// The deployment ring.
    pub ring: Option<String>,
}

impl NewDevice {
    /// From the wire.
    #[must_use]
    pub fn of(device: &EnrollDevice) -> Self {
        Self {
            machine_id: text::name(&device.machine.id),
            person_id: text::name(&device.person.id),
            machine_name: text::name(&device.machine.name),
            machine_system: text::name(&device.machine.system),
            person_name: text::optional_name(device.person.name.as_deref()),
            ring: text::optional_name(device.ring.as_deref()),
        }
    }

    /// Names the person over all their machines: by name, or where none is told by the person's id.
    pub(super) fn person_key(&self) -> String {
        match &self.person_name {
            Some(name) => name.to_lowercase(),
            None => format!("#{}", self.person_id),
        }
    }

    /// Whether the person is told by an address. A short name, or none, is nobody's on a roster of addresses: there the
    /// machine tells whose it is.
    pub(super) fn says_address(&self) -> bool {
        self.person_name
            .as_deref()
            .is_some_and(|name| name.contains('@'))
    }

    /// The ring without case; empty for none.
    pub(super) fn ring_key(&self) -> String {
        self.ring.as_deref().map(text::ring_key).unwrap_or_default()
    }

    /// What a search for the device finds.
    pub(super) fn words(&self) -> std::collections::BTreeSet<String> {
        words(&self.machine_name, self.person_name.as_deref())
    }
}

/// The owner of a device token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// The enrolment.
    pub id: String,
    /// Its ring.
    pub ring: Option<String>,
}

/// An enrolment on its way into the database.
#[derive(Debug, Clone)]
pub struct NewEnrolment {
    /// Who enrols.
    pub device: NewDevice,
    /// The secret that was given.
    pub secret: Digest,
    /// From which address; empty where it is not known.
    pub address: String,
    /// Of the token that the device gets.
    pub token: Digest,
    /// When.
    pub at: Timestamp,
}

/// What became of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolled {
    /// The device's id: the same one at each enrolment, with the newest token alone valid.
    Device(String),
    /// Its secret does not enrol it; that is counted.
    Refused(Refusal),
}

impl Enrolled {
    /// The device's id; none where it was refused.
    #[must_use]
    pub fn device(self) -> Option<String> {
        match self {
            Self::Device(id) => Some(id),
            Self::Refused(_) => None,
        }
    }
}

/// Enrolments and device tokens.
#[async_trait]
pub trait Enrolment {
    /// Enrols a person on a machine, where the secret does. Its use is counted in the same commit, so that the last
    /// use of a secret is one device's, over any number of collectors.
    async fn enroll(&self, enrolment: NewEnrolment) -> Result<Enrolled>;

    /// Whose token it is.
    async fn device_by_token(&self, token: &Digest) -> Result<Option<KnownDevice>>;
}
