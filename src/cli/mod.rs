//! The command line: what can be typed, and what each command does.

mod args;
mod ask;
mod clean;
mod fault;
mod find;
mod guide;
mod job;
mod machine;
mod print;
mod scan;
mod scope;
mod session;
mod show;
mod status;
mod undo;
mod upkeep;

use clap::Parser as _;

use args::{Arguments, Central, Command};
use fault::{Exit, Fault};
use session::Session;

/// Runs the command that was typed and answers with its exit code.
pub fn run() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::Wrong
            } else {
                Exit::Done
            };
            // Help that nobody can read is no error of rekey's.
            let _ = error.print();
            return exit as u8;
        }
    };
    match dispatch(&arguments) {
        Ok(exit) => exit as u8,
        Err(fault) => {
            use std::io::Write as _;
            let word = show::styled(show::RED, "error");
            let _ = writeln!(anstream::stderr(), "{word}: {fault}");
            fault.exit as u8
        }
    }
}

fn dispatch(arguments: &Arguments) -> Result<Exit, Fault> {
    let here = Central::default();
    let open = |central: &Central| Session::open(&arguments.common, central);
    match &arguments.command {
        None => print::welcome(&open(&here)?),
        Some(Command::Scan { places, all }) => scan::scan(&open(&here)?, places, *all),
        Some(Command::Clean { places, consent }) => clean::clean(&open(&here)?, places, consent),
        Some(Command::Guide { step }) => guide::guide(&open(&here)?, step.as_deref()),
        Some(Command::Undo { list: true, .. }) => undo::list(&open(&here)?),
        Some(Command::Undo { purge: true, .. }) => undo::purge(&open(&here)?),
        Some(Command::Undo { run, .. }) => undo::undo(&open(&here)?, run.as_deref()),
        Some(Command::Status { detect: true }) => status::detect(&open(&here)?),
        Some(Command::Status { .. }) => status::status(&open(&here)?),
        Some(Command::Completions { shell }) => print::completions(*shell),
        Some(Command::Man) => print::man(),
        Some(Command::Run { .. } | Command::Report { .. } | Command::Enroll { .. }) => {
            Err(Fault::wrong("not built"))
        }
    }
}
