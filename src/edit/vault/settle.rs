//! What became of an entry when a run was stopped: it is looked for.

use uuid::Uuid;

use super::{Keeper, Key, read_all};
use crate::edit::journal::{EntryIntent, Record};
use crate::edit::run::RunFolder;
use crate::edit::state::State;
use crate::model::{Attributes, Digest, VaultEntry};
use crate::platform::files::FileFault;
use crate::platform::vault::{Vault, VaultFault};

/// What was found.
pub(in crate::edit) enum Found {
    /// The entry is there as it was, or as it was to be put.
    There,
    /// It is not.
    Gone,
    /// There is another in its place.
    Changed,
}

/// Looks which of them an entry is.
///
/// # Errors
/// Where the vault cannot tell now, because it is locked or away.
pub(in crate::edit) fn settle(
    state: &State,
    run: Uuid,
    intent: &EntryIntent,
) -> Result<Found, VaultFault> {
    let vault = state.vault()?;
    let rings = vault.list()?;
    let Some(ring) = rings.into_iter().find(|ring| ring.name == intent.ring) else {
        return Ok(Found::Gone);
    };
    // A locked ring may list nothing of what it holds.
    if ring.locked {
        return Err(VaultFault::Locked);
    }
    // What is not listed may be there all the same.
    if let Some(fault) = ring.unlisted {
        return Err(fault);
    }
    let has_its_name = |entry: &VaultEntry| entry.id == intent.id;
    let Some(base) = intent.base else {
        let is_it = |entry: &VaultEntry| {
            has_its_name(entry) && Digest::of_attributes(&entry.attributes) == intent.attributes
        };
        let there = ring.entries.iter().any(is_it);
        return Ok(if there { Found::There } else { Found::Gone });
    };
    let Some(key) = Keeper::of(state)?.existing(&intent.ring, run)? else {
        // Nothing opens the copy any more; what is left to know is the name.
        let there = ring.entries.iter().any(has_its_name);
        return Ok(if there { Found::There } else { Found::Gone });
    };
    let mut alike = ring.entries;
    alike.retain(|entry| key.digest_of_attributes(&entry.attributes) == intent.attributes);
    let Some(like_it) = alike.first() else {
        return Ok(Found::Gone);
    };
    let now = copies(vault, &key, &intent.ring, &like_it.attributes, base)?;
    let stayed = intent.beside.iter().filter(|digest| **digest == base);
    if now > stayed.count() {
        Ok(Found::There)
    } else if alike.iter().any(has_its_name) && now == 0 {
        Ok(Found::Changed)
    } else {
        Ok(Found::Gone)
    }
}

/// How many entries have this digest.
fn copies(
    vault: &dyn Vault,
    key: &Key,
    ring: &str,
    attributes: &Attributes,
    digest: Digest,
) -> Result<usize, VaultFault> {
    let all = read_all(vault, ring, attributes)?;
    let digests = all.iter().map(|(_, secret)| key.digest(attributes, secret));
    Ok(digests.filter(|it| *it == digest).count())
}

/// An undo that was stopped: what it had put back is written down; the rest is for the next undo.
pub(in crate::edit) fn settle_undo(
    state: &State,
    run: &mut RunFolder<'_>,
    intent: &EntryIntent,
) -> Result<(), FileFault> {
    let is_back = match settle(state, run.id(), intent) {
        Ok(Found::There) => !intent.put,
        Ok(Found::Gone) => intent.put,
        Ok(Found::Changed) | Err(_) => false,
    };
    if is_back {
        run.record(&Record::UndoDone { item: intent.item })?;
    }
    Ok(())
}
