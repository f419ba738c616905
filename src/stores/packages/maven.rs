//! Maven: passwords of servers in `settings.xml`.
//!
//! Source: maven.apache.org, "Settings Reference" and "Password Encryption". A server has an id; the address of the id stands
//! among the repositories and mirrors of the settings, or in the `pom.xml` of a project.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::addresses::{self, Owner};
use super::maven_xml::{self, Server, Settings};
use super::{MOST, understood};
use crate::model::{Address, Credential, Kind, OrganizationName, Remedy, Scope};
use crate::platform::System;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, Text, is_reference, tells_of_azure_devops, with_lines};
use crate::token;

const NAME: &str = "maven";
const FILE: &str = "settings.xml";
const POM: &str = "pom.xml";

/// The store.
#[derive(Debug)]
pub struct Maven;

/// A file with its settings.
struct Read {
    document: Document,
    settings: Settings,
    remedy: Remedy,
}

/// The addresses that ids have; `None` is one of another host.
type Known = HashMap<String, Vec<Option<Address>>>;

impl Store for Maven {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Maven server passwords (settings.xml)",
            clears: "delete the password of the server in settings.xml",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[FILE, POM]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut files = Vec::new();
        let user = finder.home().join(".m2").join(FILE);
        files.extend(read(finder, &user, Remedy::Consent));
        for path in machine_files(finder) {
            files.extend(read(finder, &path, Remedy::Manual));
        }
        let (poms, settings): (Vec<&Path>, Vec<_>) =
            finder.project_files().into_iter().partition(|path| {
                path.file_name()
                    .is_some_and(|name| name.eq_ignore_ascii_case(POM))
            });
        for path in &poms {
            let holds = |bytes: &[u8]| tells_of_azure_devops(bytes) && bytes.contains(&b'@');
            if let Some(document) = finder.open_holding(path, holds) {
                addresses::enter(finder, &document, |_| true);
            }
        }
        for path in settings {
            if is_mavens(finder, path) {
                files.extend(read(finder, path, Remedy::Consent));
            }
        }
        let mut known = Known::new();
        for (id, address) in files.iter().flat_map(|file| &file.settings.addresses) {
            learn(&mut known, id, address);
        }
        // Poms stand in many places, so they are read only for a server that nothing else explains.
        let servers = files.iter().flat_map(|file| &file.settings.servers);
        let unknown: Vec<_> = servers
            .filter(|server| server.has_secret() && !known.contains_key(&server.id))
            .map(|server| server.id.as_str())
            .collect();
        if !unknown.is_empty() {
            let told = poms.iter().flat_map(|path| in_pom(finder, path));
            for (id, address) in told.filter(|(id, _)| unknown.contains(&id.as_str())) {
                learn(&mut known, &id, &address);
            }
        }
        for file in &files {
            for credential in credentials(file, &known, finder.scope()) {
                finder.add(credential);
            }
        }
    }
}

fn machine_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let platform = finder.platform();
    if platform.hermetic() {
        return Vec::new();
    }
    let homes = ["MAVEN_HOME", "M2_HOME"].into_iter();
    let homes = homes.filter_map(|name| platform.variable(name).map(PathBuf::from));
    let mut found: Vec<_> = homes
        .filter(|home| home.is_absolute())
        .map(|home| home.join("conf").join(FILE))
        .collect();
    if platform.system() == System::Linux {
        // Where the packages of distributions put it.
        found.extend(
            [
                "/etc/maven/settings.xml",
                "/usr/share/maven/conf/settings.xml",
            ]
            .map(PathBuf::from),
        );
    }
    found
}

/// The name is common; it is Maven's where it has servers.
fn is_mavens(finder: &Finder<'_>, path: &Path) -> bool {
    finder.peek(path).is_some_and(|bytes| {
        let text = Text::decode(&bytes);
        text.as_str().contains("<settings") && text.as_str().contains("<server")
    })
}

fn read(finder: &mut Finder<'_>, path: &Path, remedy: Remedy) -> Option<Read> {
    let document = finder.open_once(path)?;
    if document.as_str().trim().is_empty() {
        return None;
    }
    let settings = maven_xml::settings(document.as_str());
    let settings = settings.map_err(|fault| fault.reason(document.text()));
    let entries = |settings: &Settings| settings.servers.len();
    Some(Read {
        settings: understood(finder, &document, settings, entries, MOST)?,
        document,
        remedy,
    })
}

