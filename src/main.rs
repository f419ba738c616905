//! The `rekey` agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    rekey::platform::core_dumps::refuse();
    ExitCode::from(rekey::cli::run())
}
