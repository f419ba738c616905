//! The audit log: who did what, to what, when and from where. It is only ever added to.

use std::fmt;
use std::net::IpAddr;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is signed in, by their name.
    User(String),
    /// A script, by the name of its API token.
    ApiToken(String),
    /// Whoever may run `rekey-collector` on the database.
    CommandLine,
    /// The brake, by itself.
    Brake,
    /// The collector, by itself: what is due by time.
    Collector,
    /// Somebody who is not signed in.
    Stranger,
}

impl Who {
    /// The kind, in the database and in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ApiToken(_) => "api-token",
            Self::CommandLine => "command-line",
            Self::Brake => "brake",
            Self::Collector => "collector",
            Self::Stranger => "stranger",
        }
    }

    /// The name; for those without one, what they are called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::ApiToken(name) => name,
            Self::CommandLine => "command line",
            Self::Brake => "the brake",
            Self::Collector => "the collector",
            Self::Stranger => "not signed in",
        }
    }

    /// From the database; `None` for a kind that this version does not know.
    #[must_use]
    pub fn from_stored(kind: &str, name: String) -> Option<Self> {
        Some(match kind {
            "user" => Self::User(name),
            "api-token" => Self::ApiToken(name),
            "command-line" => Self::CommandLine,
            "brake" => Self::Brake,
            "collector" => Self::Collector,
            "stranger" => Self::Stranger,
            _ => return None,
        })
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who acts, and from which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// The address of the request; none on the command line and for what the collector does by itself.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Without an address.
    #[must_use]
    pub const fn local(who: Who) -> Self {
        Self { who, address: None }
    }
}
