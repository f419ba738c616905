//! Keeps what IT steers rekey with true to the list of keys: for Windows the administrative template with its words, the
//! installer's properties, and the table of them in the documents; for macOS the configuration profile, and Jamf's form;
//! for Linux the sample of a policy file, and the variables and the template of the Ansible role.
//! `REKEY_REWRITE_DOCS=1 cargo test templates` writes them.
//!
//! For Windows everything is written as text (`REG_SZ`), numbers and truth values too: the installer reads back what is there,
//! and Windows Installer tells text from numbers by a prefix that it would otherwise write as text.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod adml;
mod admx;
mod installer;
mod linux;
mod macos;
mod manifest;
mod plist;
mod preferences;
mod profile;
mod rules;
mod tree;
mod written;
mod written_linux;

use std::path::{Path, PathBuf};

use super::keys::{KEYS, KeyKind, PolicyKey};
use super::registry::POLICY as ROOT;

/// How many organizations a template and the installer have room for: neither knows a list of records.
const ORGANIZATIONS: usize = 5;

/// One registry value that a template or the installer writes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    /// The registry key below that of policy; empty for that one itself.
    below: String,
    /// Its name.
    name: String,
    /// What it is, of an organization's.
    kind: KeyKind,
}

impl Value {
    fn of(key: &PolicyKey) -> Self {
        Self {
            below: String::new(),
            name: key.name.to_owned(),
            kind: key.kind,
        }
    }

    /// The values of the organization with this number, its name first.
    fn of_organization(number: usize) -> [Self; 3] {
        [
            ("name", KeyKind::Text),
            ("connected_at", KeyKind::Time),
            ("tenant", KeyKind::Text),
        ]
        .map(|(name, kind)| Self {
            below: format!(r"organizations\{number}"),
            name: name.to_owned(),
            kind,
        })
    }

    /// The whole name of its registry key.
    fn key(&self) -> String {
        match self.below.as_str() {
            "" => ROOT.to_owned(),
            below => format!(r"{ROOT}\{below}"),
        }
    }

    /// How the agent names it once it has read the registry.
    fn dotted(&self) -> String {
        match self.below.as_str() {
            "" => self.name.clone(),
            below => format!("{}.{}", below.replace('\\', "."), self.name),
        }
    }
}

/// A key's name where dots are not allowed.
fn id(key: &PolicyKey) -> String {
    key.name.replace('.', "_")
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a kept file with what it must be, or writes it where somebody asks for that.
#[track_caller]
fn keep(path: &str, wanted: &str) {
    let file = project(path);
    if std::env::var_os("REKEY_REWRITE_DOCS").is_some() {
        #[allow(
            clippy::disallowed_methods,
            reason = "a kept file, when somebody asks for it"
        )]
        std::fs::write(file, wanted).unwrap();
        return;
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        text.replace("\r\n", "\n") == wanted,
        "{path} differs from the list of keys: REKEY_REWRITE_DOCS=1 cargo test templates writes it"
    );
}
