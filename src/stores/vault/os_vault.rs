//! Entries of the system's vault that are addressed to Azure DevOps, whoever wrote them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::names::{self, Meaning, Named, Writer};
use super::shards::{self, Group};
use super::value;
use super::{blob, targets};
use crate::model::keychain_item::{CLASS, SERVICE};
use crate::model::windows_credential::{CredentialValue, TARGET_NAME};
use crate::model::{
    Change, Credential, Digest, Kind, Location, Observed, PlaceState, Remedy, VaultEntry,
    VaultSecret,
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

/// The Secret Service on Linux, the Credential Manager on Windows, the keychains on macOS.
#[derive(Debug)]
pub struct OsVault;

impl Store for OsVault {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Passwords in the system's vault",
            clears: "delete the entry with the desktop's password manager (Passwords and Keys, KWalletManager, KeePassXC), on Windows in Credential Manager or with cmdkey /delete:TARGET, on macOS in Keychain Access",
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
        VaultFault::Locked | VaultFault::Away(_) => (PlaceState::Locked, Some(fault.to_string())),
        VaultFault::Gone | VaultFault::Taken | VaultFault::Refused(_) => {
            (PlaceState::Unreadable, Some(fault.to_string()))
        }
    };
    finder.place(Path::new(name), state, reason);
}

