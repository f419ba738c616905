//! Puts a new token into the slots of old ones, and looks whether it is there and works.

mod automatic;
mod offer;
mod rotated;
mod slots_here;
mod told;

use std::collections::HashSet;

use uuid::Uuid;

use super::changes::carry_out_in;
use super::fault::Fault;
use super::find::{self, Extent, Memory};
use super::session::Session;
use super::{service, upkeep};
use crate::edit;
use crate::model::{Change, Depth, Organization, Outcome, OutcomeState, Scope, Secret, Verdict};
use crate::policy::{FORBIDDEN, is_forbidden};
use crate::renewal::{
    self, Checked, Filled, FilledSlot, Filling, Purpose, Reader, SavedSlots, SlotState, Target,
    Unfit, targets,
};
use crate::scan::Scanned;
use crate::state::{ProvedCredentials, StateFolder};
use crate::token::Token;

pub(super) use automatic::{Automatic, automatic, is_possible};
pub(super) use offer::{Offer, offer};
pub(super) use rotated::rotated;
pub(super) use told::told;

/// Where tokens are renewed.
#[derive(Clone, Copy)]
pub(super) struct Renewal<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a StateFolder,
    pub(super) scope: &'a Scope,
}

/// What became of the slots, and what is there now.
pub(super) struct Renewed {
    pub(super) slots: Vec<FilledSlot>,
    pub(super) found: Scanned,
}

impl Renewal<'_> {
    /// Whether what was pasted is a token that may take the place of the old ones.
    pub(super) fn check(
        &self,
        pasted: &Secret,
        organization: &Organization,
        found: &Scanned,
        targets: &[Target<'_>],
    ) -> Result<Checked, Unfit> {
        let old = stale(found);
        let address = targets.iter().find_map(Target::address);
        let ask = |secret: &Secret, token: &Token| {
            service::word_on_new(self.session, organization, secret, token, address)
        };
        let ask: Option<renewal::Ask<'_>> = self.session.asking.new_tokens.then_some(&ask);
        renewal::check(pasted, organization, old, ask)
    }

    /// The same by its form alone, where nobody can be asked.
    pub(super) fn check_form(
        pasted: &Secret,
        organization: &Organization,
        found: &Scanned,
    ) -> Result<Checked, Unfit> {
        renewal::check(pasted, organization, stale(found), None)
    }

    /// Puts the token into the slots that `wanted` keeps, and looks at them again.
    ///
    /// # Errors
    /// Where nothing could be done; what goes wrong with one slot is said of that slot.
    pub(super) fn fill(
        &self,
        checked: &Checked,
        organization: &Organization,
        found: &Scanned,
        wanted: &dyn Fn(&Target<'_>) -> bool,
    ) -> Result<Renewed, Fault> {
        let saved = SavedSlots::load(self.state).map_err(Fault::failed)?;
        let mut targets = targets(organization, found.pairs(), &saved);
        targets.retain(|target| wanted(target));
        let keep_days = self.session.settings.keep_days;
        let (run, mut slots) = self.put(&checked.token, &targets, keep_days)?;
        let repository = service::repository(found, &organization.name);
        for (slot, target) in slots.iter_mut().zip(&targets) {
            if slot.state == SlotState::Filled {
                let address = address_of(target, repository.as_deref());
                slot.state = self.tried(&checked.token, organization, address);
            }
        }
        let works = slots.iter().any(|slot| slot.state == SlotState::Works);
        if checked.is_proved || works {
            self.remember_proved(&checked.token, organization)?;
        }
        drop(targets);
        let found = self.look_again(run, &mut slots, &checked.token)?;
        Ok(Renewed { slots, found })
    }

    /// Puts the token into these slots; what became of each, and the run that did it, which is kept so long.
    fn put(
        &self,
        token: &Secret,
        targets: &[Target<'_>],
        keep_days: u32,
    ) -> Result<(Uuid, Vec<FilledSlot>), Fault> {
        let session = self.session;
        if upkeep::is_paused(session, self.state)? {
            return Err(Fault::waiting(
                "the admin has paused all changes: nothing was put anywhere; try again later",
            ));
        }
        let reader = Reader::new(session.platform.as_ref());
        let key = self.state.fingerprint_key().map_err(Fault::failed)?;
        let run = Uuid::now_v7();
        let is_barred = |target: &&Target<'_>| match target {
            Target::Present { finding, .. } => is_forbidden(finding.remedy, &session.settings),
            // Its old token went with somebody's consent.
            Target::Removed(_) => false,
        };
        let (barred, open): (Vec<_>, Vec<_>) = targets.iter().partition(is_barred);
        let open: Vec<_> = open.into_iter().copied().collect();
        let mut filling = renewal::plan(run, &open, token, &reader, &key);
        let reason = || format!("{FORBIDDEN}: ask your administrator");
        filling.by_hand.extend(
            barred
                .iter()
                .map(|target| (target.finding().to_owned(), reason())),
        );
        let outcomes = self.execute(&mut filling, keep_days)?;
        let slots = targets.iter().map(|target| {
            let state = state_of(target, &filling, &outcomes);
            FilledSlot::new(target, state)
        });
        Ok((run, slots.collect()))
    }

    fn remember_proved(&self, token: &Secret, organization: &Organization) -> Result<(), Fault> {
        let fingerprint = Memory::load(self.session)?.fingerprint(token);
        let mut proved = ProvedCredentials::load(self.state).map_err(Fault::failed)?;
        proved.remember(&fingerprint, &organization.name, self.session.now);
        proved.save(self.state).map_err(Fault::failed)
    }

    fn execute(&self, filling: &mut Filling, keep_days: u32) -> Result<Vec<Outcome>, Fault> {
        let session = self.session;
        if filling.plan.edits.is_empty() {
            return Ok(Vec::new());
        }
        let state = session.edit_state().map_err(Fault::failed)?;
        if keep_days > 0 {
            let refused = edit::keep_or_ask(&mut filling.plan, |_| true, &state);
            // The person agreed to what can be put back.
            filling
                .plan
                .edits
                .retain(|edit| !refused.contains(&edit.finding));
            filling.by_hand.extend(refused.into_iter().map(|finding| {
                let reason =
                    "the vault keeps no key for a copy of the old one: put the new one in by hand";
                (finding, reason.to_owned())
            }));
        }
        let approved: HashSet<String> = filling
            .plan
            .edits
            .iter()
            .map(|edit| edit.id.clone())
            .collect();
        carry_out_in(&state, session, &filling.plan, &approved, keep_days)
    }

    /// Shows the token to the slot's own address, where it has one.
    fn tried(
        &self,
        token: &Secret,
        organization: &Organization,
        address: Option<&str>,
    ) -> SlotState {
        let Some(address) = address.filter(|_| self.session.asking.new_tokens) else {
            return SlotState::Filled;
        };
        match service::slot_works(self.session, &organization.name, token, address) {
            Ok(Some(true)) => SlotState::Works,
            Ok(Some(false)) => SlotState::Refused,
            Ok(None) => SlotState::Filled,
            Err(reason) => {
                tracing::warn!(reason, "a slot was not tried");
                SlotState::Filled
            }
        }
    }

    /// What is said to be there was seen to be there.
    fn look_again(
        &self,
        run: Uuid,
        slots: &mut [FilledSlot],
        token: &Secret,
    ) -> Result<Scanned, Fault> {
        let memory = Memory::load(self.session)?;
        let fingerprint = memory.fingerprint(token);
        let extent = Extent::everywhere(self.session, Depth::default());
        let found = find::find(self.session, self.scope, &extent, &memory);
        for slot in slots.iter_mut().filter(|slot| slot.state.is_in()) {
            let mut findings = found.scan.findings.iter();
            let is_there = findings.any(|finding| {
                finding.id == slot.finding && finding.fingerprint.as_ref() == Some(&fingerprint)
            });
            if !is_there {
                slot.state = SlotState::Failed(
                    "it was put there, and rekey does not find it: look yourself".to_owned(),
                );
            }
        }
        let mut saved = SavedSlots::load(self.state).map_err(Fault::failed)?;
        let now = self.session.now;
        saved.close_held(&found.scan.findings, slots, Filled { run, at: now });
        saved.forget_filled(self.session.settings.keep_days.max(1), now);
        saved.save(self.state).map_err(Fault::failed)?;
        Ok(found)
    }
}

/// The repository or feed that a slot is for; for git's any of the organization's.
fn address_of<'a>(target: &'a Target<'_>, repository: Option<&'a str>) -> Option<&'a str> {
    let of_git = || repository.filter(|_| Purpose::of(target) == Purpose::Code);
    target.address().or_else(of_git)
}

