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

use self::contents::{Holds, Room, Sparse};
use super::{About, Finder, Store};
use crate::model::{Credential, Depth, PlaceState, Scope, Secret};
use crate::platform::read::{self, ReadFault};
use crate::walk::{Met, Pulse};

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
        let scope = finder.scope().clone();
        let look =
            move |met: Met<'_>, room: &mut Room, pulse: &Pulse| look(met, room, &scope, pulse);
        let bounds = finder.bounds();
        let everything = finder.walk().open_all(&bounds, finder.progress(), look);
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
        let mut holders = everything.gathered;
        holders.sort_unstable_by(|one, other| one.path.cmp(&other.path));
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

fn look(
    met: Met<'_>,
    room: &mut Room,
    scope: &Scope,
    pulse: &Pulse,
) -> Result<Option<Holder>, ReadFault> {
    let metadata = &met.metadata;
    let mut file = Sparse {
        file: &met.file,
        metadata,
    };
    let holds = contents::search(&mut file, metadata.len(), room, scope, pulse);
    let holder = |holds| Holder {
        path: met.path(),
        written: read::written(metadata),
        links: read::link_count(&met.file, metadata),
        holds,
    };
    Ok(holds.map_err(ReadFault::of)?.map(holder))
}

fn enter(finder: &mut Finder<'_>, holder: Holder) {
    let path = &holder.path;
    let (found, more) = match holder.holds {
        Holds::Text => match finder.read(path) {
            Ok(document) => credentials::of_text(&document, finder.scope()),
            // Gone since: what it held is gone with it.
            Err(ReadFault::Absent) => return,
            Err(fault) => return finder.unreadable(path, fault.to_string()),
        },
        Holds::Data(hits) => {
            let target = path.canonicalize().unwrap_or_else(|_| path.clone());
            let document = finder.document(path, target, Vec::new(), holder.written, holder.links);
            (credentials::of_data(&document, hits.list), hits.more)
        }
    };
    if more {
        finder.unreadable(path, contents::too_many());
    }
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
