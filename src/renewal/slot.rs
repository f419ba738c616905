//! A slot whose token is gone, as it is remembered: all but the token.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use rekey_report::{Kind, Location};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Template;
use crate::model::{Attributes, Digest};

/// One slot that a token was removed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The id of the finding that it was; it is the same when a token stands there again.
    pub finding: String,
    /// The store's name.
    pub store: String,
    /// The organization's name.
    pub organization: String,
    /// Where it is, as it is shown.
    pub location: Location,
    /// The repository or feed that it is for.
    pub address: Option<String>,
    /// The first day of the month in which the old token was made.
    pub created: Option<Date>,
    /// When the old token was removed.
    pub removed: Timestamp,
    /// What to write, and where.
    pub site: Site,
    /// It holds a token again: an undo of the run that put it there empties the slot once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<Filled>,
}

/// Who filled a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The run.
    pub run: Uuid,
    /// When.
    pub at: Timestamp,
}

/// What a token was removed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Site {
    /// A file, or a part of one.
    File(FileSite),
    /// An entry of a vault.
    Entry(EntrySite),
}

/// A file that a token was removed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSite {
    /// The file itself, with links resolved.
    pub path: PathBuf,
    /// It is a git config.
    pub git_config: bool,
    /// What it held after that; null where it is gone.
    pub after: Option<Digest>,
    /// What goes back, in the order of the file.
    pub parts: Vec<Part>,
}

/// A part of a file that was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it goes, a byte offset in what the file held after the cut.
    pub at: usize,
    /// How many bytes stand there instead.
    pub instead: usize,
    /// It is whole lines; the digest of the line before it, with this workstation's key. Null where it stands within a
    /// line, or on the first.
    pub line_before: Option<Digest>,
    /// What was cut, with room for the token.
    pub template: Template,
}

/// An entry of a vault that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntrySite {
    /// The collection or keychain, as the vault names it.
    pub ring: String,
    /// How people see it in a list.
    pub label: String,
    /// What programs look it up by.
    pub attributes: Attributes,
    /// `text/plain` for most.
    pub content_type: String,
    /// Its secret is text of UTF-16, as Windows programs write it.
    pub wide: bool,
    /// What it held, with room for the token.
    pub template: Template,
}

/// Whether a new personal access token can stand where this stood. Other tokens are made anew by their owners.
pub fn can_hold(kind: Kind) -> bool {
    matches!(kind, Kind::Pat | Kind::Password)
}
