//! Remotes on hosts of before `dev.azure.com`, and where they lead now (Azure DevOps, "Allowed domain addresses";
//! "Use SSH keys").
//!
//! They work, so they are no findings; but tools treat them apart, and SSH on them is to end.

mod form;

use std::path::Path;

use self::form::Old;
pub(super) use self::form::is_in;
use super::config_file::{Entry, Section};
use super::configs::{Config, Configs, Reach};
use super::helpers::work_tree;
use crate::model::{Kind, OldAddress, OldRemote, Remedy, unprefixed};
use crate::platform::System;
use crate::stores::Finder;
use crate::token;

/// The old addresses of the organizations in scope, in the files of repositories and the person.
pub fn find(finder: &mut Finder<'_>) -> Vec<OldRemote> {
    let mut found = Vec::new();
    let configs = finder.settings();
    for config in configs.readable() {
        find_in(finder, configs, config, &mut found);
    }
    for path in finder.project_files() {
        // Whether git tracks a file costs more to know than what it holds.
        let seen = finder.peek(path).unwrap_or_default();
        if !is_in(&String::from_utf8_lossy(&seen)) {
            continue;
        }
        if let Some(document) = finder.open(path) {
            let config = Config::new(document, Reach::Several);
            find_in(finder, configs, &config, &mut found);
        }
    }
    found
}

fn find_in(finder: &Finder<'_>, configs: &Configs, config: &Config, found: &mut Vec<OldRemote>) {
    if config.parsed.fault.is_some() || !is_in(config.text()) {
        return;
    }
    for entry in &config.parsed.entries {
        let Some(section) = config.parsed.section_of(entry) else {
            continue;
        };
        let is_address = match section.name() {
            "remote" => matches!(entry.key.as_str(), "url" | "pushurl"),
            "submodule" => entry.key == "url",
            _ => false,
        };
        let old = is_address.then(|| Old::parse(entry.value())).flatten();
        if let Some(old) = old.filter(|old| finder.scope().has(&old.organization)) {
            let system = finder.platform().system();
            found.push(remote(system, configs, config, section, entry, old));
        }
    }
}

fn remote(
    system: System,
    configs: &Configs,
    config: &Config,
    section: &Section,
    entry: &Entry,
    old: Old,
) -> OldRemote {
    let text = entry.spanned_value(config.text());
    let mut draft = config.draft("git-config", Kind::PinnedTenant, entry);
    if let Some(start) = text.start(0) {
        draft = draft.at(start);
    }
    for (range, with) in old.modern.iter().flat_map(|modern| &modern.splices) {
        let mut with = with.as_str();
        for piece in text.pieces(range.clone()) {
            draft = draft.replace(piece, std::mem::take(&mut with));
        }
    }
    let credential = draft.finish();
    let modern = old.modern.map(|modern| modern.address);
    let alone = config.parsed.entries.iter().filter(|other| {
        let same = |other: &Section| {
            other.name() == section.name() && other.subsection() == section.subsection()
        };
        other.key == entry.key && config.parsed.section_of(other).is_some_and(same)
    });
    // git would change the first of several values.
    let command = modern
        .as_deref()
        .filter(|_| alone.count() == 1)
        .and_then(|modern| command(system, configs, config, section, entry, modern))
        // A name or a folder may hold a secret, and a command with a part of it hidden would be another command.
        .filter(|command| token::shown(command) == *command);
    let location = credential.location;
    OldRemote {
        organization: old.organization.clone(),
        shown: OldAddress {
            id: String::new(),
            organization: old.organization.to_string(),
            path: location.path.clone().unwrap_or_default(),
            line: location.line,
            entry: location.entry.clone().unwrap_or_default(),
            address: token::shown(entry.value()),
            modern: modern.as_deref().map(token::shown),
            command,
        },
        location,
        change: credential
            .change
            .filter(|_| credential.remedy != Remedy::Manual),
    }
}

/// The command that changes the address; `None` where a name in it cannot be typed safely.
fn command(
    system: System,
    configs: &Configs,
    config: &Config,
    section: &Section,
    entry: &Entry,
    modern: &str,
) -> Option<String> {
    let name = section.subsection().filter(|name| !name.starts_with('-'))?;
    let modern = typed(modern, system)?;
    let path = config.document.path();
    let git_dir = configs.remotes(config).map(|remotes| &remotes.git_dir);
    let own = git_dir.filter(|git_dir| !config.included && path == git_dir.join("config"));
    if let Some(git_dir) = own.filter(|_| section.name() == "remote") {
        let folder = typed_path(&work_tree(git_dir), system)?;
        let push = if entry.key == "pushurl" {
            " --push"
        } else {
            ""
        };
        let name = typed(name, system)?;
        return Some(format!(
            "git -C {folder} remote set-url{push} {name} {modern}"
        ));
    }
    let path = typed_path(path, system)?;
    let key = typed(&config.parsed.name(config.text(), entry), system)?;
    Some(format!("git config --file {path} {key} {modern}"))
}

fn typed_path(path: &Path, system: System) -> Option<String> {
    typed(&unprefixed(path.to_str()?), system)
}

/// A word as it is typed in a shell of the system.
fn typed(word: &str, system: System) -> Option<String> {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric()
            || "-._~%:/@+,=".contains(character)
            || system == System::Windows && character == '\\'
    };
    if word.chars().any(char::is_control) {
        None
    } else if word.chars().all(is_plain) {
        Some(word.to_owned())
    } else if system == System::Windows {
        // Neither of its shells leaves these alone between double quotes.
        let fits = !word.contains(['"', '$', '`', '%']);
        fits.then(|| format!("\"{word}\""))
    } else {
        Some(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
#[path = "old_address_tests.rs"]
mod tests;
