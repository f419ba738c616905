//! Keys as entries of the very ring whose entries they seal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Key;
use crate::model::{Attributes, VaultSecret};
use crate::platform::vault::{Vault, VaultFault};

/// What rekey's own entries have as their service.
const SERVICE: &str = "dev.rekey.agent";
const LABEL: &str = "rekey: what undo needs to put passwords back";

fn attributes(purpose: &str) -> Attributes {
    let pairs = [("service", SERVICE), ("account", purpose)];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

pub(super) fn of_run(run: Uuid) -> Attributes {
    attributes(&format!("undo {run}"))
}

/// Every key that the ring has under this name: a run that was killed may have left one.
pub(super) fn all(
    vault: &dyn Vault,
    ring: &str,
    attributes: &Attributes,
) -> Result<Vec<Key>, VaultFault> {
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
        if secret.is_withheld() {
            let reason = "the vault gives the key of its copy to the program that made it alone: use the version of \
                rekey that ran then";
            return Err(VaultFault::Refused(reason.to_owned()));
        }
        let bytes = STANDARD.decode(secret.expose()).map(Zeroizing::new);
        keys.extend(bytes.ok().and_then(|bytes| Key::of(&bytes)));
    }
    Ok(keys)
}

/// Makes a key and sees that the ring keeps it.
pub(super) fn put(
    vault: &dyn Vault,
    ring: &str,
    attributes: &Attributes,
) -> Result<Key, VaultFault> {
    let key = Key::new()?;
    let text = STANDARD.encode(key.0);
    let secret = VaultSecret::new(text.into_bytes(), "text/plain");
    vault.put(ring, LABEL, attributes, &secret)?;
    let kept = all(vault, ring, attributes)?;
    if kept.iter().any(|kept| kept.0 == key.0) {
        return Ok(key);
    }
    Err(VaultFault::Refused(
        "the vault does not give back what rekey puts into it".to_owned(),
    ))
}

pub(super) fn remove(
    vault: &dyn Vault,
    ring: &str,
    attributes: &Attributes,
) -> Result<(), VaultFault> {
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

/// A key is put, read, and removed, with what a trial left that was killed.
pub(super) fn try_key(vault: &dyn Vault, ring: &str) -> Result<(), VaultFault> {
    let attributes = attributes("trial");
    let made = put(vault, ring, &attributes).map(drop);
    let removed = remove(vault, ring, &attributes);
    made.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::vault::memory::{MemoryVault, RING};

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
}
