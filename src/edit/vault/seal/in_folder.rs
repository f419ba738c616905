//! Keys in the folders of their runs, sealed by DPAPI with the run's id as entropy: as another run's they do not open.

use uuid::Uuid;

use super::{Key, random};
use crate::edit::Fault;
use crate::edit::run::{self, KEY};
use crate::edit::state::State;
use crate::platform::dpapi::{Dpapi, DpapiFault};
use crate::platform::files::FileFault;
use crate::platform::vault::VaultFault;

/// A key of 32 bytes has a blob of some 250.
const LARGEST: u64 = 64 * 1024;

fn told(fault: DpapiFault) -> VaultFault {
    let reason = match fault {
        DpapiFault::NotTheirs => {
            "Windows does not open the key of its copy: another user or another computer sealed it"
        }
        .to_owned(),
        DpapiFault::Refused(reason) => reason,
    };
    VaultFault::Refused(reason)
}

fn kept(fault: &FileFault) -> VaultFault {
    VaultFault::Refused(format!("the key of its copy cannot be kept: {fault}"))
}

pub(super) fn existing(
    state: &State,
    dpapi: &dyn Dpapi,
    run: Uuid,
) -> Result<Option<Key>, VaultFault> {
    let refused = |fault: &dyn std::fmt::Display| {
        VaultFault::Refused(format!("the key of its copy cannot be read: {fault}"))
    };
    let folder = match state.runs().open(run) {
        Ok(folder) => folder,
        // The first line of its journal makes it.
        Err(Fault::UnknownRun(_)) => return Ok(None),
        Err(fault) => return Err(refused(&fault)),
    };
    let read = folder
        .file(KEY.as_ref())
        .and_then(|file| file.read(LARGEST));
    let sealed = match read {
        Ok(sealed) => sealed,
        Err(FileFault::Absent) => return Ok(None),
        Err(fault) => return Err(refused(&fault)),
    };
    let bytes = dpapi.unprotect(&sealed, run.as_bytes()).map_err(told)?;
    Ok(Key::of(&bytes))
}

/// Makes the key of a run that has none.
pub(super) fn make(state: &State, dpapi: &dyn Dpapi, run: Uuid) -> Result<Key, VaultFault> {
    let key = Key::new()?;
    let sealed = dpapi.protect(&key.0, run.as_bytes()).map_err(told)?;
    let folder = state.runs().open(run);
    let folder = folder.map_err(|fault| VaultFault::Refused(fault.to_string()))?;
    let written = run::write(&folder, KEY.as_ref(), &sealed).and_then(|()| folder.sync());
    if let Err(fault) = written {
        // Half a key would be in the way of the next.
        let _ = folder.unlink(KEY.as_ref());
        return Err(kept(&fault));
    }
    match existing(state, dpapi, run)? {
        Some(read) if read.0 == key.0 => Ok(key),
        _ => Err(VaultFault::Refused(
            "Windows does not give back what it sealed for rekey".to_owned(),
        )),
    }
}

/// Nothing is written: what Windows seals and opens now, it opens later.
pub(super) fn try_key(dpapi: &dyn Dpapi) -> Result<(), VaultFault> {
    let bytes: [u8; 32] = random()?;
    let sealed = dpapi.protect(&bytes, b"trial").map_err(told)?;
    let opened = dpapi.unprotect(&sealed, b"trial").map_err(told)?;
    if opened.as_slice() == bytes {
        return Ok(());
    }
    Err(VaultFault::Refused(
        "Windows does not give back what it sealed for rekey".to_owned(),
    ))
}
