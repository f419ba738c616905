//! All approved edits of one file, made in one step.

use std::ffi::OsStr;
use std::path::Path;

use super::checkpoint::checkpoint;
use super::create::create;
use super::history::History;
use super::journal::{Intent, Record, StoredPath};
use super::run::RunFolder;
use super::splices::Splices;
use super::target::{Held, Target};
use crate::model::{Change, Digest, Edit, Outcome, OutcomeState};
use crate::platform::dpapi::Dpapi;
use crate::platform::files::{self, Attributes, FileFault, Folder};

/// One file and what is known of its past.
pub(super) struct FileChange<'a> {
    pub(super) home: &'a Folder,
    pub(super) home_path: &'a Path,
    pub(super) path: &'a Path,
    pub(super) earlier: &'a [History],
    /// What opens and seals a file that Windows has sealed.
    pub(super) dpapi: Option<&'a dyn Dpapi>,
}

/// What became of the edits of one file.
pub(super) type Ending = (OutcomeState, Option<String>);

impl FileChange<'_> {
    /// Makes the edits; one outcome for each.
    pub(super) fn carry_out(&self, run: &mut RunFolder<'_>, edits: &[&Edit]) -> Vec<Outcome> {
        let all = |ending: &Ending| edits.iter().map(|edit| outcome(edit, ending)).collect();
        let Some((parent, name)) = files::below(self.home_path, self.path) else {
            return all(&failed("it is outside the home folder"));
        };
        let relative = parent.join(name);
        if let [edit] = edits
            && let Change::CreateFile { content, .. } = &edit.change
        {
            return all(&create(run, self.home, &relative, edit, content));
        }
        let held = Target::reach(self.home, &relative)
            .and_then(|target| target.held().map(|held| (target, held)));
        let (target, held) = match held {
            Ok(found) => found,
            Err(FileFault::Absent) => {
                return edits
                    .iter()
                    .map(|edit| outcome(edit, &gone(edit)))
                    .collect();
            }
            Err(fault) => return all(&failed(fault)),
        };
        if !held.opened.mine {
            return all(&failed("it belongs to another user"));
        }
        let (planned, others): (Vec<&Edit>, Vec<&Edit>) = edits
            .iter()
            .partition(|edit| edit.change.base() == Some(held.digest));
        let mut outcomes: Vec<Outcome> = others
            .iter()
            .map(|edit| outcome(edit, &self.changed(edit, &relative, held.digest)))
            .collect();
        if !planned.is_empty() {
            let ending = make(run, &relative, &target, held, &planned, self.dpapi);
            outcomes.extend(planned.iter().map(|edit| outcome(edit, &ending)));
        }
        outcomes
    }

    /// The file is not what the edit was planned against: perhaps because the edit was made before.
    fn changed(&self, edit: &Edit, relative: &Path, now: Digest) -> Ending {
        let made = |history: &History| history.made(relative, edit, now);
        if self.earlier.iter().any(made) {
            return (
                OutcomeState::AlreadyDone,
                Some("an earlier run did it".to_owned()),
            );
        }
        changed_meanwhile("it was changed after it was read")
    }
}

