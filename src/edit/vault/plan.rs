//! What cannot be undone is asked about first.

use std::collections::BTreeMap;

use super::seal::try_key;
use crate::model::{Change, Plan, Remedy};
use crate::platform::vault::Vault;

/// Tries, for each ring that the plan takes entries from, whether the vault keeps a key for their copies.
/// Where it does not, the edits need consent and keep no copy; the findings of those are returned.
pub fn keep_or_ask(plan: &mut Plan, vault: Option<&dyn Vault>) -> Vec<String> {
    let mut tried = BTreeMap::new();
    let mut asked = Vec::new();
    for edit in &mut plan.edits {
        let Change::DeleteVaultEntry { entry, kept, .. } = &mut edit.change else {
            continue;
        };
        let keeps = *tried
            .entry(entry.ring.clone())
            .or_insert_with(|| vault.is_some_and(|vault| try_key(vault, &entry.ring).is_ok()));
        if !keeps {
            *kept = false;
            edit.remedy = edit.remedy.max(Remedy::Consent);
            asked.push(edit.finding.clone());
        }
    }
    asked
}
