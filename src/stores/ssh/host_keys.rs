//! Host keys of Azure DevOps in `known_hosts` files, compared with the published one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use super::survey::{HOSTS, Route, machine_folder, may_look, owner};
use super::{known_hosts, paths};
use crate::model::{Kind, OrganizationName, Remedy, typed_path};
use crate::stores::Finder;
use crate::text::Document;
use crate::token::ssh::{self, ACCEPTED, PublicHalf};

/// The key of both hosts, as Microsoft publishes it ("Use SSH key authentication", Azure Repos).
const PUBLISHED: &str = "SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og";

/// Names that a file is asked for, with those who use them.
type Names = BTreeMap<String, BTreeSet<OrganizationName>>;

/// Whether a file of known hosts keeps nothing.
pub(super) fn is_nowhere(path: &str) -> bool {
    ["/dev/null", "none", "nul", "\\\\.\\nul"]
        .iter()
        .any(|nowhere| path.eq_ignore_ascii_case(nowhere))
}

/// Enters each RSA key of Azure DevOps's hosts that is not the published one, and each refusal of that one.
pub(super) fn find(routes: &[Route<'_>], finder: &mut Finder<'_>) {
    for (path, names) in files(routes, finder) {
        if let Some(document) = finder.open(&path) {
            look(&document, &names, finder);
        }
    }
}

/// Why a key that is kept for one of the hosts is wrong; `None` for the published one.
pub(super) fn wrong(key: &PublicHalf) -> Option<String> {
    let reason = || {
        format!(
            "the host key {} is not the one that Azure DevOps publishes",
            key.sha256
        )
    };
    (key.sha256 != PUBLISHED).then(reason)
}

/// What to do about it: how the key is forgotten, and what comes then.
pub(super) fn advice(forget: fmt::Arguments<'_>) -> String {
    format!(
        "{forget}; at the next connection accept {PUBLISHED} and no other. If another key is offered again, something \
         stands between you and Azure DevOps: tell your administrator"
    )
}

fn look(document: &Document, names: &Names, finder: &mut Finder<'_>) {
    for line in known_hosts::lines(document.as_str()) {
        let Some((name, organizations)) = names.iter().find(|(name, _)| line.names(name)) else {
            continue;
        };
        let Some(key) = ssh::public_half(line.key).filter(|key| key.algorithm == ACCEPTED) else {
            continue;
        };
        let reason = match (line.marker, wrong(&key)) {
            (None, Some(reason)) => reason,
            (Some("@revoked"), None) => {
                "it refuses the host key that Azure DevOps publishes".to_owned()
            }
            _ => continue,
        };
        let file = typed_path(document.path());
        let advice = advice(format_args!(
            "Delete the line, with ssh-keygen -f \"{file}\" -R \"{name}\""
        ));
        let marker = line
            .marker
            .map_or_else(String::new, |marker| format!("{marker} "));
        finder.add(
            document
                .draft(finder.store(), Kind::SshSetting)
                .at(line.offset)
                .entry(format!("{marker}{name} {ACCEPTED}"))
                .remedy(Remedy::Manual)
                .advice(advice)
                .organization(owner(organizations, finder.scope()))
                .observe(|observed| observed.harmful = Some(reason))
                .finish(),
        );
    }
}

/// Every file that ssh(1) asks for these hosts, with the names that they have there.
fn files(routes: &[Route<'_>], finder: &Finder<'_>) -> BTreeMap<PathBuf, Names> {
    let mut files: BTreeMap<PathBuf, Names> = BTreeMap::new();
    // What is known of the hosts is worth a look even where no route leads to them now.
    for path in usual(finder) {
        files.insert(
            path,
            HOSTS.map(|host| (host.to_owned(), BTreeSet::new())).into(),
        );
    }
    let local_user = finder.platform().person();
    for route in routes {
        let connection = &route.connection;
        let is_plink = route.command.is_some_and(|command| command.is_plink);
        if is_plink || !HOSTS.contains(&connection.host.as_str()) {
            continue;
        }
        let tokens = connection.tokens(&route.typed.host, &local_user);
        let named = ["userknownhostsfile", "globalknownhostsfile"].map(|keyword| {
            let setting = connection.setting(keyword)?;
            let texts = setting.arguments.iter().filter(|text| !is_nowhere(text));
            Some(texts.filter_map(|text| paths::expand(text, finder, Some(tokens))))
        });
        let mut wanted: Vec<PathBuf> = named.into_iter().flatten().flatten().collect();
        wanted.retain(|path| path.is_absolute() && may_look(path, finder));
        wanted.extend(usual(finder));
        for path in wanted {
            let names = files.entry(path).or_default();
            let organizations = names.entry(connection.known_as()).or_default();
            organizations.extend(route.organizations.iter().cloned());
        }
    }
    files
}

/// Where ssh(1) looks when nothing names another file.
fn usual(finder: &Finder<'_>) -> Vec<PathBuf> {
    let own = finder.home().join(".ssh");
    let mut usual = ["known_hosts", "known_hosts2"]
        .map(|name| own.join(name))
        .to_vec();
    if let Some(folder) = machine_folder(finder) {
        usual.extend(["ssh_known_hosts", "ssh_known_hosts2"].map(|name| folder.join(name)));
    }
    usual
}
