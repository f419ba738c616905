//! The block in `~/.ssh/config`, as an edit that the one executor makes.

use std::path::PathBuf;

use uuid::Uuid;

use super::super::Guided;
use super::key::Key;
use crate::guide::{place_ssh_block, ssh_block};
use crate::model::{Change, Digest, Edit, Location, Plan, Remedy, Splice};
use crate::platform::read::{self, ReadFault};
use crate::token;

/// What would be changed.
#[derive(Debug)]
pub(super) struct Planned {
    plan: Plan,
    /// The file, as people know it.
    pub(super) shown: String,
    /// The lines.
    pub(super) block: String,
}

/// Where the settings stand.
pub(super) fn path(guided: &Guided<'_>) -> PathBuf {
    guided.session.platform.home().join(".ssh/config")
}

/// Plans the block; `None` where it is there already.
///
/// # Errors
/// What to do by hand, as whole sentences.
pub(super) fn plan(guided: &Guided<'_>, key: &Key) -> Result<Option<Planned>, String> {
    let path = path(guided);
    let shown = guided.shown_path(&path);
    let home = guided.session.platform.home();
    let block = ssh_block(&key.path, home).map_err(|fault| format!("{shown}: {fault}."))?;
    let by_hand =
        |reason: &str| format!("{shown}: {reason}. Put these lines at its head:\n\n{block}");
    let home = home
        .canonicalize()
        .map_err(|error| by_hand(&error.to_string()))?;
    let (target, change) = match read::regular(&path, &home) {
        Ok(file) => {
            let placed = place_ssh_block(&file.bytes, &block);
            let Some(placed) = placed.map_err(|fault| by_hand(&fault.to_string()))? else {
                return Ok(None);
            };
            let change = Change::EditFile {
                path: file.target.clone(),
                base: Digest::of(&file.bytes),
                splices: vec![Splice {
                    range: placed.range,
                    replacement: placed.text.into_bytes().into(),
                }],
                git_config: false,
                sealed: false,
            };
            (file.target, change)
        }
        Err(ReadFault::Absent) => {
            // Its folder may be there by another name.
            let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
            let folder = folder.ok_or_else(|| by_hand("its folder is not there"))?;
            let path = folder.join("config");
            let content = block.clone().into_bytes().into();
            (path.clone(), Change::CreateFile { path, content })
        }
        Err(fault) => return Err(by_hand(&fault.to_string())),
    };
    let edit = Edit {
        id: "g1".to_owned(),
        finding: "ssh-config-block".to_owned(),
        location: Location {
            path: Some(token::shown_path(&target)),
            ..Location::default()
        },
        remedy: Remedy::Consent,
        change,
    };
    Ok(Some(Planned {
        plan: Plan {
            run: Uuid::now_v7(),
            edits: vec![edit],
        },
        shown,
        block,
    }))
}

/// Puts the block there.
///
/// # Errors
/// Why not, in words that end a sentence.
pub(super) fn carry_out(guided: &Guided<'_>, planned: &Planned) -> Result<(), String> {
    guided.carry_out(&planned.plan)
}
