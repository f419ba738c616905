//! Copies of vault entries, sealed with a key that lies in the same vault: without it they tell nothing.
//!
//! Each run has a key of its own in each ring that it takes entries from. It goes with the run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use crate::model::{Attributes, Digest, VaultEntry, VaultSecret};
use crate::platform;
use crate::platform::vault::{Vault, VaultFault};

/// What rekey's own entries have as their service.
const SERVICE: &str = "dev.rekey.agent";
const LABEL: &str = "rekey: what undo needs to put passwords back";

/// The key of one run in one ring.
pub(in crate::edit) struct Key([u8; 32]);

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// An entry out of its seal.
pub(in crate::edit) struct Opened {
    pub(in crate::edit) label: String,
    pub(in crate::edit) attributes: Attributes,
    pub(in crate::edit) secret: VaultSecret,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    label: String,
    attributes: Attributes,
    content_type: String,
    /// Base64.
    secret: Zeroizing<String>,
}

fn attributes(purpose: &str) -> Attributes {
    let pairs = [("service", SERVICE), ("account", purpose)];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn of_run(run: Uuid) -> Attributes {
    attributes(&format!("undo {run}"))
}

fn random<const N: usize>() -> Result<[u8; N], VaultFault> {
    platform::random().map_err(|fault| VaultFault::Refused(fault.to_string()))
}

fn unsealable() -> VaultFault {
    VaultFault::Refused("its copy could not be sealed".to_owned())
}

impl Key {
    /// The key of a run, where the ring has it.
    pub(in crate::edit) fn existing(
        vault: &dyn Vault,
        ring: &str,
        run: Uuid,
    ) -> Result<Option<Self>, VaultFault> {
        Self::read(vault, ring, &of_run(run))
    }

    fn read(
        vault: &dyn Vault,
        ring: &str,
        attributes: &Attributes,
    ) -> Result<Option<Self>, VaultFault> {
        Ok(Self::all(vault, ring, attributes)?.into_iter().next())
    }

    /// Every key that the ring has under this name: a run that was killed may have left one.
    fn all(
        vault: &dyn Vault,
        ring: &str,
        attributes: &Attributes,
    ) -> Result<Vec<Self>, VaultFault> {
        let found = match vault.find(ring, attributes) {
            Ok(found) => found,
            Err(VaultFault::Gone) => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let mut keys = Vec::new();
        for entry in found {
            if entry.locked {
                return Err(VaultFault::Locked);
            }
            let secret = match vault.read(&entry) {
                Ok(secret) => secret,
                Err(VaultFault::Gone) => continue,
                Err(fault) => return Err(fault),
            };
            let bytes = STANDARD.decode(secret.expose()).map(Zeroizing::new);
            let bytes = bytes
                .ok()
                .and_then(|bytes| bytes.as_slice().try_into().ok());
            keys.extend(bytes.map(Self));
        }
        Ok(keys)
    }

    /// Makes the key of a run and sees that the ring keeps it.
    pub(in crate::edit) fn make(
        vault: &dyn Vault,
        ring: &str,
        run: Uuid,
    ) -> Result<Self, VaultFault> {
        Self::put(vault, ring, &of_run(run))
    }

    fn put(vault: &dyn Vault, ring: &str, attributes: &Attributes) -> Result<Self, VaultFault> {
        let key = Self(random()?);
        let text = STANDARD.encode(key.0);
        let secret = VaultSecret::new(text.into_bytes(), "text/plain");
        vault.put(ring, LABEL, attributes, &secret)?;
        let kept = Self::all(vault, ring, attributes)?;
        if kept.iter().any(|kept| kept.0 == key.0) {
            return Ok(key);
        }
        Err(VaultFault::Refused(
            "the vault does not give back what rekey puts into it".to_owned(),
        ))
    }

    /// Removes the key of a run, where there is one.
    pub(in crate::edit) fn remove(
        vault: &dyn Vault,
        ring: &str,
        run: Uuid,
    ) -> Result<(), VaultFault> {
        remove(vault, ring, &of_run(run))
    }

    /// The digest of an entry that only who has the key can try.
    pub(in crate::edit) fn digest(&self, attributes: &Attributes, secret: &VaultSecret) -> Digest {
        Digest::of_entry_with_key(&self.0, attributes, secret)
    }

    /// The digest of an entry's attributes alone.
    pub(in crate::edit) fn digest_of_attributes(&self, attributes: &Attributes) -> Digest {
        self.digest(attributes, &VaultSecret::new(Vec::new(), ""))
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.0).ok()?;
        Some(LessSafeKey::new(key))
    }

    /// Seals an entry for one item of one run: as another's it does not open.
    pub(in crate::edit) fn seal(
        &self,
        run: Uuid,
        item: u32,
        entry: &VaultEntry,
        secret: &VaultSecret,
    ) -> Result<Vec<u8>, VaultFault> {
        let content = Sealed {
            label: entry.label.clone(),
            attributes: entry.attributes.clone(),
            content_type: secret.content_type.clone(),
            secret: Zeroizing::new(STANDARD.encode(secret.expose())),
        };
        let content = serde_json::to_vec(&content).map_err(|_| unsealable())?;
        let mut content = Zeroizing::new(content);
        let nonce: [u8; NONCE_LEN] = random()?;
        let tag = self
            .cipher()
            .ok_or_else(unsealable)?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                name(run, item),
                &mut content,
            )
            .map_err(|_| unsealable())?;
        Ok([&nonce, content.as_slice(), tag.as_ref()].concat())
    }

    /// The entry; `None` where these bytes are not what [`Key::seal`] gave for this item.
    pub(in crate::edit) fn open(&self, run: Uuid, item: u32, sealed: &[u8]) -> Option<Opened> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = Zeroizing::new(content.to_vec());
        let cipher = self.cipher()?;
        let content = cipher
            .open_in_place(nonce, name(run, item), &mut content)
            .ok()?;
        let content: Sealed = serde_json::from_slice(content).ok()?;
        let secret = STANDARD.decode(content.secret.as_bytes()).ok()?;
        Some(Opened {
            label: content.label,
            attributes: content.attributes,
            secret: VaultSecret::new(secret, content.content_type),
        })
    }
}

