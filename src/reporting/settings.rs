//! How much a report says: the policy keys `report.paths`, `report.person` and `collector.ring`.

pub use crate::policy::{ReportPaths, ReportPerson};

/// What policy says of reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// How paths are written.
    pub paths: ReportPaths,
    /// How the person is named.
    pub person: ReportPerson,
    /// The deployment ring.
    pub ring: Option<String>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            paths: ReportPaths::HomeRelative,
            person: ReportPerson::Name,
            ring: None,
        }
    }
}
