//! Puts an entry back as it was.

use super::{Keeper, read_all};
use crate::edit::checkpoint::checkpoint;
use crate::edit::journal::{EntryIntent, Record};
use crate::edit::run::RunFolder;
use crate::edit::state::State;
use crate::edit::undo::{Trouble, UndoneState, failed, refused};
use crate::model::Digest;
use crate::platform::files::FileFault;
use crate::platform::vault::VaultFault;

const REPLACED: &str = "there is a new entry in its place";

/// Puts one entry back. `own` are the digests of what the run took: two entries may have the same attributes.
pub(in crate::edit) fn restore(
    state: &State,
    run: &mut RunFolder<'_>,
    intent: &EntryIntent,
    own: &[Digest],
) -> Result<UndoneState, Trouble> {
    let vault = state.vault().map_err(failed)?;
    let ring = &intent.ring;
    let base = intent
        .base
        .ok_or_else(|| refused("nothing was kept of it"))?;
    let sealed = run.kept_sealed(intent.item).map_err(|fault| match fault {
        FileFault::Absent => refused("what it held is no longer kept"),
        other => failed(other),
    })?;
    let key = Keeper::of(state)
        .and_then(|keeper| keeper.existing(ring, run.id()))
        .map_err(failed)?
        .ok_or_else(|| refused("the key of its copy is gone"))?;
    let kept = key
        .open(run.id(), intent.item, &sealed)
        .filter(|kept| key.digest(&kept.attributes, &kept.secret) == base)
        .ok_or_else(|| refused("what was kept of it is damaged"))?;
    let there = read_all(vault, ring, &kept.attributes).map_err(failed)?;
    let digests: Vec<_> = there
        .iter()
        .map(|(entry, secret)| key.digest(&entry.attributes, secret))
        .collect();
    let copies = |digests: &[Digest]| digests.iter().filter(|digest| **digest == base).count();
    if copies(&digests) > copies(&intent.beside) {
        return Ok(UndoneState::AlreadyBack);
    }
    let known = |digest: &Digest| own.contains(digest) || intent.beside.contains(digest);
    if !digests.iter().all(known) {
        return Err(refused(REPLACED));
    }
    run.record(&Record::UndoIntent {
        item: intent.item,
        temporary: None,
    })
    .map_err(failed)?;
    vault
        .put(ring, &kept.label, &kept.attributes, &kept.secret)
        .map_err(|fault| match fault {
            VaultFault::Gone => refused("the keyring that it was in is gone"),
            VaultFault::Taken => refused(REPLACED),
            other => failed(other),
        })?;
    checkpoint();
    Ok(UndoneState::Restored)
}
