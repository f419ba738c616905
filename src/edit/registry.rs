//! Deletes and changes values of the person's registry, the way files are changed: compare, keep a copy, write
//! down, change, write down.
//!
//! A copy is kept as that of a file is, in the folder that is the owner's alone, and not sealed: the registry
//! itself is such a file, and keeps the value as open as that. So an undo depends on nothing else.

use super::change::{Ending, changed_meanwhile, failed, outcome};
use super::checkpoint::checkpoint;
use super::journal::{Record, ValueIntent};
use super::recover::{Trouble as Unsettled, ending_of};
use super::run::RunFolder;
use super::undo::{Trouble, UndoneState, failed as undo_failed, refused};
use crate::model::{
    Change, Digest, Edit, Location, Outcome, OutcomeState, RegistryData, RegistryKey, Splice,
    splice,
};
use crate::platform::files::FileFault;
use crate::platform::registry::{Registry, RegistryFault, VARIABLES};

/// What the edits of one group share.
type Group<'e> = (&'e str, &'e [(String, Digest)]);

/// Makes all approved edits of the registry; one outcome for each.
pub(super) fn carry_out(
    registry: Result<&dyn Registry, RegistryFault>,
    run: &mut RunFolder<'_>,
    edits: &[&Edit],
) -> Vec<Outcome> {
    let mut groups: Vec<(Group<'_>, Vec<&Edit>)> = Vec::new();
    for edit in edits {
        let Change::SetRegistryValue { key, values, .. } = &edit.change else {
            continue;
        };
        let group = (key.as_str(), values.as_slice());
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, edits)) => edits.push(edit),
            None => groups.push((group, vec![edit])),
        }
    }
    let mut outcomes = Vec::new();
    for ((key, values), edits) in groups {
        let ending = match &registry {
            Ok(registry) => change(*registry, run, key, values, &edits),
            Err(fault) => failed(fault),
        };
        outcomes.extend(edits.iter().map(|edit| outcome(edit, &ending)));
    }
    outcomes
}

/// Reads a value; `None` where it is not there.
fn held(
    registry: &dyn Registry,
    key: &str,
    name: &str,
) -> Result<Option<RegistryData>, RegistryFault> {
    match registry.value(&RegistryKey::of_person(key), name) {
        Ok(data) => Ok(Some(data)),
        Err(RegistryFault::Absent) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn change(
    registry: &dyn Registry,
    run: &mut RunFolder<'_>,
    key: &str,
    values: &[(String, Digest)],
    edits: &[&Edit],
) -> Ending {
    let mut there = Vec::new();
    for (name, base) in values {
        match held(registry, key, name) {
            Ok(Some(data)) => there.push((name, *base, data)),
            Ok(None) => {}
            Err(fault) => return failed(fault),
        }
    }
    if there.is_empty() {
        let reason = Some("the value was gone already".to_owned());
        return (OutcomeState::AlreadyDone, reason);
    }
    let is_planned =
        |(_, base, data): &(&String, Digest, RegistryData)| Digest::of_value(data) == *base;
    if there.len() < values.len() || !there.iter().all(is_planned) {
        return changed_meanwhile("it was changed after it was read");
    }
    let mut cuts = Some(Vec::new());
    for edit in edits {
        if let Change::SetRegistryValue { splices, .. } = &edit.change {
            cuts = cuts.zip(splices.as_ref()).map(|(mut cuts, more)| {
                cuts.extend(more.iter().cloned());
                cuts
            });
        }
    }
    for (name, base, data) in there {
        let after = match &cuts {
            None => None,
            Some(cuts) => match changed(&data, cuts.clone()) {
                Ok(after) => Some(after),
                Err(ending) => return ending,
            },
        };
        let value = Value {
            registry,
            key,
            name,
        };
        if let Err(ending) = value.change(run, edits, base, &data, after.as_ref()) {
            return ending;
        }
    }
    if cuts.is_none() && key != VARIABLES {
        // One that holds something else, or is written to just now, stays.
        let _ = registry.delete_empty(key);
        checkpoint();
    }
    (OutcomeState::Done, None)
}

fn changed(data: &RegistryData, cuts: Vec<Splice>) -> Result<RegistryData, Ending> {
    let bytes = splice(data.expose(), cuts).map_err(failed)?;
    Ok(RegistryData::new(data.kind(), bytes))
}

/// One value.
struct Value<'v> {
    registry: &'v dyn Registry,
    key: &'v str,
    name: &'v str,
}

impl Value<'_> {
    fn now(&self) -> Result<Option<RegistryData>, RegistryFault> {
        held(self.registry, self.key, self.name)
    }

    /// How people know it: by its own name where one finding has several.
    fn location(&self, edits: &[&Edit]) -> Location {
        let Some(edit) = edits.first() else {
            return Location::default();
        };
        let mut location = edit.location.clone();
        if let Change::SetRegistryValue { values, .. } = &edit.change
            && values.len() > 1
        {
            location.entry = Some(self.name.to_owned());
        }
        location
    }

    fn put(&self, data: Option<&RegistryData>) -> Result<(), RegistryFault> {
        match data {
            Some(data) => self.registry.set(self.key, self.name, data),
            None => self.registry.delete(self.key, self.name),
        }
    }

    fn change(
        &self,
        run: &mut RunFolder<'_>,
        edits: &[&Edit],
        base: Digest,
        data: &RegistryData,
        after: Option<&RegistryData>,
    ) -> Result<(), Ending> {
        let item = run.take_number();
        run.keep_value(item, &data.to_copy())
            .map_err(|fault| failed(format_args!("no copy of it could be kept: {fault}")))?;
        let intent = Record::ValueIntent(ValueIntent {
            item,
            key: self.key.to_owned(),
            name: self.name.to_owned(),
            location: self.location(edits),
            edits: edits.iter().map(|edit| edit.id.clone()).collect(),
            base,
            after: after.map(Digest::of_value),
        });
        if let Err(fault) = run.record(&intent) {
            run.drop_copy(item);
            return Err(failed(format_args!(
                "the journal could not be written: {fault}"
            )));
        }
        // It looks a last time, so that what another program wrote since is not lost.
        let made = match self.now() {
            Ok(Some(now)) if now == *data => self.put(after).map_err(failed),
            Ok(_) => Err(changed_meanwhile("it was changed while rekey was at work")),
            Err(fault) => Err(failed(fault)),
        };
        checkpoint();
        if let Err(ending) = made {
            // Where this line cannot be written, `recover` sees that the value is as it was.
            if run.record(&Record::RolledBack { item }).is_ok() {
                run.drop_copy(item);
            }
            return Err(ending);
        }
        run.changed += 1;
        // Where this line cannot be written, `recover` sees that the value is new.
        let _ = run.record(&Record::Done { item });
        Ok(())
    }
}

