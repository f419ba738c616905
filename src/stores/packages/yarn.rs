//! Yarn: `.yarnrc.yml`, and `.yarnrc` of its first version.
//!
//! Source: yarnpkg.com, "Yarnrc files". Yarn 1 reads `.npmrc` too, which is the npm store's.

use std::collections::HashMap;
use std::path::PathBuf;

use super::addresses::{self, Owner};
use super::understood;
use super::yarnrc::{Setting, Settings, Slot};
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, is_reference, lines, tells_of_azure_devops};
use crate::token::{self, Encoding};

const NAME: &str = "yarn";
const FILE: &str = ".yarnrc.yml";
const OLD_FILE: &str = ".yarnrc";
/// Secrets of the largest file that is taken for settings: to see that the rest stays, each has the whole file read again.
const MOST: usize = 100;
/// How the names of all keys begin that hold a login.
const LOGIN: &[u8] = b"npmAuth";

/// The store.
#[derive(Debug)]
pub struct Yarn;

/// A file with its settings.
struct Read {
    document: Document,
    settings: Settings,
    remedy: Remedy,
}

/// The addresses that slots have in all files; `None` is one of another host.
type Known = HashMap<Slot, Vec<Option<Address>>>;

impl Store for Yarn {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Yarn registries (.yarnrc.yml)",
            clears: "yarn config unset -H 'npmRegistries[\"//pkgs.dev.azure.com/…\"].npmAuthIdent'",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[FILE, OLD_FILE]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut files = Vec::new();
        for path in user_files(finder) {
            if let Some(document) = finder.open_once(&path) {
                files.extend(read(finder, document, Remedy::Automatic));
            }
        }
        let old = finder.home().join(OLD_FILE);
        if let Some(document) = finder.open_once(&old) {
            classic(finder, &document, Remedy::Automatic);
        }
        for path in finder.project_files() {
            let holds = |bytes: &[u8]| {
                tells_of_azure_devops(bytes) || memchr::memmem::find(bytes, LOGIN).is_some()
            };
            if let Some(document) = finder.open_holding(path, holds) {
                if path.extension().is_some() {
                    files.extend(read(finder, document, Remedy::Consent));
                } else {
                    classic(finder, &document, Remedy::Consent);
                }
            }
        }
        let known = everywhere(&files);
        for file in &files {
            for credential in credentials(file, &known, finder.scope()) {
                finder.add(credential);
            }
        }
    }
}

fn user_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let named = finder.platform().variable("YARN_RC_FILENAME");
    let named = named.map(PathBuf::from).filter(|name| {
        // A name, not a path: Yarn looks for it in every folder.
        name.file_name() == Some(name.as_os_str())
    });
    let names = named.into_iter().chain([PathBuf::from(FILE)]);
    names.map(|name| finder.home().join(name)).collect()
}

fn read(finder: &mut Finder<'_>, document: Document, remedy: Remedy) -> Option<Read> {
    let settings = Settings::parse(document.as_str());
    let settings = settings.map_err(|fault| fault.reason(document.text()));
    let entries = |settings: &Settings| settings.secrets().count();
    Some(Read {
        settings: understood(finder, &document, settings, entries, MOST)?,
        document,
        remedy,
    })
}

fn credentials(file: &Read, known: &Known, scope: &Scope) -> Vec<Credential> {
    let document = &file.document;
    let mut found = Vec::new();
    for setting in file.settings.plain() {
        let range = setting.pair.range.clone();
        let drafts = addresses::in_part(document, NAME, range, &setting.entry(), scope);
        let drafts = drafts.into_iter();
        found.extend(drafts.map(|draft| draft.remedy(file.remedy).finish()));
    }
    for setting in file.settings.secrets() {
        found.extend(secret(file, known, setting, scope));
    }
    found
}

