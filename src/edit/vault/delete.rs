//! One approved edit of one entry.

use std::collections::HashMap;

use super::{Keeper, Key, read_all};
use crate::edit::change::{Ending, changed_meanwhile, failed};
use crate::edit::checkpoint::checkpoint;
use crate::edit::journal::{EntryIntent, Record};
use crate::edit::run::RunFolder;
use crate::edit::state::State;
use crate::model::{Change, Digest, Edit, OutcomeState, VaultEntry, VaultSecret};
use crate::platform::vault::{Vault, VaultFault};

/// The vault in one run, with the run's keys as far as they were needed.
pub(in crate::edit) struct Entries<'s> {
    state: &'s State,
    /// Policy keeps copies.
    keeps: bool,
    keys: HashMap<String, Key>,
}

/// An entry that is what the edit was planned against, and those that look like it.
struct Held {
    entry: VaultEntry,
    secret: VaultSecret,
    beside: Vec<VaultSecret>,
}

/// What the journal says of an entry.
struct Digests {
    attributes: Digest,
    base: Option<Digest>,
    beside: Vec<Digest>,
}

impl<'s> Entries<'s> {
    pub(in crate::edit) fn new(state: &'s State, keeps: bool) -> Self {
        Self {
            state,
            keeps,
            keys: HashMap::new(),
        }
    }

    /// Deletes the entry of an edit, and those that its secret goes on in.
    pub(in crate::edit) fn delete(&mut self, run: &mut RunFolder<'_>, edit: &Edit) -> Ending {
        let Change::DeleteVaultEntry {
            entry,
            base,
            shards,
            ..
        } = &edit.change
        else {
            return failed("it is no entry of a vault");
        };
        // The first names the others: while it is there, all are found again.
        let rest = shards.iter().rev().map(|(entry, base)| (entry, *base));
        let all: Vec<_> = rest.chain([(entry, *base)]).collect();
        if !shards.is_empty()
            && let Err(ending) = self.are_as_planned(&all)
        {
            return ending;
        }
        let mut ending = failed("it is no entry of a vault");
        for (entry, base) in all {
            ending = self
                .try_delete(run, edit, entry, base)
                .unwrap_or_else(|ending| ending);
            if !matches!(ending.0, OutcomeState::Done | OutcomeState::AlreadyDone) {
                break;
            }
        }
        ending
    }

    /// Part of a secret is worth nothing: all of it goes, or none.
    fn are_as_planned(&self, entries: &[(&VaultEntry, Digest)]) -> Result<(), Ending> {
        let vault = self.state.vault().map_err(failed)?;
        for (entry, base) in entries {
            match held(vault, entry, *base) {
                Ok(_) | Err((OutcomeState::AlreadyDone, _)) => {}
                Err(ending) => return Err(ending),
            }
        }
        Ok(())
    }

    fn try_delete(
        &mut self,
        run: &mut RunFolder<'_>,
        edit: &Edit,
        entry: &VaultEntry,
        base: Digest,
    ) -> Result<Ending, Ending> {
        let kept = edit.change.can_be_undone();
        let vault = self.state.vault().map_err(failed)?;
        let held = held(vault, entry, base)?;
        let item = run.take_number();
        let digests = if kept && self.keeps {
            self.keep(run, item, &held)
                .map_err(|fault| failed(format_args!("no copy of it could be kept: {fault}")))?
        } else {
            Digests {
                attributes: Digest::of_attributes(&held.entry.attributes),
                base: None,
                beside: Vec::new(),
            }
        };
        let base = digests.base;
        let intent = Record::EntryIntent(EntryIntent {
            item,
            ring: held.entry.ring.clone(),
            id: held.entry.id.clone(),
            put: false,
            location: edit.location.clone(),
            edits: vec![edit.id.clone()],
            attributes: digests.attributes,
            base,
            beside: digests.beside,
        });
        if let Err(fault) = run.record(&intent) {
            run.drop_copy(item);
            return Err(failed(format_args!(
                "the journal could not be written: {fault}"
            )));
        }
        match delete_this(vault, &held) {
            Deleted::Yes => {}
            Deleted::No(ending) => {
                // Where this line cannot be written, `recover` sees that the entry is there.
                if run.record(&Record::RolledBack { item }).is_ok() {
                    run.drop_copy(item);
                }
                return Err(ending);
            }
            Deleted::Unknown(ending) => {
                run.changed += 1;
                return Err(ending);
            }
        }
        checkpoint();
        run.changed += usize::from(base.is_some());
        // Where this line cannot be written, `recover` sees that the entry is gone.
        let _ = run.record(&Record::Done { item });
        Ok((OutcomeState::Done, None))
    }

