//! Entries of the system's vault that are addressed to Azure DevOps, whoever wrote them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::names::{self, Meaning, Named, Writer};
use super::value;
use crate::model::{
    Change, Credential, Digest, Kind, Location, Observed, PlaceState, Remedy, VaultEntry,
};
use crate::platform::System;
use crate::platform::vault::{Ring, Vault, VaultFault};
use crate::stores::git::gcm_files;
use crate::stores::packages::addresses::Owner;
use crate::stores::packages::{poetry, pyproject};
use crate::stores::tools::azure_cli_devops;
use crate::stores::{About, Finder, Store};
use crate::text::{hold, toml};
use crate::token;

const NAME: &str = "os-vault";

/// The Secret Service; the vaults of other systems are not read yet.
#[derive(Debug)]
pub struct OsVault;

impl Store for OsVault {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Passwords in the system's vault",
            clears: "delete the entry with the desktop's password manager (Passwords and Keys, KWalletManager, KeePassXC)",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        pyproject::FILES
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let Some(vault) = finder.platform().vault() else {
            return;
        };
        match vault.list() {
            Ok(rings) => {
                let namespaces = gcm_files::namespaces(finder);
                let names = shown(&rings);
                let mut feeds = None;
                for (ring, name) in rings.iter().zip(&names) {
                    Look {
                        vault: vault.as_ref(),
                        namespaces: &namespaces,
                        feeds: &mut feeds,
                        closed: 0,
                        fault: ring.unlisted.clone(),
                    }
                    .at(finder, ring, name);
                }
            }
            Err(fault) => tell(finder, vault.name(), &fault),
        }
    }
}

/// Says why nothing could be looked at.
fn tell(finder: &mut Finder<'_>, name: &str, fault: &VaultFault) {
    let (state, reason) = match fault {
        VaultFault::Absent(reason) => match kept_on_disk(finder) {
            // Nobody opens it here, but somewhere it is opened.
            Some(file) => {
                let file = file.display();
                let reason = format!(
                    "{reason}, and {file} is there: run rekey in the desktop's own session"
                );
                (PlaceState::Locked, Some(reason))
            }
            None => (PlaceState::Absent, None),
        },
        VaultFault::Locked => (PlaceState::Locked, Some(fault.to_string())),
        VaultFault::Gone | VaultFault::Refused(_) => {
            (PlaceState::Unreadable, Some(fault.to_string()))
        }
    };
    finder.place(Path::new(name), state, reason);
}

/// A file of gnome-keyring or `KWallet` in which passwords are kept.
fn kept_on_disk(finder: &mut Finder<'_>) -> Option<PathBuf> {
    if finder.platform().system() != System::Linux {
        return None;
    }
    let data = &finder.folders().xdg_data;
    [("keyrings", "keyring"), ("kwalletd", "kwl")]
        .iter()
        .find_map(|(folder, extension)| {
            let mut paths = finder.list(&data.join(folder)).into_iter();
            paths.find(|path| path.extension().is_some_and(|it| it == *extension))
        })
}

/// A look at one ring.
struct Look<'v> {
    vault: &'v dyn Vault,
    namespaces: &'v [String],
    /// Where Poetry's feeds are, once an entry of one was met.
    feeds: &'v mut Option<Feeds>,
    /// How many entries for Azure DevOps cannot be read before somebody allows it.
    closed: usize,
    fault: Option<VaultFault>,
}

