//! Private SSH keys that are offered to Azure DevOps. rekey tells of them and never touches them.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::agents::Agents;
use super::offers::{Files, Id, Offer, offers};
use super::putty;
use super::ring::Ring;
use super::survey::{Route, Survey, owner};
use crate::model::{
    Credential, Kind, Location, Observed, OrganizationName, PlaceState, PublicKeyFacts, Remedy,
    typed_path,
};
use crate::stores::{About, Finder, Store};
use crate::token::shown;
use crate::token::ssh::{ACCEPTED, PublicHalf};

/// What locations call an agent, which is named by no path: its socket is another one in each session.
const VAULT: &str = "ssh-agent";

/// Keys for Azure DevOps.
pub struct SshKey;

impl Store for SshKey {
    fn about(&self) -> About {
        About {
            name: "ssh-key",
            title: "SSH keys that are offered to Azure DevOps",
            clears: "Support removes the old registration; add the public key again on the organization's SSH keys page",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let survey = Survey::read(finder);
        let routes = survey.routes(finder);
        let mut ring = Ring::default();
        for route in &routes {
            for path in Files::of(route, finder).paths {
                ring.read(&path, finder);
            }
        }
        let agents = Agents::ask(&routes, finder);
        ring.read_files_of(&agents, finder);
        let mut offers = offers(&routes, &agents, &ring, finder);
        for (path, named) in putty::keys(&routes, &mut ring, finder) {
            let offer = offers.entry(Id::File(path)).or_default();
            offer.idle = false;
            offer.organizations.extend(named.organizations);
        }
        for (id, offer) in offers {
            if offer.idle {
                continue;
            }
            let found = match &id {
                Id::File(path) => in_file(path, &offer, &ring, finder),
                Id::Agent(sha256) => agents
                    .all()
                    .find(|key| key.sha256 == *sha256)
                    .map(|key| in_agent(key, &offer, finder)),
            };
            if let Some(found) = found {
                finder.add(found);
            }
        }
        tell_of_tokens(&routes, finder);
    }
}

fn in_file(
    path: &std::path::Path,
    offer: &Offer,
    ring: &Ring,
    finder: &Finder<'_>,
) -> Option<Credential> {
    let (document, key) = ring.get(path)?;
    let organization = owner(&offer.organizations, finder.scope());
    let told = Told {
        algorithm: key.algorithm.as_deref(),
        public: key.public.as_ref(),
        passphrase: (!key.is_public).then_some(key.encrypted),
        written: document.written(),
    };
    let advice = told.advice(organization.as_ref(), offer);
    let found = document
        .draft(finder.store(), Kind::SshKey)
        .remedy(Remedy::Manual)
        .advice(advice)
        .organization(organization)
        .observe(|observed| told.observe(observed))
        .finish();
    Some(found)
}

fn in_agent(key: &PublicHalf, offer: &Offer, finder: &Finder<'_>) -> Credential {
    let organization = owner(&offer.organizations, finder.scope());
    let told = Told {
        algorithm: Some(&key.algorithm),
        public: Some(key),
        passphrase: None,
        written: None,
    };
    let mut observed = Observed::default();
    told.observe(&mut observed);
    Credential {
        store: finder.store(),
        kind: Kind::SshKey,
        location: Location {
            vault: Some(VAULT.to_owned()),
            target: Some(key.md5.clone()),
            account: Some(shown(&key.comment)),
            ..Location::default()
        },
        path: None,
        observed,
        address: None,
        secret: None,
        remedy: Remedy::Manual,
        advice: Some(told.advice(organization.as_ref(), offer)),
        organization,
        change: None,
    }
}

/// Keys on a card are listed only by running its library, so they stay unknown: never silence.
fn tell_of_tokens(routes: &[Route<'_>], finder: &mut Finder<'_>) {
    for route in routes {
        let library = route.connection.value("pkcs11provider");
        let library = library.filter(|library| !library.eq_ignore_ascii_case("none"));
        if let Some(library) = library.filter(|_| route.offers_keys()) {
            let reason =
                "keys on a card or token are not looked at: compare them with ssh-keygen -D";
            let path = std::path::Path::new(library);
            finder.place(path, PlaceState::Skipped, Some(reason.to_owned()));
        }
    }
}

/// What people are told of a key.
struct Told<'k> {
    algorithm: Option<&'k str>,
    public: Option<&'k PublicHalf>,
    /// Whether it has one; `None` where the private half is not seen.
    passphrase: Option<bool>,
    written: Option<Timestamp>,
}

impl Told<'_> {
    fn refused(&self) -> Option<&str> {
        self.algorithm.filter(|name| *name != ACCEPTED)
    }

    fn observe(&self, observed: &mut Observed) {
        observed.refused_key = self.refused().map(str::to_owned);
        observed.key = self.public.map(|public| PublicKeyFacts {
            algorithm: public.algorithm.clone(),
            bits: public.bits,
            md5: public.md5.clone(),
            sha256: public.sha256.clone(),
            encrypted: self.passphrase == Some(true),
        });
    }

    /// `RSA, 3072 bits, no passphrase, written 2024-03-01, listed as aa:bb:…`.
    fn facts(&self) -> String {
        let mut facts = Vec::new();
        if self.refused().is_none() && self.algorithm.is_some() {
            facts.push("RSA".to_owned());
        }
        if let Some(bits) = self.public.and_then(|public| public.bits) {
            facts.push(format!("{bits} bits"));
        }
        facts.extend(self.passphrase.map(|has| {
            let word = if has { "a" } else { "no" };
            format!("{word} passphrase")
        }));
        if let Some(written) = self.written {
            facts.push(format!("written {}", written.strftime("%Y-%m-%d")));
        }
        if let Some(public) = self.public {
            facts.push(format!("listed as {}", public.md5));
        }
        facts.join(", ")
    }

    fn advice(&self, organization: Option<&OrganizationName>, offer: &Offer) -> String {
        let organization = organization.map_or("<organization>", OrganizationName::as_str);
        let page = format!("https://dev.azure.com/{organization}/_usersSettings/keys");
        let facts = self.facts();
        if let Some(name) = self.refused() {
            return format!(
                "Azure DevOps takes RSA keys only, and this is {name} ({facts}). Make one with ssh-keygen -t rsa -b \
                 4096, add its .pub file at {page}, and name it with IdentityFile in the Azure DevOps block of \
                 ~/.ssh/config. Keep this key for other hosts"
            );
        }
        let mut advice = format!(
            "Have Support clear this key ({facts}) from the old identity, then sign in with the work account at \
             {page} and add its .pub file again. Keep the private key"
        );
        for (host, other) in &offer.behind {
            let other = match other {
                Id::File(path) => typed_path(path),
                Id::Agent(_) => "a key of the agent".to_owned(),
            };
            let _ = write!(
                advice,
                ". For {host} ssh offers {other} before it, and Azure DevOps looks at the first RSA key alone: to use \
                 this one, set IdentitiesOnly yes and name it alone with IdentityFile there"
            );
        }
        for (host, others) in &offer.before {
            let keys = if *others == 1 { "key" } else { "keys" };
            let _ = write!(
                advice,
                ". It is the one that counts for {host}: ssh offers it before {others} other RSA {keys}, which Azure \
                 DevOps never sees"
            );
        }
        advice
    }
}
