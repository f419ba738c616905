//! An entry that is put into a vault, and taken away again.

use super::read_all;
use super::{Entries, Keeper};
use crate::edit::change::{Ending, changed_meanwhile, failed};
use crate::edit::checkpoint::checkpoint;
use crate::edit::journal::{EntryIntent, Record};
use crate::edit::run::RunFolder;
use crate::edit::state::State;
use crate::edit::undo::{Trouble, UndoneState, failed as not_undone, refused};
use crate::model::{Change, Digest, Edit, OutcomeState, VaultEntry, VaultSecret};
use crate::platform::files::FileFault;
use crate::platform::vault::VaultFault;

impl Entries<'_> {
    /// Puts the entry of an edit.
    pub(in crate::edit) fn put(&mut self, run: &mut RunFolder<'_>, edit: &Edit) -> Ending {
        self.try_put(run, edit).unwrap_or_else(|ending| ending)
    }

    fn try_put(&mut self, run: &mut RunFolder<'_>, edit: &Edit) -> Result<Ending, Ending> {
        let Change::PutVaultEntry {
            ring,
            label,
            attributes,
            secret,
            kept,
        } = &edit.change
        else {
            return Err(failed("it is no entry of a vault"));
        };
        let vault = self.state().vault().map_err(failed)?;
        let alike = read_all(vault, ring, attributes).map_err(failed)?;
        if alike.iter().any(|(_, there)| there == secret) {
            let reason = Some("it was there already".to_owned());
            return Ok((OutcomeState::AlreadyDone, reason));
        }
        if !alike.is_empty() {
            return Err(changed_meanwhile(TAKEN));
        }
        let item = run.take_number();
        let mut intent = EntryIntent {
            item,
            ring: ring.clone(),
            id: String::new(),
            put: true,
            location: edit.location.clone(),
            edits: vec![edit.id.clone()],
            attributes: Digest::of_attributes(attributes),
            base: None,
            beside: Vec::new(),
        };
        if *kept && self.keeps() {
            // What an undo looks for; the new secret itself is kept nowhere.
            let known = VaultEntry {
                ring: ring.clone(),
                id: String::new(),
                label: label.clone(),
                attributes: attributes.clone(),
                created: None,
                modified: None,
                locked: false,
            };
            let nothing = VaultSecret::new(Vec::new(), "");
            let key = self.key(run, ring).map_err(failed)?;
            let sealed = key.seal(run.id(), item, &known, &nothing).map_err(failed)?;
            intent.attributes = key.digest_of_attributes(attributes);
            intent.base = Some(key.digest(attributes, secret));
            run.keep_sealed(item, &sealed).map_err(failed)?;
        }
        let counts = intent.base.is_some();
        if let Err(fault) = run.record(&Record::EntryIntent(intent)) {
            run.drop_copy(item);
            return Err(failed(format_args!(
                "the journal could not be written: {fault}"
            )));
        }
        if let Err(fault) = vault.put(ring, label, attributes, secret) {
            // What did not answer in time may have done it all the same: then the line stays open, and `recover` looks.
            let there = read_all(vault, ring, attributes);
            if there.is_ok_and(|there| there.is_empty())
                && run.record(&Record::RolledBack { item }).is_ok()
            {
                run.drop_copy(item);
            } else {
                run.changed += usize::from(counts);
            }
            return Err(match fault {
                VaultFault::Taken => changed_meanwhile(TAKEN),
                other => failed(other),
            });
        }
        checkpoint();
        run.changed += usize::from(counts);
        // Where this line cannot be written, `recover` sees that the entry is there.
        let _ = run.record(&Record::Done { item });
        Ok((OutcomeState::Done, None))
    }
}

const TAKEN: &str = "there is another entry by now";

/// Deletes an entry that the run put.
pub(in crate::edit) fn take_away(
    state: &State,
    run: &mut RunFolder<'_>,
    intent: &EntryIntent,
) -> Result<UndoneState, Trouble> {
    let vault = state.vault().map_err(not_undone)?;
    let base = intent
        .base
        .ok_or_else(|| refused("nothing was kept of it"))?;
    let sealed = run.kept_sealed(intent.item).map_err(|fault| match fault {
        FileFault::Absent => refused("what it is known by is no longer kept"),
        other => not_undone(other),
    })?;
    let key = Keeper::of(state)
        .and_then(|keeper| keeper.existing(&intent.ring, run.id()))
        .map_err(not_undone)?
        .ok_or_else(|| refused("the key of its copy is gone"))?;
    let known = key
        .open(run.id(), intent.item, &sealed)
        .ok_or_else(|| refused("what was kept of it is damaged"))?;
    let there = read_all(vault, &intent.ring, &known.attributes).map_err(not_undone)?;
    if there.is_empty() {
        return Ok(UndoneState::AlreadyBack);
    }
    let ours = |(entry, secret): &&(VaultEntry, VaultSecret)| {
        key.digest(&entry.attributes, secret) == base
    };
    let Some((entry, _)) = there.iter().find(ours) else {
        return Err(refused("it was changed after the run"));
    };
    run.record(&Record::UndoIntent {
        item: intent.item,
        temporary: None,
    })
    .map_err(not_undone)?;
    vault.delete(entry).map_err(not_undone)?;
    checkpoint();
    Ok(UndoneState::Restored)
}
