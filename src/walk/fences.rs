//! Folders that no walk enters: rekey's own, other machines', what the system guards, and what policy excludes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::exclude::Exclude;
use super::{Bounds, Walk};
use crate::platform::files::spelling;

/// A folder that is not entered when the walk comes by it.
struct Stop {
    folder: PathBuf,
    /// What to tell of it, if anything.
    reason: Option<String>,
}

/// Folders that a walk does not enter.
pub(super) struct Fences {
    stops: Vec<Stop>,
    excluded: Vec<Exclude>,
}

impl Fences {
    pub(super) fn new(walk: &Walk<'_>, bounds: &Bounds) -> Self {
        let home = walk
            .home
            .as_deref()
            .or(walk.roots.first().map(PathBuf::as_path));
        let silent = |folder| Stop {
            folder,
            reason: None,
        };
        let closed = walk.closed.iter().flat_map(|folder| {
            // Whichever way the roots are written.
            let real = folder.canonicalize().ok().filter(|real| real != folder);
            [Some(folder.clone()), real].into_iter().flatten()
        });
        let foreign = bounds.mounts.foreign().map(|(folder, kind)| Stop {
            folder: folder.to_owned(),
            reason: Some(format!("network-mount: {kind}")),
        });
        let guarded = bounds.guarded.folders().map(|(folder, reason)| Stop {
            folder: folder.to_owned(),
            reason: Some(reason.to_owned()),
        });
        // A root below another is walked once, from its own start.
        let stops = closed
            .map(silent)
            .chain(walk.roots.iter().cloned().map(silent))
            .chain(foreign)
            .chain(guarded)
            .collect();
        let excluded = walk.excluded.iter();
        Self {
            stops,
            excluded: excluded
                .filter_map(|text| Exclude::new(text, home))
                .collect(),
        }
    }

    /// Whether a walk goes into the entry `name` of `folder`; what is left out for where it leads is told.
    pub(super) fn admit(
        &self,
        folder: &Path,
        name: &OsStr,
        skipped: &mut Vec<(PathBuf, String)>,
    ) -> bool {
        let mut excluded = self.excluded.iter();
        if excluded.any(|exclude| exclude.matches(folder, name)) {
            return false;
        }
        let stop = self.stops.iter().find(|stop| {
            let known = (stop.folder.file_name(), stop.folder.parent());
            matches!(known, (Some(last), Some(above)) if same(last.as_ref(), name.as_ref()) && same(above, folder))
        });
        if let Some(Stop {
            folder,
            reason: Some(reason),
        }) = stop
        {
            skipped.push((folder.clone(), reason.clone()));
        }
        stop.is_none()
    }
}

/// The roots that are walked, each once; those that lie on another machine are told.
pub(super) fn start(
    roots: &[PathBuf],
    bounds: &Bounds,
    elsewhere: &mut Vec<(PathBuf, String)>,
) -> Vec<PathBuf> {
    let mut sorted = roots.to_vec();
    sorted.sort_unstable();
    let mut kept: Vec<PathBuf> = Vec::with_capacity(sorted.len());
    for root in sorted {
        if let Some(reason) = bounds.mounts.forbid(&root, &bounds.home) {
            elsewhere.push((root, reason));
        } else if !kept.iter().any(|known| same(known, &root)) {
            kept.push(root);
        }
    }
    kept
}

/// Whether two paths, or two names, are one. Most are not, and elsewhere than on Windows each has one spelling.
fn same(one: &Path, other: &Path) -> bool {
    one == other || cfg!(windows) && spelling::key(one) == spelling::key(other)
}
