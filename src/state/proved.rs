//! What rekey saw work with the new identity: `proved.json`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StateFault, StateFolder};
use crate::model::{Credential, OrganizationName, Scope, Secret};

const NAME: &str = "proved.json";

/// The credentials that rekey made or the person gave it, and that worked then. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedCredentials {
    proved: Vec<Proved>,
    /// Fingerprints of what rekey made, whether or not it was seen to work yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    made: BTreeSet<String>,
}

/// One credential that worked for one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// The keyed fingerprint of a secret, or the SHA256 fingerprint of a public key: the next one in the same place is
    /// not proved by it.
    pub fingerprint: String,
    /// The organization.
    pub organization: String,
    /// When it was seen to work.
    pub at: Timestamp,
}

impl ProvedCredentials {
    /// What was saved; nothing where there is no file.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be read or understood.
    pub fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    /// Saves it.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be written.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// Remembers that what has this fingerprint works for the organization.
    pub fn remember(&mut self, fingerprint: &str, organization: &OrganizationName, at: Timestamp) {
        self.forget(fingerprint, organization);
        self.proved.push(Proved {
            fingerprint: fingerprint.to_owned(),
            organization: organization.to_string(),
            at,
        });
    }

    /// Remembers that rekey made what has this fingerprint.
    pub fn remember_made(&mut self, fingerprint: &str) {
        self.made.insert(fingerprint.to_owned());
    }

    /// Whether rekey made it, or saw it work.
    pub fn knows(&self, fingerprint: &str) -> bool {
        let mut proved = self.proved.iter();
        self.made.contains(fingerprint) || proved.any(|one| one.fingerprint == fingerprint)
    }

    /// It works no longer.
    pub fn forget(&mut self, fingerprint: &str, organization: &OrganizationName) {
        self.proved
            .retain(|one| !(one.fingerprint == fingerprint && organization.is(&one.organization)));
    }

    /// When it was seen to work for the organization.
    pub fn when(&self, fingerprint: &str, organization: &OrganizationName) -> Option<Timestamp> {
        let mut proved = self.proved.iter();
        let one = proved
            .find(|one| one.fingerprint == fingerprint && organization.is(&one.organization))?;
        Some(one.at)
    }

    /// Whether the credential is proved: for its own organization, or for every one in scope where it names none.
    pub fn prove(
        &self,
        credential: &Credential,
        scope: &Scope,
        fingerprint: &dyn Fn(&Secret) -> String,
    ) -> bool {
        // Few workstations have proved anything, and every scan asks this of all that it found.
        if self.proved.is_empty() {
            return false;
        }
        let observed = &credential.observed;
        let of_key = || observed.key.as_ref().map(|key| key.sha256.clone());
        let own = credential.secret.as_ref().map(fingerprint).or_else(of_key);
        let Some(own) = own else { return false };
        let holds = |name: &OrganizationName| self.when(&own, name).is_some();
        if let Some(name) = &credential.organization {
            return holds(name);
        }
        let organizations = scope.organizations.iter();
        let mut names = organizations.filter(|one| !one.gated).peekable();
        names.peek().is_some() && names.all(|one| holds(&one.name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::model::{Kind, Location, Observed, Organization, PublicKeyFacts, Remedy};

    fn name(text: &str) -> OrganizationName {
        OrganizationName::new(text).unwrap()
    }

    fn scope(names: &[&str]) -> Scope {
        let organizations = names.iter().map(|text| Organization {
            name: name(text),
            tenant: None,
            connected_at: None,
            gated: false,
        });
        Scope {
            organizations: organizations.collect(),
        }
    }

    fn credential(organization: Option<&str>) -> Credential {
        Credential {
            store: "npm",
            kind: Kind::Pat,
            organization: organization.map(name),
            location: Location::default(),
            path: None,
            observed: Observed::default(),
            address: None,
            secret: None,
            remedy: Remedy::Manual,
            advice: None,
            change: None,
        }
    }

    fn keyed(secret: &Secret) -> String {
        format!("keyed {}", secret.expose().len())
    }

    #[test]
    fn a_secret_is_proved_for_its_own_organization_alone() {
        let mut proved = ProvedCredentials::default();
        proved.remember("keyed 7", &name("contoso"), Timestamp::UNIX_EPOCH);
        let both = scope(&["contoso", "fabrikam"]);
        let mut found = credential(Some("CONTOSO"));
        found.secret = Some(Secret::new("hunter2"));
        assert!(proved.prove(&found, &both, &keyed));
        found.secret = Some(Secret::new("another"));
        found.organization = Some(name("fabrikam"));
        assert!(!proved.prove(&found, &both, &keyed));
        found.organization = Some(name("contoso"));
        found.secret = Some(Secret::new("the next one"));
        assert!(!proved.prove(&found, &both, &keyed));
    }

    #[test]
    fn a_key_that_serves_all_is_proved_when_it_works_for_each() {
        let mut key = credential(None);
        key.observed.key = Some(PublicKeyFacts {
            algorithm: "ssh-rsa".to_owned(),
            bits: Some(4096),
            md5: String::new(),
            sha256: "SHA256:x".to_owned(),
            encrypted: true,
        });
        let mut proved = ProvedCredentials::default();
        let both = scope(&["contoso", "fabrikam"]);
        proved.remember("SHA256:x", &name("contoso"), Timestamp::UNIX_EPOCH);
        assert!(!proved.prove(&key, &both, &keyed));
        assert!(proved.prove(&key, &scope(&["contoso"]), &keyed));
        assert!(!proved.prove(&key, &scope(&[]), &keyed));
        proved.remember("SHA256:x", &name("fabrikam"), Timestamp::UNIX_EPOCH);
        assert!(proved.prove(&key, &both, &keyed));
        proved.forget("SHA256:x", &name("Fabrikam"));
        assert!(!proved.prove(&key, &both, &keyed));
    }

    #[test]
    fn it_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("rekey")).unwrap();
        let mut proved = ProvedCredentials::load(&state).unwrap();
        proved.remember("a", &name("contoso"), Timestamp::UNIX_EPOCH);
        proved.remember("a", &name("contoso"), Timestamp::UNIX_EPOCH);
        proved.save(&state).unwrap();
        proved.remember_made("b");
        proved.save(&state).unwrap();
        let again = ProvedCredentials::load(&state).unwrap();
        assert_eq!(again, proved);
        assert_eq!(
            ["a", "b", "c"].map(|one| again.knows(one)),
            [true, true, false]
        );
        assert_eq!(
            again.when("a", &name("Contoso")),
            Some(Timestamp::UNIX_EPOCH)
        );
    }
}
