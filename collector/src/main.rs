//! The central endpoint of rekey. Everything is in the library, so that tests can start the real server.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Reading a report takes hundreds of small pieces of memory, in threads that hand them to one another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    rekey_collector::command::main()
}
