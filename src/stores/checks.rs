//! What tests of stores ask of a finding.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Found, Store};
use crate::model::{Credential, Kind, Remedy};
use crate::platform::vault::Vault;
use crate::platform::vault::memory::MemoryVault;
use crate::platform::{Folders, Hermetic, Platform, System};
use crate::testing::{self, TestHome};
use crate::walk::Projects;

/// What a store finds on Linux where these variables are set to these paths, with `contoso` in scope.
pub(crate) fn find_with_variables(
    home: &TestHome,
    store: &dyn Store,
    variables: &[(&'static str, PathBuf)],
) -> Found {
    let path = home.path();
    let platform = Pretended {
        home: Hermetic::new(System::Linux, &path),
        variables: variables.to_vec(),
        vault: None,
    };
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &path, &Projects::default())
}

/// What a store finds on Linux with this vault, with `contoso` in scope and these project files.
pub(crate) fn find_with_vault(
    home: &TestHome,
    store: &dyn Store,
    vault: &MemoryVault,
    projects: &Projects,
) -> Found {
    let path = home.path();
    let platform = Pretended {
        home: Hermetic::new(System::Linux, &path),
        variables: Vec::new(),
        vault: Some(vault.clone()),
    };
    let scope = testing::scope(&["contoso"]);
    testing::find_on(store, &scope, &platform, &path, projects)
}

struct Pretended {
    home: Hermetic,
    variables: Vec<(&'static str, PathBuf)>,
    vault: Option<MemoryVault>,
}

impl Platform for Pretended {
    fn system(&self) -> System {
        self.home.system()
    }

    fn folders(&self) -> &Folders {
        self.home.folders()
    }

    fn hermetic(&self) -> bool {
        true
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        let mut variables = self.variables.iter();
        let (_, path) = variables.find(|(known, _)| *known == name)?;
        Some(path.into())
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        Vec::new()
    }

    fn vault(&self) -> Option<Arc<dyn Vault>> {
        let vault = self.vault.clone()?;
        Some(Arc::new(vault))
    }

    fn may_change_home(&self) -> Result<(), String> {
        self.home.may_change_home()
    }

    fn person(&self) -> String {
        self.home.person()
    }

    fn version(&self) -> Option<String> {
        self.home.version()
    }
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
