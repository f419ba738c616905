//! The files of keys that were read, each once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::agents::Agents;
use super::glob;
use super::paths::public_beside;
use crate::stores::Finder;
use crate::text::{Document, Text};
use crate::token::ssh::{self, KeyFile, PublicHalf};

/// Keys by the path of their private half.
#[derive(Debug, Default)]
pub(super) struct Ring {
    files: BTreeMap<PathBuf, Option<(Document, KeyFile)>>,
}

impl Ring {
    /// Reads a private key, or the public one that stands for a key in an agent.
    pub(super) fn read(&mut self, path: &Path, finder: &mut Finder<'_>) {
        if !self.files.contains_key(path) {
            self.files.insert(path.to_owned(), read_key(path, finder));
        }
    }

    /// Reads the files in `~/.ssh` of keys that the agents hold and nothing has named yet.
    pub(super) fn read_files_of(&mut self, agents: &Agents, finder: &mut Finder<'_>) {
        let is_unknown = |key: &&PublicHalf| self.path_of(&key.sha256, &[]).is_none();
        let mut unknown: Vec<_> = agents.all().filter(is_unknown).collect();
        if unknown.is_empty() {
            return;
        }
        let home = finder.home();
        for public in glob::expand(&home.join(".ssh/*.pub"), home, finder) {
            let Some(bytes) = finder.peek(&public) else {
                continue;
            };
            let Some(half) = ssh::public_half(Text::decode(&bytes).as_str()) else {
                continue;
            };
            let count = unknown.len();
            unknown.retain(|key| key.sha256 != half.sha256);
            let private = public.with_extension("");
            if unknown.len() < count && !finder.is_absent(&private) {
                self.read(&private, finder);
            }
        }
    }

    pub(super) fn has(&self, path: &Path) -> bool {
        self.get(path).is_some()
    }

    pub(super) fn get(&self, path: &Path) -> Option<&(Document, KeyFile)> {
        self.files.get(path)?.as_ref()
    }

    pub(super) fn algorithm(&self, path: &Path) -> Option<&str> {
        self.get(path)?.1.algorithm.as_deref()
    }

    pub(super) fn sha256(&self, path: &Path) -> Option<&str> {
        Some(&self.get(path)?.1.public.as_ref()?.sha256)
    }

    /// The file of that fingerprint, best one of these.
    pub(super) fn path_of(&self, sha256: &str, best: &[PathBuf]) -> Option<PathBuf> {
        let is_wanted = |path: &&PathBuf| self.sha256(path) == Some(sha256);
        let named = best.iter().find(is_wanted);
        named.or_else(|| self.files.keys().find(is_wanted)).cloned()
    }
}

fn read_key(path: &Path, finder: &mut Finder<'_>) -> Option<(Document, KeyFile)> {
    let beside = public_beside(path);
    let public = finder.peek(&beside);
    let document = match finder.open(path) {
        Some(document) => document,
        None if public.is_some() && finder.is_absent(path) => finder.open(&beside)?,
        None => return None,
    };
    let public = public.map(|bytes| Text::decode(&bytes));
    let key = ssh::key_file(document.as_str(), public.as_ref().map(Text::as_str));
    if key.is_none() {
        finder.unreadable(
            document.path(),
            "it is no SSH key in a form that is known here",
        );
    }
    Some((document, key?))
}