/// The secrets that are to go.
fn stale(found: &Scanned) -> impl Iterator<Item = &Secret> {
    let stale = found
        .pairs()
        .filter(|(finding, _)| finding.verdict == Verdict::Stale);
    stale.filter_map(|(_, credential)| credential.secret.as_ref())
}

fn state_of(target: &Target<'_>, filling: &Filling, outcomes: &[Outcome]) -> SlotState {
    let by_hand = filling
        .by_hand
        .iter()
        .find(|(finding, _)| finding == target.finding());
    if let Some((_, reason)) = by_hand {
        return SlotState::ByHand(reason.clone());
    }
    let own = filling
        .plan
        .edits
        .iter()
        .filter(|edit| edit.finding == target.finding());
    for edit in own {
        let outcome = outcomes.iter().find(|outcome| outcome.edit == edit.id);
        let done = |outcome: &&Outcome| {
            matches!(
                outcome.state,
                OutcomeState::Done | OutcomeState::AlreadyDone
            )
        };
        let Some(outcome) = outcome.filter(|outcome| !done(outcome)) else {
            continue;
        };
        let reason = outcome
            .reason
            .clone()
            .unwrap_or_else(|| outcome.state.to_string());
        // The entry that it was to replace is gone, and there is no other yet.
        if matches!(edit.change, Change::PutVaultEntry { .. }) {
            return SlotState::Failed(format!("{reason}; rekey undo brings the old one back"));
        }
        return SlotState::Failed(reason);
    }
    SlotState::Filled
}
