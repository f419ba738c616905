//! Keychains of macOS that are files: the one that opens as the person signs in, and others of the person's list.
//!
//! What macOS does is behind [`Calls`], so that all but the calls themselves is tried on every system.
//!
//! Nothing here makes macOS ask the person. Listing asks for attributes, which are not encrypted, and never for a secret. A
//! secret belongs to the programs that its entry names; whoever else wants it brings up a dialog. Of these keychains only
//! `SecKeychainSetUserInteractionAllowed` keeps it from that: what `SecItem.h` has for it (`kSecUseAuthenticationUI`, an
//! `LAContext`) is for the data protection keychain alone (Apple's TN3137, "On Mac keychain APIs and implementations";
//! Chromium, `scoped_keychain_user_interaction_allowed.cc`, Apple's feedback FB16959400). With it, such a secret is refused and
//! told as withheld, and its entry is judged by attributes and times.
//!
//! The data protection keychain, iCloud's too, shows a program its own entries alone, so that it is not asked.

#[cfg(test)]
pub(crate) mod fake;
mod form;
#[cfg(target_os = "macos")]
mod native;

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use self::form::{Class, Item, attributes_of, item_of};
use super::{Ring, Vault, VaultFault};
use crate::model::{Attributes, PropertyValue, SafeUrl, VaultEntry, VaultSecret};

#[cfg(target_os = "macos")]
pub(crate) use self::native::native;

/// `errSecItemNotFound`.
const NOT_FOUND: i32 = -25300;
/// `errSecDuplicateItem`.
const DUPLICATE: i32 = -25299;
/// `errSecInteractionNotAllowed`: it would have asked the person.
const WOULD_ASK: i32 = -25308;
/// `errSecAuthFailed`: what it also says where it would have asked.
const NOT_ALLOWED: i32 = -25293;
/// `errSecNotAvailable`: nothing answers for keychains in this session.
const NOT_AVAILABLE: i32 = -25291;
/// `errSecReadOnly`.
const READ_ONLY: i32 = -25292;
/// `errSecNoSuchKeychain`.
const NO_SUCH_KEYCHAIN: i32 = -25294;
/// `errSecNoDefaultKeychain`.
const NO_DEFAULT: i32 = -25307;

/// Properties of an entry by their four letters.
type Properties = BTreeMap<String, PropertyValue>;

/// A keychain of the person's list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keychain {
    /// Its file.
    path: String,
    locked: bool,
}

/// The functions of macOS; an error is its number (`SecBase.h`).
trait Calls: Send + Sync {
    /// Leads to one entry for as long as this process lives.
    type Reference;

    /// The keychains that the person's programs search, but for the machine's.
    fn keychains(&self) -> Result<Vec<Keychain>, i32>;

    /// The properties of all entries of a class, without secrets.
    fn items(
        &self,
        keychain: &str,
        class: Class,
    ) -> Result<Vec<(Properties, Self::Reference)>, i32>;

    /// What an entry holds. It asks nobody.
    fn secret(&self, reference: &Self::Reference) -> Result<VaultSecret, i32>;

    /// Deletes this very entry.
    fn delete(&self, reference: &Self::Reference) -> Result<(), i32>;

    /// Adds an entry, and replaces none.
    fn add(&self, keychain: &str, properties: &Properties, secret: &VaultSecret)
    -> Result<(), i32>;

    /// Whether this session has a screen.
    fn has_screen(&self) -> bool;
}

struct Keychains<C>(C);

fn told(error: i32) -> VaultFault {
    VaultFault::Refused(match error {
        NOT_FOUND | NO_SUCH_KEYCHAIN => return VaultFault::Gone,
        DUPLICATE => return VaultFault::Taken,
        NO_DEFAULT => return VaultFault::Absent("this session has no keychain".to_owned()),
        NOT_AVAILABLE => {
            return VaultFault::Away(
                "macOS opens it only in the person's own session: sign in at the Mac's screen and run rekey there"
                    .to_owned(),
            );
        }
        WOULD_ASK | NOT_ALLOWED => {
            "macOS wants to ask you first: do it in the app Keychain Access".to_owned()
        }
        READ_ONLY => "this keychain cannot be changed".to_owned(),
        _ => format!(
            "macOS refused (error {error}): security error {error} in Terminal says what it means; sign out and in \
             again, then run rekey again"
        ),
    })
}

