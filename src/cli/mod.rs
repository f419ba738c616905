//! The command line: what can be typed, and what each command does.

mod args;
mod fault;
mod find;
mod machine;
mod scan;
mod scope;
mod session;
mod show;

use clap::Parser as _;

use args::{Arguments, Central, Command};
use fault::{Exit, Fault};
use session::Session;

/// Runs the command that was typed and answers with its exit code.
pub fn run() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Wrong } else { Exit::Done };
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
    let common = &arguments.common;
    let open = |central: &Central| Session::open(common, central);
    match &arguments.command {
        Some(Command::Scan { places, all }) => scan::scan(&open(&Central::default())?, places, *all),
        _ => Err(Fault::wrong("not built")),
    }
}
