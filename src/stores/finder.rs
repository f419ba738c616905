//! What a store looks through, and what it says it found.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::git::configs::Configs;
use super::limits::Limits;
use super::packages::pyproject::{self, Pyprojects};
use crate::model::{Credential, Depth, Place, PlaceState, RegistryKey, Scope};
use crate::platform::read::{self, FileRead, ReadFault};
use crate::platform::registry::{Registry, RegistryFault};
use crate::platform::{Folders, Platform};
use crate::text::{Custody, Document};
use crate::token;
use crate::walk::{Bounds, Budget, Projects, Repository, Seen, Walk};

/// No folder of a tool holds more than this.
const MOST_LISTED: usize = 10_000;

/// Everything that stores may look at in one scan.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The system.
    pub platform: &'a dyn Platform,
    /// The organizations that changed.
    pub scope: &'a Scope,
    /// Where the walk went.
    pub walk: &'a Walk<'a>,
    /// What the walk found.
    pub projects: &'a Projects,
    /// How much is read.
    pub depth: Depth,
    /// Told of every folder that is entered.
    pub progress: &'a Arc<Seen>,
    /// The home with links resolved.
    pub home: &'a Path,
    /// Git's config files, read by the first store that wants them.
    pub git_configs: &'a OnceLock<Configs>,
    /// `pyproject.toml` of projects, read by the first store that wants them.
    pub pyprojects: &'a OnceLock<Pyprojects>,
}

/// What one store found.
#[derive(Debug, Default)]
pub struct Found {
    /// Credentials of every organization, in the order of their places.
    pub credentials: Vec<Credential>,
    /// Places that were looked at, in that order.
    pub places: Vec<Place>,
}

/// One store's view of a scan.
pub struct Finder<'a> {
    look: Look<'a>,
    store: &'static str,
    wanted: &'static [&'static str],
    found: Found,
    /// Where each path stands in `found.places`.
    known: HashMap<PathBuf, usize>,
    /// Files that `open_once` has given, links resolved.
    opened: HashSet<PathBuf>,
    limits: Option<Limits>,
}