fn in_pom(finder: &Finder<'_>, path: &Path) -> Vec<(String, String)> {
    let bytes = finder
        .peek(path)
        .filter(|bytes| tells_of_azure_devops(bytes));
    let text = bytes.map(|bytes| Text::decode(&bytes));
    // One that is not well-formed tells nothing here; its addresses were looked at line by line.
    text.and_then(|text| maven_xml::addresses(text.as_str()).ok())
        .unwrap_or_default()
}

fn learn(known: &mut Known, id: &str, address: &str) {
    let parsed = Address::parse(address);
    // What a property stands for is not known here.
    if parsed.is_some() || !address.contains("${") {
        known.entry(id.to_owned()).or_default().push(parsed);
    }
}

fn credentials(file: &Read, known: &Known, scope: &Scope) -> Vec<Credential> {
    let (document, settings) = (&file.document, &file.settings);
    let text = document.as_str();
    let mut found = Vec::new();
    for (name, range) in &settings.values {
        let drafts = addresses::in_part(document, NAME, range.clone(), name, scope);
        let drafts = drafts.into_iter();
        let logins: Vec<_> = drafts
            .map(|draft| draft.remedy(file.remedy).finish())
            .collect();
        let value = &text[range.clone()];
        for sighting in addresses::further_tokens(value, &logins) {
            let draft = document
                .draft(NAME, Kind::Pat)
                .entry(name)
                .at(range.start + sighting.range.start)
                .sighted(&sighting)
                .remedy(Remedy::Manual)
                .advice("Take the token out of this element with an editor");
            found.push(draft.finish());
        }
        found.extend(logins);
    }
    let mut drafts = Vec::new();
    for server in &settings.servers {
        let owner = addresses::owner(known.get(&server.id).map_or(&[], Vec::as_slice));
        for secret in &server.secrets {
            let Some(value) = Value::of(&secret.value) else {
                continue;
            };
            let organization = match &owner {
                Owner::AzureDevOps(organization) => organization
                    .clone()
                    .or_else(|| named(scope, server, &secret.value)),
                // Nothing knows the id: a value that could be for any host has to be a token, or be sealed.
                Owner::Unknown if value != Value::Plain => named(scope, server, &secret.value),
                Owner::Unknown | Owner::Other => continue,
            };
            if owner == Owner::Unknown && value == Value::Sealed && organization.is_none() {
                continue;
            }
            let draft = document
                .draft(NAME, Kind::Password)
                .organization(organization)
                .entry(format_args!("servers/{}/{}", server.id, secret.name))
                .at(secret.value_range.start)
                .cut(with_lines(text, &secret.range));
            drafts.push(match value {
                Value::Sealed => draft,
                Value::Plain | Value::Token => draft.value(&secret.value),
            });
        }
    }
    for stray in &settings.strays {
        let draft = document
            .draft(NAME, Kind::Password)
            .entry(&stray.name)
            .at(stray.value_range.start)
            .value(&stray.value)
            .cut(with_lines(text, &stray.range));
        drafts.push(draft);
    }
    let drafts = drafts.into_iter();
    found.extend(drafts.map(|draft| draft.remedy(file.remedy).finish()));
    found
}

/// The user name of the server, or the one inside the value.
fn named(scope: &Scope, server: &Server, value: &str) -> Option<OrganizationName> {
    addresses::named(scope, &server.user).or_else(|| {
        let user = token::open(value).user?;
        addresses::named(scope, &user)
    })
}

/// What a slot for a password holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Plain,
    Token,
    /// Encrypted with the master password in `settings-security.xml`.
    Sealed,
}

impl Value {
    fn of(value: &str) -> Option<Self> {
        if value.is_empty() || is_reference(value) {
            None
        } else if token::open(value).token.is_some() {
            Some(Self::Token)
        } else if is_sealed(value) {
            Some(Self::Sealed)
        } else {
            Some(Self::Plain)
        }
    }
}

/// A part in braces; a backslash makes a brace an ordinary character.
fn is_sealed(value: &str) -> bool {
    let brace = |text: &str, sign: char| {
        let mut found = text.match_indices(sign);
        let plain = found.find(|(at, _)| !text[..*at].ends_with('\\'));
        plain.map(|(at, _)| at)
    };
    brace(value, '{').is_some_and(|at| brace(&value[at + 1..], '}').is_some_and(|end| end > 0))
}

#[cfg(test)]
#[path = "maven_tests.rs"]
mod tests;
