//! Variables of the process, and of the files that sessions take them from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::holding::{self, Held, Part};
use super::script::{Style, settings};
use super::shell_profile;
use super::siblings::Siblings;
use super::sweep::{Sweep, enter, pinned};
use super::{launchd, registered};
use crate::model::{
    Credential, Kind, Location, Observed, Remedy, Scope, Secret, TenantClaim, TenantRecord,
    VariableScope,
};
use crate::platform::System;
use crate::stores::folders::files_in;
use crate::stores::owner::Owner;
use crate::stores::{About, Finder, Store};
use crate::text::{Custody, Document, hold};
use crate::token;

const NAME: &str = "environment";

/// The store.
#[derive(Debug)]
pub struct Environment;

impl Store for Environment {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Environment variables",
            clears: "take the variable out of the place that sets it, then sign out and in again",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut registered = registered::find(finder);
        registered.extend(launchd::find(finder));
        for credential in of_process(finder) {
            // What a session inherits goes with its source, and is no second thing to mend.
            if !registered::is_inherited(&registered, &credential) {
                finder.add(credential);
            }
        }
        for credential in registered {
            finder.add(credential);
        }
        for (path, style) in files(finder) {
            let Some(document) = finder.open_once(&path) else {
                continue;
            };
            let statements = settings(document.as_str(), style);
            let sweep = Sweep {
                document: &document,
                store: NAME,
                scope: finder.scope(),
                statements: &statements,
                only_by_hand: None,
                by_form: true,
            };
            enter(finder, &path, sweep.credentials());
        }
    }
}

/// Sources: environment.d(5), `pam_env(8)`. What the machine sets is listed, and left to its administrator.
fn files(finder: &mut Finder<'_>) -> Vec<(PathBuf, Style)> {
    let platform = finder.platform();
    if platform.system() != System::Linux {
        return Vec::new();
    }
    let folders = finder.folders();
    let mut files = vec![(folders.home.join(".pam_environment"), Style::Pam)];
    let mut below = vec![folders.xdg_config.join("environment.d")];
    if !platform.hermetic() {
        files.push(("/etc/environment".into(), Style::Pam));
        files.push(("/etc/security/pam_env.conf".into(), Style::Pam));
        let machine = ["/etc", "/run", "/usr/local/lib", "/usr/lib"];
        below.extend(machine.map(|folder| Path::new(folder).join("environment.d")));
    }
    for folder in below {
        let configs = files_in(finder, &folder, &["conf"]).into_iter();
        files.extend(configs.map(|path| (path, Style::Systemd)));
    }
    files
}

fn of_process(finder: &mut Finder<'_>) -> Vec<Credential> {
    let variables: Vec<(String, String)> = (finder.platform().variables().into_iter())
        .map(|(name, value)| (lossy(name), lossy(value)))
        .collect();
    let found = look(&variables, VariableScope::Process, finder.scope());
    let mut found: Vec<_> = found.into_iter().map(|it| it.credential).collect();
    found.sort_by(|one, next| one.location.cmp(&next.location));
    if !found.is_empty() {
        advise(finder, &mut found);
    }
    found
}

/// A variable that holds something.
pub(super) struct Variable {
    /// Which of those that were looked at.
    pub(super) number: usize,
    /// How much of its value a secret is; `None` for a tenant, which is all of it.
    pub(super) part: Option<Part>,
    /// What it holds; nothing is said yet of how it goes.
    pub(super) credential: Credential,
}

/// What variables that are set together hold, in their order.
pub(super) fn look(
    variables: &[(String, String)],
    place: VariableScope,
    scope: &Scope,
) -> Vec<Variable> {
    let pairs = || {
        let pairs = variables.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    };
    let mut siblings = None;
    let mut found = Vec::new();
    for (number, (name, value)) in pairs().enumerate() {
        let pinned = pinned(name, value);
        if pinned.is_none() && !holding::may_hold(name, value) {
            continue;
        }
        let siblings = siblings.get_or_insert_with(|| Siblings::new(pairs(), scope));
        let owner = siblings.owner(name);
        let entry = key_beside(name, pairs());
        let variable = |entry, kind| variable(name, place, entry, kind);
        if let Some(pinned) = pinned {
            let mut credential = variable(entry, Kind::PinnedTenant);
            credential.organization = owner.organization();
            credential.observed.tenants = record(&credential, pinned.claim);
            found.push(Variable {
                number,
                part: None,
                credential,
            });
            continue;
        }
        for held in holding::in_variable(name, value, &owner, scope) {
            let mut credential = variable(entry.clone(), Kind::Pat);
            let Held {
                value, owner, part, ..
            } = held;
            credential.organization = owner.organization();
            hold(&mut credential, &value);
            found.push(Variable {
                number,
                part: Some(part),
                credential,
            });
        }
    }
    found
}

