//! Which keys ssh(1) offers on which route, and in which order.
//!
//! The order is that of OpenSSH (`pubkey_prepare` of sshconnect2.c): keys of the agent that the
//! settings name, the agent's other keys unless `IdentitiesOnly` keeps them back, then files. Azure
//! DevOps takes the first RSA key that it is offered for the person's, whoever has registered it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::agents::Agents;
use super::ring::Ring;
use super::survey::{Route, may_look};
use crate::model::OrganizationName;
use crate::stores::Finder;
use crate::token::ssh::{ACCEPTED, PublicHalf};

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

/// One key, wherever it is met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    /// The private key's file.
    File(PathBuf),
    /// A key that only an agent holds, by its fingerprint (SHA-256).
    Agent(String),
}

/// A key that is offered to Azure DevOps.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Nothing names it: it has a usual name, and something else does its work where Azure DevOps
    /// refuses it.
    pub(super) idle: bool,
    pub(super) organizations: BTreeSet<OrganizationName>,
    /// Hosts where another key is taken instead of it, with that key.
    pub(super) behind: BTreeMap<String, Id>,
    /// Hosts where it is taken, with how many others ssh(1) would have offered after it.
    pub(super) before: BTreeMap<String, usize>,
}

/// The files that a route offers.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) paths: Vec<PathBuf>,
    /// Nothing names them.
    usual: bool,
}

impl Files {
    /// The files of a route, as far as rekey may look at them.
    pub(super) fn of(route: &Route<'_>, finder: &Finder<'_>) -> Self {
        let identities = &route.connection.identities;
        let is_plink = route.command.is_some_and(|command| command.is_plink);
        let usual = identities.is_empty() && !is_plink;
        let mut paths = Vec::new();
        if usual {
            let folder = finder.home().join(".ssh");
            paths.extend(USUAL.map(|name| folder.join(name)));
        } else {
            for path in identities.iter().filter_map(|one| one.path.as_ref()) {
                if !paths.contains(path) {
                    paths.push(path.clone());
                }
            }
        }
        paths.retain(|path| route.offers_keys() && may_look(path, finder));
        Self { paths, usual }
    }
}

/// The keys that are offered to Azure DevOps, of those in the ring and the agents.
pub(super) fn offers(
    routes: &[Route<'_>],
    agents: &Agents,
    ring: &Ring,
    finder: &Finder<'_>,
) -> BTreeMap<Id, Offer> {
    let mut offers: BTreeMap<Id, Offer> = BTreeMap::new();
    for route in routes {
        let files = Files::of(route, finder);
        let held = agents.of(route, finder);
        let order = order(route, &files, held, ring);
        let is_taken = |id: &&Id| {
            let algorithm = match id {
                Id::File(path) => ring.algorithm(path),
                Id::Agent(sha256) => {
                    let mut held = held.iter();
                    let key = held.find(|key| key.sha256 == *sha256);
                    key.map(|key| key.algorithm.as_str())
                }
            };
            algorithm == Some(ACCEPTED)
        };
        let taken: Vec<&Id> = order.iter().filter(is_taken).collect();
        let chosen = taken.first().copied().or(order.first());
        for id in &order {
            let is_named = matches!(id, Id::File(path) if files.paths.contains(path));
            // An agent's keys are for many hosts: only the one that is taken, or refused, is for this one.
            if !is_named && chosen != Some(id) {
                continue;
            }
            let is_taken = taken.contains(&id);
            let idle = is_named && files.usual && !is_taken && !taken.is_empty();
            let offer = offers.entry(id.clone()).or_insert_with(|| Offer {
                idle: true,
                ..Offer::default()
            });
            offer.idle &= idle;
            offer
                .organizations
                .extend(route.organizations.iter().cloned());
            let host = &route.typed.host;
            match taken.first() {
                Some(first) if is_taken && *first != id => {
                    offer.behind.insert(host.clone(), (*first).clone());
                }
                Some(_) if is_taken && taken.len() > 1 => {
                    offer.before.insert(host.clone(), taken.len() - 1);
                }
                _ => {}
            }
        }
    }
    offers
}

fn order(route: &Route<'_>, files: &Files, held: &[PublicHalf], ring: &Ring) -> Vec<Id> {
    let of_file = |key: &&PublicHalf| {
        let mut paths = files.paths.iter();
        paths.any(|path| ring.sha256(path) == Some(key.sha256.as_str()))
    };
    let only = route.connection.flag("identitiesonly") == Some(true);
    let (named, others): (Vec<_>, Vec<_>) = held.iter().partition(of_file);
    let others = others.into_iter().filter(|_| !only);
    let from_agent = named.into_iter().chain(others).map(|key| {
        let path = ring.path_of(&key.sha256, &files.paths);
        path.map_or_else(|| Id::Agent(key.sha256.clone()), Id::File)
    });
    let there = files.paths.iter().filter(|path| ring.has(path));
    let mut order = Vec::new();
    for id in from_agent.chain(there.cloned().map(Id::File)) {
        if !order.contains(&id) {
            order.push(id);
        }
    }
    order
}
