//! What only Windows' files are and do, from edit to undo.

use std::fs::OpenOptions;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::*;
use crate::edit::recover;
use crate::platform::files::halfway;

/// Read-only and hidden.
const FLAGS: u32 = 0x1 | 0x2;

fn set_flags(path: &Path) {
    let attrib = std::process::Command::new("attrib")
        .arg("+h")
        .arg(path)
        .status();
    assert!(attrib.unwrap().success());
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(path, permissions).unwrap();
}

fn flags(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().file_attributes() & FLAGS
}

#[test]
fn two_spellings_of_a_file_are_one_replacement() {
    let fixture = Fixture::new();
    fixture.home.write("deep/Settings", "one two three");
    let first = fixture.cut("deep/Settings", "one ");
    let second = fixture.cut("DEEP/settings", "two ");
    let outcomes = fixture.execute(&plan_of([first, second]));
    assert_eq!(states(&outcomes), [OutcomeState::Done; 2]);
    assert_eq!(fixture.text("deep/Settings").unwrap(), "three");
    assert_eq!(fixture.names("deep"), ["Settings"]);
    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.text("deep/Settings").unwrap(), "one two three");
}

#[test]
fn a_file_that_a_program_holds_is_said_and_the_others_go_on() {
    let fixture = Fixture::new();
    let held = fixture.home.write("held", "a secret");
    fixture.home.write("free", "a secret");
    let plan = plan_of([fixture.cut("held", "a "), fixture.cut("free", "a ")]);
    let open = OpenOptions::new()
        .read(true)
        .share_mode(0)
        .open(held)
        .unwrap();
    let outcomes = fixture.execute(&plan);
    assert_eq!(
        states(&outcomes),
        [OutcomeState::Failed, OutcomeState::Done]
    );
    assert!(reason(&outcomes[0]).ends_with("close it, then run rekey again"));
    drop(open);
    assert_eq!(fixture.text("held").unwrap(), "a secret");
    assert_eq!(states(&fixture.execute(&plan))[0], OutcomeState::Done);
}

#[test]
fn flags_and_times_stay_through_edit_deletion_and_undo() {
    let fixture = Fixture::new();
    let edited = fixture.home.write("edited", "old new");
    let deleted = fixture.home.write("deleted", "old");
    set_flags(&edited);
    set_flags(&deleted);
    let before = [&edited, &deleted].map(|path| std::fs::metadata(path).unwrap());
    let plan = plan_of([fixture.cut("edited", "old "), fixture.delete("deleted")]);
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Done; 2]);
    assert_eq!(flags(&edited), FLAGS);
    assert!(!deleted.exists());
    assert!(fixture.undo().is_complete());
    for (path, before) in [&edited, &deleted].into_iter().zip(before) {
        let now = std::fs::metadata(path).unwrap();
        assert_eq!(flags(path), FLAGS, "{}", path.display());
        assert_eq!(now.last_write_time(), before.last_write_time());
    }
}

#[test]
fn a_hard_linked_file_is_not_claimed_removed() {
    let fixture = Fixture::new();
    let path = fixture.home.write("one", "a secret");
    std::fs::hard_link(&path, fixture.path("two")).unwrap();
    let outcomes = fixture.execute(&plan_of([fixture.cut("one", "a ")]));
    assert_eq!(states(&outcomes), [OutcomeState::Pending]);
    assert!(reason(&outcomes[0]).contains("another name"));
}

#[test]
fn a_file_in_a_very_deep_folder_is_edited_and_given_back() {
    let fixture = Fixture::new();
    let deep = format!("{}/file", ["x".repeat(90).as_str(); 4].join("/"));
    fixture.home.write(&deep, "old new");
    let outcomes = fixture.execute(&plan_of([fixture.cut(&deep, "old ")]));
    assert_eq!(states(&outcomes), [OutcomeState::Done], "{outcomes:?}");
    assert_eq!(fixture.text(&deep).unwrap(), "new");
    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.text(&deep).unwrap(), "old new");
}

#[test]
fn a_replacement_that_the_system_leaves_halfway_is_finished_by_the_next_command() {
    let fixture = Fixture::new();
    let path = fixture.home.write("edited", "old new");
    set_flags(&path);
    let plan = plan_of([fixture.cut("edited", "old ")]);
    halfway::next();
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Failed]);
    assert_eq!(fixture.text("edited"), None);
    // A scanner looks at the new file first.
    let waiting = fixture.names("").into_iter();
    let mut waiting = waiting.filter(|name| name.starts_with(".rekey-"));
    let waiting = fixture.path(&waiting.next().unwrap());
    let mut options = OpenOptions::new();
    let held = options.read(true).share_mode(0).open(waiting).unwrap();
    let home = fixture.home.path();
    assert_eq!(recover(&fixture.open(), &home).unwrap().unresolved.len(), 1);
    drop(held);
    assert_eq!(recover(&fixture.open(), &home).unwrap().finished, 1);
    assert_eq!(fixture.text("edited").unwrap(), "new");
    assert_eq!(flags(&path), FLAGS);
    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.text("edited").unwrap(), "old new");
}

#[test]
fn an_undo_that_the_system_leaves_halfway_is_finished_by_the_next() {
    let fixture = Fixture::new();
    fixture.home.write("edited", "old new");
    fixture.execute(&plan_of([fixture.cut("edited", "old ")]));
    halfway::next();
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Failed]);
    assert_eq!(fixture.text("edited"), None);
    assert!(fixture.undo().is_complete());
    assert_eq!(fixture.text("edited").unwrap(), "old new");
    assert_eq!(fixture.names("").len(), 2, "{:?}", fixture.names(""));
}
