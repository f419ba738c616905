//! A home with the environment of a session, where nothing is held back as with `--home`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::stores::{Found, Store};
use crate::testing::{Pretended, TestHome, find_on, scope};
use crate::walk::Walk;

/// The home in a session with these variables.
pub(super) fn session(home: &Path, variables: &[(&'static str, OsString)]) -> Pretended {
    let session = Pretended::session(home).with_person(signed_in());
    variables
        .iter()
        .fold(session, |session, (name, value)| session.with(name, value))
}

/// Who runs the tests, as ssh knows them.
fn signed_in() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What a store finds in a session, after a real walk.
pub(super) fn find(
    home: &TestHome,
    store: &dyn Store,
    variables: &[(&'static str, OsString)],
) -> Found {
    let path = home.path();
    let walk = Walk {
        roots: vec![path.clone()],
        ..Walk::default()
    };
    let projects = walk.run(&|_| ());
    let session = session(&path, variables);
    find_on(store, &scope(&["contoso"]), &session, &path, &projects)
}
