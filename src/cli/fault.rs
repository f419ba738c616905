//! Errors at the edge, and the exit code that each leads to.

use std::fmt;

/// How a command ended. The numbers are a contract with device management.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is left to do.
    Done = 0,
    /// Something remains.
    Remains = 1,
    /// The command line or the configuration is wrong; nothing was done.
    Wrong = 2,
    /// A place could not be read or an edit failed.
    Failed = 3,
    /// Not connected yet, or paused; nothing was changed.
    Waiting = 4,
}

/// An error that ends a command.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The exit code.
    pub(crate) exit: Exit,
    message: String,
}

impl Fault {
    /// The command line or the configuration is wrong.
    pub(crate) fn wrong(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Wrong,
            message: message.to_string(),
        }
    }

    /// Nothing is changed for now.
    pub(crate) fn waiting(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Waiting,
            message: message.to_string(),
        }
    }

    /// Something could not be done.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<crate::policy::PolicyFault> for Fault {
    fn from(fault: crate::policy::PolicyFault) -> Self {
        Self::wrong(fault)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::failed(format!("the output cannot be written: {error}"))
    }
}
