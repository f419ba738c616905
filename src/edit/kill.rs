//! Stops runs, recoveries and undos after every single step, and looks at what is left.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use super::checkpoint::stopping::{each_stop_by, interrupt_at, stop_at};
use super::tests::{Fixture, names, plan_of};
use super::{purge_all, recover};
use crate::model::{Change, OutcomeState, Plan};

/// Emulated systems are slow: a part of the steps has to do there.
const STRIDE: usize = if cfg!(windows) { 3 } else { 1 };

const FILES: [(&str, &str, Option<&str>); 3] = [
    ("edited", "one two three four", Some("two four")),
    ("deep/deleted", "a secret", None),
    ("deep/read-only", "old new", Some("new")),
];

struct Story {
    fixture: Fixture,
    plan: Plan,
}

impl Story {
    fn new() -> Self {
        let fixture = Fixture::new();
        for (name, old, _) in FILES {
            let path = fixture.home.write(name, old);
            if name.ends_with("read-only") {
                set_read_only(&path, true);
            }
        }
        let plan = plan_of([
            fixture.cut("edited", "one "),
            fixture.delete("deep/deleted"),
            fixture.cut("edited", "three "),
            fixture.cut("deep/read-only", "old "),
            fixture.create("deep/made", "a new secret"),
        ]);
        Self { fixture, plan }
    }

    fn execute(&self) {
        self.fixture.execute(&self.plan);
    }

    /// Whether all of it was done.
    fn execute_or_undo(&self, undoing: bool) -> bool {
        if undoing {
            return self.fixture.undo().is_complete();
        }
        let outcomes = self.fixture.execute(&self.plan);
        outcomes.iter().all(|it| it.state == OutcomeState::Done)
    }

    fn recover(&self) -> super::Recovered {
        recover(&self.fixture.open(), &self.fixture.home.path()).unwrap()
    }

    /// Every file is old or new, whole, and nothing lies beside it.
    fn assert_old_or_new(&self, at: &str) {
        let made = self.fixture.text("deep/made");
        assert!(
            made.as_deref().is_none_or(|it| it == "a new secret"),
            "{at}: {made:?}"
        );
        for (name, old, new) in FILES {
            let now = self.fixture.text(name);
            let now = now.as_deref();
            assert!(now == Some(old) || now == new, "{name} {at}: {now:?}");
        }
    }

    fn assert_clean(&self, at: &str) {
        for folder in ["", "deep"] {
            let stray = self.fixture.names(folder).into_iter();
            let stray: Vec<String> = stray.filter(|name| name.contains(".rekey-")).collect();
            assert!(stray.is_empty(), "{at}: {stray:?}");
        }
    }

    fn assert_all_old(&self, at: &str) {
        for (name, old, _) in FILES {
            assert_eq!(self.fixture.text(name).as_deref(), Some(old), "{name} {at}");
            let permissions = std::fs::metadata(self.fixture.path(name)).unwrap();
            let read_only = permissions.permissions().readonly();
            assert_eq!(read_only, name.ends_with("read-only"), "{name} {at}");
        }
    }

    fn assert_all_new(&self, at: &str) {
        for (name, _, new) in FILES {
            assert_eq!(self.fixture.text(name).as_deref(), new, "{name} {at}");
        }
    }

    /// The edits that are still to be made, planned afresh.
    fn rest(&self) -> Plan {
        let cuts = [
            ("edited", "one "),
            ("edited", "three "),
            ("deep/read-only", "old "),
        ];
        let left = |(name, words): &(&str, &str)| {
            let text = self.fixture.text(name);
            text.is_some_and(|text| text.contains(words))
        };
        let mut changes: Vec<Change> = cuts
            .iter()
            .filter(|cut| left(cut))
            .map(|(name, words)| self.fixture.cut(name, words))
            .collect();
        if self.fixture.path("deep/deleted").exists() {
            changes.push(self.fixture.delete("deep/deleted"));
        }
        plan_of(changes)
    }
}

