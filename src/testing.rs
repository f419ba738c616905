//! A home to plant credentials in, and tokens that are made when a test runs.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "../tests/support/tokens.rs"]
mod tokens;

#[path = "../tests/support/server.rs"]
mod server;

#[path = "../tests/support/fake_service.rs"]
pub(crate) mod fake_service;

#[path = "../tests/support/host_keys.rs"]
pub(crate) mod host_keys;

#[path = "../tests/support/ssh_keys.rs"]
pub(crate) mod ssh_keys;

#[cfg(unix)]
#[path = "../tests/support/ssh_agent.rs"]
pub(crate) mod ssh_agent;

mod pretended;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use crate::model::{Change, Depth, Organization, OrganizationName, Scope, splice};
use crate::platform::{Hermetic, Platform, System};
use crate::stores::{Finder, Found, Look, Store};
use crate::walk::{Projects, Seen, Walk};

pub(crate) use pretended::Pretended;
pub(crate) use server::{Reply, Request, Server};
pub(crate) use tokens::{entra_jwt, jwt, pat52, pat84, service_jwt};

/// A home folder of one test.
pub(crate) struct TestHome {
    folder: TempDir,
    system: System,
}

impl TestHome {
    pub(crate) fn new() -> Self {
        Self::of(System::Linux)
    }

    pub(crate) fn of(system: System) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            system,
        }
    }

    /// The home, with links resolved.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// A path as it is shown, with `~` for this home and the same separator on every system.
    pub(crate) fn short(&self, path: &str) -> String {
        let home = crate::token::shown_path(&self.path());
        path.replace(&home, "~").replace('\\', "/")
    }

    /// The whole path of what lies here, as it is shown.
    pub(crate) fn shown(&self, path: &str) -> String {
        crate::token::shown_path(&self.path().join(path))
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// What one store finds here, with `contoso` in scope, after a real walk.
    pub(crate) fn find(&self, store: &dyn Store) -> Found {
        self.find_in_scope(store, &scope(&["contoso"]))
    }

    pub(crate) fn find_in_scope(&self, store: &dyn Store, scope: &Scope) -> Found {
        let home = self.path();
        let platform = Hermetic::new(self.system, &home);
        let names = store.project_files();
        let walk = Walk {
            roots: vec![home.clone()],
            names,
            ..Walk::default()
        };
        let projects = walk.run(&|_| ());
        find_on(store, scope, &platform, &home, &projects)
    }

    /// What one store finds here when the walk found these repositories and files.
    pub(crate) fn find_among(
        &self,
        store: &dyn Store,
        scope: &Scope,
        projects: &Projects,
    ) -> Found {
        let home = self.path();
        let platform = Hermetic::new(self.system, &home);
        find_on(store, scope, &platform, &home, projects)
    }
}

/// What one store finds on this platform.
pub(crate) fn find_on(
    store: &dyn Store,
    scope: &Scope,
    platform: &dyn Platform,
    home: &Path,
    projects: &Projects,
) -> Found {
    let progress: Arc<Seen> = Arc::new(|_: &Path| ());
    let git_configs = OnceLock::new();
    let pyprojects = OnceLock::new();
    let walk = Walk {
        roots: vec![home.to_owned()],
        closed: vec![platform.folders().state.clone()],
        home: Some(home.to_owned()),
        ..Walk::default()
    };
    let look = Look {
        platform,
        scope,
        walk: &walk,
        projects,
        depth: Depth::Objects,
        progress: &progress,
        home,
        git_configs: &git_configs,
        pyprojects: &pyprojects,
    };
    let mut finder = Finder::new(look, store.about().name, store.project_files());
    store.find(&mut finder);
    finder.finish()
}

/// Organizations of these names, with nothing known of them.
pub(crate) fn scope(names: &[&str]) -> Scope {
    let organization = |name: &&str| Organization {
        name: OrganizationName::new(name).unwrap(),
        tenant: None,
        connected_at: None,
        gated: false,
    };
    Scope {
        organizations: names.iter().map(organization).collect(),
    }
}

/// What has the form of a token of 52 characters, and not its checksum.
pub(crate) fn like_pat52(seed: u8) -> String {
    let token = pat52(seed);
    let last = if token.ends_with('b') { "c" } else { "b" };
    format!("{}{last}", &token[..token.len() - 1])
}

/// A file that Windows sealed for its owner.
pub(crate) fn sealed() -> Vec<u8> {
    let head = b"\x01\0\0\0\xd0\x8c\x9d\xdf\x01\x15\xd1\x11\x8c\x7a\0\xc0\x4f\xc2\x97\xeb";
    [head.as_slice(), b"\0\0\0\0sealed"].concat()
}

/// The file's text after these changes; `None` where one deletes it. All must be of one file.
pub(crate) fn after<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Option<String> {
    let mut file: Option<&Path> = None;
    let mut all = Vec::new();
    for change in changes {
        let path = change.path().unwrap();
        assert_eq!(*file.get_or_insert(path), path);
        match change {
            Change::DeleteFile { .. } => return None,
            Change::EditFile { splices, .. } => all.extend(splices.iter().cloned()),
            Change::CreateFile { .. }
            | Change::SetRegistryValue { .. }
            | Change::DeleteVaultEntry { .. }
            | Change::PutVaultEntry { .. }
            | Change::Forget { .. } => {
                unreachable!("it is no file that is there")
            }
        }
    }
    let bytes = std::fs::read(file.unwrap()).unwrap();
    Some(String::from_utf8(splice(&bytes, all).unwrap()).unwrap())
}