fn name(run: Uuid, item: u32) -> Aad<String> {
    Aad::from(format!("{run}/{item}"))
}

fn remove(vault: &dyn Vault, ring: &str, attributes: &Attributes) -> Result<(), VaultFault> {
    let found = match vault.find(ring, attributes) {
        Ok(found) => found,
        Err(VaultFault::Gone) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    for entry in found {
        match vault.delete(&entry) {
            Ok(()) | Err(VaultFault::Gone) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Whether a ring keeps keys for rekey, by trying: a key is put, read, and removed, with what a trial left that was killed.
pub(in crate::edit) fn try_key(vault: &dyn Vault, ring: &str) -> Result<(), VaultFault> {
    let attributes = attributes("trial");
    let made = Key::put(vault, ring, &attributes).map(drop);
    let removed = remove(vault, ring, &attributes);
    made.and(removed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::platform::vault::memory::{MemoryVault, RING, secret_of};

    fn entry(vault: &MemoryVault) -> VaultEntry {
        vault.add(&[("service", "git:https://dev.azure.com/contoso")], "word")
    }

    #[test]
    fn a_sealed_entry_opens_with_its_key_and_as_itself_alone() {
        let vault = MemoryVault::new();
        let entry = entry(&vault);
        let run = Uuid::now_v7();
        let key = Key::make(&vault, RING, run).unwrap();
        let secret = VaultSecret::new(b"\0\xffword".into(), "application/octet-stream");
        let sealed = key.seal(run, 1, &entry, &secret).unwrap();
        let again = key.seal(run, 1, &entry, &secret).unwrap();
        assert_ne!(sealed, again);
        let shown = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!shown.contains("contoso") && !shown.contains("word"));

        let read = Key::existing(&vault, RING, run).unwrap().unwrap();
        let opened = read.open(run, 1, &sealed).unwrap();
        assert_eq!(opened.label, entry.label);
        assert_eq!(opened.attributes, entry.attributes);
        assert!(opened.secret == secret);
        assert!(key.open(run, 2, &sealed).is_none());
        assert!(key.open(Uuid::now_v7(), 1, &sealed).is_none());
        assert!(key.open(run, 1, &sealed[..sealed.len() - 1]).is_none());
        let other = Key::make(&vault, RING, Uuid::now_v7()).unwrap();
        assert!(other.open(run, 1, &sealed).is_none());

        Key::remove(&vault, RING, run).unwrap();
        assert!(Key::existing(&vault, RING, run).unwrap().is_none());
        assert_eq!(vault.keys(), 1);
    }

    #[test]
    fn a_trial_leaves_nothing_and_tells_whether_keys_are_kept() {
        let vault = MemoryVault::new();
        assert_eq!(try_key(&vault, RING), Ok(()));
        assert!(try_key(&vault, "another").is_err());
        vault.inside(|inside| inside.read_only = true);
        assert!(try_key(&vault, RING).is_err());
        assert_eq!(vault.keys(), 0);
    }

    #[test]
    fn what_an_earlier_trial_left_is_no_answer_and_goes() {
        let vault = MemoryVault::new();
        for left in [STANDARD.encode([7; 32]), "no key".to_owned()] {
            vault.add(&[("service", SERVICE), ("account", "trial")], &left);
        }
        assert_eq!(try_key(&vault, RING), Ok(()));
        assert_eq!(vault.keys(), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_opened(bytes: Vec<u8>) {
            let vault = MemoryVault::new();
            let run = Uuid::now_v7();
            let key = Key::make(&vault, RING, run).unwrap();
            prop_assert!(key.open(run, 1, &bytes).is_none());
            let sealed = key.seal(run, 1, &entry(&vault), &secret_of("word")).unwrap();
            let mut changed = sealed.clone();
            for (at, byte) in changed.iter_mut().zip(&bytes) {
                *at ^= byte;
            }
            prop_assert_eq!(key.open(run, 1, &changed).is_some(), changed == sealed);
        }
    }
}
