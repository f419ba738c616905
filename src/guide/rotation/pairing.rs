//! Which token of the service's list lies in which slot. The list tells no secret, so that only the month in the token and
//! what it is for can say it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::azure_devops::lifecycle::PatRecord;

/// What a token may do that may do everything.
const FULL: &str = "app_token";

/// What a slot's token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Git.
    Code,
    /// Feeds of packages.
    Packaging,
    /// Anything else.
    Other,
}

impl Purpose {
    /// The least that a token for it must be allowed; `None` where nobody can know.
    pub fn least_scope(self) -> Option<&'static str> {
        match self {
            Self::Code => Some("vso.code_write"),
            Self::Packaging => Some("vso.packaging"),
            Self::Other => None,
        }
    }

    /// The word for it in a token's name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Packaging => "packaging",
            Self::Other => "other",
        }
    }

    fn fits(self, record: &PatRecord) -> bool {
        let prefix = match self {
            Self::Code => "vso.code",
            Self::Packaging => "vso.packaging",
            Self::Other => return true,
        };
        record.scopes().any(|scope| {
            let rest = scope.strip_prefix(prefix);
            scope == FULL || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    }
}

/// A place on this workstation that an old token was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Names it to whoever fills it: a finding's id.
    pub id: String,
    /// What its token is for.
    pub purpose: Purpose,
    /// The first day of the month that its token was made in, where the token tells.
    pub created: Option<Date>,
    /// The name of the store that it lies in.
    pub store: &'static str,
}

/// What is known of a slot's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pairing {
    /// It is this one, and it is good for this organization alone.
    Is(PatRecord),
    /// It is this one, which other organizations may need too: it gets a successor and is not revoked.
    IsShared(PatRecord),
    /// It may be any of these: the person is asked, or it is left.
    Among(Vec<PatRecord>),
    /// It is none of them: a new one is made.
    New,
    /// It is none of them, and nobody can know what a new one must be allowed: it is made by hand.
    ByHand,
}

/// A slot with what is known of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The slot.
    pub slot: Slot,
    /// Its token.
    pub pairing: Pairing,
}

