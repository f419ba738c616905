//! What becomes of each edit.

use super::{Fixture, all, plan_of, reason, states, time};
use crate::edit::{Executor, State};
use crate::model::{Change, OutcomeState, Splice};

#[test]
fn two_edits_of_one_file_are_one_replacement_and_the_rest_stays_byte_for_byte() {
    let fixture = Fixture::new();
    let text = "\u{feff}; first\r\nold=1\r\nkeep = \"x\"\r\nold=2\r\n# last";
    fixture.home.write("conf/.npmrc", text);
    let plan = plan_of([
        fixture.cut("conf/.npmrc", "old=1\r\n"),
        fixture.cut("conf/.npmrc", "old=2\r\n"),
    ]);
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Done, OutcomeState::Done]);
    assert_eq!(
        fixture.text("conf/.npmrc").unwrap(),
        "\u{feff}; first\r\nkeep = \"x\"\r\n# last"
    );
    assert_eq!(fixture.names("conf"), [".npmrc"]);
}

#[test]
fn only_approved_edits_are_made_and_reported_in_the_order_of_the_plan() {
    let fixture = Fixture::new();
    for name in ["a", "b", "c"] {
        fixture.home.write(name, "old new");
    }
    let plan = plan_of(["c", "a", "b"].map(|name| fixture.cut(name, "old ")));
    let state = fixture.open();
    let executor = Executor {
        state: &state,
        home: &fixture.home.path(),
        keep_days: 7,
        now: time(),
    };
    let heard = std::cell::RefCell::new(Vec::new());
    let mut approved = all(&plan);
    approved.remove("e2");
    let outcomes = executor
        .execute(&plan, &approved, &|outcome| {
            heard.borrow_mut().push(outcome.clone());
        })
        .unwrap();
    let ids: Vec<&str> = outcomes.iter().map(|it| it.edit.as_str()).collect();
    assert_eq!(ids, ["e1", "e3"]);
    assert_eq!(*heard.borrow(), outcomes);
    assert_eq!(fixture.text("a").unwrap(), "old new");
    assert_eq!(fixture.text("b").unwrap(), "new");
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone_and_the_others_go_on() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old a");
    fixture.home.write("b", "old b");
    fixture.home.write("c", "old c");
    let plan = plan_of([
        fixture.cut("a", "old "),
        fixture.delete("b"),
        fixture.cut("c", "old "),
    ]);
    fixture.home.write("a", "old a, and more");
    fixture.home.write("b", "a new secret");
    let outcomes = fixture.execute(&plan);
    assert_eq!(
        states(&outcomes),
        [
            OutcomeState::ChangedMeanwhile,
            OutcomeState::ChangedMeanwhile,
            OutcomeState::Done
        ]
    );
    assert_eq!(fixture.text("a").unwrap(), "old a, and more");
    assert_eq!(fixture.text("b").unwrap(), "a new secret");
    assert_eq!(fixture.text("c").unwrap(), "c");
}

#[test]
fn a_plan_carried_out_twice_finds_its_work_done() {
    let fixture = Fixture::new();
    fixture.home.write("cut", "old new");
    fixture.home.write("gone", "old");
    let plan = plan_of([fixture.cut("cut", "old "), fixture.delete("gone")]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done; 2]);
    assert_eq!(
        states(&fixture.execute(&plan)),
        [OutcomeState::AlreadyDone; 2]
    );
    assert_eq!(fixture.text("cut").unwrap(), "new");
    assert_eq!(fixture.runs().len(), 1);
}

#[test]
fn an_edit_that_was_not_made_is_not_taken_for_done_because_its_neighbour_was() {
    let fixture = Fixture::new();
    fixture.home.write("a", "one two three");
    let plan = plan_of([fixture.cut("a", "one "), fixture.cut("a", "two ")]);
    let first_only = plan_of([plan.edits[0].change.clone()]);
    fixture.execute(&first_only);
    assert_eq!(
        states(&fixture.execute(&plan)),
        [OutcomeState::AlreadyDone, OutcomeState::ChangedMeanwhile]
    );
    assert_eq!(fixture.text("a").unwrap(), "two three");
}

#[test]
fn a_file_to_edit_that_is_gone_was_changed_meanwhile() {
    let fixture = Fixture::new();
    fixture.home.write("deep/a", "old new");
    let plan = plan_of([fixture.cut("deep/a", "old ")]);
    std::fs::remove_file(fixture.path("deep/a")).unwrap();
    assert_eq!(
        states(&fixture.execute(&plan)),
        [OutcomeState::ChangedMeanwhile]
    );
    std::fs::remove_dir(fixture.path("deep")).unwrap();
    assert_eq!(
        states(&fixture.execute(&plan)),
        [OutcomeState::ChangedMeanwhile]
    );
}

#[test]
fn edits_that_want_different_things_of_the_same_bytes_fail_together() {
    let fixture = Fixture::new();
    fixture.home.write("a", "0123456789");
    let cut = fixture.cut("a", "3456");
    let mut put = fixture.cut("a", "56");
    if let Change::EditFile { splices, .. } = &mut put {
        splices[0].replacement = b"x".into();
    }
    let outcomes = fixture.execute(&plan_of([cut, put]));
    assert_eq!(states(&outcomes), [OutcomeState::Failed; 2]);
    assert!(reason(&outcomes[0]).contains("overlap"));
    assert_eq!(fixture.text("a").unwrap(), "0123456789");
    assert!(fixture.runs().is_empty());
}

#[test]
fn deleting_a_file_swallows_its_other_edits() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old "), fixture.delete("a")]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done; 2]);
    assert_eq!(fixture.text("a"), None);
}

#[test]
fn what_would_change_nothing_is_done_already() {
    let fixture = Fixture::new();
    fixture.home.write("a", "same");
    let mut same = fixture.cut("a", "sa");
    if let Change::EditFile { splices, .. } = &mut same {
        *splices = vec![Splice {
            range: 0..2,
            replacement: b"sa".into(),
        }];
    }
    let outcomes = fixture.execute(&plan_of([same]));
    assert_eq!(states(&outcomes), [OutcomeState::AlreadyDone]);
    assert!(fixture.runs().is_empty());
}

#[test]
fn a_file_outside_the_home_is_never_changed() {
    let fixture = Fixture::new();
    let elsewhere = tempfile::TempDir::new().unwrap();
    let path = elsewhere.path().canonicalize().unwrap().join("a");
    std::fs::write(&path, "old new").unwrap();
    let up = fixture.home.path().join("..").join("a");
    for path in [path.clone(), up] {
        let base = crate::model::Digest::of(b"old new");
        let outcomes = fixture.execute(&plan_of([Change::DeleteFile { path, base }]));
        assert_eq!(states(&outcomes), [OutcomeState::Failed]);
        assert!(reason(&outcomes[0]).contains("outside"));
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"old new");
}

#[test]
fn a_second_rekey_is_told_that_one_is_running() {
    let fixture = Fixture::new();
    let first = fixture.open();
    assert_eq!(
        State::open(&fixture.state).unwrap_err(),
        crate::edit::Fault::Busy
    );
    drop(first);
    fixture.open();
}
