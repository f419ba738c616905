//! What the executor and the undo do to real files in a throw-away home.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod credential_manager;
mod dpapi;
mod execute;
mod filling;
// Not on Windows: it becomes another user, as only Unix lets root.
#[cfg(target_os = "linux")]
mod forbidden;
// Not on Windows: links and pipes as Unix makes them.
#[cfg(unix)]
mod hostile;
mod keeping;
// Not on Windows: modes, groups and extended attributes.
#[cfg(unix)]
mod kept;
mod keychain;
mod planning;
mod registry;
mod taking_back;
mod vault;
#[cfg(windows)]
mod windows;

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Executor, State, Undone, UndoneState, undo};
use crate::model::{
    Change, Digest, Edit, Location, Outcome, OutcomeState, Plan, RegistryData, RegistryKey, Remedy,
    Splice, VaultEntry,
};
use crate::platform::dpapi::Dpapi;
use crate::platform::registry::Registry as _;
use crate::platform::registry::memory::MemoryRegistry;
use crate::platform::vault::Vault as _;
use crate::platform::vault::memory::MemoryVault;
use crate::testing::TestHome;

/// A home and a state folder of one test.
pub(super) struct Fixture {
    pub(super) home: TestHome,
    pub(super) state: PathBuf,
    pub(super) vault: MemoryVault,
    pub(super) registry: MemoryRegistry,
    /// Where there are any, they seal the keys of copies, which the vault keeps elsewhere.
    pub(super) dpapi: Option<Arc<dyn Dpapi>>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let home = TestHome::new();
        let state = home.path().join(".local/state/rekey");
        Self {
            home,
            state,
            vault: MemoryVault::new(),
            registry: MemoryRegistry::new(),
            dpapi: None,
        }
    }

    /// As on Windows, with its own keys there.
    pub(super) fn with_dpapi() -> Self {
        #[cfg(windows)]
        let keys = crate::platform::dpapi::CurrentUser;
        #[cfg(not(windows))]
        let keys = crate::platform::dpapi::memory::MemoryDpapi::of(1);
        Self {
            dpapi: Some(Arc::new(keys)),
            ..Self::new()
        }
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.home.path().join(relative)
    }

    pub(super) fn text(&self, relative: &str) -> Option<String> {
        let bytes = std::fs::read(self.path(relative)).ok()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    pub(super) fn open(&self) -> State {
        let vault = Arc::new(self.vault.clone());
        let registry = Arc::new(self.registry.clone());
        let state = State::open(&self.state).unwrap().with_vault(Some(vault));
        let state = state.with_registry(Some(registry));
        state.with_dpapi(self.dpapi.clone())
    }

    /// Cuts these words out of a file, as it is now.
    pub(super) fn cut(&self, relative: &str, words: &str) -> Change {
        let path = self.path(relative);
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let start = text.find(words).unwrap();
        Change::EditFile {
            path,
            base: Digest::of(&bytes),
            splices: vec![Splice {
                range: start..start + words.len(),
                replacement: Vec::new().into(),
            }],
            git_config: false,
            sealed: false,
        }
    }

    pub(super) fn delete(&self, relative: &str) -> Change {
        let path = self.path(relative);
        let base = Digest::of(&std::fs::read(&path).unwrap());
        Change::DeleteFile { path, base }
    }

    pub(super) fn create(&self, relative: &str, content: &str) -> Change {
        Change::CreateFile {
            path: self.path(relative),
            content: content.into(),
        }
    }

    /// Deletes the entry, as it is now.
    pub(super) fn delete_entry(&self, entry: &VaultEntry) -> Change {
        self.delete_entries(entry, &[])
    }

    /// The same with entries that its secret goes on in.
    pub(super) fn delete_entries(&self, entry: &VaultEntry, shards: &[&VaultEntry]) -> Change {
        let base = |entry: &VaultEntry| {
            Digest::of_entry(&entry.attributes, &self.vault.read(entry).unwrap())
        };
        let shards = shards.iter().map(|shard| ((*shard).clone(), base(shard)));
        Change::DeleteVaultEntry {
            entry: entry.clone(),
            base: base(entry),
            kept: true,
            shards: shards.collect(),
        }
    }

    /// Deletes these values of a key, as they are now.
    pub(super) fn delete_values(&self, key: &str, names: &[&str]) -> Change {
        let base = |name: &&str| {
            let data = self.registry.value(&RegistryKey::of_person(key), name);
            ((*name).to_owned(), Digest::of_value(&data.unwrap()))
        };
        Change::SetRegistryValue {
            key: key.to_owned(),
            values: names.iter().map(base).collect(),
            splices: None,
        }
    }

    /// Cuts these letters out of a value, as it is now.
    pub(super) fn cut_value(&self, key: &str, name: &str, letters: Range<usize>) -> Change {
        let Change::SetRegistryValue { key, values, .. } = self.delete_values(key, &[name]) else {
            unreachable!("it changes the registry");
        };
        Change::SetRegistryValue {
            key,
            values,
            splices: Some(vec![Splice {
                range: letters.start * 2..letters.end * 2,
                replacement: Vec::new().into(),
            }]),
        }
    }

    pub(super) fn execute(&self, plan: &Plan) -> Vec<Outcome> {
        self.execute_keeping(plan, 7)
    }

    pub(super) fn execute_keeping(&self, plan: &Plan, keep_days: u32) -> Vec<Outcome> {
        let state = self.open();
        execute(&state, &self.home.path(), plan, keep_days)
    }

    pub(super) fn undo(&self) -> Undone {
        undo(&self.open(), &self.home.path(), None).unwrap()
    }

    /// The names in a folder of the home, sorted.
    pub(super) fn names(&self, relative: &str) -> Vec<String> {
        names(&self.path(relative))
    }

    /// The folders of all runs.
    pub(super) fn runs(&self) -> Vec<String> {
        names(&self.state.join("runs"))
    }
}

pub(super) fn execute(state: &State, home: &Path, plan: &Plan, keep_days: u32) -> Vec<Outcome> {
    let executor = Executor {
        state,
        home,
        keep_days,
        now: time(),
    };
    executor.execute(plan, &all(plan), &|_| ()).unwrap()
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(super) fn time() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

pub(super) fn all(plan: &Plan) -> HashSet<String> {
    plan.edits.iter().map(|edit| edit.id.clone()).collect()
}

/// A plan of these changes, with the ids `e1`, `e2`, …
pub(super) fn plan_of(changes: impl IntoIterator<Item = Change>) -> Plan {
    let edits = changes.into_iter().zip(1..).map(|(change, number)| Edit {
        id: format!("e{number}"),
        finding: format!("f{number}"),
        location: Location::default(),
        remedy: Remedy::Automatic,
        change,
    });
    Plan {
        run: Uuid::now_v7(),
        edits: edits.collect(),
    }
}

pub(super) fn states(outcomes: &[Outcome]) -> Vec<OutcomeState> {
    outcomes.iter().map(|outcome| outcome.state).collect()
}

pub(super) fn reason(outcome: &Outcome) -> &str {
    outcome.reason.as_deref().unwrap_or_default()
}

pub(super) fn undone_states(undone: &Undone) -> Vec<UndoneState> {
    undone.items.iter().map(|item| item.state).collect()
}
