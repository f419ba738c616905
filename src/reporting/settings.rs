//! How much a report says: the policy keys `report.paths`, `report.person` and `collector.ring`.

use std::str::FromStr;

/// `report.paths`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReportPaths {
    /// The home folder is written `~`; other paths are whole.
    #[default]
    HomeRelative,
    /// No path, and no text that names one, leaves the workstation.
    None,
    /// Paths as they are.
    Full,
}

/// `report.person`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReportPerson {
    /// The sign-in name.
    #[default]
    Name,
    /// A pseudonym: the first 16 hex digits of the SHA-256 of the sign-in name in lower case. It is the same on every
    /// machine, so that a person counts once; whoever has a list of names can find the one that fits.
    Hash,
    /// A random id that holds for one machine.
    None,
}

/// What policy says of reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportSettings {
    /// How paths are written.
    pub paths: ReportPaths,
    /// How the person is named.
    pub person: ReportPerson,
    /// The deployment ring.
    pub ring: Option<String>,
}

impl FromStr for ReportPaths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "home-relative" => Ok(Self::HomeRelative),
            "none" => Ok(Self::None),
            "full" => Ok(Self::Full),
            _ => Err(format!("{text:?} is none of home-relative, none and full")),
        }
    }
}

impl FromStr for ReportPerson {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "name" => Ok(Self::Name),
            "hash" => Ok(Self::Hash),
            "none" => Ok(Self::None),
            _ => Err(format!("{text:?} is none of name, hash and none")),
        }
    }
}
