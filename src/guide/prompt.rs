//! Asking the person.

use inquire::{InquireError, Password, PasswordDisplayMode, Select, Text};

use crate::model::Secret;

/// Asks one question at a time.
pub trait Prompt {
    /// The index of the choice that the person made.
    ///
    /// # Errors
    /// [`Stopped`] where no answer came; so for the others.
    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, Stopped>;

    /// A line that the person types; `help` stands below it.
    ///
    /// # Errors
    /// [`Stopped`].
    fn line(&mut self, question: &str, help: &str) -> Result<String, Stopped>;

    /// A secret that the person pastes: not one character of it is shown, and it may be empty.
    ///
    /// # Errors
    /// [`Stopped`].
    fn secret(&mut self, question: &str, help: &str) -> Result<Secret, Stopped>;
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
            .map_err(stopped)
    }

    fn line(&mut self, question: &str, help: &str) -> Result<String, Stopped> {
        let typed = Text::new(question).with_help_message(help).prompt();
        typed.map_err(stopped)
    }

    fn secret(&mut self, question: &str, help: &str) -> Result<Secret, Stopped> {
        Password::new(question)
            .without_confirmation()
            .with_display_mode(PasswordDisplayMode::Hidden)
            .with_help_message(help)
            .prompt()
            .map(Secret::new)
            .map_err(stopped)
    }
}

fn stopped(error: InquireError) -> Stopped {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Stopped::ByPerson,
        InquireError::NotTTY => Stopped::Terminal("there is no terminal".to_owned()),
        other => Stopped::Terminal(other.to_string()),
    }
}