/// A name for journals, which hold no secret: people write passwords into addresses.
fn id_of(keychain: &str, item: &Item) -> String {
    let mut hash = Sha256::new();
    for part in [keychain.to_owned(), item.class.code().to_owned()]
        .into_iter()
        .chain(item.primary_key().map(|text| SafeUrl(&text).to_string()))
    {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn entry_of(keychain: &str, item: &Item) -> VaultEntry {
    VaultEntry {
        ring: keychain.to_owned(),
        id: id_of(keychain, item),
        label: item.label.clone(),
        attributes: attributes_of(item),
        created: item.created,
        modified: item.modified,
        locked: false,
    }
}

/// `login` for `/Users/dev/Library/Keychains/login.keychain-db`.
fn label_of(keychain: &str) -> String {
    let name = Path::new(keychain).file_stem();
    name.map_or_else(
        || keychain.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

impl<C: Calls> Keychains<C> {
    fn keychain(&self, ring: &str) -> Result<Keychain, VaultFault> {
        let all = self.0.keychains().map_err(told)?;
        let mut same = all.into_iter().filter(|keychain| keychain.path == ring);
        same.next().ok_or(VaultFault::Gone)
    }

    fn open(&self, ring: &str) -> Result<(), VaultFault> {
        if self.keychain(ring)?.locked {
            return Err(VaultFault::Locked);
        }
        Ok(())
    }

    fn entries(&self, keychain: &str) -> Result<Vec<(VaultEntry, C::Reference)>, VaultFault> {
        let mut entries = Vec::new();
        for class in Class::ALL {
            let items = match self.0.items(keychain, class) {
                Ok(items) => items,
                Err(NOT_FOUND) => continue,
                Err(error) => return Err(told(error)),
            };
            let read = items.into_iter().map(|(properties, reference)| {
                let item = Item::of(class, properties);
                (entry_of(keychain, &item), reference)
            });
            entries.extend(read);
        }
        Ok(entries)
    }

    /// What leads to an entry, as long as it is what it was when it was listed.
    fn reference(&self, entry: &VaultEntry) -> Result<C::Reference, VaultFault> {
        self.open(&entry.ring)?;
        let mut all = self.entries(&entry.ring)?.into_iter();
        let same = all.find(|(known, _)| known == entry);
        same.map(|(_, reference)| reference).ok_or(VaultFault::Gone)
    }
}

impl<C: Calls> Vault for Keychains<C> {
    fn name(&self) -> &'static str {
        "Keychain"
    }

    fn unlocking(&self) -> String {
        if self.0.has_screen() {
            return "unlock it in the app Keychain Access, then run rekey again".to_owned();
        }
        "this session is not the one at the Mac's screen: run rekey in Terminal there, or unlock the keychain here with \
         `security unlock-keychain`, then run rekey again"
            .to_owned()
    }

    fn list(&self) -> Result<Vec<Ring>, VaultFault> {
        let keychains = self.0.keychains().map_err(told)?;
        if keychains.is_empty() {
            return Err(told(NO_DEFAULT));
        }
        let ring = |keychain: Keychain| {
            let (entries, unlisted) = if keychain.locked {
                (Vec::new(), None)
            } else {
                match self.entries(&keychain.path) {
                    Ok(entries) => (entries, None),
                    Err(fault) => (Vec::new(), Some(fault)),
                }
            };
            Ring {
                label: label_of(&keychain.path),
                locked: keychain.locked,
                entries: entries.into_iter().map(|(entry, _)| entry).collect(),
                unlisted,
                name: keychain.path,
            }
        };
        Ok(keychains.into_iter().map(ring).collect())
    }

    fn find(&self, ring: &str, attributes: &Attributes) -> Result<Vec<VaultEntry>, VaultFault> {
        self.open(ring)?;
        let has = |entry: &VaultEntry| {
            let mut wanted = attributes.iter();
            wanted.all(|(name, value)| entry.attribute(name) == Some(value))
        };
        let entries = self.entries(ring)?.into_iter();
        Ok(entries.map(|(entry, _)| entry).filter(has).collect())
    }

    fn read(&self, entry: &VaultEntry) -> Result<VaultSecret, VaultFault> {
        let reference = self.reference(entry)?;
        match self.0.secret(&reference) {
            Err(WOULD_ASK | NOT_ALLOWED) => Ok(VaultSecret::withheld()),
            secret => secret.map_err(told),
        }
    }

    fn delete(&self, entry: &VaultEntry) -> Result<(), VaultFault> {
        if entry.attribute(form::INEXACT).is_some() {
            return Err(VaultFault::Gone);
        }
        let reference = self.reference(entry)?;
        self.0.delete(&reference).map_err(told)
    }

    fn put(
        &self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<(), VaultFault> {
        self.open(ring)?;
        let properties = item_of(label, attributes).ok_or_else(|| {
            VaultFault::Refused("keychains of macOS have no such entries".to_owned())
        })?;
        self.0.add(ring, &properties, secret).map_err(told)
    }
}

#[cfg(test)]
#[path = "keychain/tests.rs"]
mod tests;
