//! Git's credential cache: a process of the person's that keeps passwords in memory (git-credential-cache(1)).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::configs::{Configs, may_look_at, outside};
use super::helper_command::HelperCommand;
use super::{helpers, stray};
use crate::model::{
    Answered, Change, Credential, HelperKind, Kind, Observed, OrganizationName, PlaceState,
    Question, Remedy,
};
use crate::platform::sockets::{self, SocketFault};
use crate::stores::{About, Finder, Store};
use crate::text::{file_location, hold};

/// Whoever listens on git's socket, and on those that `credential.helper = cache --socket` names.
pub struct GitCredentialCache;

impl Store for GitCredentialCache {
    fn about(&self) -> About {
        About {
            name: "git-credential-cache",
            title: "Passwords that git keeps in memory",
            clears: "git credential-cache exit",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for socket in sockets(finder) {
            if !may_look_at(finder, &socket) {
                outside(finder, &socket);
            } else if finder.is_absent(&socket) {
                finder.place(&socket, PlaceState::Absent, None);
            } else if finder.platform().hermetic() {
                let reason = "with --home no process is asked".to_owned();
                finder.place(&socket, PlaceState::Skipped, Some(reason));
            } else if finder.may_look(&socket) {
                ask(finder, &socket);
            }
        }
    }
}

/// git's own, and those that settings name.
fn sockets(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let platform = finder.platform();
    let mut sockets = helpers::usual_sockets(platform);
    let settings = finder.settings();
    let given = settings.variables().iter();
    let given = given.filter(|given| given.section == "credential" && given.key == "helper");
    let named = settings.values("credential", "helper");
    for value in named.chain(given.map(|given| given.value.as_str())) {
        let command = HelperCommand::parse(value);
        let Some(named) = command.option("--socket") else {
            continue;
        };
        if command.kind != HelperKind::Cache {
            continue;
        }
        match helpers::socket(&command, platform).filter(|_| !command.needs_shell) {
            Some(socket) if sockets.contains(&socket) => {}
            Some(socket) => sockets.push(socket),
            None => {
                let reason = Some("only a shell could tell where that is".to_owned());
                finder.place(Path::new(named), PlaceState::Skipped, reason);
            }
        }
    }
    sockets
}

/// How many questions one socket is asked: each costs less than a millisecond.
pub const MOST_ASKED: usize = 5_000;

/// One thing to ask, and whose the answer is as far as the question tells.
type Ask = (Option<OrganizationName>, Question);

/// The exact questions first: an answer to a wide one is new only where no exact one brought it.
fn asks(finder: &Finder<'_>, configs: &Configs) -> Vec<Ask> {
    let scope = finder.scope();
    let in_scope = scope.organizations.iter().map(|one| &one.name);
    let mut names: Vec<&OrganizationName> = in_scope.collect();
    for name in configs.organizations() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let settings = helpers::Settings::new(configs, finder.home());
    let mut known = HashSet::new();
    let mut asks: Vec<Ask> = Vec::new();
    for name in names {
        for question in settings.questions(name) {
            let by_user = || {
                question
                    .username
                    .as_deref()
                    .is_some_and(|user| name.is(user))
            };
            // Whoever else's user is asked for on a host of many organizations, the answer may be of any.
            let names_it = question.organization().is_some() || by_user();
            let ask = (names_it.then(|| name.clone()), question);
            if known.insert(ask.clone()) {
                asks.push(ask);
            }
        }
    }
    let anybody = Question::new("dev.azure.com", None, None).map(|question| (None, question));
    asks.extend(anybody.filter(|anybody| !known.contains(anybody)));
    asks.sort_by_key(|(name, question)| {
        let wide = question.path.is_none();
        (wide, name.is_none(), question.username.is_none())
    });
    asks
}

fn ask(finder: &mut Finder<'_>, socket: &Path) {
    if finder.scope().organizations.is_empty() {
        return;
    }
    let mut known: Vec<(Question, Answered)> = Vec::new();
    let asks = asks(finder, finder.settings());
    // The forms that hold whatever the repository stand last, and are always asked.
    let skipped = asks.len().saturating_sub(MOST_ASKED);
    if skipped > 0 {
        let all = asks.len();
        finder.unreadable(
            socket,
            format!("it was asked for {MOST_ASKED} of {all} addresses"),
        );
    } else {
        finder.place(socket, PlaceState::Read, None);
    }
    for (name, question) in asks.into_iter().skip(skipped) {
        match sockets::ask(socket, &question.asked_of_cache()) {
            Ok(said) => {
                if let Some(answered) = Answered::parse(&said)
                    && !is_known(&known, &question, &answered)
                {
                    finder.add(credential(finder, socket, name, &question, &answered));
                    known.push((question, answered));
                }
            }
            Err(fault) => {
                let (state, reason) = trouble(&fault);
                finder.place(socket, state, reason);
                return;
            }
        }
    }
}

/// A question without a path or a user is answered with an entry that has one too: it was told already.
fn is_known(known: &[(Question, Answered)], question: &Question, answered: &Answered) -> bool {
    known.iter().any(|(asked, told)| {
        let same_host = asked.host.eq_ignore_ascii_case(&question.host);
        let covers = question.path.is_none() || asked.path == question.path;
        told == answered && same_host && covers
    })
}

fn trouble(fault: &SocketFault) -> (PlaceState, Option<String>) {
    let state = match fault {
        SocketFault::Nobody => return (PlaceState::Absent, None),
        SocketFault::Strange | SocketFault::Unsupported => PlaceState::Skipped,
        SocketFault::Late | SocketFault::Refused(_) => PlaceState::Unreadable,
    };
    (state, Some(fault.to_string()))
}

fn credential(
    finder: &Finder<'_>,
    socket: &Path,
    name: Option<OrganizationName>,
    question: &Question,
    answered: &Answered,
) -> Credential {
    let by_user = || {
        let user = answered.username.as_deref()?;
        finder.scope().named(user).cloned()
    };
    let organization = name.or_else(by_user);
    let mut location = file_location(socket);
    let entry = match (&organization, &question.path) {
        (Some(name), None) if question.organization().is_none() => {
            format!("https://{}/{name}", question.host)
        }
        _ => question.address(),
    };
    location.entry = Some(stray::without_tokens(&entry));
    let mut credential = Credential {
        store: finder.store(),
        kind: Kind::Password,
        // An entry for the whole host may serve any organization.
        remedy: match organization {
            Some(_) => Remedy::Automatic,
            None => Remedy::Consent,
        },
        organization,
        location,
        path: None,
        observed: Observed::default(),
        address: None,
        secret: None,
        advice: None,
        change: Some(Change::Forget {
            socket: socket.to_owned(),
            question: question.clone(),
            answered: answered.clone(),
        }),
    };
    hold(&mut credential, answered.password.expose());
    credential
}

// Not on Windows: git's cache answers at a socket of Unix.
#[cfg(all(test, unix))]
#[path = "credential_cache_tests.rs"]
mod tests;
