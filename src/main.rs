//! The `rekey` agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rekey::cli::run())
}
