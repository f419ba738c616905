//! Copies of vault entries, sealed with a key that nobody else can read: without it they tell nothing.
//!
//! Each run has a key of its own, in each ring that it takes entries from or, on Windows, in its folder. It goes with the run.

mod in_folder;
mod in_ring;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use crate::edit::state::State;
use crate::model::{Attributes, Digest, VaultEntry, VaultSecret};
use crate::platform;
use crate::platform::dpapi::Dpapi;
use crate::platform::vault::{Vault, VaultFault};

/// The key of one run, in one ring where each has its own.
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

fn random<const N: usize>() -> Result<[u8; N], VaultFault> {
    platform::random().map_err(|fault| VaultFault::Refused(fault.to_string()))
}

fn unsealable() -> VaultFault {
    VaultFault::Refused("its copy could not be sealed".to_owned())
}

/// Where the keys of runs are kept: never beside the copies that they open, unless nobody else can open the key itself.
#[derive(Clone, Copy)]
pub(in crate::edit) enum Keeper<'a> {
    /// In the ring of the vault that the entries were in.
    Ring(&'a dyn Vault),
    /// In the run's own folder, sealed by Windows for this person at this computer (DPAPI). One key serves all rings.
    Folder(&'a State, &'a dyn Dpapi),
}

impl<'a> Keeper<'a> {
    /// The keeper of this system.
    pub(in crate::edit) fn of(state: &'a State) -> Result<Self, VaultFault> {
        Ok(match state.dpapi() {
            Some(dpapi) => Self::Folder(state, dpapi),
            None => Self::Ring(state.vault()?),
        })
    }

    /// The key of a run, where there is one.
    pub(in crate::edit) fn existing(
        self,
        ring: &str,
        run: Uuid,
    ) -> Result<Option<Key>, VaultFault> {
        match self {
            Self::Ring(vault) => Ok(in_ring::all(vault, ring, &in_ring::of_run(run))?
                .into_iter()
                .next()),
            Self::Folder(state, dpapi) => in_folder::existing(state, dpapi, run),
        }
    }

    /// Makes the key of a run and sees that it is kept.
    pub(in crate::edit) fn make(self, ring: &str, run: Uuid) -> Result<Key, VaultFault> {
        match self {
            Self::Ring(vault) => in_ring::put(vault, ring, &in_ring::of_run(run)),
            Self::Folder(state, dpapi) => in_folder::make(state, dpapi, run),
        }
    }

    /// Removes the key of a run, where there is one. One in the run's folder goes with the copies in there.
    pub(in crate::edit) fn remove(self, ring: &str, run: Uuid) -> Result<(), VaultFault> {
        match self {
            Self::Ring(vault) => in_ring::remove(vault, ring, &in_ring::of_run(run)),
            Self::Folder(..) => Ok(()),
        }
    }

    /// Whether keys are kept here, by trying.
    pub(in crate::edit) fn try_key(self, ring: &str) -> Result<(), VaultFault> {
        match self {
            Self::Ring(vault) => in_ring::try_key(vault, ring),
            Self::Folder(_, dpapi) => in_folder::try_key(dpapi),
        }
    }
}

impl Key {
    fn new() -> Result<Self, VaultFault> {
        Ok(Self(random()?))
    }

    /// The key in these bytes, where they are one.
    fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
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
        let mut content = plain(entry, secret).ok_or_else(unsealable)?;
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

/// What is sealed. Room that grew while it is written would leave pieces of the secret in memory that nobody wipes, so all of
/// it is made before.
fn plain(entry: &VaultEntry, secret: &VaultSecret) -> Option<Zeroizing<Vec<u8>>> {
    let mut content = Sealed {
        label: entry.label.clone(),
        attributes: entry.attributes.clone(),
        content_type: secret.content_type.clone(),
        secret: Zeroizing::default(),
    };
    let rest = serde_json::to_vec(&content).ok()?.len();
    content.secret = Zeroizing::new(STANDARD.encode(secret.expose()));
    let mut plain = Zeroizing::new(Vec::with_capacity(rest + content.secret.len()));
    serde_json::to_writer(&mut *plain, &content).ok()?;
    Some(plain)
}

fn name(run: Uuid, item: u32) -> Aad<String> {
    Aad::from(format!("{run}/{item}"))
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
        let key = Keeper::Ring(&vault).make(RING, run).unwrap();
        let secret = VaultSecret::new(b"\0\xffword".into(), "application/octet-stream");
        let sealed = key.seal(run, 1, &entry, &secret).unwrap();
        let again = key.seal(run, 1, &entry, &secret).unwrap();
        assert_ne!(sealed, again);
        let shown = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!shown.contains("contoso") && !shown.contains("word"));

        let read = Keeper::Ring(&vault).existing(RING, run).unwrap().unwrap();
        let opened = read.open(run, 1, &sealed).unwrap();
        assert_eq!(opened.label, entry.label);
        assert_eq!(opened.attributes, entry.attributes);
        assert!(opened.secret == secret);
        assert!(key.open(run, 2, &sealed).is_none());
        assert!(key.open(Uuid::now_v7(), 1, &sealed).is_none());
        assert!(key.open(run, 1, &sealed[..sealed.len() - 1]).is_none());
        let other = Keeper::Ring(&vault).make(RING, Uuid::now_v7()).unwrap();
        assert!(other.open(run, 1, &sealed).is_none());

        Keeper::Ring(&vault).remove(RING, run).unwrap();
        assert!(Keeper::Ring(&vault).existing(RING, run).unwrap().is_none());
        assert_eq!(vault.keys(), 1);
    }

    #[test]
    fn no_piece_of_a_secret_stays_where_room_was_too_small() {
        let vault = MemoryVault::new();
        let secret = VaultSecret::new(vec![0xff; 5_000], "text/plain");
        let plain = plain(&entry(&vault), &secret).unwrap();
        assert_eq!(plain.capacity(), plain.len());
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_opened(bytes: Vec<u8>) {
            let vault = MemoryVault::new();
            let run = Uuid::now_v7();
            let key = Keeper::Ring(&vault).make(RING, run).unwrap();
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
