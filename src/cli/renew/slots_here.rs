//! The slots of this workstation, as whoever makes successors of tokens fills and tries them.

use super::{Renewal, address_of};
use crate::cli::find::{self, Extent, Memory};
use crate::cli::service;
use crate::edit;
use crate::guide::rotation::Slots;
use crate::model::{Depth, Organization, Secret};
use crate::renewal::{FilledSlot, SavedSlots, SlotState, check, named};
use crate::scan::Scanned;

/// The slots of one organization.
pub(super) struct SlotsHere<'a> {
    renewal: Renewal<'a>,
    organization: &'a Organization,
    /// What is there now.
    pub(super) found: Scanned,
    /// What became of those that were filled.
    pub(super) filled: Vec<FilledSlot>,
}

impl<'a> SlotsHere<'a> {
    pub(super) fn new(
        renewal: Renewal<'a>,
        organization: &'a Organization,
        found: Scanned,
    ) -> Self {
        Self {
            renewal,
            organization,
            found,
            filled: Vec::new(),
        }
    }

    fn saved(&self) -> Result<SavedSlots, String> {
        SavedSlots::load(self.renewal.state).map_err(|fault| fault.to_string())
    }

    /// What a run filled is empty again.
    fn reopen(&self, run: uuid::Uuid) -> Result<(), String> {
        let mut saved = self.saved()?;
        saved.reopen(run);
        let kept = saved.save(self.renewal.state);
        kept.map_err(|fault| fault.to_string())
    }

    /// Takes a run back that did only a part: a token is in all of its slots, or in none.
    fn take_back(&self, run: uuid::Uuid) -> Result<(), String> {
        let session = self.renewal.session;
        let home = session.platform.home().canonicalize();
        let home = home.map_err(|error| error.to_string())?;
        let state = session.edit_state().map_err(|fault| fault.to_string())?;
        match edit::undo(&state, &home, Some(run)) {
            Ok(undone) if undone.is_complete() => self.reopen(run),
            // Nothing was changed, so nothing was kept.
            Err(edit::Fault::UnknownRun { .. }) => Ok(()),
            Ok(_) => Err("some places could not be put back: rekey undo tries again".to_owned()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}

impl Slots for SlotsHere<'_> {
    fn fill(&mut self, slots: &[String], token: &Secret) -> Result<(), String> {
        let saved = self.saved()?;
        let targets = named(slots, self.found.pairs(), &saved, self.organization);
        if targets.len() < slots.len() {
            return Err("a place that it was for is gone".to_owned());
        }
        // Where policy keeps nothing, it is kept until all of them have it.
        let session = self.renewal.session;
        let keep_days = session.settings.keep_days;
        let put = self.renewal.put(token, &targets, keep_days.max(1));
        let (run, mut filled) = put.map_err(|fault| fault.to_string())?;
        drop(targets);
        let found = self.renewal.look_again(run, &mut filled, token);
        let wrong = filled.iter().find_map(|slot| match &slot.state {
            SlotState::ByHand(reason) | SlotState::Failed(reason) => {
                Some(format!("{}: {reason}", slot.store))
            }
            _ => None,
        });
        let back = wrong.is_some().then(|| self.take_back(run));
        if keep_days == 0 && !matches!(back, Some(Err(_))) {
            let state = session.edit_state().map_err(|fault| fault.to_string())?;
            edit::purge(&state, session.now, 0).map_err(|fault| fault.to_string())?;
        }
        match (wrong, back) {
            (Some(reason), Some(Err(trouble))) => return Err(format!("{reason}; {trouble}")),
            (Some(reason), _) => return Err(reason),
            (None, _) => {}
        }
        self.found = found.map_err(|fault| fault.to_string())?;
        self.filled.retain(|known| !slots.contains(&known.finding));
        self.filled.extend(filled);
        Ok(())
    }

    fn prove(&mut self, slots: &[String], token: &Secret) -> Result<(), String> {
        let saved = self.saved()?;
        let targets = named(slots, self.found.pairs(), &saved, self.organization);
        let repository = service::repository(&self.found, &self.organization.name);
        let addresses: Vec<&str> = targets
            .iter()
            .filter_map(|target| address_of(target, repository.as_deref()))
            .collect();
        let session = self.renewal.session;
        let ask = |secret: &Secret, form: &crate::token::Token| {
            let address = addresses.first().copied();
            service::word_on_new(session, self.organization, secret, form, address)
        };
        // It was made a moment ago, by the service itself.
        let checked = check(token, self.organization, [], Some(&ask));
        checked.map_err(|unfit| unfit.to_string())?;
        for address in addresses {
            let works = service::slot_works(session, &self.organization.name, token, address)?;
            let state = match works {
                Some(false) => return Err(format!("{address} refuses it")),
                Some(true) => SlotState::Works,
                None => continue,
            };
            let own = targets
                .iter()
                .filter(|target| address_of(target, repository.as_deref()) == Some(address));
            for target in own {
                let mut known = self.filled.iter_mut();
                if let Some(slot) = known.find(|slot| slot.finding == target.finding()) {
                    slot.state = state.clone();
                }
            }
        }
        let remembered = self.renewal.remember_proved(token, self.organization);
        remembered.map_err(|fault| fault.to_string())?;
        // What is proved is current from now on.
        let memory = Memory::load(session).map_err(|fault| fault.to_string())?;
        let extent = Extent::everywhere(session, Depth::default());
        drop(targets);
        self.found = find::find(session, self.renewal.scope, &extent, &memory);
        Ok(())
    }

    fn recall(&mut self, slots: &[String]) -> Option<Secret> {
        let mut held = slots.iter().map(|id| {
            let mut pairs = self.found.pairs();
            let (_, credential) = pairs.find(|(finding, _)| finding.id == *id)?;
            credential.secret.clone()
        });
        let first = held.next()??;
        held.all(|other| other.as_ref() == Some(&first))
            .then_some(first)
    }
}