/// Makes all these edits of a file that is what they were planned against.
fn make(
    run: &mut RunFolder<'_>,
    relative: &Path,
    target: &Target,
    held: Held,
    edits: &[&Edit],
    dpapi: Option<&dyn Dpapi>,
) -> Ending {
    let mut splices = Splices::default();
    let mut delete = false;
    for edit in edits {
        match &edit.change {
            Change::DeleteFile { .. } => delete = true,
            Change::EditFile {
                splices: more,
                sealed,
                ..
            } => {
                splices.all.extend(more.iter().cloned());
                splices.sealed |= sealed;
            }
            // They are no file's, or of one that is not there; the executor has them done elsewhere.
            Change::CreateFile { .. }
            | Change::SetRegistryValue { .. }
            | Change::DeleteVaultEntry { .. }
            | Change::PutVaultEntry { .. }
            | Change::Forget { .. } => {}
        }
    }
    let cuts = splices.all.iter().map(Into::into).collect();
    let after = if delete {
        None
    } else {
        match splices.made(&held.bytes, dpapi) {
            Ok(Some(bytes)) => Some(bytes),
            Ok(None) => {
                let reason = Some("there was nothing to change".to_owned());
                return (OutcomeState::AlreadyDone, reason);
            }
            Err(reason) => return failed(reason),
        }
    };
    let Some(path) = StoredPath::new(relative) else {
        return failed("its name cannot be written down");
    };
    let attributes = match Attributes::of(&held.opened) {
        Ok(attributes) => attributes,
        Err(error) => return failed(FileFault::from(error)),
    };
    let item = match run.keep(&held.bytes, &attributes) {
        Ok(item) => item,
        Err(fault) => return failed(format_args!("no copy of it could be kept: {fault}")),
    };
    let temporary = files::temporary_name();
    let intent = Record::Intent(Intent {
        item,
        path,
        edits: edits.iter().map(|edit| edit.id.clone()).collect(),
        base: Some(held.digest),
        after: after.as_deref().map(Digest::of),
        temporary: after.is_some().then(|| temporary.to_string_lossy().into()),
        splices: cuts,
    });
    if let Err(fault) = run.record(&intent) {
        run.drop_copy(item);
        return failed(format_args!("the journal could not be written: {fault}"));
    }
    let links = held.opened.links;
    let made = match &after {
        Some(bytes) => replace(target, held, &temporary, bytes, &attributes),
        None => unlink(target, held),
    };
    if let Err(ending) = made {
        if ending.0 == OutcomeState::Failed && after.is_some() && target.is_halfway(&temporary) {
            // The journal's line stays open, and `recover` gives the name to the new file.
            run.changed += 1;
            return ending;
        }
        target.remove_beside(&temporary);
        // Where this line cannot be written, `recover` sees that the file is as it was.
        if run.record(&Record::RolledBack { item }).is_ok() {
            run.drop_copy(item);
        }
        return ending;
    }
    run.changed += 1;
    if let Err(fault) = target.sync() {
        return failed(format_args!(
            "it was changed, but may be the old one after a power cut: {fault}"
        ));
    }
    checkpoint();
    // Where this line cannot be written, `recover` sees that the file is new.
    let _ = run.record(&Record::Done { item });
    if links > 1 {
        let reason = "the file has another name, which still holds the old content";
        return (OutcomeState::Pending, Some(reason.to_owned()));
    }
    (OutcomeState::Done, None)
}
fn replace(
    target: &Target,
    held: Held,
    temporary: &OsStr,
    bytes: &[u8],
    attributes: &Attributes,
) -> Result<(), Ending> {
    let like = Some(&held.opened.file);
    target
        .write_beside(temporary, bytes, Some(attributes), like)
        .map_err(failed)?;
    check(target, held)?;
    target.replace_with(temporary).map_err(failed)
}

fn unlink(target: &Target, held: Held) -> Result<(), Ending> {
    check(target, held)?;
    target.delete().map_err(failed)
}

/// Looks a last time, so that what another program wrote since is not lost.
///
/// It takes the open file, because Windows lets no name go while a file is open.
fn check(target: &Target, held: Held) -> Result<(), Ending> {
    match target.is_still(&held) {
        Ok(true) => Ok(()),
        Ok(false) => Err(changed_meanwhile("it was changed while rekey was at work")),
        Err(fault) => Err(failed(fault)),
    }
}

fn gone(edit: &Edit) -> Ending {
    match edit.change {
        Change::DeleteFile { .. } => (
            OutcomeState::AlreadyDone,
            Some("the file was gone already".to_owned()),
        ),
        Change::CreateFile { .. }
        | Change::EditFile { .. }
        | Change::SetRegistryValue { .. }
        | Change::DeleteVaultEntry { .. }
        | Change::PutVaultEntry { .. }
        | Change::Forget { .. } => changed_meanwhile("the file is gone"),
    }
}

pub(super) fn changed_meanwhile(reason: &str) -> Ending {
    (OutcomeState::ChangedMeanwhile, Some(reason.to_owned()))
}

pub(super) fn failed(reason: impl ToString) -> Ending {
    (OutcomeState::Failed, Some(reason.to_string()))
}

pub(super) fn outcome(edit: &Edit, (state, reason): &Ending) -> Outcome {
    Outcome {
        edit: edit.id.clone(),
        state: *state,
        reason: reason.clone(),
    }
}