fn secret(file: &Read, known: &Known, setting: Setting<'_>, scope: &Scope) -> Option<Credential> {
    let document = &file.document;
    let value = &setting.pair.value;
    let (user, secret) = login(setting);
    if secret.is_empty() || is_reference(value) || is_reference(&secret) {
        return None;
    }
    let (owner, told_elsewhere) = owner(file, known, setting.slot);
    let organization = match owner {
        Owner::AzureDevOps(organization) => {
            organization.or_else(|| addresses::named(scope, user.as_deref()?))
        }
        Owner::Unknown if token::open(value).token.is_some() => None,
        Owner::Unknown | Owner::Other => return None,
    };
    let draft = document
        .draft(NAME, Kind::Password)
        .organization(organization)
        .entry(setting.entry())
        .at(setting.pair.range.start)
        .value(&secret);
    let remedy = if told_elsewhere {
        Remedy::Consent
    } else {
        file.remedy
    };
    let draft = match file.settings.cut(document.as_str(), setting) {
        Some(cuts) => cuts
            .into_iter()
            .fold(draft.remedy(remedy), |draft, cut| cut.cut_from(draft)),
        None => draft.remedy(Remedy::Manual).advice(
            "Take this entry out of the file with an editor, and keep what stands around it",
        ),
    };
    Some(draft.finish())
}

/// The user name and the secret: `npmAuthIdent` is `user:password`, plain or in base64.
fn login(setting: Setting<'_>) -> (Option<String>, String) {
    let value = &setting.pair.value;
    if !setting.is_ident() {
        return (None, value.clone());
    }
    if let Some((user, password)) = value.split_once(':') {
        return (Some(user.to_owned()), password.to_owned());
    }
    let opened = token::open_as(value, Encoding::Basic);
    (opened.user, opened.secret.expose().to_owned())
}

/// What all files say of each slot.
fn everywhere(files: &[Read]) -> Known {
    let mut known = Known::new();
    for (slot, address) in files.iter().flat_map(|file| file.settings.addresses()) {
        let addresses = known.entry(slot.clone()).or_default();
        addresses.push(Address::parse(address));
    }
    known
}

/// Whose a slot is, and whether only another file says so of a login that has no name: then it is for
/// whatever registry a project uses.
fn owner(file: &Read, known: &Known, slot: &Slot) -> (Owner, bool) {
    let here = |slot: &Slot| {
        let same = file
            .settings
            .addresses()
            .filter(|(other, _)| *other == slot);
        let found: Vec<_> = same.map(|(_, address)| Address::parse(address)).collect();
        addresses::owner(&found)
    };
    let anywhere = |slot: &Slot| addresses::owner(known.get(slot).map_or(&[], Vec::as_slice));
    let first = |owners: &[Owner]| {
        let mut owners = owners.iter();
        owners.find(|owner| **owner != Owner::Unknown).cloned()
    };
    match slot {
        Slot::Registry(address) => (addresses::owner(&[Address::parse(address)]), false),
        // A scope without an address of its own is for the default registry.
        Slot::Scope(_) => match first(&[here(slot), anywhere(slot), here(&Slot::Default)]) {
            Some(owner) => (owner, false),
            None => (anywhere(&Slot::Default), true),
        },
        Slot::Default => match here(slot) {
            Owner::Unknown => (anywhere(slot), true),
            owner => (owner, false),
        },
        Slot::Other => (Owner::Unknown, false),
    }
}

/// `key value` in each line, either in quotes.
fn classic(finder: &mut Finder<'_>, document: &Document, remedy: Remedy) {
    for line in lines(document.as_str()) {
        if line.is_comment(&['#']) {
            continue;
        }
        let text = line.text.trim();
        let (key, value) = match text.strip_prefix('"') {
            Some(rest) => rest.split_once('"').unwrap_or((rest, "")),
            None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
        };
        let (scope, range) = (finder.scope(), line.range.clone());
        for draft in addresses::in_part(document, NAME, range, key, scope) {
            finder.add(draft.remedy(remedy).finish());
        }
        let value = value.trim().trim_matches('"');
        let address = key
            .rsplit_once(":_")
            .and_then(|(feed, _)| Address::parse(feed));
        if let Some(address) = address
            && !value.is_empty()
            && !is_reference(value)
        {
            let draft = document
                .draft(NAME, Kind::Password)
                .organization(address.organization)
                .entry(key)
                .at(line.range.start)
                .value(value)
                .remedy(remedy)
                .cut(line.range);
            finder.add(draft.finish());
        }
    }
}

#[cfg(test)]
#[path = "yarn_tests.rs"]
mod tests;
