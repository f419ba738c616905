//! What is put in: a file that was not there, an entry of a vault.

use super::{Fixture, plan_of, reason, states, undone_states};
use crate::edit::UndoneState;
use crate::model::{Change, OutcomeState, VaultSecret};
use crate::platform::vault::memory::RING;

#[test]
fn a_file_is_made_for_the_person_alone_and_taken_away_again() {
    let fixture = Fixture::new();
    fixture.home.write("folder/other", "stays");
    let plan = plan_of([fixture.create("folder/made", "a token")]);
    assert_eq!(states(&fixture.execute(&plan)), [OutcomeState::Done]);
    assert_eq!(fixture.text("folder/made").unwrap(), "a token");
    assert_eq!(fixture.names("folder"), ["made", "other"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fixture.path("folder/made").metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Restored]);
    assert_eq!(fixture.names("folder"), ["other"]);
}

#[test]
fn what_stands_there_by_now_stays() {
    let fixture = Fixture::new();
    fixture.home.write("made", "somebody's");
    let outcomes = fixture.execute(&plan_of([fixture.create("made", "a token")]));
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert_eq!(fixture.text("made").unwrap(), "somebody's");

    fixture.home.write("same", "a token");
    let outcomes = fixture.execute(&plan_of([fixture.create("same", "a token")]));
    assert_eq!(states(&outcomes), [OutcomeState::AlreadyDone]);
    assert_eq!(fixture.undo().run, None);
}

#[test]
fn a_file_that_changed_since_it_was_made_stays() {
    let fixture = Fixture::new();
    fixture.execute(&plan_of([fixture.create("made", "a token")]));
    fixture.home.write("made", "a token and more");
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert_eq!(fixture.text("made").unwrap(), "a token and more");
}

#[test]
fn a_file_without_its_folder_is_not_made() {
    let fixture = Fixture::new();
    let outcomes = fixture.execute(&plan_of([fixture.create("folder/made", "a token")]));
    assert_eq!(states(&outcomes), [OutcomeState::Failed]);
    assert_eq!(reason(&outcomes[0]), "its folder is gone");
}

const GCM: [(&str, &str); 2] = [
    ("service", "git:https://dev.azure.com/contoso"),
    ("account", "dev@contoso.com"),
];

fn put(secret: &str) -> Change {
    Change::PutVaultEntry {
        ring: RING.to_owned(),
        label: "Git".to_owned(),
        attributes: GCM
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        secret: VaultSecret::new(secret.into(), "text/plain"),
        kept: true,
    }
}

fn held(fixture: &Fixture) -> Vec<String> {
    let others = fixture.vault.others().into_iter();
    others.map(|(_, _, secret)| secret).collect()
}

#[test]
fn an_entry_takes_the_place_of_another_and_gives_it_back() {
    let fixture = Fixture::new();
    let entry = fixture.vault.add(&GCM, "old");
    let plan = plan_of([fixture.delete_entry(&entry), put("new")]);
    let outcomes = fixture.execute(&plan);
    assert_eq!(states(&outcomes), [OutcomeState::Done; 2]);
    assert_eq!(held(&fixture), ["new"]);
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Restored; 2]);
    assert_eq!(held(&fixture), ["old"]);
}

#[test]
fn the_new_secret_is_kept_nowhere() {
    let fixture = Fixture::new();
    fixture.execute(&plan_of([put("new-secret")]));
    let run = fixture.state.join("runs").join(&fixture.runs()[0]);
    for name in super::names(&run) {
        let bytes = std::fs::read(run.join(&name)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("new-secret"));
    }
}

#[test]
fn an_entry_is_put_beside_none_of_its_name() {
    let fixture = Fixture::new();
    fixture.vault.add(&GCM, "somebody's");
    let outcomes = fixture.execute(&plan_of([put("new")]));
    assert_eq!(states(&outcomes), [OutcomeState::ChangedMeanwhile]);
    assert_eq!(held(&fixture), ["somebody's"]);
}

#[test]
fn an_entry_that_changed_since_it_was_put_stays() {
    let fixture = Fixture::new();
    fixture.execute(&plan_of([put("new")]));
    let other = VaultSecret::new("newer".into(), "text/plain");
    fixture.vault.inside(|inside| {
        for (entry, secret) in &mut inside.entries {
            if entry.attributes.len() == GCM.len() && entry.attributes["service"] == GCM[0].1 {
                *secret = other.clone();
            }
        }
    });
    let undone = fixture.undo();
    assert_eq!(undone_states(&undone), [UndoneState::Refused]);
    assert_eq!(held(&fixture), ["newer"]);
}
