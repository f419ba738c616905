//! Keys that SSH agents hold and ssh(1) offers from there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use super::paths;
use super::survey::Route;
use crate::model::PlaceState;
use crate::platform::System;
use crate::platform::ssh_agent::{self, AgentFault};
use crate::stores::Finder;
use crate::token::ssh::{self, PublicHalf};

/// Where OpenSSH for Windows looks when nothing names another place.
const WINDOWS_PIPE: &str = r"\\.\pipe\openssh-ssh-agent";

/// What the agents of all routes hold, by their sockets.
#[derive(Debug, Default)]
pub(super) struct Agents {
    held: BTreeMap<PathBuf, Vec<PublicHalf>>,
}

impl Agents {
    /// Asks each agent once; none where a home alone may be looked at.
    pub(super) fn ask(routes: &[Route<'_>], finder: &mut Finder<'_>) -> Self {
        let mut agents = Self::default();
        for route in routes {
            if let Some(socket) = socket(route, finder)
                && let Entry::Vacant(vacant) = agents.held.entry(socket)
            {
                let held = ask(vacant.key(), finder);
                vacant.insert(held);
            }
        }
        agents
    }

    /// The keys of a route's agent, in its order.
    pub(super) fn of(&self, route: &Route<'_>, finder: &Finder<'_>) -> &[PublicHalf] {
        let held = socket(route, finder).and_then(|socket| self.held.get(&socket));
        held.map_or(&[], Vec::as_slice)
    }

    /// The keys of all agents.
    pub(super) fn all(&self) -> impl Iterator<Item = &PublicHalf> {
        self.held.values().flatten()
    }
}

fn ask(socket: &Path, finder: &mut Finder<'_>) -> Vec<PublicHalf> {
    let listed = ssh_agent::keys(socket);
    let (state, reason) = match &listed {
        Ok(_) => (PlaceState::Read, None),
        Err(AgentFault::Absent) => (PlaceState::Absent, None),
        Err(fault) => (PlaceState::Unreadable, Some(fault.to_string())),
    };
    finder.place(socket, state, reason);
    let keys = listed.unwrap_or_default();
    keys.iter()
        .filter_map(|key| ssh::of_blob(&key.blob, &key.comment))
        .collect()
}

/// Where ssh(1) looks for an agent, by `IdentityAgent` and the environment.
fn socket(route: &Route<'_>, finder: &Finder<'_>) -> Option<PathBuf> {
    let platform = finder.platform();
    if platform.hermetic() || !route.offers_keys() {
        return None;
    }
    let variable = |name: &str| {
        let value = platform.variable(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let usual = || {
        let pipe = || (platform.system() == System::Windows).then(|| PathBuf::from(WINDOWS_PIPE));
        variable("SSH_AUTH_SOCK").or_else(pipe)
    };
    match route.connection.value("identityagent") {
        None => usual(),
        Some(none) if none.eq_ignore_ascii_case("none") => None,
        Some("SSH_AUTH_SOCK") => variable("SSH_AUTH_SOCK"),
        Some(text) if text.starts_with('$') => {
            variable(text[1..].trim_start_matches('{').trim_end_matches('}'))
        }
        Some(text) => {
            let local_user = platform.person();
            let tokens = route.connection.tokens(&route.typed.host, &local_user);
            paths::expand(text, finder, Some(tokens))
        }
    }
}
