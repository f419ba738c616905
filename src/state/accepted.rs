//! Findings that are meant to stay: `accepted.json`.

use jiff::Timestamp;
use rekey_report::{Accepted, Finding};
use serde::{Deserialize, Serialize};

use super::{StateFault, StateFolder};

const NAME: &str = "accepted.json";

/// What was accepted on this workstation. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedFindings {
    accepted: Vec<Acceptance>,
}

/// One finding that is meant to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The finding's id: its place and entry.
    pub id: String,
    /// The keyed fingerprint of its secret, so that the next secret in that entry is a new finding.
    pub fingerprint: Option<String>,
    /// Why, until when, and by whom.
    #[serde(flatten)]
    pub word: Accepted,
}

impl AcceptedFindings {
    /// What was saved; nothing where there is no file.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be read or understood.
    pub fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    /// Saves it.
    ///
    /// # Errors
    /// A [`StateFault`] where the file cannot be written.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// The word on a finding that holds at this time; none for what is current, which nobody has to accept.
    pub fn word_on(&self, finding: &Finding, now: Timestamp) -> Option<Accepted> {
        let binds = |one: &&Acceptance| {
            one.id == finding.id
                && one.fingerprint == finding.fingerprint
                && one.word.until.is_none_or(|until| until > now)
        };
        self.accepted
            .iter()
            .find(binds)
            .map(|one| one.word.clone())
            .filter(|_| finding.verdict != rekey_report::Verdict::Current)
    }

    /// Says on each finding whether it is accepted at this time.
    pub fn mark(&self, findings: &mut [Finding], now: Timestamp) {
        for finding in findings {
            finding.accepted = self.word_on(finding, now);
        }
    }

    /// Accepts a finding; an earlier word on its entry is replaced.
    pub fn accept(&mut self, finding: &Finding, word: Accepted) {
        self.withdraw(&finding.id);
        self.accepted.push(Acceptance {
            id: finding.id.clone(),
            fingerprint: finding.fingerprint.clone(),
            word,
        });
    }

    /// Takes the word on an entry back; false where there was none.
    pub fn withdraw(&mut self, id: &str) -> bool {
        let before = self.accepted.len();
        self.accepted.retain(|one| one.id != id);
        self.accepted.len() < before
    }

    /// Every word that was given and not taken back, also on what is gone or was accepted until a time that is past.
    pub fn all(&self) -> &[Acceptance] {
        &self.accepted
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rekey_report::{Kind, Location, Remedy, Verdict};

    use super::*;

    const NOW: &str = "2026-12-01T00:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn finding(fingerprint: Option<&str>) -> Finding {
        Finding {
            id: "1".to_owned(),
            store: "npm".to_owned(),
            kind: Kind::Pat,
            organization: Some("contoso".to_owned()),
            location: Location::default(),
            verdict: Verdict::Stale,
            evidence: Vec::new(),
            remedy: Remedy::Automatic,
            fingerprint: fingerprint.map(str::to_owned),
            advice: None,
            accepted: None,
        }
    }

    fn word(until: Option<&str>) -> Accepted {
        Accepted {
            reason: "the build needs it".to_owned(),
            until: until.map(|until| until.parse().unwrap()),
            by: "dev".to_owned(),
        }
    }

    #[test]
    fn it_holds_for_this_very_secret_alone() {
        let mut accepted = AcceptedFindings::default();
        accepted.accept(&finding(Some("a")), word(None));
        assert_eq!(
            accepted.word_on(&finding(Some("a")), now()),
            Some(word(None))
        );
        assert_eq!(accepted.word_on(&finding(Some("b")), now()), None);
        assert_eq!(accepted.word_on(&finding(None), now()), None);
        let other = Finding {
            id: "2".to_owned(),
            ..finding(Some("a"))
        };
        assert_eq!(accepted.word_on(&other, now()), None);
    }

    #[test]
    fn it_ends_at_its_time() {
        for (until, holds) in [
            ("2026-12-01T00:00:01Z", true),
            (NOW, false),
            ("2026-11-30T00:00:00Z", false),
        ] {
            let mut accepted = AcceptedFindings::default();
            accepted.accept(&finding(None), word(Some(until)));
            let says = accepted.word_on(&finding(None), now()).is_some();
            assert_eq!(says, holds, "{until}");
        }
    }

    #[test]
    fn what_is_current_carries_no_word() {
        let mut accepted = AcceptedFindings::default();
        accepted.accept(&finding(None), word(None));
        let current = Finding {
            verdict: Verdict::Current,
            ..finding(None)
        };
        assert_eq!(accepted.word_on(&current, now()), None);
    }

    #[test]
    fn a_later_word_replaces_the_earlier_and_can_be_taken_back() {
        let mut accepted = AcceptedFindings::default();
        accepted.accept(&finding(Some("a")), word(None));
        accepted.accept(&finding(Some("b")), word(Some("2027-01-01T00:00:00Z")));
        assert_eq!(accepted.all().len(), 1);
        assert_eq!(accepted.word_on(&finding(Some("a")), now()), None);
        assert!(accepted.withdraw("1"));
        assert!(!accepted.withdraw("1"));
        assert_eq!(accepted.all(), []);
    }

    #[test]
    fn it_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("rekey")).unwrap();
        assert_eq!(
            AcceptedFindings::load(&state).unwrap(),
            AcceptedFindings::default()
        );
        let mut accepted = AcceptedFindings::default();
        accepted.accept(&finding(Some("a")), word(None));
        accepted.save(&state).unwrap();
        assert_eq!(AcceptedFindings::load(&state).unwrap(), accepted);
    }
}
