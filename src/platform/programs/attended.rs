//! Programs that talk with the person on their own terminal, such as one that asks for a passphrase: rekey never sees it.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use super::ProgramFault;

/// Starts it with the person's terminal and waits for its end, however long the person takes; true where it succeeded.
#[allow(
    clippy::disallowed_methods,
    reason = "this is where programs are started"
)]
pub(super) fn attend(
    program: &Path,
    arguments: &[&OsStr],
    environment: &[(OsString, OsString)],
    folder: &Path,
) -> Result<bool, ProgramFault> {
    let status = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::inherit())
        // What it says is for the person: data of rekey's stays alone on standard output.
        .stdout(Stdio::from(std::io::stderr()))
        .stderr(Stdio::inherit())
        .status();
    status
        .map(|status| status.success())
        .map_err(|error| ProgramFault::NoStart(error.to_string()))
}
