//! The central endpoint of rekey. Everything is in the library, so that tests can start the real server.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    rekey_collector::command::main()
}
