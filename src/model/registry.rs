//! Values of the Windows registry: where they are, what they hold, and the digest of both.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretSlice};
use zeroize::Zeroizing;

use super::Digest;

/// Whose part of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hive {
    /// The person's.
    CurrentUser,
    /// The machine's, as programs of 64 bits see it.
    LocalMachine,
    /// The machine's, as programs of 32 bits see it (`WOW6432Node`).
    LocalMachine32,
}

impl Hive {
    /// Both views of the machine's part.
    pub const MACHINE: [Self; 2] = [Self::LocalMachine, Self::LocalMachine32];
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryKey {
    /// Where it begins.
    pub hive: Hive,
    /// Names with backslashes between, without one at the ends.
    pub path: String,
}

impl RegistryKey {
    /// A key of the person's.
    pub fn of_person(path: impl Into<String>) -> Self {
        Self::new(Hive::CurrentUser, path)
    }

    /// A key.
    pub fn new(hive: Hive, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { hive, path }
    }

    /// The key of this name in it.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self::new(self.hive, format!(r"{}\{name}", self.path))
    }
}

impl fmt::Display for RegistryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.hive, self.path.split_once('\\')) {
            (Hive::CurrentUser, _) => write!(formatter, r"HKCU\{}", self.path),
            (Hive::LocalMachine32, Some((software, rest))) => {
                write!(formatter, r"HKLM\{software}\WOW6432Node\{rest}")
            }
            _ => write!(formatter, r"HKLM\{}", self.path),
        }
    }
}

/// What a value holds: its type, and bytes that may be a secret.
#[derive(Clone)]
pub struct RegistryData {
    kind: u32,
    bytes: SecretSlice<u8>,
}

// winnt.h; "Registry value types" at learn.microsoft.com.
const TEXT: u32 = 1;
const EXPANDED: u32 = 2;
const BINARY: u32 = 3;
const NUMBER: u32 = 4;
const LIST: u32 = 7;
const LONG_NUMBER: u32 = 11;

impl RegistryData {
    /// Takes the value over, of any type.
    pub fn new(kind: u32, bytes: Vec<u8>) -> Self {
        let bytes = bytes.into();
        Self { kind, bytes }
    }

    /// A `REG_SZ`.
    pub fn text(text: &str) -> Self {
        Self::new(TEXT, with_end(text))
    }

    /// A `REG_EXPAND_SZ`.
    pub fn expanded(text: &str) -> Self {
        Self::new(EXPANDED, with_end(text))
    }

    /// A `REG_DWORD`.
    pub fn number(number: u32) -> Self {
        Self::new(NUMBER, number.to_le_bytes().into())
    }

    /// A `REG_MULTI_SZ`.
    pub fn list(items: &[&str]) -> Self {
        let mut bytes: Vec<u8> = items.iter().flat_map(|item| with_end(item)).collect();
        bytes.extend([0, 0]);
        Self::new(LIST, bytes)
    }

    /// The number of its type.
    pub fn kind(&self) -> u32 {
        self.kind
    }

    /// What its type is called.
    pub fn kind_name(&self) -> String {
        match self.kind {
            0 => "REG_NONE".to_owned(),
            TEXT => "REG_SZ".to_owned(),
            EXPANDED => "REG_EXPAND_SZ".to_owned(),
            BINARY => "REG_BINARY".to_owned(),
            NUMBER => "REG_DWORD".to_owned(),
            5 => "REG_DWORD_BIG_ENDIAN".to_owned(),
            LIST => "REG_MULTI_SZ".to_owned(),
            LONG_NUMBER => "REG_QWORD".to_owned(),
            other => format!("type {other}"),
        }
    }