#[allow(clippy::permissions_set_readonly_false, reason = "a test's own file")]
fn set_read_only(path: &std::path::Path, read_only: bool) {
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(read_only);
    std::fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_run_killed_at_any_step_is_finished_or_rolled_back_and_undone() {
    let steps = each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || story.execute()).is_none();
        let at = format!("stopped at {number}");
        story.assert_old_or_new(&at);
        let recovered = story.recover();
        assert_eq!(recovered.unresolved, [], "{at}");
        assert!(recovered.finished + recovered.rolled_back <= 1, "{at}");
        story.assert_old_or_new(&at);
        story.assert_clean(&at);
        assert_eq!(story.recover(), super::Recovered::default(), "{at}");
        assert!(story.fixture.undo().is_complete(), "{at}");
        story.assert_all_old(&at);
        assert_eq!(story.fixture.undo().run, None, "{at}");
        stopped
    });
    assert!(steps > 30, "{steps}");
}

#[test]
fn the_next_run_does_the_rest_and_both_can_be_undone() {
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || story.execute()).is_none();
        let at = format!("stopped at {number}");
        story.recover();
        story.fixture.execute(&story.rest());
        story.assert_all_new(&at);
        while story.fixture.undo().run.is_some() {}
        story.assert_all_old(&at);
        stopped
    });
}

#[test]
fn a_recovery_killed_at_any_step_is_done_by_the_next() {
    let mut most = 0;
    each_stop_by(STRIDE, |number| {
        let mut stopped = false;
        most = most.max(each_stop_by(STRIDE, |inner| {
            let story = Story::new();
            stopped = stop_at(number, || story.execute()).is_none();
            let at = format!("stopped at {number}, then at {inner}");
            let stopped_again = stop_at(inner, || story.recover()).is_none();
            assert_eq!(story.recover().unresolved, [], "{at}");
            story.assert_old_or_new(&at);
            story.assert_clean(&at);
            assert!(story.fixture.undo().is_complete(), "{at}");
            story.assert_all_old(&at);
            stopped_again
        }));
        stopped
    });
    assert!(most > 0);
}

#[test]
fn an_undo_killed_at_any_step_is_finished_by_the_next() {
    let steps = each_stop_by(STRIDE, |number| {
        let story = Story::new();
        story.execute();
        let stopped = stop_at(number, || story.fixture.undo()).is_none();
        let at = format!("stopped at {number}");
        story.assert_old_or_new(&at);
        assert!(story.fixture.undo().is_complete(), "{at}");
        story.assert_all_old(&at);
        story.assert_clean(&at);
        assert_eq!(story.fixture.undo().run, None, "{at}");
        stopped
    });
    assert!(steps > 15, "{steps}");
}

#[test]
fn a_run_that_keeps_nothing_and_a_purge_can_be_killed_too() {
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || {
            story.fixture.execute_keeping(&story.plan, 0);
        });
        story.recover();
        story.assert_old_or_new(&format!("stopped at {number}"));
        let state = story.fixture.open();
        let purging = stop_at(number, || purge_all(&state).unwrap()).is_none();
        assert_eq!(
            recover(&state, &story.fixture.home.path())
                .unwrap()
                .unresolved,
            []
        );
        purge_all(&state).unwrap();
        assert!(story.fixture.runs().is_empty());
        stopped.is_none() || purging
    });
}

#[test]
fn a_purge_keeps_what_nobody_has_settled_and_says_so() {
    let mut kept = 0;
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || story.execute()).is_none();
        let purged = purge_all(&story.fixture.open()).unwrap();
        let is_waiting = !purged.waiting.is_empty();
        kept += usize::from(is_waiting);
        assert!(!is_waiting || purged.runs.is_empty());
        story.recover();
        story.assert_old_or_new(&format!("stopped at {number}"));
        let purged = purge_all(&story.fixture.open()).unwrap();
        assert!(purged.waiting.is_empty());
        assert!(story.fixture.runs().is_empty());
        stopped
    });
    assert!(kept > 0);
}