impl Look<'_> {
    fn at(mut self, finder: &mut Finder<'_>, ring: &Ring, name: &str) {
        let path = PathBuf::from(format!("{}: {name}", self.vault.name()));
        if ring.locked {
            let reason = "unlock it (signing in to the desktop does), then run rekey again";
            return finder.place(&path, PlaceState::Locked, Some(reason.to_owned()));
        }
        finder.place(&path, PlaceState::Read, None);
        for entry in &ring.entries {
            let meaning = names::meaning(&entry.attributes, self.namespaces, finder.scope());
            match meaning {
                Some(Meaning::Msal) => leave_msal(finder, self.vault.name(), entry),
                Some(meaning) => {
                    if let Some(named) = self.resolve(finder, entry, meaning) {
                        self.entry(finder, entry, named);
                    }
                }
                None => {}
            }
        }
        if let Some(fault) = self.fault {
            let state = match fault {
                VaultFault::Locked => PlaceState::Locked,
                _ => PlaceState::Unreadable,
            };
            finder.place(&path, state, Some(fault.to_string()));
        } else if self.closed > 0 {
            let reason = format!(
                "{} of its entries for Azure DevOps cannot be read before you allow it there",
                self.closed
            );
            finder.place(&path, PlaceState::Locked, Some(reason));
        }
    }

    /// Looks up elsewhere whose an entry is where its attributes do not say.
    fn resolve(
        &mut self,
        finder: &mut Finder<'_>,
        entry: &VaultEntry,
        meaning: Meaning,
    ) -> Option<Named> {
        let (organization, only_as_token) = match meaning {
            Meaning::Named(named) => return Some(named),
            Meaning::Msal => return None,
            Meaning::Poetry(repository) => {
                let feeds = self.feeds.get_or_insert_with(|| Feeds::read(finder));
                match feeds.owner(&repository) {
                    Owner::AzureDevOps(organization) => (organization, false),
                    Owner::Unknown => (None, true),
                    Owner::Other => return None,
                }
            }
            Meaning::AzureCliDefault => (azure_cli_devops::usual_organization(finder), false),
        };
        Some(Named {
            writer: Writer::Tool,
            organization,
            only_as_token,
            target: entry.attribute("service").unwrap_or_default().to_owned(),
            account: names::account(&entry.attributes).map(str::to_owned),
        })
    }

    fn entry(&mut self, finder: &mut Finder<'_>, entry: &VaultEntry, named: Named) {
        if entry.locked {
            self.closed += 1;
            return;
        }
        let secret = match self.vault.read(entry) {
            Ok(secret) => secret,
            Err(VaultFault::Gone) => return,
            Err(VaultFault::Locked) => {
                self.closed += 1;
                return;
            }
            Err(fault) => {
                self.fault = Some(fault);
                return;
            }
        };
        let content = String::from_utf8_lossy(secret.expose());
        let Some(value) = value::of(named.writer, &content, named.account.as_deref()) else {
            return;
        };
        if named.only_as_token && token::open(value.value.expose()).token.is_none() {
            return;
        }
        let remedy = match (named.writer, &named.organization) {
            (Writer::Git | Writer::CredentialManager | Writer::Tool, Some(_)) => Remedy::Automatic,
            _ => Remedy::Consent,
        };
        let mut credential = Credential {
            store: NAME,
            kind: Kind::Password,
            organization: named.organization,
            location: Location {
                vault: Some(self.vault.name().to_owned()),
                target: Some(token::shown(&named.target)),
                account: named.account.as_deref().map(token::shown),
                ..Location::default()
            },
            path: None,
            observed: Observed {
                written: entry.modified.or(entry.created),
                ..Observed::default()
            },
            secret: None,
            remedy,
            advice: advice(named.writer).map(str::to_owned),
            change: Some(Change::DeleteVaultEntry {
                entry: entry.clone(),
                base: Digest::of_entry(&entry.attributes, &secret),
                kept: true,
                shards: Vec::new(),
            }),
        };
        hold(&mut credential, value.value.expose());
        let observed = &mut credential.observed;
        observed.expires = observed.expires.or(value.expires);
        finder.add(credential);
    }
}

/// How people know each ring: by its label, and by its own name too where several have that label.
fn shown(rings: &[Ring]) -> Vec<String> {
    let label = |ring: &'_ Ring| match ring.label.as_str() {
        "" => ring.name.rsplit('/').next().unwrap_or_default().to_owned(),
        label => label.to_owned(),
    };
    let mut times = HashMap::new();
    for ring in rings {
        *times.entry(label(ring)).or_insert(0) += 1;
    }
    let shown = rings.iter().map(|ring| {
        let label = label(ring);
        if times.get(&label) == Some(&1) {
            return label;
        }
        format!("{label} ({})", ring.name)
    });
    shown.collect()
}

/// Where the feeds are whose passwords Poetry keeps by name: what the person set comes before what projects say.
struct Feeds {
    known: Vec<poetry::Named>,
    sources: Vec<poetry::Named>,
}

impl Feeds {
    /// What the files of `poetry` say; that store tells which of them cannot be read.
    fn read(finder: &mut Finder<'_>) -> Self {
        let mut known = Vec::new();
        for folder in poetry::folders(finder) {
            let Ok(document) = finder.read(&folder.join("config.toml")) else {
                continue;
            };
            if let Ok(settings) = toml::parse(document.as_str()) {
                known.extend(poetry::repositories(toml::Table::root(&settings)));
            }
        }
        let projects = finder.pyprojects().iter();
        Self {
            known,
            sources: projects.flat_map(poetry::sources).collect(),
        }
    }

    fn owner(&self, name: &str) -> Owner {
        let is_known = poetry::is_known(&self.known, name);
        let from = if is_known { &self.known } else { &self.sources };
        poetry::owner(from, name)
    }
}

/// Other tools share it, so it is told of and neither read nor removed.
fn leave_msal(finder: &mut Finder<'_>, vault: &str, entry: &VaultEntry) {
    let path = PathBuf::from(format!("{vault}, {}", entry.label));
    let reason = "Microsoft's developer tools share these sign-ins: sign out of the account in the tool that \
        uses it, and in again with the work account";
    finder.place(&path, PlaceState::Skipped, Some(reason.to_owned()));
}

fn advice(writer: Writer) -> Option<&'static str> {
    match writer {
        Writer::Git | Writer::CredentialManager | Writer::Tool | Writer::Other => None,
        Writer::Vsce => Some("vsce logout PUBLISHER; the token may serve several organizations"),
        Writer::JetBrains => Some(
            "The IDE asks for the password again: Settings > Appearance & Behavior > System Settings > Passwords",
        ),
        Writer::GitHubDesktop => {
            Some("GitHub Desktop asks for the password again at the next fetch")
        }
    }
}

#[cfg(test)]
#[path = "os_vault_tests.rs"]
mod tests;
