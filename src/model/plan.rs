//! The plan: the very edits that the executor carries out, and that a dry run prints.

use rekey_report::{Location, PlannedEdit, Remedy};
use uuid::Uuid;

use super::Change;

/// One change, made for one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Names the edit within its run.
    pub id: String,
    /// The finding's id.
    pub finding: String,
    /// Where, as it is shown.
    pub location: Location,
    /// Who may agree to it.
    pub remedy: Remedy,
    /// What it does.
    pub change: Change,
}

impl From<&Edit> for PlannedEdit {
    fn from(edit: &Edit) -> Self {
        Self {
            id: edit.id.clone(),
            finding: edit.finding.clone(),
            action: edit.change.action(),
            location: edit.location.clone(),
            remedy: edit.remedy,
        }
    }
}

/// All edits of a run, in the order of the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The run, a UUID of version 7.
    pub run: Uuid,
    /// The edits.
    pub edits: Vec<Edit>,
}
