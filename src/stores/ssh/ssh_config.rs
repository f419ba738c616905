//! Settings of `ssh_config(5)` that break or weaken connections to Azure DevOps.

use std::collections::{BTreeMap, BTreeSet};

use super::connection::Origin;
use super::paths::public_beside;
use super::survey::{Survey, may_look, owner};
use crate::model::{Kind, OrganizationName, Remedy};
use crate::stores::{About, Finder, Store};

/// Settings for Azure DevOps in `~/.ssh/config`.
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
        // Spares the remotes of every repository.
        if survey.has_no_settings() {
            return;
        }
        let routes = survey.routes(finder);
        let mut harmful: BTreeMap<(&std::path::Path, usize), Harm<'_>> = BTreeMap::new();
        for route in &routes {
            let connection = &route.connection;
            let weak = connection
                .algorithms
                .iter()
                .filter(|(_, value)| allows_sha1(value));
            let weak = weak.map(|(origin, _)| {
                let advice = "Delete this line, or move it to the hosts that still need it: Azure DevOps withdraws \
                              ssh-rsa signatures and takes rsa-sha2-256 and rsa-sha2-512";
                (origin, "it allows ssh-rsa signatures, which Azure DevOps withdraws", advice)
            });
            let missing = connection.identities.iter().filter(|identity| {
                let path = identity.path.as_ref().filter(|path| may_look(path, finder));
                path.is_some_and(|path| {
                    [path.clone(), public_beside(path)]
                        .iter()
                        .all(|path| is_absent(path))
                })
            });
            let missing = missing.map(|identity| {
                let advice = "Name a key that is there, or delete this line";
                (
                    &identity.origin,
                    "it names a key file that is not there",
                    advice,
                )
            });
            for (origin, reason, advice) in weak.chain(missing) {
                let harm = harmful
                    .entry((origin.document.path(), origin.offset))
                    .or_insert_with(|| Harm {
                        origin,
                        reason,
                        advice,
                        organizations: BTreeSet::new(),
                    });
                harm.organizations
                    .extend(route.organizations.iter().cloned());
            }
        }
        for harm in harmful.into_values() {
            finder.add(
                harm.origin
                    .document
                    .draft(finder.store(), Kind::SshSetting)
                    .at(harm.origin.offset)
                    .entry(&harm.origin.entry)
                    .remedy(Remedy::Manual)
                    .advice(harm.advice)
                    .organization(owner(&harm.organizations, finder.scope()))
                    .observe(|observed| observed.harmful = Some(harm.reason.to_owned()))
                    .finish(),
            );
        }
    }
}

struct Harm<'s> {
    origin: &'s Origin<'s>,
    reason: &'static str,
    advice: &'static str,
    organizations: BTreeSet<OrganizationName>,
}

/// Whether a list of algorithms lets `ssh-rsa` in; a list that begins with `-` takes algorithms out.
fn allows_sha1(value: &str) -> bool {
    let list = value.trim_start_matches(['+', '^']);
    !value.starts_with('-')
        && list
            .split(',')
            .any(|name| name.trim().eq_ignore_ascii_case("ssh-rsa"))
}

fn is_absent(path: &std::path::Path) -> bool {
    path.symlink_metadata()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}
