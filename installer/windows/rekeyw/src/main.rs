//! `rekeyw.exe`: what the logon task starts. It runs the `rekey.exe` beside it as `rekey run --unattended`.
//!
//! Task Scheduler opens a console window for a console program that it starts in a person's session; this one
//! has none, and gives its child none. It takes no arguments, so that it can be used for nothing else.

#![cfg_attr(windows, windows_subsystem = "windows")]

use rekey::platform::launcher::rekey_beside;

/// What Task Scheduler shows where rekey did not start: "the run failed", as rekey says it itself.
const FAILED: i32 = 3;

#[allow(
    clippy::exit,
    reason = "an exit code of Windows has 32 bits, and a crash is told by all of them"
)]
fn main() {
    let code = std::env::current_exe()
        .map_err(|error| error.to_string())
        .and_then(|program| rekey_beside(&program, &["run", "--unattended"]));
    // Without a window nobody can be told why; the code stands in the task's history.
    std::process::exit(code.unwrap_or(FAILED))
}
