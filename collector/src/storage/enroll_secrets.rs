//! Enrolment secrets: each with a name, and with terms under which it enrols.

use async_trait::async_trait;
use jiff::Timestamp;

use super::audit::Actor;
use super::refused::Refusal;
use super::{NewDevice, Result};
use crate::secret::Digest;

/// Under what terms a secret enrols. What is not set is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// From then on it enrols nobody.
    pub expires_at: Option<Timestamp>,
    /// So many devices and no more.
    pub max_uses: Option<u32>,
    /// Only the machine with this id.
    pub machine_id: Option<String>,
    /// Only machines of this name, in whatever case.
    pub machine_name: Option<String>,
    /// Only the person with this sign-in name, in whatever case.
    pub person_name: Option<String>,
}

impl Terms {
    fn fit(&self, device: &NewDevice) -> bool {
        let same = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| {
                given.is_some_and(|given| given.to_lowercase() == wanted.to_lowercase())
            })
        };
        same(&self.machine_id, Some(&device.machine_id))
            && same(&self.machine_name, Some(&device.machine_name))
            && same(&self.person_name, device.person_name.as_deref())
    }
}

/// Whether a secret still enrols, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// It enrols.
    Active,
    /// All its uses are used; it still enrols the devices that used it.
    UsedUp,
    /// Its time is over.
    Expired,
    /// An admin ended it.
    Revoked,
}

impl SecretState {
    /// The word in JSON and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::UsedUp => "used-up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A secret, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollSecret {
    /// The row.
    pub id: i64,
    /// What an admin calls it.
    pub name: String,
    /// Under what terms it enrols.
    pub terms: Terms,
    /// How many devices used it. Enrolling again with it is no other use.
    pub uses: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it last enrolled a device.
    pub last_used_at: Option<Timestamp>,
    /// When an admin ended it.
    pub revoked_at: Option<Timestamp>,
}

impl EnrollSecret {
    /// Whether it still enrols.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SecretState {
        let used_up = |most: u32| self.uses >= u64::from(most);
        match &self.terms {
            _ if self.revoked_at.is_some() => SecretState::Revoked,
            terms if terms.expires_at.is_some_and(|end| end <= now) => SecretState::Expired,
            terms if terms.max_uses.is_some_and(used_up) => SecretState::UsedUp,
            _ => SecretState::Active,
        }
    }

    /// Whether it enrols the device, and if so whether that is a use. `enrolled_with` is the secret with which the
    /// device enrolled last: an agent that lost its token enrols again, and a one-time secret is not lost with it.
    pub(super) fn admit(
        &self,
        device: &NewDevice,
        enrolled_with: Option<i64>,
        now: Timestamp,
    ) -> std::result::Result<bool, Refusal> {
        let again = enrolled_with == Some(self.id);
        match self.state(now) {
            SecretState::Revoked => Err(Refusal::SecretRevoked),
            SecretState::Expired => Err(Refusal::SecretExpired),
            _ if !self.terms.fit(device) => Err(Refusal::SecretNotForThisDevice),
            SecretState::UsedUp if !again => Err(Refusal::SecretUsedUp),
            SecretState::UsedUp | SecretState::Active => Ok(!again),
        }
    }
}

/// A secret on its way into the database.
#[derive(Debug, Clone)]
pub struct NewEnrollSecret {
    /// Of the secret; kept only where one is made.
    pub secret: Digest,
    /// What it is called. Names are compared without case.
    pub name: String,
    /// Under what terms it enrols.
    pub terms: Terms,
    /// Who makes or changes it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKept {
    /// A new secret.
    Made,
    /// The terms of the secret of that name are these now; it is the secret of before.
    Changed,
}

/// Enrolment secrets.
#[async_trait]
pub trait EnrollSecrets {
    /// Secrets, the newest first; only those before the row `before`, at most `limit`.
    async fn enroll_secrets(&self, before: Option<i64>, limit: u32) -> Result<Vec<EnrollSecret>>;

    /// The secret of a name that is not revoked.
    async fn enroll_secret(&self, name: &str) -> Result<Option<EnrollSecret>>;

    /// Makes a secret, or changes the terms of the one of that name that is not revoked.
    async fn put_enroll_secret(&self, secret: NewEnrollSecret) -> Result<SecretKept>;

    /// Ends the secret of a name. False where there is none that is not revoked.
    async fn revoke_enroll_secret(&self, name: &str, by: &Actor, at: Timestamp) -> Result<bool>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn secret(terms: Terms) -> EnrollSecret {
        EnrollSecret {
            id: 7,
            name: "pilot".into(),
            terms,
            uses: 0,
            created_at: at("2026-11-20T00:00:00Z"),
            created_by: "admin".into(),
            last_used_at: None,
            revoked_at: None,
        }
    }

    fn device() -> NewDevice {
        NewDevice {
            machine_id: "0190c1aa-0000-7000-8000-000000000001".into(),
            person_id: "p".into(),
            machine_name: "CONTOSO-LT-07".into(),
            machine_system: "linux".into(),
            person_name: Some("Kim@contoso.example".into()),
            ring: None,
        }
    }

    #[test]
    fn each_term_has_its_own_refusal() {
        let now = at("2026-11-23T12:00:00Z");
        let admit = |secret: &EnrollSecret| secret.admit(&device(), None, now);
        assert_eq!(admit(&secret(Terms::default())), Ok(true));

        let mut revoked = secret(Terms::default());
        revoked.revoked_at = Some(now);
        assert_eq!(admit(&revoked), Err(Refusal::SecretRevoked));
        let expired = secret(Terms {
            expires_at: Some(now),
            ..Terms::default()
        });
        assert_eq!(admit(&expired), Err(Refusal::SecretExpired));
        let mut used = secret(Terms {
            max_uses: Some(1),
            ..Terms::default()
        });
        assert_eq!(admit(&used), Ok(true));
        used.uses = 1;
        assert_eq!(admit(&used), Err(Refusal::SecretUsedUp));
        assert_eq!(
            used.admit(&device(), Some(7), now),
            Ok(false),
            "the device that used it comes again"
        );
    }

    #[test]
    fn a_bound_secret_fits_in_any_case_and_nobody_else() {
        let now = at("2026-11-23T12:00:00Z");
        let fits = |terms: Terms| secret(terms).admit(&device(), None, now).is_ok();
        let name = |name: &str| Some(name.to_owned());
        for (fitting, terms) in [
            (
                true,
                Terms {
                    machine_name: name("contoso-lt-07"),
                    person_name: name("kim@CONTOSO.example"),
                    ..Terms::default()
                },
            ),
            (
                false,
                Terms {
                    machine_name: name("contoso-lt-08"),
                    ..Terms::default()
                },
            ),
            (
                false,
                Terms {
                    machine_id: name("0190c1aa-0000-7000-8000-000000000002"),
                    ..Terms::default()
                },
            ),
            (
                false,
                Terms {
                    person_name: name("sam@contoso.example"),
                    ..Terms::default()
                },
            ),
        ] {
            assert_eq!(fits(terms.clone()), fitting, "{terms:?}");
        }
        let mut nameless = device();
        nameless.person_name = None;
        let bound = secret(Terms {
            person_name: name("kim@contoso.example"),
            ..Terms::default()
        });
        assert_eq!(
            bound.admit(&nameless, None, now),
            Err(Refusal::SecretNotForThisDevice)
        );
    }
}
