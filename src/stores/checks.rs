//! What tests of stores ask of a finding.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Found, Store};
use crate::model::{Credential, Kind, Remedy};
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::platform::registry::memory::MemoryRegistry;
use crate::platform::vault::memory::MemoryVault;
use crate::testing::{self, Pretended, TestHome};
use crate::walk::Projects;

/// What a store finds on Linux where these variables are set to these paths, with `contoso` in scope.
pub(crate) fn find_with_variables(
    home: &TestHome,
    store: &dyn Store,
    variables: &[(&'static str, PathBuf)],
) -> Found {
    let platform = variables
        .iter()
        .fold(Pretended::hermetic(home), |platform, (name, path)| {
            platform.with(name, path)
        });
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &home.path(), &Projects::default())
}

/// What a store finds on Linux with this vault, with `contoso` in scope and these project files.
pub(crate) fn find_with_vault(
    home: &TestHome,
    store: &dyn Store,
    vault: &MemoryVault,
    projects: &Projects,
) -> Found {
    let platform = Pretended::hermetic(home).with_vault(vault);
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &home.path(), projects)
}

/// What a store finds on Windows with this registry, with `contoso` in scope.
pub(crate) fn find_with_registry(
    home: &TestHome,
    store: &dyn Store,
    registry: &MemoryRegistry,
    variables: &[(&str, &str)],
) -> Found {
    let platform = Pretended::hermetic(home).with_registry(registry);
    let platform = variables.iter().fold(platform, |platform, (name, value)| {
        platform.with(name, value)
    });
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &home.path(), &Projects::default())
}

/// What a store finds at its owner's own Windows with this registry and these keys, with `contoso` in scope.
pub(crate) fn find_with_registry_and_dpapi(
    home: &TestHome,
    store: &dyn Store,
    registry: &MemoryRegistry,
    keys: &Arc<MemoryDpapi>,
) -> Found {
    let platform = Pretended::hermetic(home).with_registry(registry);
    let platform = platform.with_dpapi(keys);
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &home.path(), &Projects::default())
}

/// What a store finds in this home at its owner's own Windows, with `contoso` in scope.
pub(crate) fn find_with_dpapi(
    home: &TestHome,
    store: &dyn Store,
    keys: &Arc<MemoryDpapi>,
) -> Found {
    let platform = Pretended::hermetic(home).with_dpapi(keys);
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &home.path(), &Projects::default())
}

/// Organization, kind, remedy, line and entry of each finding, in the order of their places.
pub(crate) fn shown(found: &Found) -> Vec<(&str, Kind, Remedy, u32, &str)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| {
            let organization = credential.organization.as_ref();
            (
                organization.map_or("?", |name| name.as_str()),
                credential.kind,
                credential.remedy,
                credential.location.line.unwrap_or(0),
                credential.location.entry.as_deref().unwrap_or(""),
            )
        })
        .collect()
}

/// The text of the one file once all that belongs to this organization (`?`: to none) is removed; `None` if the file is deleted.
pub(crate) fn without(found: &Found, organization: &str) -> Option<String> {
    let chosen = |credential: &&Credential| {
        credential
            .organization
            .as_ref()
            .map_or("?", |name| name.as_str())
            == organization
    };
    let credentials = found.credentials.iter().filter(chosen);
    testing::after(credentials.filter_map(|credential| credential.change.as_ref()))
}

/// The text of the one file once the finding of this index is removed.
pub(crate) fn without_one(found: &Found, index: usize) -> Option<String> {
    testing::after(
        found
            .credentials
            .get(index)
            .and_then(|credential| credential.change.as_ref()),
    )
}

/// The secrets of all findings.
pub(crate) fn secrets(found: &Found) -> Vec<&str> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| {
            credential
                .secret
                .as_ref()
                .map_or("", |secret| secret.expose())
        })
        .collect()
}
