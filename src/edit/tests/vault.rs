//! What the executor and the undo do to entries of a vault.

use std::sync::Arc;

use super::{Fixture, plan_of, reason, states, undone_states};
use crate::edit::{
    Changed, State, UndoneState, keep_or_ask, list, purge, purge_all, recover, undo,
};
use crate::model::{Change, Location, OutcomeState, Plan, Remedy, VaultEntry, VaultSecret};
use crate::platform::vault::memory::{RING, secret_of};
use crate::platform::vault::{Vault as _, VaultFault};

const GCM: [(&str, &str); 2] = [
    ("service", "git:https://dev.azure.com/contoso"),
    ("account", "dev@contoso.com"),
];
const OTHER: [(&str, &str); 2] = [("service", "mail"), ("account", "dev")];

/// An entry to delete and one that stays.
fn planned(fixture: &Fixture) -> (VaultEntry, Plan) {
    let entry = fixture.vault.add(&GCM, "word");
    fixture.vault.add(&OTHER, "other");
    let plan = plan_of([fixture.delete_entry(&entry)]);
    (entry, plan)
}

#[test]
fn an_entry_goes_alone_and_comes_back_as_it_was() {
    let fixture = Fixture::new();
    let secret = VaultSecret::new(b"\0\xff".into(), "application/octet-stream");
    let entry = fixture.vault.add(&GCM, "");
    fixture
        .vault
        .inside(|inside| inside.entries[0].1 = secret.clone());
    fixture.vault.add(&OTHER, "other");
    let plan = plan_of([fixture.delete_entry(&entry)]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.vault.others().len(), 1);
    assert_eq!(fixture.vault.others()[0].2, "other");
    assert_eq!(fixture.vault.keys(), 1);

    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Restored]);
    let (back, secret_back) = fixture
        .vault
        .inside(|inside| inside.entries.last().cloned())
        .unwrap();
    assert_eq!(
        (&back.label, &back.attributes),
        (&entry.label, &entry.attributes)
    );
    assert!(secret_back == secret);
    assert_eq!(fixture.undo().run, None);
}

#[test]
fn what_is_on_the_disk_tells_nothing() {
    let fixture = Fixture::new();
    let entry = fixture.vault.add(
        &[("service", "https://user:inurl@dev.azure.com/contoso")],
        "password",
    );
    fixture.execute(&plan_of([fixture.delete_entry(&entry)]));
    let run = fixture.state.join("runs").join(&fixture.runs()[0]);
    assert_eq!(super::names(&run), ["1.sealed", "journal.jsonl"]);
    for name in super::names(&run) {
        let bytes = std::fs::read(run.join(&name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["inurl", "password", "dev.azure.com"] {
            assert!(!text.contains(secret), "{name}: {text}");
        }
    }
    // The key is in no file.
    let key = fixture.vault.inside(|inside| inside.entries[0].1.clone());
    let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    assert!(!journal.contains(std::str::from_utf8(key.expose()).unwrap()));
}

#[test]
fn an_entry_that_changed_meanwhile_is_left_alone() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture
        .vault
        .inside(|inside| inside.entries[0].1 = secret_of("new"));
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert_eq!(fixture.vault.others().len(), 2);
    assert_eq!(fixture.vault.keys(), 0);
    assert!(fixture.runs().is_empty());
}

#[test]
fn an_entry_that_got_a_schema_meanwhile_is_the_same() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    let before = fixture.vault.others();
    fixture.vault.inside(|inside| inside.adds_schema = true);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    fixture.vault.inside(|inside| inside.adds_schema = false);
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Restored]);
    assert_eq!(fixture.vault.others().len(), before.len());
}

#[test]
fn an_entry_that_is_gone_is_done_already_also_where_another_has_its_name() {
    let fixture = Fixture::new();
    let (entry, plan) = planned(&fixture);
    fixture.vault.delete(&entry).unwrap();
    fixture
        .vault
        .inside(|inside| inside.entries[0].0.id.clone_from(&entry.id));
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::AlreadyDone]);
    assert_eq!(fixture.vault.others().len(), 1);
}

#[test]
fn an_entry_that_got_another_name_is_found_by_what_it_is() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture
        .vault
        .inside(|inside| inside.entries[0].0.id = "renamed".to_owned());
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.vault.others()[0].2, "other");
}

