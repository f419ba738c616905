//! One file that was read: its bytes, its text, its age, and who else has a hand in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;

use super::{Draft, Text, named};
use crate::model::{Digest, Kind, OrganizationName, Remedy};

/// The version, with which every blob of DPAPI begins; no text does. The GUID of a provider follows, Windows' own or another's.
const DPAPI: &[u8] = b"\x01\0\0\0";

/// Why a file is not the person's alone to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    /// It is.
    Own,
    /// It has another name, which would keep the old content.
    HardLinked,
    /// A repository tracks it, directly or as the target of a link.
    Tracked,
    /// It is a setting of the machine, outside the home.
    Machine,
}

/// A [`Custody`] that is looked up when somebody asks: few files hold a credential, and an index may be large.
type AskedCustody = LazyLock<Custody, Box<dyn FnOnce() -> Custody + Send>>;

/// A file as it was read.
pub struct Document {
    path: PathBuf,
    target: PathBuf,
    bytes: Vec<u8>,
    written: Option<Timestamp>,
    custody: AskedCustody,
    text: OnceLock<Text>,
    digest: OnceLock<Digest>,
    named: OnceLock<Option<OrganizationName>>,
    /// Of the file itself, where `bytes` are what was sealed in it.
    outside: Option<Digest>,
}

impl Document {
    /// A file that was read at `path`, which leads to the file `target`.
    pub fn new(
        path: PathBuf,
        target: PathBuf,
        bytes: Vec<u8>,
        written: Option<Timestamp>,
        custody: Custody,
    ) -> Self {
        Self::kept(path, target, bytes, written, move || custody)
    }

    /// The same for a file whose custody takes time to find out.
    pub fn kept(
        path: PathBuf,
        target: PathBuf,
        bytes: Vec<u8>,
        written: Option<Timestamp>,
        custody: impl FnOnce() -> Custody + Send + 'static,
    ) -> Self {
        Self {
            path,
            target,
            bytes,
            written,
            custody: LazyLock::new(Box::new(custody)),
            text: OnceLock::new(),
            digest: OnceLock::new(),
            named: OnceLock::new(),
            outside: None,
        }
    }

    /// What Windows had sealed as this file: its edits open the file, and seal it again.
    #[must_use]
    pub fn unsealed(&self, content: Vec<u8>) -> Self {
        let (path, target) = (self.path.clone(), self.target.clone());
        Self {
            outside: Some(self.digest()),
            ..Self::new(path, target, content, self.written, self.custody())
        }
    }

    pub(super) fn is_inside_of_seal(&self) -> bool {
        self.outside.is_some()
    }

    /// Where it was looked for; what people are shown.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, with links resolved; what an edit changes.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether Windows sealed it whole for its owner (DPAPI), so that nothing in it can be told apart.
    pub fn is_sealed(&self) -> bool {
        self.bytes.starts_with(DPAPI)
    }

    /// Whether it begins as UTF-16 and is none, so that nothing in it can be found.
    pub fn is_broken(&self) -> bool {
        // Only such a file is decoded to find out.
        matches!(self.bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) && self.text().is_broken()
    }

    /// Its text, decoded once.
    pub fn text(&self) -> &Text {
        self.text.get_or_init(|| Text::decode(&self.bytes))
    }

    /// Its text as a string.
    pub fn as_str(&self) -> &str {
        self.text().as_str()
    }

    /// What its edits are bound to.
    pub fn digest(&self) -> Digest {
        let own = || Digest::of(&self.bytes);
        *self.digest.get_or_init(|| self.outside.unwrap_or_else(own))
    }

    /// The organization that the file names, where it names exactly one.
    pub(super) fn only_organization(&self) -> Option<OrganizationName> {
        let named = self
            .named
            .get_or_init(|| named::only_organization(self.as_str()));
        named.clone()
    }

    /// When it was last written.
    pub fn written(&self) -> Option<Timestamp> {
        self.written
    }

    /// Who may change it.
    pub fn custody(&self) -> Custody {
        *self.custody
    }

    /// The remedy of an entry in this file: what the store says, unless the file is not the person's alone.
    pub fn remedy(&self, wanted: Remedy) -> Remedy {
        wanted.max(match self.custody() {
            Custody::Own => Remedy::Automatic,
            Custody::HardLinked => Remedy::Consent,
            Custody::Tracked | Custody::Machine => Remedy::Manual,
        })
    }

    /// Starts a credential that stands in this file.
    pub fn draft(&self, store: &'static str, kind: Kind) -> Draft<'_> {
        Draft::new(self, store, kind)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it holds may be secret.
        let mut document = formatter.debug_struct("Document");
        document.field("path", &self.path);
        document.finish_non_exhaustive()
    }
}