#[test]
fn a_file_that_changed_after_the_kill_is_left_alone_and_said() {
    let mut unresolved = 0;
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || story.execute()).is_none();
        story.fixture.home.write("edited", "somebody's work");
        unresolved += story.recover().unresolved.len();
        assert_eq!(story.fixture.text("edited").unwrap(), "somebody's work");
        story.assert_clean("changed after the kill");
        story.fixture.undo();
        assert_eq!(story.fixture.text("edited").unwrap(), "somebody's work");
        stopped
    });
    assert!(unresolved > 0);
}

#[test]
fn what_another_program_writes_at_any_step_is_never_lost() {
    for undoing in [false, true] {
        for (name, old, new) in &FILES[..2] {
            let mut refused = 0;
            each_stop_by(STRIDE, |number| {
                let story = Story::new();
                if undoing {
                    story.execute();
                }
                let path = story.fixture.path(name);
                let write = move || std::fs::write(&path, "somebody's work").unwrap();
                let (complete, interrupted) =
                    interrupt_at(number, write, || story.execute_or_undo(undoing));
                let expected = match (interrupted, undoing) {
                    (true, _) => Some("somebody's work"),
                    (false, true) => Some(*old),
                    (false, false) => *new,
                };
                let at = format!("{name} at {number}, undoing {undoing}");
                assert_eq!(story.fixture.text(name).as_deref(), expected, "{at}");
                story.assert_clean(&at);
                refused += usize::from(!complete);
                interrupted
            });
            assert!(refused > 0);
        }
    }
}

/// Windows refuses to replace a file that is open.
// Not on Windows: no file is replaced there while it is open.
#[cfg(unix)]
#[test]
fn a_file_that_was_replaced_by_one_like_it_is_not_the_one_that_was_read() {
    let mut refused = 0;
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let path = story.fixture.path("edited");
        let replace = move || {
            let other = path.with_file_name("other");
            std::fs::copy(&path, &other).unwrap();
            std::fs::rename(other, path).unwrap();
        };
        let (complete, interrupted) =
            interrupt_at(number, replace, || story.execute_or_undo(false));
        refused += usize::from(!complete);
        interrupted
    });
    assert!(refused > 0);
}

// Not on Windows: no folder is renamed there while it is open.
#[cfg(unix)]
#[test]
fn a_folder_that_is_swapped_for_a_link_at_any_step_leads_nowhere() {
    for undoing in [false, true] {
        each_stop_by(STRIDE, |number| {
            let story = Story::new();
            if undoing {
                story.execute();
            }
            let outside = tempfile::TempDir::new().unwrap();
            let victim = outside.path().join("read-only");
            let content = if undoing { "new" } else { "old new" };
            std::fs::write(&victim, content).unwrap();
            std::fs::write(outside.path().join("deleted"), "a secret").unwrap();
            let (deep, moved) = (story.fixture.path("deep"), story.fixture.path("moved"));
            let target = outside.path().to_owned();
            let swap = move || {
                std::fs::rename(&deep, moved).unwrap();
                std::os::unix::fs::symlink(target, &deep).unwrap();
            };
            let (_, interrupted) = interrupt_at(number, swap, || story.execute_or_undo(undoing));
            assert_eq!(names(outside.path()), ["deleted", "read-only"]);
            assert_eq!(std::fs::read_to_string(&victim).unwrap(), content);
            interrupted
        });
    }
}

