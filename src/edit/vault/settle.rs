//! What became of an entry when a run was stopped: it is looked for.

use uuid::Uuid;

use super::{Key, read_all};
use crate::edit::journal::{EntryIntent, Record};
use crate::edit::run::RunFolder;
use crate::model::{Attributes, Digest, VaultEntry};
use crate::platform::files::FileFault;
use crate::platform::vault::{Vault, VaultFault};

/// What was found.
pub(in crate::edit) enum Found {
    /// The entry is there as it was.
    Old,
    /// It is gone.
    New,
    /// There is another in its place.
    Changed,
}

/// Looks which of them an entry is.
///
/// # Errors
/// Where the vault cannot tell now, because it is locked or away.
pub(in crate::edit) fn settle(
    vault: Result<&dyn Vault, VaultFault>,
    run: Uuid,
    intent: &EntryIntent,
) -> Result<Found, VaultFault> {
    let vault = vault?;
    let alike = alike(vault, intent)?;
    let Some(like_it) = alike.first() else {
        return Ok(Found::New);
    };
    let has_its_name = alike.iter().any(|entry| entry.id == intent.id);
    let key = match intent.base {
        Some(_) => Key::existing(vault, &intent.ring, run)?,
        None => None,
    };
    let (Some(key), Some(base)) = (key, intent.base) else {
        return Ok(if has_its_name { Found::Old } else { Found::New });
    };
    let now = copies(vault, &key, &intent.ring, &like_it.attributes, base)?;
    let stayed = intent.beside.iter().filter(|digest| **digest == base);
    if now > stayed.count() {
        Ok(Found::Old)
    } else if has_its_name && now == 0 {
        Ok(Found::Changed)
    } else {
        Ok(Found::New)
    }
}

/// Entries of the ring that have the attributes of the one that was meant.
fn alike(vault: &dyn Vault, intent: &EntryIntent) -> Result<Vec<VaultEntry>, VaultFault> {
    let rings = vault.list()?;
    let Some(ring) = rings.into_iter().find(|ring| ring.name == intent.ring) else {
        return Ok(Vec::new());
    };
    // A locked ring may list nothing of what it holds.
    if ring.locked {
        return Err(VaultFault::Locked);
    }
    let mut alike = ring.entries;
    alike.retain(|entry| Digest::of_attributes(&entry.attributes) == intent.attributes);
    Ok(alike)
}

/// How many entries have this digest.
pub(super) fn copies(
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
    vault: Result<&dyn Vault, VaultFault>,
    run: &mut RunFolder<'_>,
    intent: &EntryIntent,
) -> Result<(), FileFault> {
    if matches!(settle(vault, run.id(), intent), Ok(Found::Old)) {
        run.record(&Record::UndoDone { item: intent.item })?;
    }
    Ok(())
}
