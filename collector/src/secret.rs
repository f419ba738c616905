//! Secrets that the collector makes, and the only form in which it keeps them.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a secret opens. It is the beginning of the secret, so that a found one can be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Lets a workstation enrol.
    Enroll,
    /// Opens the admin's API.
    Api,
    /// Sends the reports of one enrolment.
    Device,
    /// Holds an admin's session, in a cookie.
    Session,
    /// Signs what a webhook is told.
    Webhook,
}

impl Purpose {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Enroll => "rekey-enroll-",
            Self::Api => "rekey-api-",
            Self::Device => "rekey-device-",
            Self::Session => "rekey-session-",
            Self::Webhook => "rekey-webhook-",
        }
    }
}

/// A new secret in clear: shown or sent once, then forgotten. It cannot be printed by accident.
pub struct Secret(String);

impl Secret {
    /// 256 random bits.
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        Self(format!(
            "{}{}",
            purpose.prefix(),
            hex(&rand::random::<[u8; 32]>())
        ))
    }

    /// A password that a person can read from a screen and type: 100 random bits.
    #[must_use]
    pub fn password() -> Self {
        // Without 0, 1, l and u, so that no two look alike.
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnopqrstvwxyz";
        let mut password = String::with_capacity(23);
        for (position, byte) in rand::random::<[u8; 20]>().iter().enumerate() {
            if position > 0 && position % 5 == 0 {
                password.push('-');
            }
            password.push(char::from(LETTERS[usize::from(byte % 32)]));
        }
        Self(password)
    }

    /// The secret itself, for the one place that hands it over.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret. The secrets are random and long, so nothing slower is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of what somebody presents.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// As it lies in the database; `None` where that is not 32 bytes.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the database.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares without telling by time how much was right.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// As text.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(…)")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_say_what_they_are_for() {
        let (first, second) = (Secret::new(Purpose::Device), Secret::new(Purpose::Device));
        assert!(first.reveal().starts_with("rekey-device-"));
        assert_ne!(first.reveal(), second.reveal());
        assert!(!first.digest().matches(&second.digest()));
        assert!(first.digest().matches(&Digest::of(first.reveal())));
    }

    #[test]
    fn printing_a_secret_shows_nothing_of_it() {
        let secret = Secret::password();
        assert_eq!(
            format!("{secret:?} {:?}", secret.digest()),
            "Secret(…) Digest(…)"
        );
        assert_eq!(secret.reveal().len(), 23);
    }
}
