//! Every file below the roots, whatever its name: commented-out credentials, backups, scripts, logs, and what
//! programs keep in their own formats. Compressed files are not opened.
//!
//! Only what proves by itself to be a token of Azure DevOps is taken: a checksum or an audience.

mod contents;
mod credentials;
mod objects;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::contents::{Holds, Room};
use super::{About, Finder, Store};
use crate::model::{Credential, Depth, PlaceState, Scope, Secret};
use crate::platform::read::{self, ReadFault};
use crate::walk::Met;

pub(crate) const NAME: &str = "deep";

/// All files, by what they hold.
pub struct Deep;

impl Store for Deep {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Tokens in any other file (--deep)",
            clears: "delete the line, or the file if nobody needs it; then revoke the token",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let scope = finder.scope();
        let everything = finder
            .walk()
            .open_all(finder.progress(), |met: Met<'_>, notes: &mut Notes| {
                notes.look(met, scope)
            });
        for root in &finder.walk().roots {
            finder.place(root, PlaceState::Read, None);
        }
        // The walk for projects has said what it could not enter.
        let said = finder.left_out();
        let said: HashSet<&Path> = said.map(|(path, _)| path.as_path()).collect();
        for (state, paths) in [
            (PlaceState::Unreadable, everything.unreadable),
            (PlaceState::Skipped, everything.skipped),
        ] {
            for (path, reason) in paths {
                if !said.contains(path.as_path()) {
                    finder.place(&path, state, Some(reason));
                }
            }
        }
        let gathered = everything.gathered.into_iter();
        let mut holders: Vec<Holder> = gathered.flat_map(|notes| notes.holders).collect();
        holders.sort_by(|one, other| one.path.cmp(&other.path));
        for holder in holders {
            enter(finder, holder);
        }
        if finder.depth() == Depth::Objects {
            objects::find(finder);
        }
    }
}

/// A file with tokens in it.
struct Holder {
    path: PathBuf,
    written: Option<Timestamp>,
    links: u64,
    holds: Holds,
}

/// What one thread saw.
#[derive(Default)]
struct Notes {
    holders: Vec<Holder>,
    room: Room,
}

impl Notes {
    fn look(&mut self, mut met: Met<'_>, scope: &Scope) -> Result<(), ReadFault> {
        let length = met.metadata.len();
        let holds = contents::search(&mut met.file, length, &mut self.room, scope);
        if let Some(holds) = holds.map_err(ReadFault::of)? {
            self.holders.push(Holder {
                path: met.path(),
                written: read::written(&met.metadata),
                links: read::link_count(&met.metadata),
                holds,
            });
        }
        Ok(())
    }
}

fn enter(finder: &mut Finder<'_>, holder: Holder) {
    let path = &holder.path;
    let found = match holder.holds {
        Holds::Text => match finder.read(path) {
            Ok(document) => credentials::of_text(&document, finder.scope()),
            // Gone since: what it held is gone with it.
            Err(ReadFault::Absent) => Vec::new(),
            Err(fault) => {
                finder.unreadable(path, fault.to_string());
                Vec::new()
            }
        },
        Holds::Data(hits) => {
            let target = path.canonicalize().unwrap_or_else(|_| path.clone());
            let document = finder.document(path, target, Vec::new(), holder.written, holder.links);
            credentials::of_data(&document, hits)
        }
    };
    for credential in found {
        finder.add(credential);
    }
}

/// Leaves out what the store of its own place has found too: the same secret on the same line of the same file.
pub(crate) fn leave_out_known(credentials: &mut Vec<Credential>) {
    if !credentials.iter().any(|found| found.store == NAME) {
        return;
    }
    let mut known: HashMap<PathBuf, Vec<(Secret, Option<u32>)>> = HashMap::new();
    for found in credentials.iter().filter(|found| found.store != NAME) {
        if let (Some(path), Some(secret)) = (&found.path, &found.secret) {
            let entry = (secret.clone(), found.location.line);
            known.entry(path.clone()).or_default().push(entry);
        }
    }
    credentials.retain(|found| {
        let beside = found.path.as_ref().and_then(|path| known.get(path));
        let same = |(secret, line): &(Secret, Option<u32>)| {
            found.secret.as_ref() == Some(secret)
                && (line.is_none() || *line == found.location.line)
        };
        found.store != NAME || !beside.is_some_and(|beside| beside.iter().any(same))
    });
}
