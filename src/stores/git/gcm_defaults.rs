//! What an administrator sets for Git Credential Manager in the registry of Windows or the preferences of macOS, as a git
//! config file of the same settings.
//!
//! Source: Git Credential Manager, docs/enterprise-config.md, WindowsSettings.cs and MacOSSettings.cs: values of the key, or of
//! the dictionary, are named as in git config (`credential.https://dev.azure.com.authority`) and are `REG_SZ` or `REG_DWORD`, or
//! strings. Older versions for Windows are programs of 32 bits and see the other view. They hold where neither a variable nor a file
//! says anything.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::model::{Hive, PlaceState, PropertyValue, RegistryData, RegistryKey};
use crate::platform::preferences::Preferences;
use crate::platform::registry::{Registry, RegistryFault};
use crate::stores::Finder;
use crate::text::{Custody, Document};

/// The domain on macOS, and the dictionary in it.
const OF_MACOS: (&str, &str) = ("git-credential-manager", "configuration");
const KEY: &str = r"SOFTWARE\GitCredentialManager\Configuration";

/// Settings that are git's own: it does not read them there.
const OF_GIT: &[&str] = &["helper", "username", "usehttppath"];

/// One for each view that has some; each place that is there is entered.
pub(super) fn documents(finder: &mut Finder<'_>) -> Vec<Document> {
    if let Some(preferences) = finder.platform().preferences() {
        let document = of_macos(finder, preferences.as_ref());
        return document.into_iter().collect();
    }
    let Some(registry) = finder.platform().registry() else {
        return Vec::new();
    };
    let views = Hive::MACHINE.map(|hive| RegistryKey::new(hive, KEY));
    let documents = views.map(|key| document(finder, registry.as_ref(), &key));
    documents.into_iter().flatten().collect()
}

fn document(
    finder: &mut Finder<'_>,
    registry: &dyn Registry,
    key: &RegistryKey,
) -> Option<Document> {
    let place = PathBuf::from(key.to_string());
    let values = match registry.values(key) {
        Ok(values) => values,
        Err(RegistryFault::Absent) => return None,
        Err(fault) => {
            finder.unreadable(&place, fault.to_string());
            return None;
        }
    };
    finder.place(&place, PlaceState::Read, None);
    let mut text = String::new();
    for value in values {
        let entered = match &value.data {
            Ok(data) => match setting(data) {
                Some(setting) => {
                    line(&value.name, &setting, &mut text);
                    Ok(())
                }
                None => Err(format!(
                    "its type is {}, and a setting is REG_SZ or REG_DWORD",
                    data.kind_name()
                )),
            },
            Err(fault) => Err(fault.to_string()),
        };
        if let Err(reason) = entered {
            finder.unreadable(&value_place(&place, &value.name), reason);
        }
    }
    let written = registry.written(key);
    let document = Document::kept(place.clone(), place, text.into_bytes(), written, || {
        Custody::Machine
    });
    Some(document)
}

fn of_macos(finder: &mut Finder<'_>, preferences: &dyn Preferences) -> Option<Document> {
    let (domain, name) = OF_MACOS;
    let place = PathBuf::from(format!("preferences {domain}, {name}"));
    let PropertyValue::Table(settings) = preferences.of_program(domain, name)? else {
        finder.unreadable(&place, "it is no dictionary");
        return None;
    };
    finder.place(&place, PlaceState::Read, None);
    let mut text = String::new();
    for (name, value) in settings {
        match value {
            PropertyValue::Text(value) => line(&name, &value, &mut text),
            PropertyValue::Number(value) => line(&name, &value.to_string(), &mut text),
            PropertyValue::Flag(value) => line(&name, &value.to_string(), &mut text),
            other => {
                let reason = format!(
                    "its type is {}, and a setting is a string",
                    other.kind_name()
                );
                finder.unreadable(&value_place(&place, &name), reason);
            }
        }
    }
    let custody = || Custody::Machine;
    Some(Document::kept(
        place.clone(),
        place,
        text.into_bytes(),
        None,
        custody,
    ))
}

fn value_place(place: &Path, name: &str) -> PathBuf {
    // A name may be an address, and joined as a path it would lose its slashes' meaning.
    PathBuf::from(format!("{}, {name}", place.display()))
}

fn setting(data: &RegistryData) -> Option<String> {
    let number = || Some(data.as_number()?.to_string());
    data.as_text().or_else(number)
}

/// A setting as git writes it; names that are none of the program's say nothing.
fn line(name: &str, value: &str, text: &mut String) {
    let Some((section, rest)) = name.split_once('.') else {
        return;
    };
    let (scope, key) = match rest.rsplit_once('.') {
        Some((scope, key)) => (Some(scope), key),
        None => (None, rest),
    };
    let of_git = OF_GIT.iter().any(|known| key.eq_ignore_ascii_case(known));
    let is_key = |key: &str| {
        key.starts_with(|first: char| first.is_ascii_alphabetic())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !section.eq_ignore_ascii_case("credential") || of_git || !is_key(key) {
        return;
    }
    // The format has no line breaks in names, and no NUL at all.
    let quoted = |text: &str| {
        let kept = text.chars().filter(|character| !character.is_control());
        kept.flat_map(|character| {
            let escape = matches!(character, '"' | '\\').then_some('\\');
            escape.into_iter().chain([character])
        })
        .collect::<String>()
    };
    // Writing to a string cannot fail.
    let _ = match scope {
        Some(scope) => writeln!(text, "[credential \"{}\"]", quoted(scope)),
        None => writeln!(text, "[credential]"),
    };
    let _ = writeln!(text, "\t{key} = \"{}\"", quoted(value));
}

#[cfg(test)]
#[path = "gcm_defaults_tests.rs"]
mod tests;
