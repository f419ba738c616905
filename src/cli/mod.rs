//! The command line: what can be typed, and what each command does.

mod accept;
mod args;
mod ask;
mod central;
mod changes;
mod charset;
mod clean;
mod fault;
mod find;
mod guide;
mod job;
mod machine;
mod notice;
mod print;
mod renew;
mod report;
mod run;
mod scan;
mod scope;
mod secret_file;
mod service;
mod session;
mod show;
mod status;
mod undo;
mod upkeep;

use clap::Parser as _;

use crate::platform::politeness;
use crate::state::StateFolder;
use crate::state::log::{self, LogGuard};
use args::{Arguments, Central, Command, Common};
use fault::{Exit, Fault};
use session::{Session, Typed};

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
            let _ = writeln!(charset::stderr(), "{word}: {fault}");
            fault.exit as u8
        }
    }
}

fn dispatch(arguments: &Arguments) -> Result<Exit, Fault> {
    if let Some(command) = &arguments.command {
        refuse_wrong_words(command)?;
        if is_unattended(command) {
            politeness::stand_back();
        }
    }
    let here = Central::default();
    let here = Typed {
        central: &here,
        deep: None,
        verify: false,
    };
    let work = |typed: &Typed<'_>| Work::begin(&arguments.common, typed);
    let look = || Session::open(&arguments.common, &here);
    match &arguments.command {
        None => print::welcome(&work(&here)?.session),
        Some(Command::Scan {
            places,
            reading,
            verifying,
            all,
            sarif,
        }) => {
            let typed = Typed {
                deep: reading.deep,
                verify: verifying.verify,
                ..here
            };
            scan::scan(&work(&typed)?.session, places, *all, *sarif)
        }
        Some(Command::Accept {
            id,
            reason,
            until,
            withdraw,
            reading,
        }) => {
            let typed = Typed {
                deep: reading.deep,
                ..here
            };
            let Some(id) = id else {
                return accept::list(&work(&typed)?.session);
            };
            let word = accept::read_word(id, reason.as_deref(), until.as_deref())?;
            let session = &work(&typed)?.session;
            if *withdraw {
                accept::withdraw(session, &word)
            } else {
                accept::accept(session, &word)
            }
        }
        Some(Command::Clean { places, consent }) => {
            clean::clean(&work(&here)?.session, places, consent)
        }
        Some(Command::Guide { typed }) => match &typed.symptom {
            // Nothing is looked at or kept for it.
            Some(text) => guide::symptom(&look()?, text),
            None => guide::guide(&work(&here)?.session, typed),
        },
        Some(Command::Undo { list: true, .. }) => undo::list(&work(&here)?.session),
        Some(Command::Undo { purge: true, .. }) => undo::purge(&work(&here)?.session),
        Some(Command::Undo { run, .. }) => undo::undo(&work(&here)?.session, run.as_deref()),
        Some(Command::Status { detect: true }) => {
            status::detect(session::platform_of(&arguments.common)?.as_ref())
        }
        Some(Command::Status { .. }) => status::status(&look()?),
        Some(Command::Completions { shell }) => print::completions(*shell),
        Some(Command::Man) => print::man(),
        Some(Command::Run {
            places,
            reading,
            verifying,
            consent,
            central,
        }) => {
            let typed = Typed {
                central,
                deep: reading.deep,
                verify: verifying.verify,
            };
            run::run(&work(&typed)?.session, places, consent)
        }
        Some(Command::Report { send, central }) => {
            let typed = Typed { central, ..here };
            report::report(&work(&typed)?.session, *send)
        }
        Some(Command::Enroll {
            central,
            secret_file,
        }) => {
            let typed = Typed { central, ..here };
            report::enroll(&work(&typed)?.session, secret_file.as_deref())
        }
    }
}

/// Nobody waits for it, and somebody may be at work beside it.
fn is_unattended(command: &Command) -> bool {
    match command {
        Command::Run { consent, .. } | Command::Clean { consent, .. } => consent.unattended,
        _ => false,
    }
}

/// What the parser cannot know, before anything is written: a log too would be something done.
fn refuse_wrong_words(command: &Command) -> Result<(), Fault> {
    match command {
        Command::Scan { places, .. } => find::check_places(places),
        Command::Clean { places, consent }
        | Command::Run {
            places, consent, ..
        } => find::check_places(places).and_then(|()| job::check_consent(consent)),
        Command::Guide { typed } => guide::check(typed),
        Command::Undo { run: Some(run), .. } => undo::read_run(run).map(drop),
        Command::Accept {
            id: Some(id),
            reason,
            until,
            ..
        } => accept::read_word(id, reason.as_deref(), until.as_deref()).map(drop),
        _ => Ok(()),
    }
}

/// A command that looks at the home or changes it: only in one's own, and with a log.
struct Work {
    session: Session,
    _log: Option<LogGuard>,
}

impl Work {
    fn begin(common: &Common, typed: &Typed<'_>) -> Result<Self, Fault> {
        let session = Session::open(common, typed)?;
        session.refuse_other_homes()?;
        let log = StateFolder::open(&session.platform.folders().state)
            .and_then(|state| log::start(&state, session.now));
        // A backup on a read-only disk can be looked at all the same.
        let log = log.map_err(|fault| session.warn(fault)).ok();
        if log.is_some() {
            upkeep::purge(&session);
        }
        Ok(Self { session, _log: log })
    }
}