/// Nothing can be put in the place of a folder while a file in it is changed.
#[cfg(windows)]
#[test]
fn a_folder_that_is_swapped_for_another_at_any_step_leads_nowhere() {
    let mut refused = 0;
    for undoing in [false, true] {
        refused += each_stop_by(STRIDE, |number| {
            let story = Story::new();
            if undoing {
                story.execute();
            }
            let (deep, moved) = (story.fixture.path("deep"), story.fixture.path("moved"));
            let swap = move || {
                if std::fs::rename(&deep, moved).is_ok() {
                    std::fs::create_dir(&deep).unwrap();
                    std::fs::write(deep.join("read-only"), "somebody's work").unwrap();
                }
            };
            let (_, interrupted) = interrupt_at(number, swap, || story.execute_or_undo(undoing));
            if story.fixture.path("moved").exists() {
                // A file that is made, or was deleted, comes into whatever folder is there now; nothing else is changed in it.
                let put = if undoing { "deleted" } else { "made" };
                let mut names = story.fixture.names("deep").into_iter();
                assert!(names.all(|name| name == "read-only" || name == put));
                let other = story.fixture.text("deep/read-only").unwrap();
                assert_eq!(other, "somebody's work", "{number}");
                let whole = story.fixture.text("moved/read-only").unwrap();
                assert!(whole == "old new" || whole == "new", "{number}: {whole}");
            } else {
                story.assert_clean(&format!("swapped at {number}, undoing {undoing}"));
            }
            interrupted
        });
    }
    assert!(refused > 0);
}

/// There the old file loses its name before the new one gets it.
#[cfg(windows)]
#[test]
fn a_replacement_that_stopped_halfway_is_finished() {
    let mut finished = 0;
    for number in 0..16 {
        let story = Story::new();
        stop_at(number, || story.execute());
        let mut beside = story.fixture.names("").into_iter();
        if beside.any(|name| name.contains(".rekey-")) {
            std::fs::remove_file(story.fixture.path("edited")).unwrap();
            if story.recover().finished == 1 {
                finished += 1;
                assert_eq!(story.fixture.text("edited").unwrap(), "two four");
                assert!(story.fixture.undo().is_complete());
                story.assert_all_old("halfway");
            }
        }
    }
    assert!(finished > 0);
}

#[cfg(windows)]
#[test]
fn an_undo_that_stopped_halfway_is_finished() {
    let mut finished = 0;
    for number in 0..24 {
        let story = Story::new();
        story.execute();
        stop_at(number, || story.fixture.undo());
        let beside = story.fixture.names("").into_iter();
        let mut beside = beside.filter(|name| name.contains(".rekey-"));
        let whole = beside.any(|name| story.fixture.text(&name).as_deref() == Some(FILES[0].1));
        if whole {
            std::fs::remove_file(story.fixture.path("edited")).unwrap();
            assert!(story.fixture.undo().is_complete());
            story.assert_all_old("halfway");
            story.assert_clean("halfway");
            finished += 1;
        }
    }
    assert!(finished > 0);
}

#[test]
fn a_line_that_the_kill_tore_is_passed_over() {
    let mut torn = 0;
    each_stop_by(STRIDE, |number| {
        let story = Story::new();
        let stopped = stop_at(number, || story.execute()).is_none();
        let at = format!("stopped at {number}");
        torn += tear(&story);
        assert_eq!(story.recover().unresolved, [], "{at}");
        story.assert_clean(&at);
        torn += tear(&story);
        // The same run goes on in the journal that was torn.
        let rest = Plan {
            run: story.plan.run,
            ..story.rest()
        };
        story.fixture.execute(&rest);
        story.assert_all_new(&at);
        torn += tear(&story);
        while story.fixture.undo().run.is_some() {}
        story.assert_all_old(&at);
        stopped
    });
    assert!(torn > 0);
}

/// Ends every journal in half a line; how many there are.
fn tear(story: &Story) -> usize {
    let runs = story.fixture.state.join("runs");
    if !runs.exists() {
        return 0;
    }
    let journals = names(&runs)
        .into_iter()
        .map(|run| runs.join(run).join(super::journal::JOURNAL))
        .filter(|journal| journal.exists());
    journals
        .map(|journal| {
            let mut bytes = std::fs::read(&journal).unwrap();
            bytes.extend(br#"{"record":"intent","item":9,"pa"#);
            std::fs::write(&journal, bytes).unwrap();
        })
        .count()
}