fn lossy(text: std::ffi::OsString) -> String {
    text.into_string()
        .unwrap_or_else(|text| text.to_string_lossy().into_owned())
}

fn variable(name: &str, scope: VariableScope, entry: Option<String>, kind: Kind) -> Credential {
    Credential {
        store: NAME,
        kind,
        organization: None,
        location: Location {
            variable: Some(token::shown(name)),
            scope: Some(scope),
            entry,
            ..Location::default()
        },
        path: None,
        observed: Observed::default(),
        address: None,
        secret: None,
        remedy: Remedy::Manual,
        advice: None,
        change: None,
    }
}

fn record(credential: &Credential, claim: Option<TenantClaim>) -> Vec<TenantRecord> {
    let record = claim.map(|claim| TenantRecord {
        organization: credential.organization.clone(),
        claim,
    });
    record.into_iter().collect()
}

/// The setting whose value a variable is: git takes them in pairs of variables.
fn key_beside<'v>(name: &str, mut all: impl Iterator<Item = (&'v str, &'v str)>) -> Option<String> {
    let key = format!("GIT_CONFIG_KEY_{}", name.strip_prefix("GIT_CONFIG_VALUE_")?);
    let (_, value) = all.find(|(name, _)| *name == key)?;
    Some(token::shown(value))
}

/// Where variables are set that a process has: path, line and value by name.
type Origins = HashMap<String, Vec<(PathBuf, u32, String)>>;

/// Says of each variable where it comes from, as far as files tell.
fn advise(finder: &mut Finder<'_>, found: &mut [Credential]) {
    let origins = origins(finder);
    let system = finder.platform().system();
    for credential in found {
        let name = credential.location.variable.clone().unwrap_or_default();
        let same = |value: &str| match &credential.secret {
            Some(secret) => holds(&name, value, secret, finder),
            None => true,
        };
        let places = origins.get(&name).map_or(&[][..], Vec::as_slice);
        let place = places.iter().find(|(_, _, value)| same(value));
        credential.advice = Some(match place {
            Some((path, line, _)) => {
                let path = token::shown_path(path);
                format!("Line {line} of {path} sets it: take it out there, then open a new session")
            }
            None => elsewhere(system).to_owned(),
        });
    }
}

fn elsewhere(system: System) -> &'static str {
    match system {
        System::Windows => {
            "Open a new session; if it is there again, take it out in \"Edit environment variables for your account\", or of the program that sets it"
        }
        System::MacOs => {
            "Open a new session; if it is there again, take it out with launchctl unsetenv NAME, or of the program that sets it"
        }
        System::Linux => {
            "Open a new session; if it is there again, take it out of the program or service that sets it"
        }
    }
}

fn holds(name: &str, value: &str, secret: &Secret, finder: &Finder<'_>) -> bool {
    let owner = Owner::Unknown;
    let held = holding::in_variable(name, value, &owner, finder.scope());
    held.iter()
        .any(|held| token::open(&held.value).secret == *secret)
}

/// What the files that sessions read set. They are places of their own stores, so nothing is entered here.
fn origins(finder: &mut Finder<'_>) -> Origins {
    let mut origins = Origins::new();
    let mut take = |document: &Document, statements: Vec<super::script::Statement>| {
        for assignment in statements.into_iter().flat_map(|it| it.assignments) {
            let line = document.text().line(assignment.written.start);
            let place = (document.path().to_owned(), line, assignment.value);
            origins.entry(assignment.name).or_default().push(place);
        }
    };
    for (path, style) in files(finder) {
        if let Some(document) = peek(finder, &path) {
            let statements = settings(document.as_str(), style);
            take(&document, statements);
        }
    }
    let read = shell_profile::read_all(finder, &mut |finder, path| peek(finder, path));
    for (document, form) in read {
        if let Ok(statements) = shell_profile::statements(&document, form) {
            take(&document, statements);
        }
    }
    origins
}

fn peek(finder: &Finder<'_>, path: &Path) -> Option<Document> {
    let bytes = finder.peek(path)?;
    let path = path.to_owned();
    Some(Document::new(path.clone(), path, bytes, None, Custody::Own))
}

#[cfg(test)]
#[path = "variables_tests.rs"]
mod tests;