#[test]
fn a_vault_that_is_locked_away_or_asks_fails_the_edit_and_the_rest_is_done() {
    for (set, said) in [
        ("locked", "unlock it"),
        ("absent", "no keyring"),
        ("asks", "wants to ask"),
        ("read-only", "nothing can be added"),
    ] {
        let fixture = Fixture::new();
        let (entry, _) = planned(&fixture);
        fixture.home.write("file", "a secret");
        let plan = plan_of([fixture.delete_entry(&entry), fixture.delete("file")]);
        fixture.vault.inside(|inside| match set {
            "locked" => inside.locked = true,
            "absent" => inside.absent = true,
            "asks" => inside.asks = true,
            _ => inside.read_only = true,
        });
        let outcomes = fixture.execute(&plan);
        assert_eq!(
            states(&outcomes),
            [OutcomeState::Failed, OutcomeState::Done],
            "{set}"
        );
        assert!(
            reason(&outcomes[0]).contains(said),
            "{}",
            reason(&outcomes[0])
        );
        assert_eq!(fixture.vault.others().len(), 2, "{set}");
        assert!(fixture.undo().is_complete());
        assert_eq!(fixture.text("file").as_deref(), Some("a secret"));
    }
}

#[test]
fn a_vault_that_does_not_answer_may_have_done_it_and_the_copy_stays() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    let before = fixture.vault.others();
    fixture.vault.inside(|inside| inside.dies = true);
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).contains("did not answer"));
    let recover = || recover(&fixture.open(), &fixture.home.path()).unwrap();
    assert_eq!(recover().unresolved.len(), 1);
    fixture
        .vault
        .inside(|inside| (inside.absent, inside.dies) = (false, false));
    assert_eq!(recover().finished, 1);
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Restored]);
    assert_eq!(fixture.vault.others().len(), before.len());
}

#[test]
fn what_a_vault_does_not_list_is_not_taken_for_gone() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.vault.inside(|inside| inside.dies = true);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Failed]);
    let recover = || recover(&fixture.open(), &fixture.home.path()).unwrap();
    fixture.vault.inside(|inside| {
        (inside.absent, inside.dies) = (false, false);
        inside.unlisted = Some(VaultFault::Refused("no".to_owned()));
    });
    assert_eq!(recover().unresolved.len(), 1);
    fixture.vault.inside(|inside| inside.unlisted = None);
    assert_eq!(recover().finished, 1);
}

#[test]
fn where_there_is_no_vault_the_edit_fails() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    let state = State::open(&fixture.state).unwrap();
    let outcomes = super::execute(&state, &fixture.home.path(), &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
}

#[test]
fn undo_does_not_overwrite_a_new_entry_and_knows_one_that_is_back() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    let new = fixture.vault.add(&GCM, "new");
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert!(
        undone.items[0]
            .reason
            .as_ref()
            .unwrap()
            .contains("new entry")
    );
    assert_eq!(fixture.vault.others().len(), 2);
    fixture.vault.delete(&new).unwrap();
    fixture.vault.add(&GCM, "word");
    let again = undo(&fixture.open(), &fixture.home.path(), Some(plan.run)).unwrap();
    assert_eq!(undone_states(&again), [UndoneState::AlreadyBack]);
    assert_eq!(fixture.vault.others().len(), 2);
}

#[test]
fn entries_with_the_same_attributes_come_back_each_with_its_own_secret() {
    for secrets in [["one", "two", "three"], ["one", "one", "one"]] {
        let fixture = Fixture::new();
        let entries = secrets.map(|secret| fixture.vault.add(&GCM, secret));
        let plan = plan_of(entries[..2].iter().map(|entry| fixture.delete_entry(entry)));
        let done = [OutcomeState::Done, OutcomeState::Done];
        assert_eq!(states(&fixture.execute(&plan)), done);
        assert_eq!(fixture.vault.others().len(), 1);
        let undone = fixture.undo();
        assert_eq!(
            undone_states(&undone),
            [UndoneState::Restored; 2],
            "{undone:?}"
        );
        let mut back: Vec<_> = fixture.vault.others().into_iter().map(|it| it.2).collect();
        back.sort();
        let mut secrets = secrets.to_vec();
        secrets.sort_unstable();
        assert_eq!(back, secrets);
    }
}

#[test]
fn undo_waits_for_a_locked_vault_and_gives_up_where_the_key_is_gone() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    fixture.vault.inside(|inside| inside.locked = true);
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Failed]);
    fixture.vault.inside(|inside| inside.locked = false);
    let key = fixture.vault.inside(|inside| inside.entries.pop()).unwrap();
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert!(undone.items[0].reason.as_ref().unwrap().contains("key"));
    fixture.vault.inside(|inside| inside.entries.push(key));
    let again = undo(&fixture.open(), &fixture.home.path(), Some(plan.run)).unwrap();
    assert_eq!(undone_states(&again), [UndoneState::Restored]);
}

