//! The same with keychains of macOS, where the secret of an entry may belong to another program.

use std::sync::Arc;

use super::{Fixture, execute, plan_of, reason, states, undone_states};
use crate::edit::{State, UndoneState, keep_or_ask, purge_all, undo};
use crate::model::{Change, Digest, OutcomeState, Remedy, VaultEntry};
use crate::platform::vault::Vault;
use crate::platform::vault::keychain::fake::Fake;

const GCM: &[(&str, &str)] = &[
    ("svce", "git:https://dev.azure.com/contoso"),
    ("acct", "dev@contoso.com"),
];
const OTHER: &[(&str, &str)] = &[
    ("svce", "git:https://dev.azure.com/fabrikam"),
    ("acct", "dev@contoso.com"),
];

/// A home whose vault is a keychain.
struct Mac {
    fixture: Fixture,
    keychains: Fake,
    vault: Arc<dyn Vault>,
}

impl Mac {
    fn new() -> Self {
        let keychains = Fake::new();
        Self {
            fixture: Fixture::new(),
            vault: keychains.vault(),
            keychains,
        }
    }

    fn entries(&self) -> Vec<VaultEntry> {
        let entries = self.vault.list().unwrap().remove(0).entries.into_iter();
        let others = entries.filter(|entry| entry.attribute("service").is_none());
        others.collect()
    }

    fn delete(&self, entry: &VaultEntry) -> Change {
        let secret = self.vault.read(entry).unwrap();
        Change::DeleteVaultEntry {
            base: Digest::of_entry(&entry.attributes, &secret),
            entry: entry.clone(),
            kept: !secret.is_withheld(),
            shards: Vec::new(),
        }
    }

    fn state(&self) -> State {
        let vault = Some(Arc::clone(&self.vault));
        State::open(&self.fixture.state).unwrap().with_vault(vault)
    }
}

#[test]
fn what_can_be_read_goes_and_comes_back() {
    let mac = Mac::new();
    mac.keychains.of_all("genp", GCM, "word");
    mac.keychains.of_another("genp", OTHER, "theirs");
    let entry = mac.entries().remove(0);
    let plan = plan_of([mac.delete(&entry)]);
    let home = mac.fixture.home.path();
    let outcomes = execute(&mac.state(), &home, &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Done]);
    assert_eq!(mac.entries().len(), 1);
    let undone = undo(&mac.state(), &home, None).unwrap();
    assert_eq!(undone_states(&undone), [UndoneState::Restored]);
    let back = mac.entries().into_iter().find(|known| known.id == entry.id);
    let back = back.unwrap();
    assert_eq!(back.attributes, entry.attributes);
    assert_eq!(mac.vault.read(&back).unwrap().expose(), b"word");
    purge_all(&mac.state()).unwrap();
    let left = mac.vault.list().unwrap().remove(0).entries;
    assert_eq!(left.len(), 2, "no key is left");
}

#[test]
fn what_belongs_to_another_program_goes_without_a_copy() {
    let mac = Mac::new();
    mac.keychains.of_another("genp", GCM, "word");
    mac.keychains.of_another("genp", OTHER, "theirs");
    let entry = mac.entries().remove(0);
    let mut plan = plan_of([mac.delete(&entry)]);
    assert!(keep_or_ask(&mut plan, |_| true, &mac.state()).is_empty());
    let home = mac.fixture.home.path();
    let outcomes = execute(&mac.state(), &home, &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Done]);
    let left: Vec<_> = mac.entries().into_iter().map(|entry| entry.id).collect();
    assert!(left.len() == 1 && left[0] != entry.id);
    assert!(plan.edits.iter().all(|edit| edit.remedy != Remedy::Manual));
}

#[test]
fn what_its_program_wrote_meanwhile_is_left_though_nobody_can_read_it() {
    let mac = Mac::new();
    mac.keychains.of_another("genp", GCM, "old");
    let entry = mac.entries().remove(0);
    let plan = plan_of([mac.delete(&entry)]);
    mac.keychains.of_another("genp", GCM, "new");
    let outcomes = execute(&mac.state(), &mac.fixture.home.path(), &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert_eq!(reason(&outcomes[0]), "it was changed after it was read");
    assert_eq!(mac.entries().len(), 1);
}
