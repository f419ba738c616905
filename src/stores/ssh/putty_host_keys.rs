//! Host keys of Azure DevOps that `PuTTY` and plink remember, compared with the published one.
//!
//! Source: `PuTTY`'s `windows/storage.c` and `unix/storage.c`: each is named `<type>@<port>:<host>`, where `rsa2` is
//! ssh-rsa, and holds `0x<exponent>,0x<modulus>`. On Windows these are values of one key of the registry, elsewhere lines
//! of one file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::host_keys::{advice, wrong};
use super::survey::{HOSTS, Route, may_look, owner};
use crate::model::{
    Credential, Kind, Location, Observed, OrganizationName, PlaceState, RegistryKey, Remedy,
    typed_path,
};
use crate::platform::System;
use crate::platform::registry::RegistryFault;
use crate::stores::Finder;
use crate::text::{Document, lines};
use crate::token::ssh;

const KEY: &str = r"Software\SimonTatham\PuTTY\SshHostKeys";
const FILE: &str = "sshhostkeys";

/// Enters each RSA key of Azure DevOps's hosts that is not the published one.
pub(super) fn find(routes: &[Route<'_>], finder: &mut Finder<'_>) {
    if finder.platform().system() == System::Windows {
        return in_registry(routes, finder);
    }
    for path in files(finder) {
        // Hardly anybody has one, so its absence is nothing to tell.
        if !finder.is_absent(&path)
            && let Some(document) = finder.open_once(&path)
        {
            in_file(&document, routes, finder);
        }
    }
}

fn in_registry(routes: &[Route<'_>], finder: &mut Finder<'_>) {
    let Some(registry) = finder.platform().registry() else {
        return;
    };
    let key = RegistryKey::of_person(KEY);
    let place = PathBuf::from(key.to_string());
    let values = match registry.values(&key) {
        Ok(values) => values,
        Err(RegistryFault::Absent) => return,
        Err(fault) => return finder.unreadable(&place, fault.to_string()),
    };
    finder.place(&place, PlaceState::Read, None);
    for value in values {
        let Some(host) = host(&value.name) else {
            continue;
        };
        let text = match value.text() {
            Ok(text) => text,
            Err(reason) => {
                finder.unreadable(&place, reason);
                continue;
            }
        };
        let Some(reason) = ssh::of_putty(&text).and_then(|key| wrong(&key)) else {
            continue;
        };
        finder.add(Credential {
            store: finder.store(),
            kind: Kind::SshSetting,
            organization: owner(&users(host, routes), finder.scope()),
            advice: Some(advice(format_args!(
                "Delete the value, with reg delete \"{key}\" /v \"{}\"",
                value.name
            ))),
            location: Location {
                path: Some(key.to_string()),
                entry: Some(value.name),
                ..Location::default()
            },
            path: None,
            observed: Observed {
                harmful: Some(reason),
                ..Observed::default()
            },
            address: None,
            secret: None,
            remedy: Remedy::Manual,
            change: None,
        });
    }
}

fn in_file(document: &Document, routes: &[Route<'_>], finder: &mut Finder<'_>) {
    for line in lines(document.as_str()) {
        let Some((name, key)) = line.text.split_once(' ') else {
            continue;
        };
        let Some(host) = host(name) else {
            continue;
        };
        let Some(reason) = ssh::of_putty(key).and_then(|key| wrong(&key)) else {
            continue;
        };
        let file = typed_path(document.path());
        finder.add(
            document
                .draft(finder.store(), Kind::SshSetting)
                .at(line.range.start)
                .entry(name)
                .remedy(Remedy::Manual)
                .advice(advice(format_args!("Delete the line from {file}")))
                .organization(owner(&users(host, routes), finder.scope()))
                .observe(|observed| observed.harmful = Some(reason))
                .finish(),
        );
    }
}

/// The host of Azure DevOps that a name says an RSA key for, on any port.
fn host(name: &str) -> Option<&'static str> {
    let (port, host) = name.strip_prefix("rsa2@")?.split_once(':')?;
    port.parse::<u16>().ok()?;
    HOSTS
        .into_iter()
        .find(|known| host.eq_ignore_ascii_case(known))
}

/// The organizations that are reached on the host through plink.
fn users(host: &str, routes: &[Route<'_>]) -> BTreeSet<OrganizationName> {
    let by_plink = |route: &&Route<'_>| {
        route.command.is_some_and(|command| command.is_plink)
            && route.connection.host.eq_ignore_ascii_case(host)
    };
    let routes = routes.iter().filter(by_plink);
    routes
        .flat_map(|route| route.organizations.iter().cloned())
        .collect()
}

/// Where its programs may keep them on systems without a registry: where variables say, or in one of two folders.
fn files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let variable = |name: &str| finder.platform().variable(name).map(PathBuf::from);
    let file = variable("PUTTYSSHHOSTKEYS");
    let folder = variable("PUTTYDIR").map(|folder| folder.join(FILE));
    let usual = [
        folders.xdg_config.join("putty"),
        folders.home.join(".putty"),
    ];
    let usual = usual.map(|folder| folder.join(FILE));
    let all = file.into_iter().chain(folder).chain(usual);
    let may_be_read = |path: &Path| path.is_absolute() && may_look(path, finder);
    all.filter(|path| may_be_read(path)).collect()
}

#[cfg(test)]
#[path = "putty_host_keys_tests.rs"]
mod tests;
