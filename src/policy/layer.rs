//! One layer of settings: a TOML file, the environment or the command line.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{Leave, ReportPaths, ReportPerson};
use crate::judge::Pats;
use crate::model::{Depth, OrganizationName, Secret, Tenant, typed_path};

/// Where a layer comes from, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Machine policy.
    Machine(PathBuf),
    /// What was typed.
    CommandLine,
    /// `REKEY_*` variables.
    Environment,
    /// The person's own file.
    Person(PathBuf),
    /// Defaults of the machine.
    Defaults(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(path) => write!(formatter, "machine policy ({})", typed_path(path)),
            Self::CommandLine => formatter.write_str("the command line"),
            Self::Environment => formatter.write_str("the environment"),
            Self::Person(path) => write!(formatter, "your settings ({})", typed_path(path)),
            Self::Defaults(path) => {
                write!(formatter, "the machine's defaults ({})", typed_path(path))
            }
        }
    }
}

/// A setting that is wrong: nothing is done, exit 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}\n  hint: {hint}")]
pub struct PolicyFault {
    /// The file and line, the variable, or the flag.
    pub place: String,
    /// What is wrong, with the key.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Settings of one layer. Absent keys say nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// `organizations[]`.
    pub organizations: Option<Vec<LayerOrganization>>,
    /// `pats`.
    pub pats: Option<Pats>,
    /// `clean.*`.
    pub clean: CleanKeys,
    /// `network.*`.
    pub network: NetworkKeys,
    /// `scan.*`.
    pub scan: ScanKeys,
    /// `undo.*`.
    pub undo: UndoKeys,
    /// `report.*`.
    pub report: ReportKeys,
    /// `accept.*`.
    pub accept: AcceptKeys,
    /// `collector.*`.
    pub collector: CollectorKeys,
    /// `guide.*`.
    pub guide: GuideKeys,
    /// `entra.*`.
    pub entra: EntraKeys,
}

/// One entry of `organizations[]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerOrganization {
    /// `name`.
    #[serde(deserialize_with = "organization_name")]
    pub name: OrganizationName,
    /// `connected_at`, RFC 3339.
    #[serde(default, deserialize_with = "time")]
    pub connected_at: Option<Timestamp>,
    /// `tenant`, a GUID or `microsoft-account`.
    #[serde(default, deserialize_with = "tenant")]
    pub tenant: Option<Tenant>,
}

/// Declares a table of optional keys.
macro_rules! keys {
    ($(#[$meta:meta])* $name:ident { $($(#[$key_meta:meta])* $key:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$key_meta])* pub $key: Option<$type>),+ }
    };
}

keys! { /// `clean.*`.
CleanKeys {
    /// Whether automatic edits need no question of their own.
    automatic: bool,
    /// Whether edits that need consent may be made.
    consent: Leave,
}}
keys! { /// `network.*`.
NetworkKeys {
    /// Whether the service may be asked about tokens.
    verify: Leave,
}}
keys! { /// `scan.*`.
ScanKeys {
    /// Folders to walk: absolute, or below `~/`.
    roots: Vec<String>,
    /// Names or paths of folders not to enter.
    exclude: Vec<String>,
    /// Whether file contents are read everywhere, and git objects too.
    deep: Depth,
}}
keys! { /// `undo.*`.
UndoKeys {
    /// For how many days a run can be taken back.
    keep_days: u32,
}}
keys! { /// `report.*`.
ReportKeys {
    /// How much of a path is told.
    paths: ReportPaths,
    /// How the person is named.
    person: ReportPerson,
}}
keys! { /// `accept.*`.
AcceptKeys {
    /// Whether accepted findings count as compliant.
    allowed: bool,
}}
keys! { /// `collector.*`.
CollectorKeys {
    /// Where reports go.
    url: String,
    /// What a workstation enrols with.
    #[serde(deserialize_with = "secret")]
    enroll_secret: Secret,
    /// A PEM file with the collector's certificate authority.
    ca_file: PathBuf,
    /// The deployment ring.
    ring: String,
}}
keys! { /// `guide.*`.
GuideKeys {
    /// When the steps must be done.
    #[serde(deserialize_with = "time")]
    deadline: Timestamp,
    /// How often a step may be put off.
    max_deferrals: u32,
}}
keys! { /// `entra.*`.
EntraKeys {
    /// The client id of the sign-in.
    client_id: String,
}}

impl Layer {
    /// Reads a TOML file's text.
    ///
    /// # Errors
    /// A [`PolicyFault`] with the line, the key and a hint. It never quotes the line, which may hold a secret.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, PolicyFault> {
        toml_edit::de::from_str(text).map_err(|error| {
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let key = text
                .lines()
                .nth(line - 1)
                // A line that is no setting may be anything, a secret too.
                .and_then(|line| line.split_once('='));
            let key = key
                .map(|(key, _)| key.trim())
                .filter(|key| !key.is_empty() && key.len() < 40);
            PolicyFault {
                place: format!("{}, line {line}", typed_path(path)),
                message: match key {
                    Some(key) => format!("{key}: {}", error.message()),
                    None => error.message().to_owned(),
                },
                hint: "docs/policy.md lists every key with its values".to_owned(),
            }
        })
    }
}

fn organization_name<'de, D: Deserializer<'de>>(from: D) -> Result<OrganizationName, D::Error> {
    let text = String::deserialize(from)?;
    OrganizationName::new(&text).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "{text:?} is no organization name: letters, digits and hyphens, at most 50; for https://dev.azure.com/contoso it is \"contoso\""
        ))
    })
}

fn tenant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Tenant>, D::Error> {
    String::deserialize(from)?
        .parse()
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// Takes a TOML date-time as well as a string.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Toml(toml_edit::Datetime),
    }
    let text = match Written::deserialize(from)? {
        Written::Text(text) => text,
        Written::Toml(time) => time.to_string(),
    };
    parse_time(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// Reads an RFC 3339 time.
///
/// # Errors
/// One sentence with an example.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!(
            "{text:?} is no time: write it as 2026-11-20T18:00:00Z or 2026-11-20T19:00:00+01:00"
        )
    })
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(Some(Secret::new(String::deserialize(from)?)))
}