    /// The value itself; for nothing that prints.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose_secret()
    }

    /// The text of a `REG_SZ` or `REG_EXPAND_SZ`, with U+FFFD for what is not Unicode; it may be a secret.
    pub fn as_text(&self) -> Option<String> {
        let text = || String::from_utf16_lossy(&self.units());
        matches!(self.kind, TEXT | EXPANDED).then(|| {
            let text = text();
            // It may end in one NUL, in several, or in none.
            text.trim_end_matches('\0').to_owned()
        })
    }

    /// Whether it is a `REG_EXPAND_SZ`, whose reader replaces `%NAME%`.
    pub fn has_variables(&self) -> bool {
        self.kind == EXPANDED
    }

    /// Whether [`RegistryData::as_text`] is the very text, so that a place in it is one in the bytes.
    pub fn is_exact(&self) -> bool {
        self.expose().len().is_multiple_of(2) && String::from_utf16(&self.units()).is_ok()
    }

    /// The items of a `REG_MULTI_SZ`; an empty one ends the list in the registry, and is none.
    pub fn as_list(&self) -> Option<Vec<String>> {
        let units = self.units();
        let items = units.split(|unit| *unit == 0);
        let items = items.filter(|item| !item.is_empty());
        (self.kind == LIST).then(|| items.map(String::from_utf16_lossy).collect())
    }

    /// The number of a `REG_DWORD` or `REG_QWORD`.
    pub fn as_number(&self) -> Option<u64> {
        let bytes = self.expose();
        match self.kind {
            NUMBER => Some(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            LONG_NUMBER => Some(u64::from_le_bytes(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    fn units(&self) -> Vec<u16> {
        let pairs = self.expose().chunks_exact(2);
        pairs
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect()
    }

    /// The type in front of the bytes, for a copy.
    pub fn to_copy(&self) -> Zeroizing<Vec<u8>> {
        let mut copy = Zeroizing::new(self.kind.to_le_bytes().to_vec());
        copy.extend_from_slice(self.expose());
        copy
    }

    /// A value out of its copy; `None` where it is cut short.
    pub fn from_copy(copy: &[u8]) -> Option<Self> {
        let (kind, bytes) = copy.split_first_chunk()?;
        Some(Self::new(u32::from_le_bytes(*kind), bytes.to_vec()))
    }
}

fn with_end(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

impl PartialEq for RegistryData {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.expose() == other.expose()
    }
}

impl Eq for RegistryData {}

impl fmt::Debug for RegistryData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RegistryData({}, …)", self.kind_name())
    }
}

impl Digest {
    /// The digest of a value: of its type and its bytes.
    pub fn of_value(data: &RegistryData) -> Self {
        Self::of(&data.to_copy())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_text_may_end_in_any_number_of_nuls() {
        let without = |data: &RegistryData, left: usize| {
            let bytes = &data.expose()[..data.expose().len() - left];
            RegistryData::new(data.kind(), bytes.to_vec())
        };
        let text = RegistryData::text("Zürich");
        assert_eq!(text.as_text().as_deref(), Some("Zürich"));
        assert_eq!(without(&text, 2).as_text().as_deref(), Some("Zürich"));
        let twice = RegistryData::new(2, [text.expose(), &[0, 0]].concat());
        assert_eq!(twice.as_text().as_deref(), Some("Zürich"));
        assert!(text.is_exact() && !without(&text, 3).is_exact());
        assert!(!RegistryData::new(1, vec![0, 0xd8]).is_exact());
    }

    #[test]
    fn lists_and_numbers_are_read_by_their_types_alone() {
        assert_eq!(
            RegistryData::list(&["a", "b"]).as_list().unwrap(),
            ["a", "b"]
        );
        assert_eq!(RegistryData::list(&[]).as_list().unwrap().len(), 0);
        assert_eq!(RegistryData::number(7).as_number(), Some(7));
        assert_eq!(
            RegistryData::new(11, vec![1; 8]).as_number(),
            Some(0x0101_0101_0101_0101)
        );
        assert_eq!(RegistryData::new(4, vec![1; 3]).as_number(), None);
        assert_eq!(RegistryData::text("7").as_number(), None);
        assert_eq!(RegistryData::number(7).as_text(), None);
    }

    #[test]
    fn a_copy_has_the_type_too() {
        let data = RegistryData::expanded("%USERPROFILE%");
        assert_eq!(RegistryData::from_copy(&data.to_copy()), Some(data.clone()));
        assert_eq!(RegistryData::from_copy(&[1, 0]), None);
        let as_text = RegistryData::new(1, data.expose().to_vec());
        assert_ne!(Digest::of_value(&data), Digest::of_value(&as_text));
        assert_eq!(format!("{data:?}"), "RegistryData(REG_EXPAND_SZ, …)");
    }

    #[test]
    fn a_key_is_shown_as_people_write_it() {
        let software = r"SOFTWARE\Policies\Rekey";
        let shown = |hive| RegistryKey::new(hive, software).to_string();
        assert_eq!(shown(Hive::LocalMachine), r"HKLM\SOFTWARE\Policies\Rekey");
        assert_eq!(
            shown(Hive::LocalMachine32),
            r"HKLM\SOFTWARE\WOW6432Node\Policies\Rekey"
        );
        assert_eq!(
            RegistryKey::of_person("Software").below("x").to_string(),
            r"HKCU\Software\x"
        );
    }
}