    /// Keeps a sealed copy; returns digests that only who has its key can try.
    fn keep(&mut self, run: &mut RunFolder<'_>, item: u32, held: &Held) -> Result<Digests, String> {
        let key = self.key(run, &held.entry.ring)?;
        let sealed = key
            .seal(run.id(), item, &held.entry, &held.secret)
            .map_err(|fault| fault.to_string())?;
        let attributes = &held.entry.attributes;
        let beside = held.beside.iter();
        let digests = Digests {
            attributes: key.digest_of_attributes(attributes),
            base: Some(key.digest(attributes, &held.secret)),
            beside: beside
                .map(|secret| key.digest(attributes, secret))
                .collect(),
        };
        run.keep_sealed(item, &sealed)
            .map_err(|fault| fault.to_string())?;
        Ok(digests)
    }

    pub(super) fn state(&self) -> &'s State {
        self.state
    }

    pub(super) fn keeps(&self) -> bool {
        self.keeps
    }

    pub(super) fn key(&mut self, run: &mut RunFolder<'_>, ring: &str) -> Result<&Key, String> {
        if !self.keys.contains_key(ring) {
            let told = |fault: VaultFault| fault.to_string();
            let keeper = Keeper::of(self.state).map_err(told)?;
            let known = keeper.existing(ring, run.id()).map_err(told)?;
            let key = if let Some(key) = known {
                key
            } else {
                let about = Record::Key {
                    ring: ring.to_owned(),
                };
                run.record(&about).map_err(|fault| fault.to_string())?;
                let key = keeper.make(ring, run.id()).map_err(told)?;
                checkpoint();
                key
            };
            self.keys.insert(ring.to_owned(), key);
        }
        self.keys
            .get(ring)
            .ok_or_else(|| "its key is lost".to_owned())
    }
}

/// Finds the entry that the edit was planned against.
fn held(vault: &dyn Vault, entry: &VaultEntry, base: Digest) -> Result<Held, Ending> {
    let mut alike = read_all(vault, &entry.ring, &entry.attributes).map_err(failed)?;
    if alike.is_empty() {
        let reason = Some("the entry was gone already".to_owned());
        return Err((OutcomeState::AlreadyDone, reason));
    }
    let planned = entry;
    let is_it = |(known, secret): &(VaultEntry, VaultSecret)| {
        // Where nobody knows what it holds, its times tell whether it is another by now.
        let is_untouched = || known.id == planned.id && known.modified == planned.modified;
        Digest::of_entry(&known.attributes, secret) == base
            && (!secret.is_withheld() || is_untouched())
    };
    // The very one first; a vault may have given it another name since.
    alike.sort_by_key(|(known, _)| known.id != entry.id);
    let place = alike.iter().position(is_it);
    let place = place.ok_or_else(|| changed_meanwhile("it was changed after it was read"))?;
    let (entry, secret) = alike.remove(place);
    Ok(Held {
        entry,
        secret,
        beside: alike.into_iter().map(|(_, secret)| secret).collect(),
    })
}

/// What became of an entry that was to be deleted.
enum Deleted {
    Yes,
    No(Ending),
    /// The vault does not say; the journal's line stays open, and `recover` looks.
    Unknown(Ending),
}

/// Looks a last time, so that what another program wrote since is not lost, and deletes.
fn delete_this(vault: &dyn Vault, held: &Held) -> Deleted {
    let changed = || Deleted::No(changed_meanwhile("it was changed while rekey was at work"));
    match is_there(vault, held) {
        Ok(true) => {}
        Ok(false) => return changed(),
        Err(fault) => return Deleted::No(failed(fault)),
    }
    let fault = match vault.delete(&held.entry) {
        Ok(()) => return Deleted::Yes,
        Err(VaultFault::Gone) => return changed(),
        Err(fault) => fault,
    };
    // What did not answer in time may have done it all the same.
    match is_there(vault, held) {
        Ok(true) => Deleted::No(failed(fault)),
        Ok(false) => Deleted::Yes,
        Err(_) => Deleted::Unknown(failed(fault)),
    }
}

fn is_there(vault: &dyn Vault, held: &Held) -> Result<bool, VaultFault> {
    let now = read_all(vault, &held.entry.ring, &held.entry.attributes)?;
    let is_it = |(entry, secret): &(VaultEntry, VaultSecret)| {
        entry.id == held.entry.id && *secret == held.secret
    };
    Ok(now.iter().any(is_it))
}
