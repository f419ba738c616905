//! A home with the environment of a session, where nothing is held back as with `--home`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::platform::{Folders, Hermetic, Platform, System};
use crate::stores::{Found, Store};
use crate::testing::{TestHome, find_on, scope};
use crate::walk::Walk;

/// A session in a home.
pub(super) struct Session {
    home: Hermetic,
    variables: Vec<(&'static str, OsString)>,
    person: String,
}

impl Session {
    pub(super) fn new(home: &Path, variables: &[(&'static str, OsString)]) -> Self {
        Self {
            home: Hermetic::new(System::THIS, home),
            variables: variables.to_vec(),
            person: signed_in(),
        }
    }
}

impl Platform for Session {
    fn system(&self) -> System {
        self.home.system()
    }

    fn folders(&self) -> &Folders {
        self.home.folders()
    }

    fn hermetic(&self) -> bool {
        false
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        let mut variables = self.variables.iter();
        variables
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        Vec::new()
    }

    fn may_change_home(&self) -> Result<(), String> {
        self.home.may_change_home()
    }

    fn person(&self) -> String {
        self.person.clone()
    }

    fn version(&self) -> Option<String> {
        None
    }
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
    let session = Session::new(&path, variables);
    find_on(store, &scope(&["contoso"]), &session, &path, &projects)
}
