//! Stops runs, recoveries and undos of vault entries after every single step, and looks at what is left.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use rstest::rstest;

use super::checkpoint::stopping::{each_stop, interrupt_at, stop_at};
use super::tests::{Fixture, plan_of};
use super::{Recovered, purge_all, recover};
use crate::model::{Attributes, Change, OutcomeState, Plan, VaultSecret};
use crate::platform::vault::Vault as _;
use crate::platform::vault::memory::{RING, secret_of};

/// Where the keys of copies are kept.
#[derive(Debug, Clone, Copy)]
enum Keys {
    InTheVault,
    SealedByWindows,
}

type Entries = Vec<(String, Attributes, String)>;

struct Story {
    fixture: Fixture,
    plan: Plan,
    before: Entries,
}

impl Story {
    /// Two entries, of which one goes on in a third, and a file to delete, and an entry that stays.
    fn new(keys: Keys) -> Self {
        let fixture = match keys {
            Keys::InTheVault => Fixture::new(),
            Keys::SealedByWindows => Fixture::with_dpapi(),
        };
        let service = [("service", "git:https://dev.azure.com/contoso")];
        let one = fixture.vault.add(&service, "one");
        let two = fixture.vault.add(&[service[0], ("account", "dev")], "two");
        let three = fixture
            .vault
            .add(&[service[0], ("account", "shard")], "three");
        fixture.vault.add(&[("service", "mail")], "other");
        fixture.home.write("file", "a secret");
        let plan = plan_of([
            fixture.delete_entry(&one),
            fixture.delete("file"),
            fixture.delete_entries(&two, &[&three]),
            put_new(),
        ]);
        let before = sorted(fixture.vault.others());
        Self {
            fixture,
            plan,
            before,
        }
    }

    fn recover(&self) -> Recovered {
        recover(&self.fixture.open(), &self.fixture.home.path()).unwrap()
    }

    /// No entry is lost that has no copy, and none is there twice.
    fn assert_none_is_strange(&self, at: &str) {
        for entry in self.fixture.vault.others() {
            assert!(self.before.contains(&entry) || entry.2 == "put", "{at}");
        }
        let mut now = sorted(self.fixture.vault.others());
        let count = now.len();
        now.dedup();
        assert_eq!(now.len(), count, "{at}");
    }

    fn assert_all_old(&self, at: &str) {
        assert_eq!(sorted(self.fixture.vault.others()), self.before, "{at}");
        assert_eq!(
            self.fixture.text("file").as_deref(),
            Some("a secret"),
            "{at}"
        );
    }
}

fn put_new() -> Change {
    Change::PutVaultEntry {
        ring: RING.to_owned(),
        label: "Git".to_owned(),
        attributes: [("service".to_owned(), "put".to_owned())].into(),
        secret: VaultSecret::new("put".into(), "text/plain"),
        kept: true,
    }
}

fn sorted(mut entries: Entries) -> Entries {
    entries.sort();
    entries
}

#[rstest]
fn a_run_killed_at_any_step_is_finished_or_rolled_back_and_undone(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let mut finished = 0;
    let steps = each_stop(|number| {
        let story = Story::new(keys);
        let run = || story.fixture.execute(&story.plan);
        let stopped = stop_at(number, run).is_none();
        let at = format!("stopped at {number}");
        story.assert_none_is_strange(&at);
        let recovered = story.recover();
        finished += recovered.finished;
        assert_eq!(recovered.unresolved, [], "{at}");
        assert_eq!(story.recover(), Recovered::default(), "{at}");
        assert!(story.fixture.undo().is_complete(), "{at}");
        story.assert_all_old(&at);
        purge_all(&story.fixture.open()).unwrap();
        assert_eq!(story.fixture.vault.keys(), 0, "{at}");
        stopped
    });
    assert!(steps > 25 && finished > 1, "{steps} {finished}");
}

#[rstest]
fn a_run_that_keeps_nothing_can_be_killed_too(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let steps = each_stop(|number| {
        let story = Story::new(keys);
        let run = || story.fixture.execute_keeping(&story.plan, 0);
        let stopped = stop_at(number, run).is_none();
        assert_eq!(story.recover().unresolved, []);
        story.assert_none_is_strange(&format!("stopped at {number}"));
        assert_eq!(story.fixture.vault.keys(), 0);
        stopped
    });
    assert!(steps > 15, "{steps}");
}

#[rstest]
fn a_recovery_killed_at_any_step_is_done_by_the_next(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    each_stop(|number| {
        let mut stopped = false;
        each_stop(|inner| {
            let story = Story::new(keys);
            stopped = stop_at(number, || story.fixture.execute(&story.plan)).is_none();
            let at = format!("stopped at {number}, then at {inner}");
            let stopped_again = stop_at(inner, || story.recover()).is_none();
            assert_eq!(story.recover().unresolved, [], "{at}");
            story.assert_none_is_strange(&at);
            assert!(story.fixture.undo().is_complete(), "{at}");
            story.assert_all_old(&at);
            stopped_again
        });
        stopped
    });
}

