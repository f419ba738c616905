//! Asking the person.

use inquire::{InquireError, Select};

/// Asks one question at a time.
pub trait Prompt {
    /// The index of the choice that the person made.
    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, Stopped>;
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Escape or Ctrl-C: the person wants to go on later.
    #[error("stopped; what was answered is kept, and `rekey guide` goes on from here")]
    ByPerson,
    /// There is no terminal to ask on, or it failed.
    #[error("no question can be asked here: {0}; `rekey guide --json` lists the steps")]
    Terminal(String),
}

/// Asks on the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal;

impl Prompt for Terminal {
    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, Stopped> {
        Select::new(question, choices.to_vec())
            .without_filtering()
            .with_help_message("arrow keys move, Enter takes, Esc stops; nothing is lost")
            .raw_prompt()
            .map(|chosen| chosen.index)
            .map_err(|error| match error {
                InquireError::OperationCanceled | InquireError::OperationInterrupted => {
                    Stopped::ByPerson
                }
                InquireError::NotTTY => Stopped::Terminal("there is no terminal".to_owned()),
                other => Stopped::Terminal(other.to_string()),
            })
    }
}
