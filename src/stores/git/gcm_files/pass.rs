//! Entries of `pass`: decrypted where the person's agent does so without a question (pass(1), gpg(1)).

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::Secret;
use crate::platform::programs::Call;
use crate::platform::{Platform, Programs};

/// How long one entry may take; a smart card waits for a touch.
const LIMIT: Duration = Duration::from_secs(5);
/// How much an entry may hold.
const MOST: usize = 64 * 1024;
/// After how many entries that stayed closed the others are not tried.
const FAILURES: u32 = 3;

/// Nothing here asks, starts an agent, fetches a key or writes a file.
const ARGUMENTS: &[&str] = &[
    "--batch",
    "--no-tty",
    "--quiet",
    "--pinentry-mode",
    "error",
    "--no-autostart",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-random-seed-file",
    "--trust-model",
    "always",
    "--decrypt",
];

/// Opens entries for as long as there is hope.
pub(super) struct Opener {
    gpg: Option<(Programs, PathBuf)>,
    failures: Cell<u32>,
}

/// What came of an entry.
pub(super) enum Opened {
    /// What it holds.
    Open(Secret),
    /// It stays closed; what to do about it.
    Locked(&'static str),
    /// Nothing was tried: only a home is looked at.
    NotTried,
}

impl Opener {
    pub(super) fn new(platform: &dyn Platform) -> Self {
        let keys = platform.variable("GNUPGHOME").map(PathBuf::from);
        let keys = keys.unwrap_or_else(|| platform.home().join(".gnupg"));
        // gpg makes the folder where there is none.
        let programs = platform.programs().filter(|_| keys.is_dir());
        Self {
            gpg: programs.and_then(|programs| {
                let gpg = programs.find("gpg").or_else(|| programs.find("gpg2"))?;
                Some((programs, gpg))
            }),
            failures: Cell::new(0),
        }
    }

    pub(super) fn open(&self, platform: &dyn Platform, bytes: &[u8]) -> Opened {
        if platform.hermetic() {
            return Opened::NotTried;
        }
        let Some((programs, gpg)) = &self.gpg else {
            return Opened::Locked("gpg or its keys are not found: it is judged by its time alone");
        };
        if self.failures.get() < FAILURES {
            let arguments: Vec<_> = ARGUMENTS.iter().map(AsRef::as_ref).collect();
            let said = programs.run(&Call {
                program: gpg,
                arguments: &arguments,
                input: bytes,
                limit: LIMIT,
                most: MOST,
            });
            match said {
                Ok(said) if said.success && !said.output.expose().is_empty() => {
                    self.failures.set(0);
                    return Opened::Open(said.output);
                }
                Ok(_) => self.failures.set(self.failures.get() + 1),
                // Whoever waits once, for a card or a person, waits every time.
                Err(_) => self.failures.set(FAILURES),
            }
        }
        Opened::Locked(
            "gpg does not open it without asking: run pass show on it once, then rekey again",
        )
    }
}
