//! The parts of a `settings.xml` and a `pom.xml` that name servers and hold their passwords.
//!
//! Source: maven.apache.org, "Settings Reference" and "POM Reference"; of headers: "Guide to HTTP settings".

use std::ops::Range;

use crate::text::UserInfo;
use crate::text::xml::{self, Element, Fault};
use crate::token;

/// A `settings.xml`.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `servers`.
    pub(super) servers: Vec<Server>,
    /// Id and address of each repository and mirror.
    pub(super) addresses: Vec<(String, String)>,
    /// Values that have user-info in an address, or tokens among other words: their names and places.
    pub(super) values: Vec<(String, Range<usize>)>,
    /// Tokens that stand elsewhere, such as in a property.
    pub(super) strays: Vec<Secret>,
}

/// A server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) id: String,
    pub(super) user: String,
    /// `password`, and headers that log in.
    pub(super) secrets: Vec<Secret>,
}

/// An element that holds a secret.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) value: String,
    /// The value as it stands in the file.
    pub(super) value_range: Range<usize>,
    /// The element.
    pub(super) range: Range<usize>,
}

impl Server {
    /// Whether any of its secrets has a value.
    pub(super) fn has_secret(&self) -> bool {
        self.secrets.iter().any(|secret| !secret.value.is_empty())
    }
}

impl Secret {
    fn of(name: &str, value: &Element, whole: &Element) -> Self {
        Self {
            name: name.to_owned(),
            value: value.text.trim().to_owned(),
            value_range: value.inner.clone(),
            range: whole.range.clone(),
        }
    }
}

/// What holds an address for an id.
const ADDRESSED: &[&str] = &[
    "repository",
    "pluginRepository",
    "snapshotRepository",
    "mirror",
    "site",
];

/// Reads the text of a `settings.xml`.
///
/// # Errors
/// Why it was not read.
pub(super) fn settings(text: &str) -> Result<Settings, Fault> {
    let root = xml::parse(text)?;
    let servers = root
        .all("servers")
        .flat_map(|servers| servers.all("server"));
    let mut settings = Settings {
        servers: servers.map(server).collect(),
        addresses: in_element(&root),
        ..Settings::default()
    };
    root.visit(&mut |around, element| {
        if !element.children.is_empty() {
            return;
        }
        let path = || {
            let names = around.iter().map(|above| above.name.as_str());
            let names: Vec<_> = names.skip(1).chain([element.name.as_str()]).collect();
            names.join("/")
        };
        let in_server = || around.iter().any(|above| above.name == "server");
        let text = element.text.trim();
        if UserInfo::of(text).is_some() {
            settings.values.push((path(), element.inner.clone()));
        } else if !token::find_all(text).is_empty() && !in_server() {
            if token::open(text).token.is_some() {
                settings.strays.push(Secret::of(&path(), element, element));
            } else {
                settings.values.push((path(), element.inner.clone()));
            }
        }
    });
    Ok(settings)
}

/// Id and address of each repository in the text of a `pom.xml`.
///
/// # Errors
/// Why it was not read.
pub(super) fn addresses(text: &str) -> Result<Vec<(String, String)>, Fault> {
    Ok(in_element(&xml::parse(text)?))
}

fn server(server: &Element) -> Server {
    let value = |name: &str| server.value(name).unwrap_or_default().to_owned();
    let passwords = server.all("password");
    let mut secrets: Vec<_> = passwords
        .map(|password| Secret::of("password", password, password))
        .collect();
    let configuration = server.all("configuration");
    let headers = configuration.flat_map(|configuration| configuration.all("httpHeaders"));
    for property in headers.flat_map(|headers| headers.all("property")) {
        let logs_in = property
            .value("name")
            .is_some_and(|name| name.eq_ignore_ascii_case("Authorization"));
        if let Some(value) = property.child("value").filter(|_| logs_in) {
            secrets.push(Secret::of("httpHeaders/Authorization", value, property));
        }
    }
    // Any other element, such as a header of its own name, counts only where it holds a token.
    server.visit(&mut |_, element| {
        let taken = secrets.iter().any(|secret| {
            secret.range.start <= element.range.start && element.range.end <= secret.range.end
        });
        if !taken && element.children.is_empty() && token::open(element.text.trim()).token.is_some()
        {
            secrets.push(Secret::of(&element.name, element, element));
        }
    });
    Server {
        id: value("id"),
        user: value("username"),
        secrets,
    }
}

fn in_element(root: &Element) -> Vec<(String, String)> {
    let mut found = Vec::new();
    root.visit(&mut |_, element| {
        if ADDRESSED.contains(&element.name.as_str())
            && let (Some(id), Some(address)) = (element.value("id"), element.value("url"))
        {
            found.push((id.to_owned(), address.to_owned()));
        }
    });
    found
}