/// Finds the token of each slot among those that the service lists for the organization: made before the connection
/// where its time is known, still good, in the same month (UTC), and allowed what the slot is for.
pub fn pair(
    records: &[PatRecord],
    slots: Vec<Slot>,
    connected_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Pair> {
    let is_old = |record: &&PatRecord| {
        record.valid_to > now && connected_at.is_none_or(|connected| record.valid_from < connected)
    };
    let old: Vec<&PatRecord> = records.iter().filter(is_old).collect();
    let pairs = slots.into_iter().map(|slot| Pair {
        pairing: of_slot(&slot, &old),
        slot,
    });
    pairs.collect()
}

fn of_slot(slot: &Slot, old: &[&PatRecord]) -> Pairing {
    let may_be = |record: &&&PatRecord| {
        slot.purpose.fits(record)
            && slot
                .created
                .is_none_or(|month| first_of_month(record.valid_from) == first_day(month))
    };
    let fitting: Vec<&PatRecord> = old.iter().filter(may_be).copied().collect();
    match fitting.as_slice() {
        [] if slot.purpose.least_scope().is_some() => Pairing::New,
        [] => Pairing::ByHand,
        // Without its month one that merely fits could be anybody's on any workstation.
        [one] if slot.created.is_some() && one.is_for_several_organizations() => {
            Pairing::IsShared((*one).clone())
        }
        [one] if slot.created.is_some() => Pairing::Is((*one).clone()),
        several => Pairing::Among(several.iter().map(|record| (*record).clone()).collect()),
    }
}

fn first_of_month(time: Timestamp) -> Date {
    first_day(time.to_zoned(TimeZone::UTC).date())
}

fn first_day(date: Date) -> Date {
    date.first_of_month()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    const NOW: &str = "2026-11-29T16:00:00Z";
    const CONNECTED: &str = "2026-11-20T18:00:00Z";

    fn record(number: u128, scope: &str, from: &str) -> PatRecord {
        PatRecord {
            authorization_id: Uuid::from_u128(number),
            display_name: format!("token {number}"),
            scope: scope.to_owned(),
            valid_from: from.parse().unwrap(),
            valid_to: "2027-03-01T00:00:00Z".parse().unwrap(),
            target_accounts: Some(vec![Uuid::from_u128(9)]),
        }
    }

    fn slot(purpose: Purpose, created: Option<&str>) -> Slot {
        Slot {
            id: "slot".to_owned(),
            purpose,
            created: created.map(|created| created.parse().unwrap()),
            store: "npm",
        }
    }

    fn paired(records: &[PatRecord], slot: Slot) -> Pairing {
        let connected = CONNECTED.parse().ok();
        let mut pairs = pair(records, vec![slot], connected, NOW.parse().unwrap());
        pairs.remove(0).pairing
    }

    #[rstest]
    #[case("vso.code_write", Purpose::Code, true)]
    #[case("vso.code", Purpose::Code, true)]
    #[case("vso.packaging vso.code_full", Purpose::Code, true)]
    #[case("app_token", Purpose::Code, true)]
    #[case("app_token", Purpose::Packaging, true)]
    #[case("vso.packaging_write", Purpose::Packaging, true)]
    #[case("vso.work", Purpose::Other, true)]
    #[case("vso.codex", Purpose::Code, false)]
    #[case("vso.packaging", Purpose::Code, false)]
    #[case("vso.code_write", Purpose::Packaging, false)]
    fn what_a_token_may_do_must_fit(
        #[case] scope: &str,
        #[case] purpose: Purpose,
        #[case] fits: bool,
    ) {
        let records = [record(1, scope, "2026-03-05T10:00:00Z")];
        let found = paired(&records, slot(purpose, Some("2026-03-01")));
        let expected = if fits {
            Pairing::Is(records[0].clone())
        } else {
            Pairing::New
        };
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case("2026-03-01T00:00:00Z", true)]
    #[case("2026-03-31T23:59:59Z", true)]
    #[case("2026-04-01T00:00:00+02:00", true)]
    #[case("2026-02-28T23:59:59Z", false)]
    #[case("2026-04-01T00:00:00Z", false)]
    #[case("2025-03-05T00:00:00Z", false)]
    fn its_month_must_be_the_one_in_the_token(#[case] from: &str, #[case] fits: bool) {
        let records = [record(1, "vso.code", from)];
        let found = paired(&records, slot(Purpose::Code, Some("2026-03-01")));
        assert_eq!(matches!(found, Pairing::Is(_)), fits, "{found:?}");
    }

    #[test]
    fn several_that_fit_are_the_persons_to_choose_from() {
        let records = [
            record(1, "vso.code", "2026-03-05T10:00:00Z"),
            record(2, "app_token", "2026-03-06T10:00:00Z"),
            record(3, "vso.packaging", "2026-03-07T10:00:00Z"),
        ];
        let found = paired(&records, slot(Purpose::Code, Some("2026-03-01")));
        assert_eq!(found, Pairing::Among(records[..2].to_vec()));
    }

    #[test]
    fn a_token_that_tells_no_month_is_never_taken_for_granted() {
        let records = [record(1, "vso.code", "2026-03-05T10:00:00Z")];
        let found = paired(&records, slot(Purpose::Code, None));
        assert_eq!(found, Pairing::Among(records.to_vec()));
    }

    #[test]
    fn what_ended_or_was_made_since_the_connection_is_none() {
        let mut ended = record(1, "vso.code", "2026-11-05T10:00:00Z");
        ended.valid_to = NOW.parse().unwrap();
        let since = record(2, "vso.code", "2026-11-20T18:00:00Z");
        let before = record(3, "vso.code", "2026-11-20T17:59:59Z");
        let slot = slot(Purpose::Code, Some("2026-11-01"));
        assert_eq!(
            paired(&[ended.clone(), since.clone()], slot.clone()),
            Pairing::New
        );
        let found = paired(&[ended, since, before.clone()], slot);
        assert_eq!(found, Pairing::Is(before));
    }

    #[test]
    fn one_for_all_organizations_is_known_as_such() {
        let mut shared = record(1, "vso.code", "2026-03-05T10:00:00Z");
        shared.target_accounts = None;
        let found = paired(&[shared.clone()], slot(Purpose::Code, Some("2026-03-01")));
        assert_eq!(found, Pairing::IsShared(shared));
    }

    #[test]
    fn what_nobody_knows_the_needs_of_is_made_by_hand() {
        let found = paired(&[], slot(Purpose::Other, Some("2026-03-01")));
        assert_eq!(found, Pairing::ByHand);
    }
}
