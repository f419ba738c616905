//! IDEs of JetBrains, and Android Studio: tokens in their settings, in projects and in the HTTP client's files.
//!
//! Sources: jetbrains.com/help, "Directories used by the IDE", "Passwords", "HTTP Client, Environment variables" and
//! "View responses". What the password safe holds, in `c.kdbx` or the system's vault, is sealed.

mod requests;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::{PlaceState, Remedy};
use crate::stores::folders::{files_in, folders_in};
use crate::stores::json_slots;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json, tells_of_azure_devops};
use crate::token;

const NAME: &str = "jetbrains";
/// The store.
#[derive(Debug)]
pub struct JetBrains;

impl Store for JetBrains {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "JetBrains IDEs",
            clears: "Settings, Appearance & Behavior, System Settings, Passwords: Clear; in a run configuration: Environment variables",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            // One of these is in every folder .idea.
            "workspace.xml",
            "modules.xml",
            "misc.xml",
            "vcs.xml",
            "*.run.xml",
            "http-client.env.json",
            "http-client.private.env.json",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let products = products(finder);
        for product in &products {
            let options = files_in(finder, &product.join("options"), &["xml"]);
            let scratches = files_in(finder, &product.join("scratches"), &[]);
            for path in options.into_iter().chain(scratches) {
                look_at(finder, &path, Remedy::Consent, holds_anything);
            }
        }
        look_at_passwords(finder, &products);
        let mut projects = BTreeSet::new();
        for path in finder.project_files() {
            let folder = path.parent().filter(|folder| folder.ends_with(".idea"));
            match folder {
                Some(folder) => {
                    projects.insert(folder.to_owned());
                }
                None if is_of_other_name(path) => {}
                None => look_at(finder, path, Remedy::Consent, tells_of_azure_devops),
            }
        }
        for project in projects {
            let settings = files_in(finder, &project, &["xml"]);
            let runs = files_in(finder, &project.join("runConfigurations"), &["xml"]);
            for path in settings.into_iter().chain(runs) {
                look_at(finder, &path, Remedy::Consent, tells_of_azure_devops);
            }
            for path in files_in(finder, &project.join("httpRequests"), &[]) {
                look_at(finder, &path, Remedy::Manual, tells_of_azure_devops);
            }
        }
    }
}

/// `misc.xml` and its like mean nothing outside of `.idea`.
fn is_of_other_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_ascii_lowercase().ends_with(".xml") && !name.to_ascii_lowercase().ends_with(".run.xml")
}

/// The settings folder of each version of each product.
fn products(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let config = &finder.folders().config;
    let mut found = folders_in(finder, &config.join("JetBrains"));
    let google = folders_in(finder, &config.join("Google")).into_iter();
    found.extend(google.filter(|folder| !finder.is_absent(&folder.join("options"))));
    found
}

/// The person's own files are few, and a token may stand in them alone.
fn holds_anything(bytes: &[u8]) -> bool {
    tells_of_azure_devops(bytes) || !token::sight(bytes).is_empty()
}

fn look_at(
    finder: &mut Finder<'_>,
    path: &Path,
    remedy: Remedy,
    holds: impl FnOnce(&[u8]) -> bool,
) {
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let read: fn(&mut Finder<'_>, &Document, Remedy) = match ending.as_str() {
        "xml" => settings::read,
        "json" => read_json,
        "http" | "rest" => requests::read,
        _ => return,
    };
    if let Some(document) = finder.open_holding(path, holds) {
        read(finder, &document, remedy);
    }
}

fn read_json(finder: &mut Finder<'_>, document: &Document, remedy: Remedy) {
    match json::object_with_comments(document.as_str()) {
        Ok(None) => {}
        Ok(Some(object)) => {
            json_slots::enter(finder, document, &object, remedy, |_| true);
        }
        // What a request answered is kept here too, and need not be whole.
        Err(_) if remedy == Remedy::Manual => requests::read(finder, document, remedy),
        Err(reason) => finder.unreadable(document.path(), reason),
    }
}

/// The password safe cannot be read. It is told of where git's password for an organization may be in it: once for each
/// product, for the newest version alone is in use.
fn look_at_passwords(finder: &mut Finder<'_>, products: &[PathBuf]) {
    let mut newest = BTreeMap::new();
    for product in products {
        let safe = product.join("c.kdbx");
        if !finder.is_absent(&safe) {
            let name = product.file_name().unwrap_or_default().to_string_lossy();
            let name = name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.');
            // Versions are years, so their order is that of their names.
            newest.insert(name.to_owned(), safe);
        }
    }
    if newest.is_empty() {
        return;
    }
    let mut remotes = finder.settings().organizations();
    if !remotes.any(|name| finder.scope().has(name)) {
        return;
    }
    for safe in newest.into_values() {
        let reason = "the IDE seals its passwords here, perhaps that of git: where it is refused, clear it in Settings, Passwords";
        finder.place(&safe, PlaceState::Skipped, Some(reason.to_owned()));
    }
}

#[cfg(test)]
mod tests;