/// A file of gnome-keyring, `KWallet` or macOS in which passwords are kept.
fn kept_on_disk(finder: &mut Finder<'_>) -> Option<PathBuf> {
    let folders = finder.folders();
    let places = match finder.platform().system() {
        System::Windows => return None,
        System::Linux => vec![
            (folders.xdg_data.join("keyrings"), "keyring"),
            (folders.xdg_data.join("kwalletd"), "kwl"),
        ],
        System::MacOs => vec![(folders.home.join("Library/Keychains"), "keychain-db")],
    };
    places.into_iter().find_map(|(folder, extension)| {
        let mut paths = finder.list(&folder).into_iter();
        paths.find(|path| path.extension().is_some_and(|it| it == extension))
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
            return finder.place(&path, PlaceState::Locked, Some(self.vault.unlocking()));
        }
        finder.place(&path, PlaceState::Read, None);
        for group in shards::group(&ring.entries) {
            let entry = group.first;
            let meaning = names::meaning(&entry.attributes, self.namespaces, finder.scope());
            match meaning {
                Some(Meaning::Msal) => leave_msal(finder, self.vault.name(), entry),
                Some(Meaning::Closed(named, reason)) => {
                    let target = token::shown(&named.target);
                    let path = format!("{}, {target}", self.vault.name());
                    finder.place(
                        Path::new(&path),
                        PlaceState::Skipped,
                        Some(reason.to_owned()),
                    );
                }
                Some(meaning) => {
                    if let Some(named) = self.resolve(finder, entry, meaning) {
                        self.entry(finder, &group, named);
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
            Meaning::Msal | Meaning::Closed(..) => return None,
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
        let target = entry.attribute(TARGET_NAME).map(targets::plain);
        let target = target.or_else(|| entry.attribute("service"));
        let target = target.or_else(|| entry.attribute(SERVICE));
        Some(Named {
            writer: Writer::Tool,
            organization,
            only_as_token,
            target: target.unwrap_or_default().to_owned(),
            account: names::account(&entry.attributes).map(str::to_owned),
        })
    }

    /// What the entries of a secret hold; `None` where that was told as the ring's own state, or they are gone.
    fn read(&mut self, entries: impl Iterator<Item = VaultEntry>) -> Option<Vec<Held>> {
        let mut all = Vec::new();
        for entry in entries {
            if entry.locked {
                self.closed += 1;
                return None;
            }
            match self.vault.read(&entry) {
                Ok(secret) => all.push((entry, secret)),
                // A shard that is missing makes the rest no less stale.
                Err(VaultFault::Gone) if !all.is_empty() => {}
                Err(VaultFault::Gone) => return None,
                Err(VaultFault::Locked) => {
                    self.closed += 1;
                    return None;
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    return None;
                }
            }
        }
        Some(all)
    }

    fn entry(&mut self, finder: &mut Finder<'_>, group: &Group<'_>, named: Named) {
        let entry = group.first;
        let entries = std::iter::once(entry).chain(group.shards.iter().copied());
        let Some(held) = self.read(entries.cloned()) else {
            return;
        };
        let content = Content::of(&named, entry, &held);
        let value = match &content {
            Content::Text(text) => {
                let account = named.account.as_deref();
                // An IDE has the account apart in Windows, so that the password may stand alone.
                let alone = || {
                    entry.attribute(TARGET_NAME)?;
                    value::of(Writer::Other, text, account)
                };
                let value = value::of(named.writer, text, account).or_else(alone);
                if value.is_none() {
                    return;
                }
                value
            }
            Content::Kept | Content::Odd => None,
        };
        if named.only_as_token {
            let value = value.as_ref().map(|value| value.value.expose());
            if value.and_then(|value| token::open(value).token).is_none() {
                return;
            }
        }
        let remedy = match (named.writer, &named.organization) {
            // What nobody can read may be more than it seems.
            _ if value.is_none() => Remedy::Consent,
            (Writer::Git | Writer::CredentialManager | Writer::Tool, Some(_)) => Remedy::Automatic,
            _ => Remedy::Consent,
        };
        let advice = match content {
            Content::Odd => Some(ODD),
            Content::Kept => {
                let of_macos = entry.attribute(CLASS).map(|_| KEPT_BY_MACOS);
                advice(named.writer).or(of_macos)
            }
            Content::Text(_) => advice(named.writer),
        };
        let based = |(entry, secret): Held| {
            let base = Digest::of_entry(&entry.attributes, &secret);
            (entry, base)
        };
        let mut all = held.into_iter().map(based);
        let Some((first, base)) = all.next() else {
            return;
        };
        let shards = all.collect();
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
            address: None,
            secret: None,
            remedy,
            advice: advice.map(str::to_owned),
            change: Some(Change::DeleteVaultEntry {
                entry: first,
                base,
                // Nobody can put back what nobody can read.
                kept: !matches!(content, Content::Kept),
                shards,
            }),
        };
        if let Some(value) = value {
            hold(&mut credential, value.value.expose());
            let observed = &mut credential.observed;
            observed.expires = observed
                .expires
                .or(value.expires)
                .or_else(|| expires(entry));
        }
        finder.add(credential);
    }
}

type Held = (VaultEntry, VaultSecret);

const ODD: &str = "What it holds is no text that rekey can read: look at it in Credential Manager";

const KEPT_BY_MACOS: &str = "macOS gives it to the program that wrote it alone, so that rekey judges by its time and \
    can keep no copy: that program asks for it again";

/// What an entry holds.
enum Content {
    Text(Zeroizing<String>),
    /// Windows gives it to no program, and macOS to another one.
    Kept,
    /// It is no text.
    Odd,
}

impl Content {
    fn of(named: &Named, entry: &VaultEntry, held: &[Held]) -> Self {
        let is_withheld = |(_, secret): &Held| secret.is_withheld();
        if named.writer == Writer::Windows || held.iter().any(is_withheld) {
            return Self::Kept;
        }
        let parts: Vec<&[u8]> = held.iter().map(|(_, secret)| secret.expose()).collect();
        let whole = Zeroizing::new(parts.concat());
        if entry.attribute(TARGET_NAME).is_none() {
            let text = String::from_utf8_lossy(&whole).into_owned();
            return Self::Text(Zeroizing::new(text));
        }
        blob::text(&whole).map_or(Self::Odd, Self::Text)
    }
}

/// The end of a password that git's helper for Windows was told of.
fn expires(entry: &VaultEntry) -> Option<Timestamp> {
    let value = CredentialValue::named(&entry.attributes, "git_password_expiry_utc")?;
    let seconds = blob::text(&value)?.trim().parse().ok()?;
    Timestamp::from_second(seconds).ok()
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
        Writer::Windows => Some(
            "Windows signs in with it by itself, and asks for the password again where it is needed",
        ),
        Writer::Vsce => Some("vsce logout PUBLISHER; the token may serve several organizations"),
        Writer::JetBrains => Some(
            "The IDE asks for the password again: Settings > Appearance & Behavior > System Settings > Passwords",
        ),
        Writer::GitHubDesktop => {
            Some("GitHub Desktop asks for the password again at the next fetch")
        }
        Writer::Sourcetree => Some("Sourcetree asks for the password again at the next fetch"),
    }
}

#[cfg(test)]
#[path = "os_vault_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "os_vault_windows_tests.rs"]
mod windows_tests;

#[cfg(test)]
#[path = "os_vault_macos_tests.rs"]
mod macos_tests;
