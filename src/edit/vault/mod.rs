//! Deletes and puts entries of a vault, the way files are changed: compare, keep a copy, write down, delete, write down.

mod back;
mod delete;
mod plan;
mod put;
mod seal;
mod settle;

pub(super) use back::restore;
pub(super) use delete::Entries;
pub use plan::keep_or_ask;
pub(super) use put::take_away;
pub(super) use seal::{Keeper, Key};
pub(super) use settle::{Found, settle, settle_undo};

use crate::model::{Attributes, VaultEntry, VaultSecret, telling};
use crate::platform::vault::{Vault, VaultFault};

/// The entries of a ring that have just these attributes, each with its secret; none where there is no such ring.
fn read_all(
    vault: &dyn Vault,
    ring: &str,
    attributes: &Attributes,
) -> Result<Vec<(VaultEntry, VaultSecret)>, VaultFault> {
    let attributes = telling(attributes);
    let found = match vault.find(ring, &attributes) {
        Ok(found) => found,
        Err(VaultFault::Gone) => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    let mut read = Vec::new();
    for entry in found {
        if telling(&entry.attributes) != attributes {
            continue;
        }
        if entry.locked {
            return Err(VaultFault::Locked);
        }
        match vault.read(&entry) {
            Ok(secret) => read.push((entry, secret)),
            Err(VaultFault::Gone) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(read)
}
