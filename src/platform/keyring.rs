//! Whether the person's keyring is open, so that a program that looks into it cannot make it ask.

use std::time::Duration;

use super::Programs;
use super::programs::Call;

impl Programs {
    /// `None` where that cannot be told. Nothing is started that was not running (org.freedesktop.secrets,
    /// `Collection.Locked`).
    pub fn keyring_is_open(&self) -> Option<bool> {
        // Asking for a property would start a keyring where none runs.
        let runs = self.bus(&[
            "call",
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "NameHasOwner",
            "s",
            "org.freedesktop.secrets",
        ]);
        if !runs? {
            return None;
        }
        let locked = self.bus(&[
            "get-property",
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets/aliases/default",
            "org.freedesktop.Secret.Collection",
            "Locked",
        ]);
        locked.map(|locked| !locked)
    }

    /// What the session's bus answers with yes or no (busctl(1)).
    fn bus(&self, question: &[&str]) -> Option<bool> {
        let program = self.find("busctl")?;
        let options = ["--user", "--auto-start=no", "--timeout=2"];
        let arguments: Vec<_> = options.iter().chain(question).map(AsRef::as_ref).collect();
        let said = self.run(&Call {
            program: &program,
            arguments: &arguments,
            input: b"",
            limit: Duration::from_secs(5),
            most: 1_000,
        });
        match said.ok()?.output.expose().trim() {
            "b true" => Some(true),
            "b false" => Some(false),
            _ => None,
        }
    }
}
