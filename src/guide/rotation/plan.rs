//! Which tokens are to be made, each for which slots.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pairing::{Pair, Pairing, Purpose};
use crate::azure_devops::lifecycle::PatRecord;

/// How many days a token lasts at most that rekey makes.
pub(super) const LONGEST_DAYS: u32 = 30;
/// What is tried where a policy asks for less.
const SHORTER_DAYS: [u32; 4] = [14, 7, 3, 1];
/// In seconds.
const DAY: i64 = 86_400;
/// The most letters of a workstation's name that go into a token's.
const LONGEST_HOST: usize = 63;

/// An old token that goes once its successor works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    /// What it is revoked by.
    pub authorization_id: Uuid,
    /// Its name, as it may be shown.
    pub name: String,
}

/// One token to be made, the slots that it goes into, and the one that it takes the place of. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scope: String,
    /// How many days it is to last.
    pub days: u32,
    /// What its slots are for.
    pub purposes: Vec<Purpose>,
    /// The slots.
    pub slots: Vec<String>,
    /// The token that is revoked in the end; `None` where none is known, or other organizations may need it.
    pub predecessor: Option<Predecessor>,
}

impl Rotation {
    /// A successor of this token: with its name, what it may do and its length of life, but for this organization alone
    /// and for no more than 30 days.
    pub fn successor_of(record: &PatRecord) -> Self {
        let life: SignedDuration = record.valid_from.duration_until(record.valid_to);
        let days = life.as_secs().saturating_add(DAY - 1) / DAY;
        let days = days.clamp(1, i64::from(LONGEST_DAYS));
        let predecessor = Predecessor {
            authorization_id: record.authorization_id,
            name: record.shown_name(),
        };
        Self {
            name: record.display_name.clone(),
            scope: record.scope.clone(),
            days: u32::try_from(days).unwrap_or(LONGEST_DAYS),
            purposes: Vec::new(),
            slots: Vec::new(),
            predecessor: (!record.is_for_several_organizations()).then_some(predecessor),
        }
    }

    /// A token that is nobody's successor; `None` where nobody knows what it must be allowed.
    fn new(purpose: Purpose, host: &str) -> Option<Self> {
        let is_name = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
        let host: String = host.chars().filter(is_name).take(LONGEST_HOST).collect();
        Some(Self {
            name: format!("rekey {host} {}", purpose.word()),
            scope: purpose.least_scope()?.to_owned(),
            days: LONGEST_DAYS,
            purposes: Vec::new(),
            slots: Vec::new(),
            predecessor: None,
        })
    }

    /// The same with no more than its slots need, where a policy lets nobody have a token that may do everything; `None`
    /// where nobody knows what they need.
    #[must_use]
    pub fn with_least_scope(&self) -> Option<Self> {
        let scopes: Option<Vec<&str>> = self
            .purposes
            .iter()
            .map(|purpose| purpose.least_scope())
            .collect();
        let scope = scopes.filter(|scopes| !scopes.is_empty())?.join(" ");
        Some(Self {
            scope,
            ..self.clone()
        })
    }

    /// The next shorter life that is tried.
    pub(super) fn shorter(&self) -> Option<u32> {
        SHORTER_DAYS.into_iter().find(|days| *days < self.days)
    }

    /// When a token ends that is made now.
    pub(super) fn end(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(i64::from(self.days) * 24))
            .unwrap_or(now)
    }

    fn takes(mut self, id: &str, purpose: Purpose) -> Self {
        self.add(id, purpose);
        self
    }

    fn add(&mut self, id: &str, purpose: Purpose) {
        self.slots.push(id.to_owned());
        if !self.purposes.contains(&purpose) {
            self.purposes.push(purpose);
            self.purposes.sort_unstable();
        }
    }
}

