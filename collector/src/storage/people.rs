//! People who use the collector, and what each may do.

use serde::{Deserialize, Serialize};

/// What somebody, or a script, may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything and changes what there is to change.
    Admin,
    /// Sees everything and changes nothing.
    Auditor,
}

impl Role {
    /// The word in the database, in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Auditor]
            .into_iter()
            .find(|role| role.as_str() == word)
    }

    /// Whether they may change anything.
    #[must_use]
    pub const fn may_change(self) -> bool {
        matches!(self, Self::Admin)
    }
}
