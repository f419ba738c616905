//! Values of the registry, one by one.

use super::*;
use crate::platform::registry::VARIABLES;

const ENTRY: &str = r"Software\contoso\entry";

fn put(fixture: &Fixture, key: &str, name: &str, data: RegistryData) {
    fixture
        .registry
        .put(&RegistryKey::of_person(key), name, data);
}

fn text(word: &str) -> RegistryData {
    RegistryData::text(word)
}

#[test]
fn a_value_comes_back_with_its_type_and_programs_are_told_of_variables() {
    let fixture = Fixture::new();
    put(
        &fixture,
        VARIABLES,
        "AZDO_PAT",
        RegistryData::expanded("%A%"),
    );
    put(&fixture, VARIABLES, "OTHER", text("stays"));
    let before = fixture.registry.all();
    let plan = plan_of([fixture.delete_values(VARIABLES, &["AZDO_PAT"])]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.registry.all().len(), 1);
    assert_eq!(fixture.registry.inside(|inside| inside.announced), 1);
    let again = plan_of([plan.edits[0].change.clone()]);
    assert_eq!(
        states(&fixture.execute(&again)),
        [OutcomeState::AlreadyDone]
    );
    assert_eq!(fixture.registry.inside(|inside| inside.announced), 1);
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Restored]);
    assert_eq!(fixture.registry.all(), before);
    assert_eq!(fixture.registry.inside(|inside| inside.announced), 2);
}

#[test]
fn a_key_goes_with_its_last_value_and_comes_back_with_its_first() {
    let fixture = Fixture::new();
    for name in ["Token", "Url"] {
        put(&fixture, ENTRY, name, text(name));
        put(&fixture, r"Software\contoso\other", name, text(name));
    }
    put(&fixture, r"Software\contoso\other", "More", text("stays"));
    let before = fixture.registry.all();
    let plan = plan_of([
        fixture.delete_values(ENTRY, &["Token", "Url"]),
        fixture.delete_values(r"Software\contoso\other", &["Token", "Url"]),
    ]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done; 2]);
    let keys = fixture.registry.inside(|inside| inside.keys.len());
    assert_eq!(keys, 1);
    assert_eq!(fixture.registry.inside(|inside| inside.announced), 0);
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Restored; 4]);
    assert_eq!(fixture.registry.all(), before);
}

#[test]
fn parts_of_one_value_are_cut_in_one_step() {
    let fixture = Fixture::new();
    put(&fixture, VARIABLES, "URL", text("one two three"));
    let plan = plan_of([
        fixture.cut_value(VARIABLES, "URL", 0..4),
        fixture.cut_value(VARIABLES, "URL", 8..13),
    ]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done; 2]);
    assert_eq!(fixture.registry.all()[0].2, text("two "));
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Restored]);
}

#[test]
fn a_value_that_changed_is_left_alone_by_runs_and_undos() {
    let fixture = Fixture::new();
    put(&fixture, VARIABLES, "AZDO_PAT", text("old"));
    let plan = plan_of([fixture.delete_values(VARIABLES, &["AZDO_PAT"])]);
    // The same bytes of another type are another value.
    put(
        &fixture,
        VARIABLES,
        "AZDO_PAT",
        RegistryData::expanded("old"),
    );
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert!(fixture.runs().is_empty());
    put(&fixture, VARIABLES, "AZDO_PAT", text("old"));
    fixture.execute(&plan_of([plan.edits[0].change.clone()]));
    put(&fixture, VARIABLES, "AZDO_PAT", text("new"));
    assert_eq!(undone_states(&fixture.undo()), [UndoneState::Refused]);
    assert_eq!(fixture.registry.all()[0].2, text("new"));
}

#[test]
fn what_windows_refuses_is_said_and_nothing_is_kept() {
    let fixture = Fixture::new();
    put(&fixture, VARIABLES, "AZDO_PAT", text("old"));
    let plan = plan_of([fixture.delete_values(VARIABLES, &["AZDO_PAT"])]);
    fixture.registry.inside(|inside| inside.read_only = true);
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert_eq!(reason(&outcomes[0]), "nothing can be changed");
    assert!(fixture.runs().is_empty());
}

#[test]
fn the_copy_of_a_value_is_purged_with_its_run() {
    let fixture = Fixture::new();
    put(&fixture, VARIABLES, "AZDO_PAT", text("old"));
    fixture.execute(&plan_of([fixture.delete_values(VARIABLES, &["AZDO_PAT"])]));
    let run = fixture.runs().pop().unwrap();
    let names = names(&fixture.state.join("runs").join(run));
    assert_eq!(names, ["1.content", "journal.jsonl"]);
    super::super::purge_all(&fixture.open()).unwrap();
    assert!(fixture.runs().is_empty());
}
