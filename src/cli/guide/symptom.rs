//! `rekey guide --symptom`: what a message means, and what mends it.

use std::io::{IsTerminal as _, Read as _};

use serde::Serialize;

use crate::cli::fault::{Exit, Fault};
use crate::cli::session::Session;
use crate::cli::show::{BOLD, CYAN, styled};
use crate::guide::{SYMPTOMS, Symptom, symptoms, wrapped};
use crate::model::StepId;

/// No message is longer, in bytes.
const LONGEST: u64 = 1024 * 1024;

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    symptoms: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    message: &'static str,
    cause: &'static str,
    /// The step that mends it; null where it is the administrator's to mend.
    step: Option<StepId>,
    cure: &'static str,
    command: Option<String>,
}

/// Tells the causes of a message, which is standard input where the text is `-`. The message itself is not shown again: it
/// may hold an address with a token.
pub(in crate::cli) fn symptom(session: &Session, text: &str) -> Result<Exit, Fault> {
    let piped;
    let text = if text == "-" {
        piped = read_input(session)?;
        &piped
    } else {
        text
    };
    let found = symptoms(text);
    let exit = if found.is_empty() {
        Exit::Remains
    } else {
        Exit::Done
    };
    if session.json {
        let told = found.iter().map(|symptom| Told {
            message: symptom.message,
            cause: symptom.cause,
            step: symptom.step,
            cure: symptom.cure,
            command: symptom.command(),
        });
        session.print_json(&Answer {
            schema: "rekey.symptom/1",
            symptoms: told.collect(),
        })?;
        return Ok(exit);
    }
    let width = usize::from(session.layout.width);
    if found.is_empty() {
        let mut text = "rekey knows none of its messages. It knows these:\n\n".to_owned();
        for known in SYMPTOMS {
            text.push_str(&hanging(known.message, width));
        }
        session.print(&text)?;
    }
    let told: Vec<String> = found.iter().map(|symptom| tell(symptom, width)).collect();
    session.print(&told.join("\n"))?;
    Ok(exit)
}

fn tell(symptom: &Symptom, width: usize) -> String {
    let mut text = String::new();
    for line in wrapped(symptom.message, width) {
        text.push_str(&format!("{}\n", styled(BOLD, line)));
    }
    text.push_str(&hanging(symptom.cause, width));
    text.push_str(&hanging(symptom.cure, width));
    if let Some(command) = symptom.command() {
        text.push_str(&format!("  Type: {}\n", styled(CYAN, command)));
    }
    text
}

fn hanging(sentence: &str, width: usize) -> String {
    let lines = wrapped(sentence, width.saturating_sub(4));
    let lines = lines.iter().enumerate().map(|(number, line)| {
        let mark = if number == 0 { '-' } else { ' ' };
        format!("  {mark} {line}\n")
    });
    lines.collect()
}

fn read_input(session: &Session) -> Result<String, Fault> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        session.say("Paste the message, then end it with Ctrl-D (on Windows Ctrl-Z and Enter).");
    }
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| Fault::failed(format!("--symptom -: it cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
