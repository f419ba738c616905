//! The names of a report that was shown and not yet kept: `draft.json`.
//!
//! What a person reads in `rekey report` is what is sent afterwards, its id and number too.

use rekey_report::Report;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sending::next_sequence;
use super::spool::Spool;
use crate::state::{StateFault, StateFolder};

const NAME: &str = "draft.json";

/// The id and number of the next report about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The report's id.
    pub id: Uuid,
    /// The report's number.
    pub sequence: u64,
    run: Uuid,
}

impl Draft {
    /// The same for each call about one run, until the report is in the spool.
    ///
    /// # Errors
    /// Where rekey's own folder cannot be used.
    pub fn of(state: &StateFolder, run: Uuid) -> Result<Self, StateFault> {
        let newest = Spool::last(state)?
            .and_then(|bytes| serde_json::from_slice::<Report>(&bytes).ok())
            .map(|report| report.id);
        let known: Option<Self> = state.read_json(NAME)?;
        let fits = |draft: &Self| draft.run == run && newest != Some(draft.id);
        if let Some(draft) = known.filter(fits) {
            return Ok(draft);
        }
        let draft = Self {
            id: Uuid::now_v7(),
            sequence: next_sequence(state)?,
            run,
        };
        state.write_json(NAME, &draft)?;
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::super::testing::report;
    use super::*;

    #[test]
    fn a_draft_keeps_its_names_until_it_is_kept_and_each_run_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let run = Uuid::from_u128(1);
        let first = Draft::of(&state, run).unwrap();
        assert_eq!(first, Draft::of(&state, run).unwrap());
        Spool::open(&state).unwrap().add(&report(first.id)).unwrap();
        let second = Draft::of(&state, run).unwrap();
        let third = Draft::of(&state, Uuid::from_u128(2)).unwrap();
        assert_eq!(
            [first, second, third].map(|draft| draft.sequence),
            [1, 2, 3]
        );
        assert!(first.id < second.id && second.id < third.id);
    }
}
