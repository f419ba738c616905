//! The `rekey` agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    rekey::platform::core_dumps::refuse();
    rekey::platform::politeness::fetch_nothing();
    ExitCode::from(rekey::cli::run())
}