#[rstest]
fn an_undo_killed_at_any_step_is_finished_by_the_next(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let steps = each_stop(|number| {
        let story = Story::new(keys);
        story.fixture.execute(&story.plan);
        let stopped = stop_at(number, || story.fixture.undo()).is_none();
        let at = format!("stopped at {number}");
        story.assert_none_is_strange(&at);
        assert!(story.fixture.undo().is_complete(), "{at}");
        story.assert_all_old(&at);
        assert_eq!(story.fixture.undo().run, None, "{at}");
        stopped
    });
    assert!(steps > 10, "{steps}");
}

#[rstest]
fn a_purge_killed_at_any_step_leaves_no_key_behind(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let steps = each_stop(|number| {
        let story = Story::new(keys);
        story.fixture.execute(&story.plan);
        let state = story.fixture.open();
        let stopped = stop_at(number, || purge_all(&state).unwrap()).is_none();
        purge_all(&state).unwrap();
        assert!(story.fixture.runs().is_empty());
        assert_eq!(story.fixture.vault.keys(), 0, "stopped at {number}");
        stopped
    });
    assert!(steps > 4, "{steps}");
}

#[rstest]
fn a_locked_vault_settles_a_stopped_run_once_it_is_unlocked(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let mut waited = 0;
    each_stop(|number| {
        let story = Story::new(keys);
        let stopped = stop_at(number, || story.fixture.execute(&story.plan)).is_none();
        story.fixture.vault.inside(|inside| inside.locked = true);
        let waits = story.recover().unresolved.len();
        assert_eq!(story.recover().unresolved.len(), waits);
        waited += waits;
        story.fixture.vault.inside(|inside| inside.locked = false);
        assert_eq!(story.recover().unresolved, []);
        assert!(story.fixture.undo().is_complete());
        story.assert_all_old(&format!("stopped at {number}"));
        stopped
    });
    assert!(waited > 1);
}

#[rstest]
fn what_another_program_writes_at_any_step_is_never_lost(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    for undoing in [false, true] {
        let mut refused = 0;
        each_stop(|number| {
            let story = Story::new(keys);
            if undoing {
                story.fixture.execute(&story.plan);
            }
            let vault = story.fixture.vault.clone();
            // The tool signs in again: it replaces its entry, or makes it anew.
            let sign_in = move || {
                let written = vault.inside(|inside| {
                    let mut entries = inside.entries.iter_mut();
                    let own = entries.find(|(entry, _)| entry.attribute("account") == Some("dev"));
                    own.map(|(_, secret)| *secret = secret_of("new"))
                });
                if written.is_none() {
                    let service = ("service", "git:https://dev.azure.com/contoso");
                    vault.add(&[service, ("account", "dev")], "new");
                }
            };
            let (complete, interrupted) = interrupt_at(number, sign_in, || {
                if undoing {
                    return story.fixture.undo().is_complete();
                }
                let outcomes = story.fixture.execute(&story.plan);
                outcomes.iter().all(|it| it.state == OutcomeState::Done)
            });
            if interrupted {
                let kept = story.fixture.vault.others();
                let new = kept.iter().filter(|(_, _, secret)| secret == "new");
                assert_eq!(new.count(), 1, "at {number}, undoing {undoing}");
            }
            refused += usize::from(!complete);
            interrupted
        });
        assert!(refused > 0);
    }
}

#[rstest]
fn an_entry_that_changed_after_the_kill_is_left_alone_and_said(
    #[values(Keys::InTheVault, Keys::SealedByWindows)] keys: Keys,
) {
    let mut unresolved = 0;
    each_stop(|number| {
        let story = Story::new(keys);
        let stopped = stop_at(number, || story.fixture.execute(&story.plan)).is_none();
        story.fixture.vault.inside(|inside| {
            let entries = inside.entries.iter_mut();
            for (_, secret) in
                entries.filter(|(entry, _)| entry.attribute("account") == Some("dev"))
            {
                *secret = secret_of("new");
            }
        });
        unresolved += story.recover().unresolved.len();
        let there = story.fixture.vault.others();
        let count = |entries: &Entries, wanted: &str| {
            entries
                .iter()
                .filter(|(_, _, secret)| secret == wanted)
                .count()
        };
        let new = count(&there, "new");
        story.fixture.undo();
        assert_eq!(count(&story.fixture.vault.others(), "new"), new);
        assert!(story.fixture.vault.list().is_ok());
        stopped
    });
    assert!(unresolved > 0);
}
