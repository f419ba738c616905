//! Stops runs, recoveries and undos of registry values after every single step, and looks at what is left.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::checkpoint::stopping::{each_stop, interrupt_at, stop_at};
use super::tests::{Fixture, plan_of};
use super::{Recovered, purge_all, recover};
use crate::model::{Plan, RegistryData, RegistryKey};
use crate::platform::registry::VARIABLES;

const ENTRY: &str = r"Software\Microsoft\VSCommon\14.0\VssApp\a";

type Values = Vec<(String, String, RegistryData)>;

struct Story {
    fixture: Fixture,
    plan: Plan,
    before: Values,
}

impl Story {
    /// A variable that goes, one of which a part goes, a key with three values, and a file.
    fn new() -> Self {
        let fixture = Fixture::new();
        let (variables, entry) = (
            RegistryKey::of_person(VARIABLES),
            RegistryKey::of_person(ENTRY),
        );
        let registry = &fixture.registry;
        registry.put(&variables, "AZDO_PAT", RegistryData::expanded("a secret"));
        registry.put(&variables, "URL", RegistryData::text("a secret address"));
        for name in ["Token", "Type", "Url"] {
            registry.put(&entry, name, RegistryData::text(name));
        }
        fixture.home.write("file", "a secret");
        let plan = plan_of([
            fixture.delete_values(VARIABLES, &["AZDO_PAT"]),
            fixture.cut_value(VARIABLES, "URL", 2..8),
            fixture.delete("file"),
            fixture.delete_values(ENTRY, &["Token", "Type", "Url"]),
        ]);
        let before = fixture.registry.all();
        Self {
            fixture,
            plan,
            before,
        }
    }

    fn recover(&self) -> Recovered {
        recover(&self.fixture.open(), &self.fixture.home.path()).unwrap()
    }

    /// Each value is old, or as it was to be.
    fn assert_none_is_strange(&self, at: &str) {
        for value in self.fixture.registry.all() {
            let cut = value.1 == "URL" && value.2 == RegistryData::text("a  address");
            assert!(cut || self.before.contains(&value), "{at}: {value:?}");
        }
    }

    fn assert_all_old(&self, at: &str) {
        assert_eq!(self.fixture.registry.all(), self.before, "{at}");
        assert_eq!(
            self.fixture.text("file").as_deref(),
            Some("a secret"),
            "{at}"
        );
    }
}

#[test]
fn a_run_killed_at_any_step_is_finished_or_rolled_back_and_undone() {
    let mut finished = 0;
    let steps = each_stop(|number| {
        let story = Story::new();
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
        assert!(story.fixture.runs().is_empty(), "{at}");
        stopped
    });
    assert!(steps > 25 && finished > 1, "{steps} {finished}");
}

#[test]
fn an_undo_killed_at_any_step_is_finished_by_the_next() {
    let steps = each_stop(|number| {
        let story = Story::new();
        story.fixture.execute(&story.plan);
        let stopped = stop_at(number, || story.fixture.undo()).is_none();
        let at = format!("stopped at {number}");
        story.assert_none_is_strange(&at);
        assert!(story.fixture.undo().is_complete(), "{at}");
        story.assert_all_old(&at);
        stopped
    });
    assert!(steps > 10, "{steps}");
}

#[test]
fn what_another_program_writes_at_any_step_is_never_lost() {
    for undoing in [false, true] {
        let mut interrupted_once = false;
        each_stop(|number| {
            let story = Story::new();
            if undoing {
                story.fixture.execute(&story.plan);
            }
            let registry = story.fixture.registry.clone();
            let new = RegistryData::text("new");
            let written = new.clone();
            let sign_in = move || {
                registry.put(&RegistryKey::of_person(ENTRY), "Token", written);
            };
            let ((), interrupted) = interrupt_at(number, sign_in, || {
                if undoing {
                    story.fixture.undo();
                } else {
                    story.fixture.execute(&story.plan);
                }
            });
            let now = story.fixture.registry.all();
            let is_new = |value: &&(String, String, RegistryData)| value.2 == new;
            assert_eq!(
                now.iter().filter(is_new).count(),
                usize::from(interrupted),
                "at {number}, undoing {undoing}"
            );
            interrupted_once |= interrupted;
            interrupted
        });
        assert!(interrupted_once);
    }
}