fn digest(
    registry: Result<&dyn Registry, RegistryFault>,
    intent: &ValueIntent,
) -> Result<Option<Digest>, RegistryFault> {
    let now = held(registry?, &intent.key, &intent.name)?;
    Ok(now.as_ref().map(Digest::of_value))
}

/// What became of a value when a run was stopped.
pub(super) fn settle(
    registry: Result<&dyn Registry, RegistryFault>,
    intent: &ValueIntent,
) -> Result<super::recover::Ending, Unsettled> {
    let now = digest(registry, intent).map_err(|fault| Unsettled::Later(fault.to_string()))?;
    ending_of(Some(intent.base), intent.after, now)
}

/// An undo that was stopped: what it had put back is written down; the rest is for the next undo.
pub(super) fn settle_undo(
    registry: Result<&dyn Registry, RegistryFault>,
    run: &mut RunFolder<'_>,
    intent: &ValueIntent,
) -> Result<(), FileFault> {
    if digest(registry, intent) == Ok(Some(intent.base)) {
        run.record(&Record::UndoDone { item: intent.item })?;
    }
    Ok(())
}

/// Puts a value back, with its type.
pub(super) fn restore(
    registry: Result<&dyn Registry, RegistryFault>,
    run: &mut RunFolder<'_>,
    intent: &ValueIntent,
) -> Result<UndoneState, Trouble> {
    let registry = registry.map_err(undo_failed)?;
    let now = digest(Ok(registry), intent).map_err(undo_failed)?;
    if now == Some(intent.base) {
        return Ok(UndoneState::AlreadyBack);
    }
    if now != intent.after {
        return Err(refused(match now {
            None => "it was deleted after the run",
            Some(_) if intent.after.is_none() => "there is a new value in its place",
            Some(_) => "it was changed after the run",
        }));
    }
    let copy = run.kept_value(intent.item).map_err(|fault| match fault {
        FileFault::Absent => refused("what it held is no longer kept"),
        other => undo_failed(other),
    })?;
    let data = RegistryData::from_copy(&copy)
        .filter(|data| Digest::of_value(data) == intent.base)
        .ok_or_else(|| refused("what was kept of it is damaged"))?;
    run.record(&Record::UndoIntent {
        item: intent.item,
        temporary: None,
    })
    .map_err(undo_failed)?;
    // Another program may have written since it was compared.
    if digest(Ok(registry), intent) != Ok(intent.after) {
        return Err(refused("it was changed while rekey was at work"));
    }
    registry
        .set(&intent.key, &intent.name, &data)
        .map_err(undo_failed)?;
    checkpoint();
    Ok(UndoneState::Restored)
}

/// Tells other programs where a variable was among what was changed.
pub(super) fn announce<'k>(
    registry: Result<&dyn Registry, RegistryFault>,
    mut keys: impl Iterator<Item = &'k str>,
) {
    if let Ok(registry) = registry
        && keys.any(|key| key.eq_ignore_ascii_case(VARIABLES))
    {
        registry.announce_variables();
    }
}
