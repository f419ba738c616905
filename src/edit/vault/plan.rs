//! What cannot be undone is asked about first.

use std::collections::BTreeMap;

use super::Keeper;
use crate::edit::state::State;
use crate::model::{Change, Edit, Plan, Remedy};
use crate::platform::vault::VaultFault;

/// Tries, for each ring that the `meant` edits take entries from, whether the vault keeps a key for their copies.
/// Where it does not, those edits need consent and keep no copy; their findings are returned.
///
/// Trying writes into the vault, so it is done for what would be changed alone, and by who holds the lock: the trials of two
/// would be mistaken for each other.
pub fn keep_or_ask(plan: &mut Plan, meant: impl Fn(&Edit) -> bool, state: &State) -> Vec<String> {
    let mut tried = BTreeMap::new();
    let mut asked = Vec::new();
    for edit in plan.edits.iter_mut().filter(|edit| meant(edit)) {
        let Change::DeleteVaultEntry { entry, kept, .. } = &mut edit.change else {
            continue;
        };
        // It cannot be put back anyhow, and its store has asked for consent.
        if !*kept {
            continue;
        }
        let refuses = || {
            let tried = Keeper::of(state).map(|keeper| keeper.try_key(&entry.ring));
            // What is locked or away by now is not deleted either.
            matches!(tried, Ok(Err(VaultFault::Refused(_))))
        };
        let keeps = !*tried.entry(entry.ring.clone()).or_insert_with(refuses);
        if !keeps {
            *kept = false;
            edit.remedy = edit.remedy.max(Remedy::Consent);
            asked.push(edit.finding.clone());
        }
    }
    asked
}
