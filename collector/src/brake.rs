//! The brake pulls itself: where edits fail on many workstations, the others shall not try.
//!
//! Counted are distinct devices with a failed edit within the last day, and since somebody last allowed cleaning: who
//! has looked and lets it go on is not stopped again by the same failures.

use jiff::{SignedDuration, Timestamp};
use rekey_report::Cleaning;

use crate::storage::{
    Actor, CleaningChange, CleaningScope, CleaningStates, EditFailures, Result, Storage, Who,
};

/// Fewer devices than that never stop the others: one forged device, or ten, cannot.
pub const FEWEST: u64 = 20;

/// Of a hundred devices that reported.
pub const PERCENT: u64 = 5;

/// How far back failures count.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Whether so many failures stop the rest.
#[must_use]
pub const fn pulls(failures: EditFailures) -> bool {
    failures.failed >= FEWEST
        && failures.failed.saturating_mul(100) >= failures.reported.saturating_mul(PERCENT)
}

/// Since when failures count for a scope.
#[must_use]
pub fn since(states: &CleaningStates, scope: &CleaningScope, now: Timestamp) -> Timestamp {
    let day_ago = now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN);
    [scope, &CleaningScope::All]
        .into_iter()
        .filter_map(|scope| states.setting(scope))
        .filter(|setting| setting.state == Cleaning::Allowed)
        .map(|setting| setting.since)
        .fold(day_ago, Timestamp::max)
}

/// What the brake did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// For whom.
    pub scope: CleaningScope,
    /// Why.
    pub failures: EditFailures,
}

/// Looks at the failures and pauses where they are too many: all, or else single rings. Several collectors may look at
/// once; one of them pauses, and only that one answers so.
pub async fn watch(storage: &dyn Storage, now: Timestamp) -> Result<Vec<Pulled>> {
    let mut pulled = Vec::new();
    let states = storage.cleaning().await?;
    if states.all == Cleaning::Paused {
        return Ok(pulled);
    }
    let since_all = since(&states, &CleaningScope::All, now);
    let failures = storage
        .edit_failures(&CleaningScope::All, since_all)
        .await?;
    if failures.failed < FEWEST {
        return Ok(pulled);
    }
    if pulls(failures) {
        pulled.extend(pull(storage, CleaningScope::All, failures, now).await?);
        return Ok(pulled);
    }
    for ring in storage.compliance().await?.rings {
        if ring.name.is_empty() || states.rings.get(&ring.name) == Some(&Cleaning::Paused) {
            continue;
        }
        let scope = CleaningScope::Ring(ring.name);
        let failures = storage
            .edit_failures(&scope, since(&states, &scope, now))
            .await?;
        if pulls(failures) {
            pulled.extend(pull(storage, scope, failures, now).await?);
        }
    }
    Ok(pulled)
}

async fn pull(
    storage: &dyn Storage,
    scope: CleaningScope,
    failures: EditFailures,
    now: Timestamp,
) -> Result<Option<Pulled>> {
    let change = CleaningChange {
        scope: scope.clone(),
        state: Cleaning::Paused,
        actor: Actor::local(Who::Brake),
        reason: format!(
            "Edits failed on {} of {} workstations that reported.",
            failures.failed, failures.reported
        ),
        at: now,
    };
    let first = storage.set_cleaning(&change).await?;
    Ok(first.then_some(Pulled { scope, failures }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_devices_or_a_small_share_stop_nobody() {
        for (failed, reported, expected) in [
            (0, 0, false),
            (19, 19, false),
            (20, 20, true),
            (20, 400, true),
            (20, 401, false),
            (50_000, 1_000_000, true),
            (49_999, 1_000_000, false),
        ] {
            let failures = EditFailures { failed, reported };
            assert_eq!(pulls(failures), expected, "{failures:?}");
        }
    }
}
