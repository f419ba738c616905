//! Ties work trees and submodules, whose `.git` is a file, to their repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Repository, gitfile};

/// A folder whose `.git` is a file or a link.
pub(super) struct Pointer {
    pub(super) work_tree: PathBuf,
}

/// Adds the repositories that pointers lead to and that the walk did not come by.
pub(super) fn resolve(
    mut pointers: Vec<Pointer>,
    roots: &[PathBuf],
    repositories: &mut Vec<Repository>,
) {
    if pointers.is_empty() {
        return;
    }
    pointers.sort_unstable_by(|one, other| one.work_tree.cmp(&other.work_tree));
    let mut known = Known {
        real_roots: roots
            .iter()
            .filter_map(|root| Some((root.canonicalize().ok()?, root.clone())))
            .collect(),
        by_git_dir: std::mem::take(repositories)
            .into_iter()
            .map(|repository| (repository.git_dir, repository.work_tree))
            .collect(),
    };
    for Pointer { work_tree } in pointers {
        known.add(work_tree);
    }
    repositories.extend(
        known
            .by_git_dir
            .into_iter()
            .map(|(git_dir, work_tree)| Repository { git_dir, work_tree }),
    );
}

struct Known {
    /// Roots with links resolved, beside how they were written.
    real_roots: Vec<(PathBuf, PathBuf)>,
    by_git_dir: BTreeMap<PathBuf, Option<PathBuf>>,
}

impl Known {
    fn add(&mut self, work_tree: PathBuf) {
        let pointer = work_tree.join(".git");
        let Ok(metadata) = pointer.metadata() else {
            return;
        };
        if metadata.is_dir() {
            // A link to a git folder. Not resolved: whether it may be followed is for the reader.
            if let Some(real) = self.written(&pointer) {
                self.enter(&real, pointer, Some(work_tree));
            }
            return;
        }
        // git itself cannot work with what is no pointer, so nothing is lost with it.
        let Ok(Some(target)) = gitfile::target(&pointer) else {
            return;
        };
        let Some(own) = self.written(&target) else {
            return;
        };
        match gitfile::common(&own) {
            // A linked work tree. Its repository is bare, or has a work tree of its own.
            Ok(Some(common)) => {
                if let Some(common) = self.written(&common) {
                    let main = common.file_name().is_some_and(|name| name == ".git");
                    let main = main.then(|| common.parent().map(Path::to_owned)).flatten();
                    self.enter(&common.clone(), common, main);
                }
            }
            // A submodule, or a repository with its git folder elsewhere.
            Ok(None) => self.enter(&own.clone(), own, Some(work_tree)),
            Err(_) => {}
        }
    }

    /// Enters the git folder `git_dir`, which is `real`, unless it belongs to one that is known.
    fn enter(&mut self, real: &Path, git_dir: PathBuf, work_tree: Option<PathBuf>) {
        // It looked bare before this pointer to it was seen.
        if let Some(known) = self.by_git_dir.get_mut(real) {
            if known.is_none() {
                *known = work_tree;
            }
            return;
        }
        let belongs = real
            .ancestors()
            .any(|above| self.by_git_dir.contains_key(above));
        if !belongs {
            self.by_git_dir.insert(git_dir, work_tree);
        }
    }

    /// The path with links resolved, then written as the walk writes it; `None` where nothing is.
    fn written(&self, path: &Path) -> Option<PathBuf> {
        let real = path.canonicalize().ok().filter(|real| real.is_dir())?;
        let below = self
            .real_roots
            .iter()
            .find_map(|(real_root, root)| Some(root.join(real.strip_prefix(real_root).ok()?)));
        Some(below.unwrap_or(real))
    }
}
