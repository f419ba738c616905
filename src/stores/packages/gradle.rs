//! Gradle: tokens in properties files and in scripts.
//!
//! Source: docs.gradle.org, "Build Environment Configuration" and "Initialization Scripts". Neither has a slot for a
//! password: builds give properties any names they like, so what counts is a token, or an address with user-info.

use std::path::{Path, PathBuf};

use super::{MOST, addresses, gradle_script, listed, too_many};
use crate::model::{Credential, Kind, OrganizationName, Remedy, Scope};
use crate::stores::{About, Finder, Store};
use crate::text::properties::{Property, properties};
use crate::text::{Document, tells_of_azure_devops};
use crate::token;

const NAME: &str = "gradle";
const PROPERTIES: &str = "gradle.properties";

/// The store.
#[derive(Debug)]
pub struct Gradle;

impl Store for Gradle {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Gradle properties and scripts",
            clears: "delete the property from gradle.properties",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            PROPERTIES,
            "local.properties",
            "build.gradle",
            "build.gradle.kts",
            "settings.gradle",
            "settings.gradle.kts",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in folders(finder) {
            let mut files = vec![folder.join(PROPERTIES)];
            files.extend(["init.gradle", "init.gradle.kts"].map(|name| folder.join(name)));
            files.extend(listed(&folder.join("init.d"), is_script));
            for path in files {
                look_at(finder, &path);
            }
        }
        for path in finder.project_files() {
            look_at(finder, path);
        }
    }
}

fn is_script(name: &str) -> bool {
    name.ends_with(".gradle") || name.ends_with(".gradle.kts")
}

fn folders(finder: &Finder<'_>) -> Vec<PathBuf> {
    let platform = finder.platform();
    let mut found = vec![finder.home().join(".gradle")];
    for name in ["GRADLE_USER_HOME", "GRADLE_HOME"] {
        let moved = platform.variable(name).map(PathBuf::from);
        found.extend(moved.filter(|path| path.is_absolute()));
    }
    found
}

fn look_at(finder: &mut Finder<'_>, path: &Path) {
    let Some(document) = finder.open_holding(path, may_hold_a_secret) else {
        return;
    };
    let is_properties = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("properties"));
    let found = if is_properties {
        let properties = properties(document.as_str());
        if properties.len() > MOST {
            finder.unreadable(path, too_many());
            return;
        }
        in_properties(&document, &properties, finder.scope())
    } else {
        gradle_script::credentials(&document, NAME, finder.scope())
    };
    for credential in found {
        finder.add(credential);
    }
}

/// What is no UTF-8 may: it is decoded to find out.
fn may_hold_a_secret(bytes: &[u8]) -> bool {
    tells_of_azure_devops(bytes)
        || std::str::from_utf8(bytes).map_or(true, |text| !token::find_all(text).is_empty())
}

fn in_properties(document: &Document, properties: &[Property], scope: &Scope) -> Vec<Credential> {
    let text = document.as_str();
    let mut found = Vec::new();
    for property in properties {
        let (key, value) = (&property.key, &property.value);
        let place = |part| property.place_of(text, &part);
        let drafts = addresses::in_value(document, NAME, value, place, key, scope);
        if !drafts.is_empty() {
            let drafts = drafts.into_iter();
            found.extend(drafts.map(|draft| draft.remedy(Remedy::Consent).finish()));
            continue;
        }
        let draft = || {
            document
                .draft(NAME, Kind::Pat)
                .entry(key)
                .at(property.place_of(text, &(0..value.len())).start)
        };
        let opened = token::open(value);
        if opened.token.is_some() {
            let named = opened.user.and_then(|user| addresses::named(scope, &user));
            let draft = draft()
                .organization(named.or_else(|| companion(properties, key, scope)))
                .value(value)
                .remedy(Remedy::Consent)
                .cut(property.range.clone());
            found.push(draft.finish());
            continue;
        }
        // A token among other words, such as options of a virtual machine.
        for sighting in token::find_all(value) {
            let draft = draft().sighted(&sighting).remedy(Remedy::Manual);
            found.push(
                draft
                    .advice("Take the token out of this property with an editor")
                    .finish(),
            );
        }
    }
    found
}

/// `<feed>Username` beside `<feed>Password`, where it is the name of an organization.
fn companion(properties: &[Property], key: &str, scope: &Scope) -> Option<OrganizationName> {
    let key = key.to_ascii_lowercase();
    properties.iter().find_map(|other| {
        let name = other.key.to_ascii_lowercase();
        let feed = &name[..name.find("user")?];
        let named = addresses::named(scope, &other.value)?;
        key.starts_with(feed).then_some(named)
    })
}

#[cfg(test)]
#[path = "gradle_tests.rs"]
mod tests;
