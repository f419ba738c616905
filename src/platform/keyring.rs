//! Whether the person's keyring is open, so that a program that looks into it cannot make it ask.

use std::time::Duration;

use super::Programs;
use super::programs::Call;

impl Programs {
    /// `None` where that cannot be told. Nothing is started that was not running (org.freedesktop.secrets,
    /// `Collection.Locked`).
    pub fn keyring_is_open(&self) -> Option<bool> {
        let program = self.find("busctl")?;
        let arguments = [
            "--user",
            "--auto-start=no",
            "--timeout=2",
            "get-property",
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets/aliases/default",
            "org.freedesktop.Secret.Collection",
            "Locked",
        ];
        let said = self.run(&Call {
            program: &program,
            arguments: &arguments.map(AsRef::as_ref),
            input: b"",
            limit: Duration::from_secs(5),
            most: 1_000,
        });
        match said.ok()?.output.expose().trim() {
            "b false" => Some(true),
            "b true" => Some(false),
            _ => None,
        }
    }
}
