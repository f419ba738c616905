//! Deletes what was reported, at a person's request or for a machine that is gone. Whoever asks for it, by page, API or
//! command line, asks here, so that none is left out of the audit log.

use jiff::Timestamp;
use serde_json::json;

use crate::storage::{Action, Actor, NewEntry, Result, Storage};

/// All workstations of a person, by key, with every report. Answers how many there were.
pub(crate) async fn person(
    storage: &dyn Storage,
    key: &str,
    actor: Actor,
    now: Timestamp,
) -> Result<u64> {
    let gone = storage.forget_person(&key.to_lowercase()).await?;
    if gone > 0 {
        // Whoever is to be forgotten is not written down for it.
        let entry = NewEntry::new(now, actor, Action::PersonErased, "");
        let entry = entry.with(json!({ "workstations": gone }));
        storage.audit(&entry).await?;
    }
    Ok(gone)
}

/// One workstation with every report. False where there is none.
pub(crate) async fn device(
    storage: &dyn Storage,
    id: &str,
    actor: Actor,
    now: Timestamp,
) -> Result<bool> {
    let gone = storage.forget_device(id).await?;
    if gone {
        let entry = NewEntry::new(now, actor, Action::DeviceRemoved, id);
        let entry = entry.with(json!({ "workstations": 1 }));
        storage.audit(&entry).await?;
    }
    Ok(gone)
}
