//! Which connections to Azure DevOps this workstation makes over SSH, and for which organizations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::config_file::{self, ConfigFile};
use super::connection::{self, Connection, Typed};
use super::known_hosts;
use super::remotes::{self, Remotes};
use crate::model::{Address, OrganizationName, Scope, Service};
use crate::platform::System;
use crate::stores::Finder;

/// The hosts of Azure DevOps for SSH.
const HOSTS: [&str; 2] = ["ssh.dev.azure.com", "vs-ssh.visualstudio.com"];
/// Bytes of configuration that are evaluated for all aliases together; no real one comes near.
const BYTES: usize = 200_000_000;

/// What this workstation says of SSH.
pub(super) struct Survey {
    files: Vec<ConfigFile>,
    known: Vec<&'static str>,
}

/// A way in which this workstation calls Azure DevOps.
#[derive(Debug)]
pub(super) struct Route<'s> {
    /// What the configuration says of it.
    pub(super) connection: Connection<'s>,
    /// Private keys that git tells ssh to offer.
    pub(super) from_git: BTreeSet<PathBuf>,
    /// The organizations that are reached on it, as far as they are known.
    pub(super) organizations: BTreeSet<OrganizationName>,
}

impl Survey {
    /// Reads the configuration and the known hosts.
    pub(super) fn read(finder: &mut Finder<'_>) -> Self {
        let home = finder.home().to_owned();
        let folder = home.join(".ssh");
        let mut files = Vec::new();
        files.extend(config_file::load(
            finder,
            &folder.join("config"),
            &folder,
            &home,
        ));
        if let Some(folder) = machine_folder(finder) {
            files.extend(config_file::load(
                finder,
                &folder.join("ssh_config"),
                &folder,
                &folder,
            ));
        }
        let known_hosts =
            ["known_hosts", "known_hosts2"].map(|name| finder.peek(&folder.join(name)));
        let known_hosts: Vec<_> = known_hosts
            .iter()
            .flatten()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .collect();
        let known = HOSTS.into_iter().filter(|host| {
            known_hosts
                .iter()
                .any(|text| known_hosts::knows(text, host))
        });
        Self {
            known: known.collect(),
            files,
        }
    }

    /// Whether no configuration says anything.
    pub(super) fn has_no_settings(&self) -> bool {
        self.files.is_empty()
    }

    /// Every route to Azure DevOps that something here shows to be used.
    pub(super) fn routes(&self, finder: &Finder<'_>) -> Vec<Route<'_>> {
        let Remotes {
            remotes,
            identities: everywhere,
        } = remotes::read(finder);
        let mut routes: BTreeMap<Typed, Route<'_>> = BTreeMap::new();
        for remote in remotes {
            let typed = Typed {
                host: remote.host,
                user: remote.user,
            };
            let known = routes.remove(&typed);
            let mut route = known.unwrap_or_else(|| self.route(&typed, finder));
            if let Some(address) = address(&route.connection, &remote.path) {
                route.organizations.extend(address.organization);
                route.from_git.extend(remote.identities);
                routes.insert(typed, route);
            }
        }
        let most = BYTES / connection::length(&self.files).max(1);
        let aliases = connection::literal_hosts(&self.files);
        // The real hosts come last: an alias enters its real host among the known ones, so that
        // alone tells nothing new.
        let hosts = aliases.into_iter().take(most);
        for host in hosts.chain(HOSTS.map(str::to_owned)) {
            let typed = Typed { host, user: None };
            let has = |typed: &Typed| {
                let mut hosts = routes.keys().map(|known| &known.host);
                hosts.any(|known| known.eq_ignore_ascii_case(&typed.host))
            };
            if has(&typed) {
                continue;
            }
            let mut route = self.route(&typed, finder);
            let called = &route.connection.host;
            let is_known = self.known.contains(&typed.host.as_str())
                && !routes
                    .values()
                    .any(|other| other.connection.host == *called);
            if !route.connection.named && !is_known {
                continue;
            }
            if let Some(address) = address(&route.connection, "") {
                let named = address.organization;
                let named = named.or_else(|| named_in(&typed.host, finder.scope()));
                route.organizations.extend(named);
                route.from_git.extend(everywhere.iter().cloned());
                routes.insert(typed, route);
            }
        }
        routes.into_values().collect()
    }

    fn route(&self, typed: &Typed, finder: &Finder<'_>) -> Route<'_> {
        Route {
            connection: connection::evaluate(&self.files, typed, finder),
            from_git: BTreeSet::new(),
            organizations: BTreeSet::new(),
        }
    }
}

/// The Azure DevOps address of a path on the host that is really called.
fn address(connection: &Connection<'_>, path: &str) -> Option<Address> {
    Address::from_parts(&connection.host, connection.user.as_deref(), path).filter(|address| {
        matches!(address.service, Service::Ssh | Service::Web) && address.host != "dev.azure.com"
    })
}

/// The one organization in scope whose name is a word of the alias, as in `devops_contoso`.
fn named_in(alias: &str, scope: &Scope) -> Option<OrganizationName> {
    let alias = alias.to_ascii_lowercase();
    let is_named = |name: &&OrganizationName| {
        let name = name.as_str().to_ascii_lowercase();
        alias.match_indices(&name).any(|(at, _)| {
            let before = alias[..at].chars().next_back();
            let after = alias[at + name.len()..].chars().next();
            [before, after]
                .into_iter()
                .flatten()
                .all(|edge| !edge.is_alphanumeric())
        })
    };
    let mut named = scope
        .organizations
        .iter()
        .map(|organization| &organization.name)
        .filter(is_named);
    named.next().filter(|_| named.next().is_none()).cloned()
}

/// Where the machine's own configuration lies; nowhere when only a home may be looked at.
fn machine_folder(finder: &Finder<'_>) -> Option<PathBuf> {
    let platform = finder.platform();
    if platform.hermetic() {
        return None;
    }
    match platform.system() {
        System::Windows => Some(PathBuf::from(platform.variable("ProgramData")?).join("ssh")),
        System::MacOs | System::Linux => Some(PathBuf::from("/etc/ssh")),
    }
}

/// Whose a thing is that serves these organizations: the one in scope, or the only one. `None` where
/// it serves several in scope, or nothing says whom.
pub(super) fn owner(
    organizations: &BTreeSet<OrganizationName>,
    scope: &Scope,
) -> Option<OrganizationName> {
    let mut in_scope = organizations.iter().filter(|name| scope.has(name));
    match (in_scope.next(), in_scope.next()) {
        (Some(_), Some(_)) => None,
        (Some(one), None) => Some(one.clone()),
        // Several that are all out of scope: any of them keeps it out.
        (None, _) => organizations.first().cloned(),
    }
}

/// Whether rekey may look there at all.
pub(super) fn may_look(path: &Path, finder: &Finder<'_>) -> bool {
    !finder.platform().hermetic() || path.starts_with(finder.home())
}
