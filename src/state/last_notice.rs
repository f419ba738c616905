//! What the person was last told in a notice, so that nobody is told the same all day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{StateFault, StateFolder};

const NAME: &str = "notice.json";

/// How long the same is not said again.
const QUIET: SignedDuration = SignedDuration::from_hours(24);

/// A notice that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastNotice {
    /// When.
    pub at: Timestamp,
    /// What it said.
    pub text: String,
}

impl LastNotice {
    /// The last notice; `None` where none was shown.
    pub fn load(state: &StateFolder) -> Result<Option<Self>, StateFault> {
        state.read_json(NAME)
    }

    /// Remembers it.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// Whether this was said so short a time ago that it is not said again. A time that lies ahead is a clock that was
    /// wrong, and keeps nothing back.
    pub fn keeps_back(&self, text: &str, now: Timestamp) -> bool {
        let since = now.duration_since(self.at);
        self.text == text && !since.is_negative() && since < QUIET
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2 left", "2026-11-23T08:00:00Z", true)]
    #[case("2 left", "2026-11-24T07:59:59Z", true)]
    #[case("2 left", "2026-11-24T08:00:00Z", false)]
    #[case("1 left", "2026-11-23T08:00:01Z", false)]
    #[case("2 left", "2026-11-23T07:59:59Z", false)]
    fn the_same_is_said_once_a_day(#[case] text: &str, #[case] now: &str, #[case] kept: bool) {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        assert_eq!(LastNotice::load(&state).unwrap(), None);
        let last = LastNotice {
            at: "2026-11-23T08:00:00Z".parse().unwrap(),
            text: "2 left".to_owned(),
        };
        last.save(&state).unwrap();
        let last = LastNotice::load(&state).unwrap().unwrap();
        assert_eq!(last.keeps_back(text, now.parse().unwrap()), kept);
    }
}
