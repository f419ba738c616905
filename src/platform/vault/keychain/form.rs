//! An entry as macOS lists it, and as attributes that survive a copy.
//!
//! The four letters are the values of the constants in `SecItem.h` (apple-oss-distributions/Security, `SecItemConstants.c`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::Properties;
use crate::model::keychain_item as names;
pub(super) use crate::model::keychain_item::INEXACT;
use crate::model::{Attributes, PropertyValue};

/// What all secrets are said to be: a keychain keeps bytes.
pub(super) const CONTENT: &str = "application/octet-stream";

/// The service of rekey's own entries.
const OWN: &str = "dev.rekey.agent";

const CLASS: &str = "class";
const LABEL: &str = "labl";
const SERVICE: &str = "svce";
const ACCOUNT: &str = "acct";
const CREATED: &str = "cdat";
const MODIFIED: &str = "mdat";

/// A class of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// `kSecClassGenericPassword`.
    Generic,
    /// `kSecClassInternetPassword`.
    Internet,
}

impl Class {
    pub(super) const ALL: [Self; 2] = [Self::Generic, Self::Internet];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Generic => names::GENERIC,
            Self::Internet => names::INTERNET,
        }
    }

    /// What no two entries of a keychain have in common (developer.apple.com, `errSecDuplicateItem`).
    fn primary_key(self) -> &'static [&'static str] {
        match self {
            Self::Generic => &[ACCOUNT, SERVICE],
            Self::Internet => &[ACCOUNT, "sdmn", "srvr", "ptcl", "atyp", "port", "path"],
        }
    }
}

/// What a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
    Bytes,
}

/// Properties that an entry is put back with: four letters, name, kind.
const KEPT: &[(&str, &str, Kind)] = &[
    (SERVICE, names::SERVICE, Kind::Text),
    (ACCOUNT, names::ACCOUNT, Kind::Text),
    ("srvr", names::SERVER, Kind::Text),
    ("ptcl", names::PROTOCOL, Kind::Text),
    ("atyp", names::AUTHENTICATION, Kind::Text),
    ("path", names::PATH, Kind::Text),
    ("port", names::PORT, Kind::Number),
    ("sdmn", names::SECURITY_DOMAIN, Kind::Text),
    ("desc", names::DESCRIPTION, Kind::Text),
    ("icmt", names::COMMENT, Kind::Text),
    ("crtr", names::CREATOR, Kind::Number),
    ("type", names::TYPE, Kind::Number),
    ("gena", names::GENERIC_DATA, Kind::Bytes),
    ("invi", names::INVISIBLE, Kind::Flag),
    ("nega", names::NEGATIVE, Kind::Flag),
];

/// An entry without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) class: Class,
    pub(super) label: String,
    pub(super) created: Option<Timestamp>,
    pub(super) modified: Option<Timestamp>,
    properties: Properties,
}

impl Item {
    pub(super) fn of(class: Class, mut properties: Properties) -> Self {
        let mut time = |name| match properties.remove(name) {
            Some(PropertyValue::Time(time)) => Some(time),
            _ => None,
        };
        let (created, modified) = (time(CREATED), time(MODIFIED));
        let label = match properties.remove(LABEL) {
            Some(PropertyValue::Text(label)) => label,
            _ => String::new(),
        };
        Self {
            class,
            label,
            created,
            modified,
            properties,
        }
    }

    /// What tells it from all others of its keychain and class.
    pub(super) fn primary_key(&self) -> impl Iterator<Item = String> {
        let names = self.class.primary_key().iter();
        names.map(|name| match self.properties.get(*name) {
            Some(PropertyValue::Text(text)) => text.clone(),
            Some(PropertyValue::Number(number)) => number.to_string(),
            Some(PropertyValue::Bytes(bytes)) => STANDARD.encode(bytes),
            _ => String::new(),
        })
    }
}

/// A property as an attribute; `Err` where it has another form than its kind.
fn written(value: &PropertyValue, kind: Kind) -> Result<Option<String>, ()> {
    Ok(match (kind, value) {
        (Kind::Text, PropertyValue::Text(text)) => Some(text.clone()),
        (Kind::Number, PropertyValue::Number(number)) => Some(number.to_string()),
        (Kind::Flag, PropertyValue::Flag(flag)) => flag.then(|| "1".to_owned()),
        (Kind::Flag, PropertyValue::Number(number)) => (*number != 0).then(|| "1".to_owned()),
        (Kind::Bytes, PropertyValue::Bytes(bytes)) => Some(STANDARD.encode(bytes)),
        _ => return Err(()),
    })
}

fn read(text: &str, kind: Kind) -> Option<PropertyValue> {
    Some(match kind {
        Kind::Text => PropertyValue::text(text),
        Kind::Number => PropertyValue::Number(text.parse().ok()?),
        Kind::Flag => PropertyValue::Flag(text == "1"),
        Kind::Bytes => PropertyValue::Bytes(STANDARD.decode(text).ok()?),
    })
}

/// What is told of an entry. rekey's own have the form that it puts its keys in, whatever the vault.
pub(super) fn attributes_of(item: &Item) -> Attributes {
    let text = |name: &str| match item.properties.get(name) {
        Some(PropertyValue::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    if item.class == Class::Generic && text(SERVICE) == Some(OWN) {
        let purpose = text(ACCOUNT).unwrap_or_default();
        let pairs = [("service", OWN), ("account", purpose)];
        return pairs
            .map(|(name, value)| (name.into(), value.into()))
            .into();
    }
    let mut attributes = Attributes::new();
    attributes.insert(names::CLASS.to_owned(), item.class.code().to_owned());
    for (code, name, kind) in KEPT {
        let Some(value) = item.properties.get(*code) else {
            continue;
        };
        match written(value, *kind) {
            Ok(Some(text)) => drop(attributes.insert((*name).to_owned(), text)),
            Ok(None) => {}
            Err(()) => drop(attributes.insert(INEXACT.to_owned(), String::new())),
        }
    }
    attributes
}

/// The properties that an entry with these attributes is added with; `None` where they tell of none.
pub(super) fn item_of(label: &str, attributes: &Attributes) -> Option<Properties> {
    let mut properties = Properties::new();
    let mut set = |code: &str, value| drop(properties.insert(code.to_owned(), value));
    if !label.is_empty() {
        set(LABEL, PropertyValue::text(label));
    }
    let Some(class) = attributes.get(names::CLASS) else {
        let purpose = attributes.get("account")?;
        if attributes.get("service")? != OWN {
            return None;
        }
        set(CLASS, PropertyValue::text(names::GENERIC));
        set(SERVICE, PropertyValue::text(OWN));
        set(ACCOUNT, PropertyValue::text(purpose));
        return Some(properties);
    };
    let is_class = Class::ALL.iter().any(|known| known.code() == class);
    if !is_class || attributes.contains_key(INEXACT) {
        return None;
    }
    set(CLASS, PropertyValue::text(class));
    for (code, name, kind) in KEPT {
        if let Some(text) = attributes.get(*name) {
            set(code, read(text, *kind)?);
        }
    }
    Some(properties)
}
