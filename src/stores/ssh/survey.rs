//! Which connections to Azure DevOps this workstation makes over SSH, and for which organizations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::command::{Command, Configuration};
use super::config_file::{self, ConfigFile};
use super::connection::{self, Connection, Origin, Typed};
use super::known_hosts;
use super::remotes::{self, Remotes};
use crate::model::{Address, OrganizationName, Scope, Service};
use crate::platform::System;
use crate::stores::Finder;

/// The hosts of Azure DevOps for SSH.
pub(super) const HOSTS: [&str; 2] = ["ssh.dev.azure.com", "vs-ssh.visualstudio.com"];
/// Bytes of configuration that are evaluated for all routes together; no real one comes near.
const BYTES: usize = 200_000_000;

/// What this workstation says of SSH.
pub(super) struct Survey<'a> {
    /// The files of each choice of them.
    files: BTreeMap<Configuration, Vec<ConfigFile>>,
    git: Remotes<'a>,
    known: Vec<&'static str>,
}

/// A way in which this workstation calls Azure DevOps.
#[derive(Debug)]
pub(super) struct Route<'s> {
    pub(super) typed: Typed,
    /// What the configuration says of it.
    pub(super) connection: Connection<'s>,
    /// The command that git starts for it, where something sets one.
    pub(super) command: Option<&'s Command>,
    /// Who sets it.
    pub(super) set_by: Vec<Origin<'s>>,
    /// The organizations that are reached on it, as far as they are known.
    pub(super) organizations: BTreeSet<OrganizationName>,
}

impl Route<'_> {
    /// Whether ssh(1) offers keys at all.
    pub(super) fn offers_keys(&self) -> bool {
        self.connection.flag("pubkeyauthentication") != Some(false)
    }
}

/// A host as it is typed, and the command that calls it.
type Call = (Typed, Option<usize>);

impl<'a> Survey<'a> {
    /// Reads git's settings, the configuration and the known hosts.
    pub(super) fn read(finder: &mut Finder<'a>) -> Self {
        let git = remotes::read(finder);
        let choices: BTreeSet<_> = git
            .commands
            .iter()
            .map(|command| command.configuration.clone())
            .chain([Configuration::Usual])
            .collect();
        let files = choices.into_iter().map(|choice| {
            let files = load(&choice, finder);
            (choice, files)
        });
        let files = files.collect();
        let folder = finder.home().join(".ssh");
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
            git,
        }
    }

    /// Every route to Azure DevOps that something here shows to be used.
    pub(super) fn routes(&self, finder: &Finder<'_>) -> Vec<Route<'_>> {
        let length = self.files.values().map(|files| connection::length(files));
        let most = BYTES / length.sum::<usize>().max(1);
        let mut routes: BTreeMap<Call, Route<'_>> = BTreeMap::new();
        // Which calls lead elsewhere; most remotes of a workstation share one host.
        let mut elsewhere: BTreeSet<Call> = BTreeSet::new();
        for remote in &self.git.all {
            let index = remote.command.as_ref().map(|started| started.index);
            let call = (remote.typed.clone(), index);
            if elsewhere.contains(&call) {
                continue;
            }
            let known = routes.remove(&call);
            if known.is_none() && routes.len() + elsewhere.len() >= most {
                continue;
            }
            let mut route = known.unwrap_or_else(|| self.route(&call, finder));
            if let Some(address) = address(&route.connection, &remote.path) {
                route.organizations.extend(address.organization);
                route
                    .set_by
                    .extend(remote.command.iter().map(|started| started.origin.clone()));
                routes.insert(call, route);
            } else {
                elsewhere.insert(call);
            }
        }
        let index = self.git.everywhere.as_ref().map(|started| started.index);
        let aliases = connection::literal_hosts(self.files_of(index));
        // The real hosts come last: an alias enters its real host among the known ones, so that
        // alone tells nothing new.
        let hosts = aliases.into_iter().take(most);
        for host in hosts.chain(HOSTS.map(str::to_owned)) {
            let has = |host: &str| {
                let mut hosts = routes.keys().map(|(typed, _)| &typed.host);
                hosts.any(|known| known.eq_ignore_ascii_case(host))
            };
            if has(&host) {
                continue;
            }
            let call = (Typed::host(host), index);
            let mut route = self.route(&call, finder);
            let called = &route.connection.host;
            let is_known = self.known.contains(&route.typed.host.as_str())
                && !routes
                    .values()
                    .any(|other| other.connection.host == *called);
            if !route.connection.named && !is_known {
                continue;
            }
            if let Some(address) = address(&route.connection, "") {
                let named = address.organization;
                let named = named.or_else(|| named_in(&route.typed.host, finder.scope()));
                route.organizations.extend(named);
                let set_by = self.git.everywhere.iter();
                route
                    .set_by
                    .extend(set_by.map(|started| started.origin.clone()));
                routes.insert(call, route);
            }
        }
        routes.into_values().collect()
    }

    /// The files that a command reads.
    fn files_of(&self, command: Option<usize>) -> &[ConfigFile] {
        let command = command.and_then(|index| self.git.commands.get(index));
        let choice = match command {
            // PuTTY has settings of its own.
            Some(command) if command.is_plink => &Configuration::None,
            Some(command) => &command.configuration,
            None => &Configuration::Usual,
        };
        self.files.get(choice).map_or(&[], Vec::as_slice)
    }

    fn route(&self, (typed, index): &Call, finder: &Finder<'_>) -> Route<'_> {
        let command = index.and_then(|index| self.git.commands.get(index));
        let files = self.files_of(*index);
        Route {
            typed: typed.clone(),
            connection: connection::evaluate(command, files, typed, finder),
            command,
            set_by: Vec::new(),
            organizations: BTreeSet::new(),
        }
    }
}

/// Reads the files of settings that a command chooses.
fn load(choice: &Configuration, finder: &mut Finder<'_>) -> Vec<ConfigFile> {
    let home = finder.home().to_owned();
    let folder = home.join(".ssh");
    // With a home alone nothing else is read.
    let inside = finder.platform().hermetic().then_some(home.as_path());
    let person = match choice {
        Configuration::None => return Vec::new(),
        Configuration::Usual => folder.join("config"),
        Configuration::File(path) => path.clone(),
    };
    let mut files = Vec::new();
    if may_look(&person, finder) {
        files.extend(config_file::load(finder, &person, &folder, inside));
    }
    if *choice == Configuration::Usual
        && let Some(folder) = machine_folder(finder)
    {
        let path = folder.join("ssh_config");
        files.extend(config_file::load(finder, &path, &folder, Some(&folder)));
    }
    files
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
pub(super) fn machine_folder(finder: &Finder<'_>) -> Option<PathBuf> {
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
