//! What is sealed by the person's keys of Windows: the keys of copies, and files.

use std::sync::Arc;

use super::{Fixture, execute, plan_of, reason, states, undone_states};
use crate::edit::{UndoneState, keep_or_ask, purge_all};
use crate::model::{Change, Digest, OutcomeState, Plan, Remedy, Splice, VaultEntry};
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::platform::dpapi::{Dpapi, DpapiFault};

fn planned(fixture: &Fixture) -> (VaultEntry, Plan) {
    let entry = fixture.vault.add(
        &[("service", "git:https://dev.azure.com/contoso")],
        "hunter2",
    );
    let plan = plan_of([fixture.delete_entry(&entry)]);
    (entry, plan)
}

/// The key of the run, as it lies on the disk.
fn key(fixture: &Fixture, plan: &Plan) -> Vec<u8> {
    let run = fixture.state.join("runs").join(plan.run.to_string());
    std::fs::read(run.join("key.sealed")).unwrap()
}

#[test]
fn the_key_lies_sealed_in_the_folder_of_the_run_and_none_in_the_vault() {
    let fixture = Fixture::with_dpapi();
    let (_, plan) = planned(&fixture);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.vault.keys(), 0);
    let sealed = key(&fixture, &plan);
    let keys = fixture.dpapi.as_ref().unwrap();
    let opened = keys.unprotect(&sealed, plan.run.as_bytes()).unwrap();
    assert_eq!(opened.len(), 32);
    assert_eq!(keys.unprotect(&sealed, b""), Err(DpapiFault::NotTheirs));
    let stranger = MemoryDpapi::of(9).unprotect(&sealed, plan.run.as_bytes());
    assert_eq!(stranger, Err(DpapiFault::NotTheirs));

    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.vault.others().len(), 1);
    assert_eq!(purge_all(&fixture.open()).unwrap().runs, [plan.run]);
    assert!(fixture.runs().is_empty());
}

#[test]
fn one_key_serves_all_entries_of_a_run() {
    let fixture = Fixture::with_dpapi();
    let one = fixture.vault.add(&[("service", "a")], "one");
    let two = fixture.vault.add(&[("service", "b")], "two");
    let plan = plan_of([fixture.delete_entry(&one), fixture.delete_entry(&two)]);
    fixture.execute(&plan);
    let run = fixture.state.join("runs").join(plan.run.to_string());
    assert_eq!(
        super::names(&run),
        ["1.sealed", "2.sealed", "journal.jsonl", "key.sealed"]
    );
    assert!(fixture.undo().is_complete());
}

#[test]
fn a_key_that_windows_does_not_open_fails_the_undo_until_it_does() {
    let mut fixture = Fixture::with_dpapi();
    let (_, plan) = planned(&fixture);
    fixture.execute(&plan);
    let own = fixture.dpapi.replace(Arc::new(MemoryDpapi::of(9)));
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Failed]);
    let reason = undone.items[0].reason.as_deref().unwrap();
    assert!(
        reason.contains("another user or another computer"),
        "{reason}"
    );
    fixture.dpapi = own;
    assert!(fixture.undo().is_complete());
}

#[test]
fn where_windows_seals_nothing_the_edit_is_asked_about_and_fails_if_it_should_keep_a_copy() {
    let keys = Arc::new(MemoryDpapi::of(1));
    let fixture = Fixture {
        dpapi: Some(keys.clone()),
        ..Fixture::new()
    };
    let (_, mut plan) = planned(&fixture);
    assert!(keep_or_ask(&mut plan, |_| true, &fixture.open()).is_empty());
    keys.refuse();
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert!(reason(&outcomes[0]).starts_with("no copy of it could be kept"));
    assert_eq!(fixture.vault.others().len(), 1);
    assert!(fixture.runs().is_empty());
    assert_eq!(keep_or_ask(&mut plan, |_| true, &fixture.open()), ["f1"]);
    assert_eq!(plan.edits[0].remedy, Remedy::Consent);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert!(fixture.runs().is_empty());
}

/// A file that Windows has sealed, and a change for each of these words that cuts it out of the content.
fn sealed_file<const N: usize>(fixture: &Fixture, content: &str, words: [&str; N]) -> [Change; N] {
    let keys = fixture.dpapi.as_ref().unwrap();
    let bytes = keys.protect(content.as_bytes(), b"").unwrap();
    let path = fixture.home.write("cache.dat", &bytes);
    words.map(|words| {
        let start = content.find(words).unwrap();
        Change::EditFile {
            path: path.clone(),
            base: Digest::of(&bytes),
            splices: vec![Splice {
                range: start..start + words.len(),
                replacement: Vec::new().into(),
            }],
            git_config: false,
            sealed: true,
        }
    })
}

#[test]
fn a_sealed_file_is_opened_cut_and_sealed_again_and_comes_back_byte_for_byte() {
    let fixture = Fixture::with_dpapi();
    let plan = plan_of(sealed_file(&fixture, "one two three", ["one ", "three"]));
    let bytes = std::fs::read(fixture.path("cache.dat")).unwrap();
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Done; 2]);
    let now = std::fs::read(fixture.path("cache.dat")).unwrap();
    let keys = fixture.dpapi.as_ref().unwrap();
    assert_eq!(keys.unprotect(&now, b"").unwrap().as_slice(), b"two ");
    assert!(fixture.undo().is_complete());
    assert_eq!(std::fs::read(fixture.path("cache.dat")).unwrap(), bytes);
}

#[test]
fn a_sealed_file_stays_where_its_keys_are_not_asked() {
    let mut fixture = Fixture::with_dpapi();
    let plan = plan_of(sealed_file(&fixture, "one two", ["one "]));
    let before = std::fs::read(fixture.path("cache.dat")).unwrap();
    fixture.dpapi = None;
    let state = fixture.open();
    let outcomes = execute(&state, &fixture.home.path(), &plan, 7);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert_eq!(std::fs::read(fixture.path("cache.dat")).unwrap(), before);
}