impl<'a> Finder<'a> {
    /// A view for the store of this name, which asked the walk for these file names.
    pub fn new(look: Look<'a>, store: &'static str, wanted: &'static [&'static str]) -> Self {
        Self {
            look,
            store,
            wanted,
            found: Found::default(),
            known: HashMap::new(),
            opened: HashSet::new(),
            limits: None,
        }
    }

    /// Looks no further than these limits say.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The system.
    pub fn platform(&self) -> &'a dyn Platform {
        self.look.platform
    }

    /// The person's folders.
    pub fn folders(&self) -> &'a Folders {
        self.look.platform.folders()
    }

    /// The home as it was given.
    pub fn home(&self) -> &'a Path {
        self.look.platform.home()
    }

    /// The organizations that changed.
    pub fn scope(&self) -> &'a Scope {
        self.look.scope
    }

    /// Where the walk went, for a store that goes there again.
    pub fn walk(&self) -> &'a Walk<'a> {
        self.look.walk
    }

    /// Folders that the walk could not enter or left alone, with the reasons.
    pub fn left_out(&self) -> impl Iterator<Item = &'a (PathBuf, String)> {
        let projects = self.look.projects;
        projects.unreadable.iter().chain(&projects.skipped)
    }

    /// How much is read.
    pub fn depth(&self) -> Depth {
        self.look.depth
    }

    /// To be told of every folder that is entered.
    pub fn progress(&self) -> Arc<Seen> {
        Arc::clone(self.look.progress)
    }

    /// How far looking may go.
    pub fn bounds(&self) -> Bounds {
        let own = self.limits.as_ref().map(Limits::bounds);
        let home = || self.look.home.to_owned();
        own.unwrap_or_else(|| Bounds::of_this_machine(home(), Budget::unlimited()))
    }

    /// Repositories below the roots.
    pub fn repositories(&self) -> &'a [Repository] {
        &self.look.projects.repositories
    }

    /// The files that this store asked the walk for.
    pub fn project_files(&self) -> Vec<&'a Path> {
        let files = self
            .wanted
            .iter()
            .filter_map(|name| self.look.projects.files.get(name));
        files.flatten().map(PathBuf::as_path).collect()
    }

    /// Git's config files; all that were looked for are entered among the places.
    pub fn git_configs(&mut self) -> &'a Configs {
        let configs = self.settings();
        for place in configs.places() {
            self.place(Path::new(&place.path), place.state, place.reason.clone());
        }
        configs
    }

    /// Git's config files for a store that looks for one key in them. Of repositories it names only what
    /// could not be read: `git-config` lists them all.
    pub fn git_configs_in_passing(&mut self) -> &'a Configs {
        let configs = self.settings();
        for place in configs.notable_places() {
            self.place(Path::new(&place.path), place.state, place.reason.clone());
        }
        configs
    }

    /// Git's config files as a source of settings, such as where a store was moved to.
    pub fn settings(&self) -> &'a Configs {
        let look = self.look;
        look.git_configs.get_or_init(|| {
            let mut finder = Self::new(look, self.store, &[]);
            finder.limits.clone_from(&self.limits);
            Configs::collect(finder)
        })
    }

    /// The `pyproject.toml` of projects that may name a host of Azure DevOps; all that were looked at are entered among the places.
    pub fn pyprojects(&mut self) -> &'a [Document] {
        let look = self.look;
        let projects = look.pyprojects.get_or_init(|| {
            let mut finder = Self::new(look, self.store, pyproject::FILES);
            finder.limits.clone_from(&self.limits);
            Pyprojects::collect(finder)
        });
        for place in projects.places() {
            self.place(Path::new(&place.path), place.state, place.reason.clone());
        }
        projects.documents()
    }

    /// The home with links resolved.
    pub fn real_home(&self) -> &'a Path {
        self.look.home
    }

    /// The store's name, for drafts.
    pub fn store(&self) -> &'static str {
        self.store
    }

    /// Reads a file and enters it among the places; `None` where there is nothing to read.
    pub fn open(&mut self, path: &Path) -> Option<Document> {
        let file = self.take(path)?;
        Some(self.enter(path, file))
    }

    /// Opens a file of any size, for a store that reads parts of it, and enters it among the places.
    pub fn open_large(&mut self, path: &Path) -> Option<File> {
        if !self.may_look(path) {
            return None;
        }
        match read::large(path, self.look.home) {
            Ok(file) => {
                self.place(path, PlaceState::Read, None);
                Some(file)
            }
            Err(fault) => {
                self.refused(path, &fault);
                None
            }
        }
    }

    /// Whether there is time to look there, and no other machine is asked; where not, the place says so.
    pub fn may_look(&mut self, path: &Path) -> bool {
        let Some(limits) = &mut self.limits else {
            return true;
        };
        let Err(refusal) = limits.allow(path) else {
            return true;
        };
        let (state, reason) = limits.told(refusal);
        self.place(path, state, Some(reason));
        false
    }

    /// What a file holds; what cannot be read is entered among the places.
    fn take(&mut self, path: &Path) -> Option<FileRead> {
        if !self.may_look(path) {
            return None;
        }
        match read::regular(path, self.look.home) {
            Ok(file) => Some(file),
            Err(fault) => {
                self.refused(path, &fault);
                None
            }
        }
    }

    fn refused(&mut self, path: &Path, fault: &ReadFault) {
        let state = match fault {
            ReadFault::Absent => PlaceState::Absent,
            ReadFault::LinkLeavesHome | ReadFault::CloudPlaceholder => PlaceState::Skipped,
            ReadFault::NotRegular | ReadFault::TooLarge(_) | ReadFault::Refused(_) => {
                PlaceState::Unreadable
            }
        };
        let reason = (state != PlaceState::Absent).then(|| fault.to_string());
        self.place(path, state, reason);
    }

    /// Reads a file that only explains another place, so it is none itself.
    pub fn peek(&self, path: &Path) -> Option<Vec<u8>> {
        if let Some(limits) = &self.limits {
            limits.allow(path).ok()?;
        }
        let file = read::regular(path, self.look.home).ok()?;
        Some(file.bytes)
    }

    /// The first bytes of a file of any size, to tell whether it is worth being opened; what cannot be read, and is
    /// there, is entered among the places.
    pub fn beginning(&mut self, path: &Path, length: usize) -> Option<Vec<u8>> {
        if !self.may_look(path) {
            return None;
        }
        let limit = u64::try_from(length).unwrap_or(u64::MAX).min(read::LIMIT);
        let mut bytes = Vec::new();
        let opened = read::large(path, self.look.home);
        let read = opened.and_then(|file| {
            let read = file.take(limit).read_to_end(&mut bytes);
            read.map_err(ReadFault::of)
        });
        match read {
            Ok(_) => return Some(bytes),
            Err(ReadFault::Absent) => {}
            Err(fault) => self.refused(path, &fault),
        }
        None
    }

    /// Whether surely nothing is there.
    pub fn is_absent(&self, path: &Path) -> bool {
        let may_look = |limits: &Limits| limits.allow(path).is_ok();
        self.limits.as_ref().is_none_or(may_look)
            && path
                .symlink_metadata()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// What a folder holds, by name; a folder that is there and cannot be listed, or that leads out of the home, is
    /// entered among the places.
    pub fn list(&mut self, folder: &Path) -> Vec<PathBuf> {
        if !self.may_look(folder) {
            return Vec::new();
        }
        let entries = match read::entries(folder, self.look.home) {
            Ok(entries) => entries,
            Err(ReadFault::Absent) => return Vec::new(),
            Err(fault) => {
                self.refused(folder, &fault);
                return Vec::new();
            }
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        if paths.len() > MOST_LISTED {
            let reason =
                format!("it has more than {MOST_LISTED} entries; the rest was not looked at");
            self.unreadable(folder, reason);
        }
        paths.sort_unstable();
        paths.truncate(MOST_LISTED);
        paths
    }

    /// Like [`Finder::open_once`], for files that stand in every repository: one whose bytes hold nothing of interest is
    /// no place, and nobody decodes it or asks whether it is tracked. Nor is one that is not there.
    pub fn open_holding(
        &mut self,
        path: &Path,
        holds: impl FnOnce(&[u8]) -> bool,
    ) -> Option<Document> {
        if !self.may_look(path) {
            return None;
        }
        let file = match read::regular(path, self.look.home) {
            Ok(file) => file,
            Err(ReadFault::Absent) => return None,
            Err(fault) => {
                self.refused(path, &fault);
                return None;
            }
        };
        if self.opened.contains(&file.target) || !holds(&file.bytes) {
            return None;
        }
        self.opened.insert(file.target.clone());
        Some(self.enter(path, file))
    }

    /// Like [`Finder::open`], but each file once, by whatever path it is met again: a user's file is among the project files too.
    pub fn open_once(&mut self, path: &Path) -> Option<Document> {
        let may_look = |limits: &Limits| limits.allow(path).is_ok();
        if !self.limits.as_ref().is_none_or(may_look) {
            return self.open(path);
        }
        let target = std::fs::canonicalize(path);
        if target.is_ok_and(|target| self.opened.contains(&target)) {
            return None;
        }
        let document = self.open(path)?;
        self.opened.insert(document.target().to_owned());
        Some(document)
    }

    /// Reads a file without entering it among the places, for a store that has met it already.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, path: &Path) -> Result<Document, ReadFault> {
        Ok(self.whole(path, read::regular(path, self.look.home)?))
    }

    fn enter(&mut self, path: &Path, file: FileRead) -> Document {
        let document = self.whole(path, file);
        if document.is_broken() {
            self.unreadable(path, "it begins as UTF-16 and is none");
        } else {
            self.place(path, PlaceState::Read, None);
        }
        document
    }

    fn whole(&self, path: &Path, file: FileRead) -> Document {
        self.document(path, file.target, file.bytes, file.written, file.links)
    }

    /// A file, or a part of one, that was read by other means. `target` is canonical.
    pub fn document(
        &self,
        path: &Path,
        target: PathBuf,
        bytes: Vec<u8>,
        written: Option<Timestamp>,
        links: u64,
    ) -> Document {
        let (home, file) = (self.look.home.to_owned(), target.clone());
        Document::kept(path.to_owned(), target, bytes, written, move || {
            if !file.starts_with(&home) {
                Custody::Machine
            } else if crate::walk::is_tracked(&file, &home) {
                Custody::Tracked
            } else if links > 1 {
                Custody::HardLinked
            } else {
                Custody::Own
            }
        })
    }

    /// The names of the keys in a key of the registry; none where there is no such key, and where it cannot be read, which is said.
    pub fn keys_of(&mut self, registry: &dyn Registry, key: &RegistryKey) -> Vec<String> {
        match registry.keys(key) {
            Ok(names) => names,
            Err(RegistryFault::Absent) => Vec::new(),
            Err(fault) => {
                self.unreadable(Path::new(&key.to_string()), fault.to_string());
                Vec::new()
            }
        }
    }

    /// Enters a place among those that were looked at. A later word on the same place replaces the earlier.
    pub fn place(&mut self, path: &Path, state: PlaceState, reason: Option<String>) {
        let reason = reason.map(|reason| token::shown(&reason));
        let places = &mut self.found.places;
        let known = *self.known.entry(path.to_owned()).or_insert(places.len());
        match places.get_mut(known) {
            Some(place) => (place.state, place.reason) = (state, reason),
            None => places.push(Place {
                store: self.store.to_owned(),
                path: token::shown_path(path),
                state,
                reason,
            }),
        }
    }

    /// Says that a file that was read could not be understood.
    pub fn unreadable(&mut self, path: &Path, reason: impl Into<String>) {
        self.place(path, PlaceState::Unreadable, Some(reason.into()));
    }

    /// What was looked at so far.
    pub fn places(&self) -> &[Place] {
        &self.found.places
    }

    /// Enters a credential, whatever its organization: the scan keeps what is in scope.
    pub fn add(&mut self, credential: Credential) {
        self.found.credentials.push(credential);
    }

    /// What was found.
    pub fn finish(mut self) -> Found {
        if let Some((path, reason)) = self.limits.as_ref().and_then(Limits::untold) {
            self.unreadable(&path, reason);
        }
        self.found
    }
}