/// One token for the slots of each old one, and one for each purpose of the slots whose token is not known. Slots whose
/// token is [`Pairing::Among`] several or made [`Pairing::ByHand`] have none.
pub fn plan(pairs: &[Pair], host: &str) -> Vec<Rotation> {
    /// What slots have in common that share a token.
    #[derive(PartialEq)]
    enum Key {
        Old(Uuid),
        New(Purpose),
    }
    let mut rotations: Vec<(Key, Rotation)> = Vec::new();
    for Pair { slot, pairing } in pairs {
        let (key, rotation) = match pairing {
            Pairing::Is(record) | Pairing::IsShared(record) => (
                Key::Old(record.authorization_id),
                Some(Rotation::successor_of(record)),
            ),
            Pairing::New => (Key::New(slot.purpose), Rotation::new(slot.purpose, host)),
            Pairing::Among(_) | Pairing::ByHand => continue,
        };
        if let Some((_, known)) = rotations.iter_mut().find(|(known, _)| *known == key) {
            known.add(&slot.id, slot.purpose);
        } else {
            let rotation = rotation.map(|rotation| rotation.takes(&slot.id, slot.purpose));
            rotations.extend(rotation.map(|rotation| (key, rotation)));
        }
    }
    rotations
        .into_iter()
        .map(|(_, rotation)| rotation)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;

    use super::*;
    use crate::guide::rotation::Slot;

    fn record(to: &str) -> PatRecord {
        PatRecord {
            authorization_id: Uuid::from_u128(1),
            display_name: "git\u{7} on northwind".to_owned(),
            scope: "app_token".to_owned(),
            valid_from: "2026-03-01T00:00:00Z".parse().unwrap(),
            valid_to: to.parse().unwrap(),
            target_accounts: Some(vec![Uuid::nil()]),
        }
    }

    fn with(id: &str, purpose: Purpose, pairing: Pairing) -> Pair {
        let slot = Slot {
            id: id.to_owned(),
            purpose,
            created: None,
            store: "npm",
        };
        Pair { slot, pairing }
    }

    #[test]
    fn slots_of_one_token_get_one_successor_with_its_name_and_scope() {
        let old = record("2027-03-01T00:00:00Z");
        let rotations = plan(
            &[
                with("a", Purpose::Packaging, Pairing::Is(old.clone())),
                with("b", Purpose::Code, Pairing::Is(old.clone())),
            ],
            "laptop",
        );
        let [one] = rotations.as_slice() else {
            panic!("{rotations:?}");
        };
        assert_eq!((&one.name, &one.scope), (&old.display_name, &old.scope));
        assert_eq!(
            (one.days, one.slots.as_slice()),
            (30, ["a".to_owned(), "b".to_owned()].as_slice())
        );
        let predecessor = one.predecessor.as_ref().unwrap();
        assert_eq!(predecessor.authorization_id, old.authorization_id);
        assert_eq!(predecessor.name, "git  on northwind");
        let least = one.with_least_scope().unwrap();
        assert_eq!(least.scope, "vso.code_write vso.packaging");
    }

    #[test]
    fn slots_without_a_known_token_get_one_for_each_purpose() {
        let rotations = plan(
            &[
                with("a", Purpose::Code, Pairing::New),
                with("b", Purpose::Packaging, Pairing::New),
                with("c", Purpose::Code, Pairing::New),
                with("d", Purpose::Other, Pairing::ByHand),
                with("e", Purpose::Code, Pairing::Among(Vec::new())),
            ],
            "lap top\u{7}-1",
        );
        let told: Vec<_> = rotations
            .iter()
            .map(|one| (one.name.as_str(), one.scope.as_str(), one.slots.join("+")))
            .collect();
        assert_eq!(
            told,
            [
                ("rekey laptop-1 code", "vso.code_write", "a+c".to_owned()),
                ("rekey laptop-1 packaging", "vso.packaging", "b".to_owned()),
            ]
        );
        assert!(rotations.iter().all(|one| one.predecessor.is_none()));
    }

    #[test]
    fn one_that_other_organizations_may_need_is_not_revoked() {
        let mut shared = record("2027-03-01T00:00:00Z");
        shared.target_accounts = None;
        let rotations = plan(&[with("a", Purpose::Code, Pairing::IsShared(shared))], "x");
        assert_eq!(rotations[0].predecessor, None);
        assert_eq!(rotations[0].scope, "app_token");
    }

    #[rstest]
    #[case("2026-03-08T00:00:00Z", 7)]
    #[case("2026-03-08T00:00:01Z", 8)]
    #[case("2026-03-01T01:00:00Z", 1)]
    #[case("2027-03-01T00:00:00Z", 30)]
    #[case("2026-02-01T00:00:00Z", 1)]
    fn it_lasts_as_long_as_the_old_one_did_and_a_month_at_most(
        #[case] to: &str,
        #[case] days: u32,
    ) {
        assert_eq!(Rotation::successor_of(&record(to)).days, days);
    }

    #[test]
    fn a_shorter_life_is_tried_step_by_step() {
        let mut rotation = Rotation::successor_of(&record("2027-03-01T00:00:00Z"));
        let mut tried = Vec::new();
        while let Some(days) = rotation.shorter() {
            rotation.days = days;
            tried.push(days);
        }
        assert_eq!(tried, [14, 7, 3, 1]);
        assert_eq!(rotation.with_least_scope(), None);
    }
}
