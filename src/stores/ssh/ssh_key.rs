//! Private SSH keys that are offered to Azure DevOps. rekey tells of them and never touches them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::paths::public_beside;
use super::survey::{Route, Survey, may_look, owner};
use crate::model::{Kind, OrganizationName, PublicKeyFacts, Remedy};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, Text};
use crate::token::ssh::{self, ACCEPTED, KeyFile};

/// Keys that ssh(1) offers where nothing names one, in its order.
const USUAL: [&str; 7] = [
    "id_rsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_xmss",
    "id_dsa",
];

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
        let offers = offers(&routes, finder);
        let mut read = BTreeMap::new();
        for path in offers.keys() {
            if let Some(key) = read_key(path.clone(), finder) {
                read.insert(path, key);
            }
        }
        let works = |route: &usize| {
            read.iter().any(|(path, (_, key))| {
                is_accepted(key)
                    && offers
                        .get(*path)
                        .is_some_and(|offer| offer.routes.contains(route))
            })
        };
        for (path, (document, key)) in &read {
            let Some(offer) = offers.get(*path) else {
                continue;
            };
            // ssh goes on to the next usual key, so one that is refused is meant for another host.
            if offer.usual && !is_accepted(key) && offer.routes.iter().all(works) {
                continue;
            }
            let organization = owner(&offer.organizations, finder.scope());
            finder.add(
                document
                    .draft(finder.store(), Kind::SshKey)
                    .remedy(Remedy::Manual)
                    .advice(advice(key, organization.as_ref()))
                    .organization(organization)
                    .observe(|observed| {
                        observed.refused_key =
                            key.algorithm.clone().filter(|name| name != ACCEPTED);
                        observed.key = facts(key);
                    })
                    .finish(),
            );
        }
    }
}

/// A key that is offered to Azure DevOps.
#[derive(Debug, Default)]
struct Offer {
    /// Nothing names it: it has a usual name.
    usual: bool,
    routes: BTreeSet<usize>,
    organizations: BTreeSet<OrganizationName>,
}

fn offers(routes: &[Route<'_>], finder: &Finder<'_>) -> BTreeMap<PathBuf, Offer> {
    let mut offers: BTreeMap<PathBuf, Offer> = BTreeMap::new();
    let folder = finder.home().join(".ssh");
    for (index, route) in routes.iter().enumerate() {
        let configured = route
            .connection
            .identities
            .iter()
            .filter_map(|identity| identity.path.clone());
        let named: Vec<_> = route.from_git.iter().cloned().chain(configured).collect();
        let usual = named.is_empty() && route.connection.identities.is_empty();
        let keys = if usual {
            USUAL.map(|name| folder.join(name)).to_vec()
        } else {
            named
        };
        for key in keys.into_iter().filter(|key| may_look(key, finder)) {
            let offer = offers.entry(key).or_insert_with(|| Offer {
                usual: true,
                ..Offer::default()
            });
            offer.usual &= usual;
            offer.routes.insert(index);
            offer
                .organizations
                .extend(route.organizations.iter().cloned());
        }
    }
    offers
}

/// Reads the private key, or the public one that stands for a key in an agent.
fn read_key(path: PathBuf, finder: &mut Finder<'_>) -> Option<(Document, KeyFile)> {
    let beside = public_beside(&path);
    let public = finder.peek(&beside);
    let document = match finder.open(&path) {
        Some(document) => document,
        None if public.is_some() && path.symlink_metadata().is_err() => finder.open(&beside)?,
        None => return None,
    };
    let public = public.map(|bytes| Text::decode(&bytes));
    let key = ssh::key_file(document.as_str(), public.as_ref().map(Text::as_str));
    if key.is_none() {
        finder.unreadable(
            document.path(),
            "it is no SSH key in a form that is known here",
        );
    }
    Some((document, key?))
}

fn is_accepted(key: &KeyFile) -> bool {
    key.algorithm.as_deref() == Some(ACCEPTED)
}

fn facts(key: &KeyFile) -> Option<PublicKeyFacts> {
    let public = key.public.as_ref()?;
    Some(PublicKeyFacts {
        algorithm: public.algorithm.clone(),
        bits: public.bits,
        md5: public.md5.clone(),
        sha256: public.sha256.clone(),
        encrypted: key.encrypted,
    })
}

fn advice(key: &KeyFile, organization: Option<&OrganizationName>) -> String {
    let organization = organization.map_or("<organization>", OrganizationName::as_str);
    let page = format!("https://dev.azure.com/{organization}/_usersSettings/keys");
    match &key.algorithm {
        Some(name) if name != ACCEPTED => format!(
            "Azure DevOps takes RSA keys only, and this is {name}. Make one with ssh-keygen -t rsa -b 4096, add its \
             .pub file at {page}, and name it with IdentityFile in the Azure DevOps block of ~/.ssh/config. Keep this \
             key for other hosts"
        ),
        _ => {
            let listed = key
                .public
                .as_ref()
                .map_or_else(String::new, |public| format!(" (listed as {})", public.md5));
            format!(
                "Have Support clear this key{listed} from the old identity, then sign in with the work account at \
                 {page} and add its .pub file again. Keep the private key"
            )
        }
    }
}
