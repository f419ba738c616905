//! Carries a plan out, file by file.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use super::Fault;
use super::change::{FileChange, outcome};
use super::forget;
use super::history::History;
use super::recover::recover;
use super::registry;
use super::run::RunFolder;
use super::state::State;
use super::target::open_home;
use super::vault::Entries;
use crate::model::{Change, Edit, Outcome, OutcomeState, Plan};
use crate::platform::files::spelling;

/// What every edit of a run shares.
#[derive(Debug, Clone, Copy)]
pub struct Executor<'a> {
    /// rekey's own folder, locked.
    pub state: &'a State,
    /// The home, with links resolved.
    pub home: &'a Path,
    /// The policy's `undo.keep_days`.
    pub keep_days: u32,
    /// The time of the run.
    pub now: Timestamp,
}

impl Executor<'_> {
    /// Carries out the edits whose ids are in `approved`, and returns an outcome for each of them, in the
    /// order of the plan. All edits of one file are made in one step. `progress` hears of each outcome
    /// as soon as it is known. A second call with the same run adds to it.
    ///
    /// # Errors
    /// A [`Fault`] where nothing could be done at all; what goes wrong with one file is an outcome.
    pub fn execute(
        &self,
        plan: &Plan,
        approved: &HashSet<String>,
        progress: &dyn Fn(&Outcome),
    ) -> Result<Vec<Outcome>, Fault> {
        let mut outcomes = HashMap::new();
        let places = by_place(plan, approved);
        if !places.is_empty() {
            self.change_places(plan, places, &mut outcomes, progress)?;
        }
        for edit in agreed(plan, approved) {
            if let Some(outcome) = forget::forget(edit) {
                progress(&outcome);
                outcomes.insert(outcome.edit.clone(), outcome);
            }
        }
        let in_order = plan.edits.iter();
        Ok(in_order
            .filter_map(|edit| outcomes.remove(&edit.id))
            .collect())
    }

    fn change_places(
        &self,
        plan: &Plan,
        places: Vec<(Place<'_>, Vec<&Edit>)>,
        outcomes: &mut HashMap<String, Outcome>,
        progress: &dyn Fn(&Outcome),
    ) -> Result<(), Fault> {
        // Callers have done so, to tell the person; nothing is left to find here then.
        recover(self.state, self.home)?;
        let home = open_home(self.home)?;
        let earlier = History::all(self.state.runs())?;
        let mut run = match earlier.iter().find(|history| history.run == plan.run) {
            Some(history) => RunFolder::resume(self.state, history)?,
            None => RunFolder::new(self.state, plan.run, self.now),
        };
        let goes_on = earlier
            .iter()
            .any(|it| it.run == plan.run && it.changes() > 0);
        let mut entries = Entries::new(self.state, self.keep_days > 0);
        for (place, edits) in places {
            let made = match place {
                Place::File(path) => FileChange {
                    home: &home,
                    home_path: self.home,
                    path,
                    earlier: &earlier,
                    dpapi: self.state.dpapi(),
                }
                .carry_out(&mut run, &edits),
                Place::Vault => edits
                    .iter()
                    .map(|edit| {
                        let ending = match edit.change {
                            Change::PutVaultEntry { .. } => entries.put(&mut run, edit),
                            _ => entries.delete(&mut run, edit),
                        };
                        outcome(edit, &ending)
                    })
                    .collect(),
                Place::Registry => {
                    let registry = self.state.registry();
                    let made = registry::carry_out(registry.clone(), &mut run, &edits);
                    registry::announce(registry, keys_changed(&edits, &made));
                    made
                }
            };
            for outcome in made {
                progress(&outcome);
                outcomes.insert(outcome.edit.clone(), outcome);
            }
        }
        let nothing_to_undo = run.changed == 0 && !goes_on;
        if self.keep_days == 0 || nothing_to_undo {
            run.discard()?;
        }
        Ok(())
    }
}

fn agreed<'p>(plan: &'p Plan, approved: &HashSet<String>) -> impl Iterator<Item = &'p Edit> {
    let edits = plan.edits.iter();
    edits.filter(|edit| approved.contains(&edit.id))
}

/// What is changed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'p> {
    File(&'p Path),
    Vault,
    Registry,
}

impl<'p> Place<'p> {
    /// `None` for what is only in memory.
    fn of(change: &'p Change) -> Option<Self> {
        match change {
            Change::CreateFile { path, .. }
            | Change::DeleteFile { path, .. }
            | Change::EditFile { path, .. } => Some(Self::File(path)),
            Change::DeleteVaultEntry { .. } | Change::PutVaultEntry { .. } => Some(Self::Vault),
            Change::SetRegistryValue { .. } => Some(Self::Registry),
            Change::Forget { .. } => None,
        }
    }
}

/// The keys of the registry in which a value was changed.
fn keys_changed<'e>(edits: &[&'e Edit], made: &[Outcome]) -> impl Iterator<Item = &'e str> {
    let is_done = |edit: &Edit| {
        let mut made = made.iter().filter(|it| it.state == OutcomeState::Done);
        made.any(|it| it.edit == edit.id)
    };
    let done = edits.iter().filter(move |edit| is_done(edit));
    done.filter_map(|edit| match &edit.change {
        Change::SetRegistryValue { key, .. } => Some(key.as_str()),
        _ => None,
    })
}

/// The approved edits of each file, those of the vault and those of the registry, in the order in which the plan
/// first names the place.
fn by_place<'p>(plan: &'p Plan, approved: &HashSet<String>) -> Vec<(Place<'p>, Vec<&'p Edit>)> {
    let mut places: Vec<(Place<'_>, Vec<&Edit>)> = Vec::new();
    let mut known = HashMap::new();
    for edit in agreed(plan, approved) {
        let Some(place) = Place::of(&edit.change) else {
            continue;
        };
        // Two spellings of one name are one file on some systems.
        let key = match place {
            Place::File(path) => (Place::File(Path::new("")), Some(spelling::key(path))),
            other => (other, None),
        };
        let at = *known.entry(key).or_insert(places.len());
        match places.get_mut(at) {
            Some((_, edits)) => edits.push(edit),
            None => places.push((place, vec![edit])),
        }
    }
    places
}
