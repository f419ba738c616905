//! What is kept for undoing, for how long, and who may look at it.

use jiff::SignedDuration;

use super::{Fixture, plan_of, time};
use crate::edit::{list, purge, purge_all};

#[test]
fn what_is_due_goes_and_what_is_not_stays() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    fixture.execute(&plan);
    let state = fixture.open();
    let almost = time() + SignedDuration::from_hours(7 * 24 - 1);
    assert!(purge(&state, almost, 7).unwrap().runs.is_empty());
    let due = time() + SignedDuration::from_hours(7 * 24);
    assert_eq!(purge(&state, due, 7).unwrap().runs, [plan.run]);
    assert!(fixture.runs().is_empty());
    assert_eq!(fixture.text("a").unwrap(), "new");
}

#[test]
fn keeping_nothing_leaves_nothing_after_the_run() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    fixture.execute_keeping(&plan_of([fixture.cut("a", "old ")]), 0);
    assert_eq!(fixture.text("a").unwrap(), "new");
    assert!(fixture.runs().is_empty());
    assert_eq!(list(&fixture.state, 0).unwrap(), []);
    assert_eq!(fixture.undo().run, None);
}

#[test]
fn purging_leaves_what_rekey_did_not_put_there() {
    let fixture = Fixture::new();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    fixture.execute(&plan);
    let folder = format!(".local/state/rekey/runs/{}", plan.run);
    fixture.home.write(&format!("{folder}/notes.txt"), "mine");
    fixture
        .home
        .write(".local/state/rekey/runs/other/x", "mine");
    let purged = purge_all(&fixture.open()).unwrap();
    assert_eq!((purged.runs.len(), purged.left), (0, vec![plan.run]));
    assert_eq!(fixture.names(&folder), ["notes.txt"]);
    assert_eq!(fixture.names(".local/state/rekey/runs/other"), ["x"]);
}

#[test]
fn the_journal_holds_no_content_of_a_file() {
    let fixture = Fixture::new();
    let token = crate::testing::pat84('A', 'A', 1);
    let secret = if token.is_empty() { "hunter2" } else { &token };
    fixture.home.write("a", format!("pw={secret}\nnew"));
    let plan = plan_of([fixture.cut("a", secret)]);
    fixture.execute(&plan);
    let folder = fixture.state.join(format!("runs/{}", plan.run));
    for name in super::names(&folder) {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert_eq!(text.contains(secret), name == "1.content", "{name}");
    }
}

// Not on Windows: modes; access lists are looked at in `platform/files/windows`.
#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_the_state_folder() {
    use std::os::unix::fs::PermissionsExt as _;

    let fixture = Fixture::new();
    std::fs::create_dir_all(&fixture.state).unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&fixture.state, open).unwrap();
    fixture.home.write("a", "old new");
    let plan = plan_of([fixture.cut("a", "old ")]);
    fixture.execute(&plan);
    let mode = |path: &std::path::Path| {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        mode & 0o777
    };
    let run = fixture.state.join(format!("runs/{}", plan.run));
    for folder in [&fixture.state, &fixture.state.join("runs"), &run] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(
        super::names(&run),
        ["1.attributes.json", "1.content", "journal.jsonl"]
    );
    for name in super::names(&run) {
        assert_eq!(mode(&run.join(&name)), 0o600, "{name}");
    }
    assert_eq!(mode(&fixture.state.join("lock")), 0o600);
}
