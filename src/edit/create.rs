//! A file that is not there, made in one step.

use std::path::Path;

use super::change::{Ending, changed_meanwhile, failed};
use super::checkpoint::checkpoint;
use super::journal::{Intent, Record, StoredPath};
use super::run::RunFolder;
use super::target::Target;
use crate::model::{Digest, Edit, OutcomeState};
use crate::platform::files::{self, FileFault, Folder};

/// Makes the file for the person alone; `relative` is its path below the home. What stands there by now stays.
pub(super) fn create(
    run: &mut RunFolder<'_>,
    home: &Folder,
    relative: &Path,
    edit: &Edit,
    content: &[u8],
) -> Ending {
    let target = match Target::reach(home, relative) {
        Ok(target) => target,
        Err(FileFault::Absent) => return failed("its folder is gone"),
        Err(fault) => return failed(fault),
    };
    match target.digest() {
        Ok(None) => {}
        Ok(Some(digest)) if digest == Digest::of(content) => {
            return (
                OutcomeState::AlreadyDone,
                Some("it was there already".to_owned()),
            );
        }
        Ok(Some(_)) => return changed_meanwhile(TAKEN),
        Err(fault) => return failed(fault),
    }
    let Some(path) = StoredPath::new(relative) else {
        return failed("its name cannot be written down");
    };
    let item = run.take_number();
    let temporary = files::temporary_name();
    let intent = Record::Intent(Intent {
        item,
        path,
        edits: vec![edit.id.clone()],
        base: None,
        after: Some(Digest::of(content)),
        temporary: Some(temporary.to_string_lossy().into()),
        splices: Vec::new(),
    });
    if let Err(fault) = run.record(&intent) {
        return failed(format_args!("the journal could not be written: {fault}"));
    }
    let made = target
        .write_beside(&temporary, content, None, None)
        .and_then(|()| target.put_new(&temporary));
    if let Err(fault) = made {
        target.remove_beside(&temporary);
        // Where this line cannot be written, `recover` sees that there is no such file.
        let _ = run.record(&Record::RolledBack { item });
        return match fault {
            FileFault::Taken => changed_meanwhile(TAKEN),
            other => failed(other),
        };
    }
    run.changed += 1;
    if let Err(fault) = target.sync() {
        return failed(format_args!(
            "it was made, but may be gone after a power cut: {fault}"
        ));
    }
    checkpoint();
    // Where this line cannot be written, `recover` sees that the file is there.
    let _ = run.record(&Record::Done { item });
    (OutcomeState::Done, None)
}

const TAKEN: &str = "there is a file by now";
