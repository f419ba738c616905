//! Settings of `ssh_config(5)` and of git that break or weaken connections to Azure DevOps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::connection::{Connection, Origin, Spot};
use super::paths::public_beside;
use super::survey::{Survey, may_look, owner};
use super::{host_keys, putty_host_keys};
use crate::model::{Credential, Kind, Location, Observed, OrganizationName, Remedy, VariableScope};
use crate::stores::{About, Finder, Store};

/// Settings for Azure DevOps in `~/.ssh/config` and beside it.
pub struct SshConfig;

impl Store for SshConfig {
    fn about(&self) -> About {
        About {
            name: "ssh-config",
            title: "SSH settings for Azure DevOps",
            clears: "Change the line in the ssh configuration by hand",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let survey = Survey::read(finder);
        let routes = survey.routes(finder);
        let mut harmful: BTreeMap<Spotted<'_>, Harm<'_>> = BTreeMap::new();
        for route in &routes {
            for (origin, fault) in faults(&route.connection, finder) {
                // A setting of the command that git starts stands wherever that command is set.
                let origins = match origin {
                    Some(origin) => std::slice::from_ref(origin),
                    None => route.set_by.as_slice(),
                };
                for origin in origins {
                    let harm = harmful.entry(spotted(origin)).or_insert_with(|| Harm {
                        origin,
                        faults: Vec::new(),
                        organizations: BTreeSet::new(),
                    });
                    if !harm.faults.contains(&fault) {
                        harm.faults.push(fault);
                    }
                    harm.organizations
                        .extend(route.organizations.iter().cloned());
                }
            }
        }
        for harm in harmful.into_values() {
            finder.add(harm.credential(finder));
        }
        host_keys::find(&routes, finder);
        putty_host_keys::find(&routes, finder);
    }
}

/// What is wrong with a setting, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault {
    reason: &'static str,
    advice: &'static str,
}

const WEAK: Fault = Fault {
    reason: "it allows ssh-rsa signatures, which Azure DevOps withdraws",
    advice: "Delete this setting, or move it to the hosts that still need it: Azure DevOps withdraws ssh-rsa signatures \
             and takes rsa-sha2-256 and rsa-sha2-512",
};
const MISSING: Fault = Fault {
    reason: "it names a key file that is not there",
    advice: "Name a key that is there, or delete this setting",
};
const TRUSTING: Fault = Fault {
    reason: "it accepts any host key, so that any server may pass for Azure DevOps",
    advice: "Delete this setting, or move it to the hosts that need it; at the next connection compare the host key \
             with the fingerprint on the SSH keys page of Azure DevOps",
};
const FORGETFUL: Fault = Fault {
    reason: "it forgets host keys, so that another server in the place of Azure DevOps goes unnoticed",
    advice: "Delete this setting, or move it to the hosts that need it; ssh then keeps the host key of Azure DevOps in \
             ~/.ssh/known_hosts",
};

/// What is wrong in the settings that hold for a connection, and where; nowhere means in git's command.
fn faults<'c, 's>(
    connection: &'s Connection<'c>,
    finder: &Finder<'_>,
) -> Vec<(Option<&'s Origin<'c>>, Fault)> {
    let mut faults = Vec::new();
    let mut ask = |keyword: &str, is_harmful: &dyn Fn(&str) -> bool, fault| {
        if let Some(setting) = connection.setting(keyword)
            && setting.arguments.iter().any(|value| is_harmful(value))
        {
            faults.push((setting.origin.as_ref(), fault));
        }
    };
    ask("hostkeyalgorithms", &allows_sha1, WEAK);
    ask("pubkeyacceptedalgorithms", &allows_sha1, WEAK);
    ask("stricthostkeychecking", &is_off, TRUSTING);
    ask("userknownhostsfile", &host_keys::is_nowhere, FORGETFUL);
    for identity in &connection.identities {
        let path = identity.path.as_ref();
        let is_missing = path.is_some_and(|path| {
            may_look(path, finder)
                && finder.is_absent(path)
                && finder.is_absent(&public_beside(path))
        });
        if is_missing {
            faults.push((identity.origin.as_ref(), MISSING));
        }
    }
    faults
}

/// A setting's place, to tell one from another.
type Spotted<'s> = (&'s Path, usize);

fn spotted<'s>(origin: &Origin<'s>) -> Spotted<'s> {
    match origin.spot {
        Spot::File(document, offset) => (document.path(), offset),
        Spot::Variable(name) => (Path::new(name), 0),
    }
}

struct Harm<'s> {
    origin: &'s Origin<'s>,
    faults: Vec<Fault>,
    organizations: BTreeSet<OrganizationName>,
}

impl Harm<'_> {
    fn credential(&self, finder: &Finder<'_>) -> Credential {
        let join = |part: fn(&Fault) -> &'static str, between| {
            let parts: Vec<_> = self.faults.iter().map(part).collect();
            parts.join(between)
        };
        let harmful = join(|fault| fault.reason, "; ");
        let advice = join(|fault| fault.advice, ". ");
        let organization = owner(&self.organizations, finder.scope());
        match self.origin.spot {
            Spot::File(document, offset) => document
                .draft(finder.store(), Kind::SshSetting)
                .at(offset)
                .entry(&self.origin.entry)
                .remedy(Remedy::Manual)
                .advice(advice)
                .organization(organization)
                .observe(|observed| observed.harmful = Some(harmful))
                .finish(),
            Spot::Variable(name) => Credential {
                store: finder.store(),
                kind: Kind::SshSetting,
                organization,
                location: Location {
                    variable: Some(name.to_owned()),
                    scope: Some(VariableScope::Process),
                    ..Location::default()
                },
                path: None,
                observed: Observed {
                    harmful: Some(harmful),
                    ..Observed::default()
                },
                address: None,
                secret: None,
                remedy: Remedy::Manual,
                advice: Some(advice),
                change: None,
            },
        }
    }
}

/// Whether a list of algorithms lets `ssh-rsa` in; a list that begins with `-` takes algorithms out.
fn allows_sha1(value: &str) -> bool {
    let list = value.trim_start_matches(['+', '^']);
    !value.starts_with('-')
        && list
            .split(',')
            .any(|name| name.trim().eq_ignore_ascii_case("ssh-rsa"))
}

fn is_off(value: &str) -> bool {
    ["no", "off", "false"]
        .iter()
        .any(|off| value.eq_ignore_ascii_case(off))
}
