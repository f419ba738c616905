//! `pyproject.toml` of projects, which several package managers share: read once for all of their stores.

use std::path::Path;

use crate::model::Place;
use crate::stores::Finder;
use crate::text::{Document, tells_of_azure_devops};

/// The file's name, as the walk is asked for it.
pub(super) const FILE: &str = "pyproject.toml";
/// What the walk is asked for here.
pub const FILES: &[&str] = &[FILE];

/// The files that a store asked the walk for beside this one.
pub(super) fn others<'a>(finder: &Finder<'a>) -> Vec<&'a Path> {
    let mut files = finder.project_files();
    files.retain(|path| {
        !path
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case(FILE))
    });
    files
}

/// The files of all projects.
#[derive(Debug, Default)]
pub struct Pyprojects {
    documents: Vec<Document>,
    places: Vec<Place>,
}

impl Pyprojects {
    /// Reads all that the walk found, with a finder that asked for [`FILES`].
    pub fn collect(mut finder: Finder<'_>) -> Self {
        let mut documents = Vec::new();
        for path in finder.project_files() {
            documents.extend(finder.open_holding(path, tells_of_azure_devops));
        }
        Self {
            documents,
            places: finder.finish().places,
        }
    }

    /// Those that may name a host of Azure DevOps.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Each that was looked at.
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}
