//! What cannot be undone is asked about first.

use std::collections::BTreeMap;

use super::seal::try_key;
use crate::model::{Change, Plan, Remedy};
use crate::platform::vault::{Vault, VaultFault};

/// Tries, for each ring that the plan takes entries from, whether the vault keeps a key for their copies.
/// Where it does not, the edits need consent and keep no copy; the findings of those are returned.
pub fn keep_or_ask(plan: &mut Plan, vault: Option<&dyn Vault>) -> Vec<String> {
    let mut tried = BTreeMap::new();
    let mut asked = Vec::new();
    for edit in &mut plan.edits {
        let Change::DeleteVaultEntry { entry, kept, .. } = &mut edit.change else {
            continue;
        };
        let refuses = || {
            let tried = vault.map(|vault| try_key(vault, &entry.ring));
            // What is locked or away by now is not deleted either.
            matches!(tried, Some(Err(VaultFault::Refused(_))))
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
