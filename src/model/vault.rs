//! Entries of a vault as values: what names one, what it holds, and the digest of both.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use zeroize::Zeroizing;

use super::Digest;

/// Names and values that tell entries of a vault apart. Anybody may have pasted a token into a value.
pub type Attributes = BTreeMap<String, String>;

/// One entry of a vault, as it is listed without its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultEntry {
    /// The collection or keychain that it lies in, as the vault names it.
    pub ring: String,
    /// The vault's own name for it. A vault may give it to another entry once this one is gone.
    pub id: String,
    /// How people see it in a list.
    pub label: String,
    /// What programs look it up by.
    pub attributes: Attributes,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// Its secret cannot be read before somebody unlocks it.
    pub locked: bool,
}

impl VaultEntry {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

impl fmt::Debug for VaultEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VaultEntry({} {})", self.ring, self.id)
    }
}

/// What an entry holds.
#[derive(Clone)]
pub struct VaultSecret {
    bytes: SecretSlice<u8>,
    /// `text/plain` for most.
    pub content_type: String,
}

impl VaultSecret {
    /// Takes the value over.
    pub fn new(bytes: Vec<u8>, content_type: impl Into<String>) -> Self {
        Self {
            bytes: bytes.into(),
            content_type: content_type.into(),
        }
    }

    /// Of an entry whose vault gives what it holds to another program, or to none.
    pub fn withheld() -> Self {
        Self::new(Vec::new(), WITHHELD)
    }

    /// Whether the vault keeps it to itself, so that nobody here knows what it is.
    pub fn is_withheld(&self) -> bool {
        self.content_type == WITHHELD && self.expose().is_empty()
    }

    /// The value itself; for nothing that prints.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose_secret()
    }
}

/// No type of content that a vault has.
const WITHHELD: &str = "withheld";

impl PartialEq for VaultSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose() && self.content_type == other.content_type
    }
}

impl Eq for VaultSecret {}

impl fmt::Debug for VaultSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VaultSecret(…)")
    }
}

/// The attributes that tell entries apart: gnome-keyring gives an entry without a schema this one as soon
/// as it has written its file, and other vaults keep it as it was given.
pub fn telling(attributes: &Attributes) -> Attributes {
    let mut telling = attributes.clone();
    if telling
        .get(SCHEMA)
        .is_some_and(|schema| schema == NO_SCHEMA)
    {
        telling.remove(SCHEMA);
    }
    telling
}

const SCHEMA: &str = "xdg:schema";
const NO_SCHEMA: &str = "org.freedesktop.Secret.Generic";

/// Attributes and secret in one row of bytes that no other pair gives.
fn canonical(attributes: &Attributes, secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let attributes = telling(attributes);
    let names = attributes
        .iter()
        .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let mut bytes = Zeroizing::new(Vec::new());
    for part in names.chain([secret]) {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

impl Digest {
    /// The digest of an entry: of its attributes and its secret. It never leaves the memory: a weak
    /// password could be guessed from it.
    pub fn of_entry(attributes: &Attributes, secret: &VaultSecret) -> Self {
        Self::of(&canonical(attributes, secret.expose()))
    }

    /// The same, which nobody can guess from who does not have the key.
    pub fn of_entry_with_key(
        key: &[u8; 32],
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Self {
        Self::with_key(key, &canonical(attributes, secret.expose()))
    }

    /// The digest of an entry's attributes alone.
    pub fn of_attributes(attributes: &Attributes) -> Self {
        Self::of(&canonical(attributes, b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn no_two_entries_have_one_digest() {
        let secret = |text: &str| VaultSecret::new(text.into(), "text/plain");
        let entries = [
            (attributes(&[("a", "b")]), secret("c")),
            (attributes(&[("a", "bc")]), secret("")),
            (attributes(&[("ab", "")]), secret("c")),
            (attributes(&[("a", "b"), ("c", "")]), secret("")),
            (attributes(&[]), secret("abc")),
        ];
        let mut digests: Vec<_> = entries
            .iter()
            .map(|(attributes, secret)| Digest::of_entry(attributes, secret))
            .collect();
        digests.sort_by_key(|digest| format!("{digest:?}"));
        digests.dedup();
        assert_eq!(digests.len(), entries.len());
    }

    #[test]
    fn a_schema_that_says_nothing_tells_nothing() {
        let of = |schema| {
            let attributes = attributes(&[("service", "git"), ("xdg:schema", schema)]);
            Digest::of_attributes(&attributes)
        };
        let without = Digest::of_attributes(&attributes(&[("service", "git")]));
        assert_eq!(of("org.freedesktop.Secret.Generic"), without);
        assert_ne!(of("com.microsoft.GitCredentialManager"), without);
    }

    #[test]
    fn a_digest_with_a_key_tells_only_who_has_the_key() {
        let (attributes, secret) = (attributes(&[]), VaultSecret::new(b"word".into(), ""));
        let of = |key: u8| Digest::of_entry_with_key(&[key; 32], &attributes, &secret);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_ne!(of(1), Digest::of_entry(&attributes, &secret));
    }

    #[test]
    fn what_is_withheld_is_told_from_what_is_empty() {
        assert!(VaultSecret::withheld().is_withheld());
        for content_type in ["", "text/plain", "withheld"] {
            let bytes = if content_type == WITHHELD { "word" } else { "" };
            assert!(!VaultSecret::new(bytes.into(), content_type).is_withheld());
        }
    }

    #[test]
    fn what_an_entry_holds_is_never_printed() {
        let secret = VaultSecret::new(b"hunter2".into(), "text/plain");
        assert_eq!(format!("{secret:?}"), "VaultSecret(…)");
    }
}
