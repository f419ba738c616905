//! Taking a run back.

use super::{Fixture, execute, plan_of, undone_states};
use crate::edit::{Changed, Fault, UndoneState, list, undo};

use uuid::Uuid;

#[test]
fn undo_gives_back_every_byte_and_every_deleted_file() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old \u{0}new\r\n");
    fixture.home.write("b", "to be deleted");
    let plan = plan_of([fixture.cut("a", "old "), fixture.delete("b")]);
    fixture.execute(&plan);
    let undone = fixture.undo();
    assert_eq!(undone.run, Some(plan.run));
    assert!(undone.is_complete());
    assert_eq!(fixture.text("a").unwrap(), "old \u{0}new\r\n");
    assert_eq!(fixture.text("b").unwrap(), "to be deleted");
    assert_eq!(fixture.names(""), [".local", "a", "b"]);
}

#[test]
fn each_undo_takes_back_the_newest_run_that_is_left() {
    let fixture = Fixture::new();
    fixture.home.write("a", "one two three");
    let first = plan_of([fixture.cut("a", "one ")]);
    fixture.execute(&first);
    let second = plan_of([fixture.cut("a", "two ")]);
    fixture.execute(&second);
    assert_eq!(fixture.undo().run, Some(second.run));
    assert_eq!(fixture.text("a").unwrap(), "two three");
    assert_eq!(fixture.undo().run, Some(first.run));
    assert_eq!(fixture.text("a").unwrap(), "one two three");
    assert_eq!(fixture.undo().run, None);
}

#[test]
fn a_file_that_changed_since_is_refused_and_the_rest_is_done() {
    let fixture = Fixture::new();
    for name in ["a", "b", "c", "d/e"] {
        fixture.home.write(name, "old new");
    }
    let plan = plan_of([
        fixture.cut("a", "old "),
        fixture.delete("b"),
        fixture.cut("c", "old "),
        fixture.cut("d/e", "old "),
    ]);
    fixture.execute(&plan);
    fixture.home.write("b", "somebody's new file");
    fixture.home.write("c", "somebody's work");
    std::fs::remove_file(fixture.path("d/e")).unwrap();
    std::fs::remove_dir(fixture.path("d")).unwrap();
    let undone = fixture.undo();
    assert!(!undone.is_complete());
    assert_eq!(
        undone_states(&undone),
        [
            UndoneState::Refused,
            UndoneState::Refused,
            UndoneState::Refused,
            UndoneState::Restored
        ]
    );
    assert!(undone.items[..3].iter().all(|item| item.reason.is_some()));
    assert_eq!(fixture.text("a").unwrap(), "old new");
    assert_eq!(fixture.text("b").unwrap(), "somebody's new file");
    assert_eq!(fixture.text("c").unwrap(), "somebody's work");
    assert!(!fixture.path("d").exists());
}

#[test]
fn a_run_that_is_named_is_tried_again_where_files_were_refused() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    fixture.home.write("b", "old new");
    let plan = plan_of([fixture.cut("a", "old "), fixture.cut("b", "old ")]);
    fixture.execute(&plan);
    fixture.home.write("a", "changed");
    fixture.undo();
    assert_eq!(fixture.undo().run, None);
    fixture.home.write("a", "new");
    let undone = undo(&fixture.open(), &fixture.home.path(), Some(plan.run)).unwrap();
    assert_eq!(
        undone_states(&undone),
        [UndoneState::AlreadyBack, UndoneState::Restored]
    );
    assert_eq!(fixture.text("a").unwrap(), "old new");
}

#[test]
fn an_older_run_is_not_taken_back_over_a_newer_one() {
    let fixture = Fixture::new();
    fixture.home.write("a", "one two three");
    let first = plan_of([fixture.cut("a", "one ")]);
    fixture.execute(&first);
    fixture.execute(&plan_of([fixture.cut("a", "two ")]));
    let undone = undo(&fixture.open(), &fixture.home.path(), Some(first.run)).unwrap();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert_eq!(fixture.text("a").unwrap(), "three");
}

#[test]
fn a_run_that_goes_on_after_its_undo_can_be_taken_back_again() {
    let fixture = Fixture::new();
    fixture.home.write("a", "one two");
    let mut plan = plan_of([fixture.cut("a", "one ")]);
    fixture.execute(&plan);
    fixture.undo();
    plan.edits = plan_of([fixture.cut("a", "two")]).edits;
    fixture.execute(&plan);
    assert_eq!(fixture.text("a").unwrap(), "one ");
    assert_eq!(fixture.undo().run, Some(plan.run));
    assert_eq!(fixture.text("a").unwrap(), "one two");
}

#[test]
fn several_changes_of_one_file_in_one_run_go_back_in_reverse() {
    let fixture = Fixture::new();
    fixture.home.write("a", "one two three");
    let mut plan = plan_of([fixture.cut("a", "one ")]);
    let (state, home) = (fixture.open(), fixture.home.path());
    execute(&state, &home, &plan, 7);
    plan.edits = plan_of([fixture.cut("a", "two ")]).edits;
    execute(&state, &home, &plan, 7);
    drop(state);
    assert_eq!(fixture.undo().items.len(), 2);
    assert_eq!(fixture.text("a").unwrap(), "one two three");
}

#[test]
fn a_damaged_copy_is_not_put_back() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    fixture.execute(&plan);
    let copy = fixture.state.join(format!("runs/{}/1.content", plan.run));
    std::fs::write(copy, "old ne").unwrap();
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Refused]);
    assert_eq!(fixture.text("a").unwrap(), "new");
}

#[test]
fn a_run_that_is_not_kept_is_unknown() {
    let fixture = Fixture::new();
    let run = Uuid::now_v7();
    let fault = undo(&fixture.open(), &fixture.home.path(), Some(run)).unwrap_err();
    assert_eq!(fault, Fault::UnknownRun(run));
}

#[test]
fn the_list_names_runs_newest_first_with_what_became_of_them() {
    let fixture = Fixture::new();
    assert_eq!(list(&fixture.state, 7).unwrap(), []);
    fixture.home.write("a", "one two three");
    let first = plan_of([fixture.cut("a", "one ")]);
    fixture.execute(&first);
    let second = plan_of([fixture.cut("a", "two ")]);
    fixture.execute(&second);
    fixture.undo();
    let _held_by_another = fixture.open();
    let runs = list(&fixture.state, 7).unwrap();
    let shown: Vec<_> = runs
        .iter()
        .map(|run| (run.run, run.changes, run.undone, run.until.to_string()))
        .collect();
    let until = "2026-11-30T08:00:00Z".to_owned();
    assert_eq!(
        shown,
        [
            (second.run, 1, true, until.clone()),
            (first.run, 1, false, until)
        ]
    );
    assert_eq!(runs[0].changed, [Changed::File("a".into())]);
}