#[test]
fn a_copy_that_was_damaged_is_not_put_back() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    let copy = fixture
        .state
        .join("runs")
        .join(plan.run.to_string())
        .join("1.sealed");
    let mut bytes = std::fs::read(&copy).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&copy, bytes).unwrap();
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert_eq!(fixture.vault.others().len(), 1);
}

#[test]
fn where_policy_keeps_nothing_no_key_and_no_copy_is_made() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.vault.inside(|inside| inside.read_only = true);
    assert_eq!(
        states(&fixture.execute_keeping(&plan, 0)),
        [OutcomeState::Done]
    );
    assert_eq!(fixture.vault.keys(), 0);
    assert!(fixture.runs().is_empty());
}

#[test]
fn purging_removes_the_key_with_the_copy() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    let later = super::time() + jiff::SignedDuration::from_hours(24 * 7);
    let purged = purge(&fixture.open(), later, 7).unwrap();
    assert_eq!(purged.runs, [plan.run]);
    assert_eq!(fixture.vault.keys(), 0);
    assert!(fixture.runs().is_empty());
}

#[test]
fn a_key_that_cannot_go_now_goes_later_and_the_copy_goes_at_once() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    fixture.vault.inside(|inside| inside.locked = true);
    assert_eq!(purge_all(&fixture.open()).unwrap().runs, [plan.run]);
    let run = fixture.state.join("runs").join(plan.run.to_string());
    assert_eq!(super::names(&run), ["journal.jsonl"]);
    assert_eq!(list(&fixture.state, 7).unwrap(), []);
    assert_eq!(fixture.undo().run, None);
    assert_eq!(
        recover(&fixture.open(), &fixture.home.path()),
        Ok(super::super::Recovered::default())
    );
    assert!(purge_all(&fixture.open()).unwrap().runs.is_empty());
    fixture.vault.inside(|inside| inside.locked = false);
    purge(&fixture.open(), super::time(), 7).unwrap();
    assert_eq!(fixture.vault.keys(), 0);
    assert!(fixture.runs().is_empty());
}

#[test]
fn where_the_vault_keeps_no_key_the_edit_is_asked_about_and_not_undoable() {
    let fixture = Fixture::new();
    let (_, mut plan) = planned(&fixture);
    let ask = |plan: &mut Plan, all: bool| keep_or_ask(plan, |_| all, &fixture.open());
    assert!(ask(&mut plan, true).is_empty());
    assert_eq!(plan.edits[0].remedy, Remedy::Automatic);
    assert_eq!(fixture.vault.keys(), 0);
    fixture.vault.inside(|inside| inside.read_only = true);
    // What is not meant to be made is not tried.
    assert!(ask(&mut plan, false).is_empty());
    assert_eq!(plan.edits[0].remedy, Remedy::Automatic);
    assert_eq!(ask(&mut plan, true), ["f1"]);
    assert_eq!(plan.edits[0].remedy, Remedy::Consent);
    assert!(matches!(
        plan.edits[0].change,
        Change::DeleteVaultEntry { kept: false, .. }
    ));
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.vault.others().len(), 1);
    assert_eq!(fixture.undo().run, None);
    assert!(fixture.runs().is_empty());
}

#[test]
fn the_list_tells_files_and_entries_by_their_names() {
    let fixture = Fixture::new();
    let (entry, _) = planned(&fixture);
    fixture.home.write("file", "a secret");
    let mut plan = plan_of([fixture.delete("file"), fixture.delete_entry(&entry)]);
    let location = Location {
        vault: Some("Secret Service".to_owned()),
        target: Some("git:https://dev.azure.com/contoso".to_owned()),
        ..Location::default()
    };
    plan.edits[1].location = location.clone();
    fixture.execute(&plan);
    let runs = list(&fixture.state, 7).unwrap();
    assert_eq!(runs[0].changes, 2);
    assert_eq!(
        runs[0].changed,
        [Changed::File("file".into()), Changed::Entry(location)]
    );
}

#[test]
fn the_ring_of_the_entry_holds_the_key() {
    let fixture = Fixture::new();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    let keys = fixture.vault.list().unwrap().remove(0).entries;
    let key = keys.last().unwrap();
    assert_eq!(
        (key.ring.as_str(), key.attribute("service")),
        (RING, Some("dev.rekey.agent"))
    );
    assert!(
        Arc::new(fixture.vault.clone())
            .read(key)
            .unwrap()
            .expose()
            .len()
            > 32
    );
}
