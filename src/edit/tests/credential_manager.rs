//! The same with the vault of Windows, in which a name has room for one entry.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Fixture, execute, plan_of, reason, states, undone_states};
use crate::edit::{State, UndoneState, purge_all, undo};
use crate::model::windows_credential::{COMMENT, PERSIST, TARGET_NAME, TYPE, USER_NAME};
use crate::model::{Attributes, Change, Digest, OutcomeState, VaultEntry, VaultSecret};
use crate::platform::vault::Vault;
use crate::platform::vault::credential_manager::fake::Fake;

const NAME: &str = "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi";

/// A home whose vault is the Credential Manager.
struct Windows {
    fixture: Fixture,
    vault: Arc<dyn Vault>,
}

impl Windows {
    fn new() -> Self {
        Self {
            fixture: Fixture::new(),
            vault: Fake::default().vault(),
        }
    }

    fn ring(&self) -> String {
        self.vault.list().unwrap().remove(0).name
    }

    fn add(&self, target: &str, account: &str, secret: &str) -> VaultEntry {
        let attributes: Attributes = [
            (TARGET_NAME, target),
            (USER_NAME, account),
            (COMMENT, "Stored using python-keyring"),
            (TYPE, "1"),
            (PERSIST, "3"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let secret = VaultSecret::new(secret.into(), "");
        let ring = self.ring();
        self.vault.put(&ring, "", &attributes, &secret).unwrap();
        self.vault.find(&ring, &attributes).unwrap().remove(0)
    }

    fn based(&self, entry: &VaultEntry) -> (VaultEntry, Digest) {
        let secret = self.vault.read(entry).unwrap();
        let base = Digest::of_entry(&entry.attributes, &secret);
        (entry.clone(), base)
    }

    /// Deletes a secret that is in these entries.
    fn delete(&self, first: &VaultEntry, shards: &[&VaultEntry]) -> Change {
        let (entry, base) = self.based(first);
        Change::DeleteVaultEntry {
            entry,
            base,
            kept: true,
            shards: shards.iter().map(|entry| self.based(entry)).collect(),
        }
    }

    fn state(&self) -> State {
        let vault = Some(Arc::clone(&self.vault));
        State::open(&self.fixture.state).unwrap().with_vault(vault)
    }

    /// What all entries but keys are called, with their accounts and secrets.
    fn all(&self) -> BTreeSet<(String, Attributes, Vec<u8>)> {
        let entries = self.vault.list().unwrap().remove(0).entries.into_iter();
        let others = entries.filter(|entry| entry.attribute(TARGET_NAME).is_some());
        others
            .map(|entry| {
                let secret = self.vault.read(&entry).unwrap().expose().to_vec();
                (entry.label, entry.attributes, secret)
            })
            .collect()
    }
}

#[test]
fn a_secret_in_pieces_goes_and_comes_back_whole() {
    let windows = Windows::new();
    let first = windows.add(NAME, "dev", "one");
    let second = windows.add(&format!("{NAME}-shard-0001"), "dev", "two");
    let third = windows.add(&format!("{NAME}-shard-0002"), "dev", "three");
    windows.add("https://python.contoso.com", "dev", "theirs");
    let before = windows.all();
    let plan = plan_of([windows.delete(&first, &[&second, &third])]);
    let home = windows.fixture.home.path();
    let outcomes = execute(&windows.state(), &home, &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Done]);
    assert_eq!(windows.all().len(), 1);
    let undone = undo(&windows.state(), &home, None).unwrap();
    assert_eq!(undone_states(&undone), [UndoneState::Restored; 3]);
    assert_eq!(windows.all(), before);
    purge_all(&windows.state()).unwrap();
    let left = windows.vault.list().unwrap().remove(0).entries;
    assert_eq!(left.len(), before.len(), "no key is left");
}

#[test]
fn a_secret_of_which_one_piece_changed_stays_whole() {
    let windows = Windows::new();
    let first = windows.add(NAME, "dev", "one");
    let second = windows.add(&format!("{NAME}-shard-0001"), "dev", "two");
    let plan = plan_of([windows.delete(&first, &[&second])]);
    windows.vault.delete(&first).unwrap();
    windows.add(NAME, "dev", "new");
    let before = windows.all();
    let home = windows.fixture.home.path();
    let outcomes = execute(&windows.state(), &home, &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert_eq!(windows.all(), before);
}

#[test]
fn a_piece_that_is_gone_leaves_the_rest_to_be_deleted() {
    let windows = Windows::new();
    let first = windows.add(NAME, "dev", "one");
    let second = windows.add(&format!("{NAME}-shard-0001"), "dev", "two");
    let plan = plan_of([windows.delete(&first, &[&second])]);
    windows.vault.delete(&second).unwrap();
    let home = windows.fixture.home.path();
    let outcomes = execute(&windows.state(), &home, &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Done]);
    assert!(windows.all().is_empty());
}

#[test]
fn undo_does_not_replace_what_another_account_has_under_the_name() {
    let windows = Windows::new();
    let first = windows.add(NAME, "dev", "old");
    let plan = plan_of([windows.delete(&first, &[])]);
    let home = windows.fixture.home.path();
    execute(&windows.state(), &home, &plan, 7);
    windows.add(NAME, "work", "new");
    let before = windows.all();
    let undone = undo(&windows.state(), &home, None).unwrap();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    let told = undone.items[0].reason.as_deref();
    assert_eq!(told, Some("there is a new entry in its place"));
    assert_eq!(windows.all(), before);
}

#[test]
fn what_another_account_wrote_under_the_name_meanwhile_is_left() {
    let windows = Windows::new();
    let first = windows.add(NAME, "dev", "old");
    let plan = plan_of([windows.delete(&first, &[])]);
    windows.vault.delete(&first).unwrap();
    windows.add(NAME, "work", "new");
    let outcomes = execute(&windows.state(), &windows.fixture.home.path(), &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::AlreadyDone]);
    assert_eq!(reason(&outcomes[0]), "the entry was gone already");
    assert_eq!(windows.all().len(), 1);
}
