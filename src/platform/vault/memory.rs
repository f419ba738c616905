//! A vault in memory, for tests.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::{Arc, Mutex};

use super::{Ring, Vault, VaultFault};
use crate::model::{Attributes, VaultEntry, VaultSecret};

/// The ring of entries that name no other.
pub(crate) const RING: &str = "login";

/// What a test sets and looks at.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) entries: Vec<(VaultEntry, VaultSecret)>,
    pub(crate) locked: bool,
    /// There is no vault.
    pub(crate) absent: bool,
    /// It is out of this session's reach.
    pub(crate) away: bool,
    /// New entries are refused.
    pub(crate) read_only: bool,
    /// Entries have a schema once they are listed, as in gnome-keyring.
    pub(crate) adds_schema: bool,
    /// Deleting is done, but not answered, and nothing is from then on.
    pub(crate) dies: bool,
    /// Deleting is refused.
    pub(crate) asks: bool,
    /// Rings that are listed before its own.
    pub(crate) rings: Vec<Ring>,
    /// Why its own ring does not list everything.
    pub(crate) unlisted: Option<VaultFault>,
    /// How often something was put into it.
    pub(crate) put: u32,
    /// Ids of the entries whose secrets were read.
    pub(crate) read: Vec<String>,
    next: u32,
}

/// The vault.
#[derive(Clone, Default)]
pub(crate) struct MemoryVault(Arc<Mutex<Inside>>);

impl MemoryVault {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Looks at it, or sets it.
    pub(crate) fn inside<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// Adds an entry, as another program would.
    pub(crate) fn add(&self, attributes: &[(&str, &str)], secret: &str) -> VaultEntry {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.inside(|inside| inside.add("a label", &attributes, &secret_of(secret)))
    }

    /// Attributes and secret of all entries but rekey's own keys.
    pub(crate) fn others(&self) -> Vec<(String, Attributes, String)> {
        self.inside(|inside| {
            let entries = inside.entries.iter();
            let others = entries
                .filter(|(entry, _)| entry.attribute("service") != Some("dev.rekey.agent"))
                .map(|(entry, secret)| {
                    let secret = String::from_utf8(secret.expose().to_vec()).unwrap();
                    (entry.label.clone(), entry.attributes.clone(), secret)
                });
            others.collect()
        })
    }

    /// How many keys of rekey's own it has.
    pub(crate) fn keys(&self) -> usize {
        self.inside(|inside| inside.entries.len()) - self.others().len()
    }
}

pub(crate) fn secret_of(text: &str) -> VaultSecret {
    VaultSecret::new(text.into(), "text/plain")
}

impl Inside {
    fn add(&mut self, label: &str, attributes: &Attributes, secret: &VaultSecret) -> VaultEntry {
        self.next += 1;
        let entry = VaultEntry {
            ring: RING.to_owned(),
            id: self.next.to_string(),
            label: label.to_owned(),
            attributes: attributes.clone(),
            created: None,
            modified: Some("2026-09-01T08:00:00Z".parse().unwrap()),
            locked: false,
        };
        self.entries.push((entry.clone(), secret.clone()));
        entry
    }

    fn listed(&self) -> Vec<VaultEntry> {
        let entries = self.entries.iter().map(|(entry, _)| {
            let mut entry = entry.clone();
            entry.locked = self.locked;
            if self.adds_schema {
                let schema = "org.freedesktop.Secret.Generic".to_owned();
                entry
                    .attributes
                    .entry("xdg:schema".into())
                    .or_insert(schema);
            }
            entry
        });
        entries.collect()
    }

    fn open(&self) -> Result<(), VaultFault> {
        if self.absent {
            return Err(VaultFault::Absent("there is no keyring".to_owned()));
        }
        if self.away {
            return Err(VaultFault::Away("it is out of reach".to_owned()));
        }
        if self.locked {
            return Err(VaultFault::Locked);
        }
        Ok(())
    }
}

impl Vault for MemoryVault {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn list(&self) -> Result<Vec<Ring>, VaultFault> {
        self.inside(|inside| match inside.open() {
            Ok(()) | Err(VaultFault::Locked) => {
                let ring = Ring {
                    name: RING.to_owned(),
                    label: "Login".to_owned(),
                    locked: inside.locked,
                    entries: inside.listed(),
                    unlisted: inside.unlisted.clone(),
                };
                Ok(inside.rings.iter().cloned().chain([ring]).collect())
            }
            Err(fault) => Err(fault),
        })
    }

    fn find(&self, ring: &str, attributes: &Attributes) -> Result<Vec<VaultEntry>, VaultFault> {
        self.inside(|inside| {
            if inside.absent {
                inside.open()?;
            }
            if ring != RING {
                return Err(VaultFault::Gone);
            }
            let has = |entry: &VaultEntry| {
                let mut wanted = attributes.iter();
                wanted.all(|(name, value)| entry.attribute(name) == Some(value))
            };
            Ok(inside.listed().into_iter().filter(has).collect())
        })
    }

    fn read(&self, entry: &VaultEntry) -> Result<VaultSecret, VaultFault> {
        self.inside(|inside| {
            inside.open()?;
            inside.read.push(entry.id.clone());
            let mut entries = inside.entries.iter();
            let known = entries.find(|(known, _)| known.id == entry.id);
            known
                .map(|(_, secret)| secret.clone())
                .ok_or(VaultFault::Gone)
        })
    }

    fn delete(&self, entry: &VaultEntry) -> Result<(), VaultFault> {
        self.inside(|inside| {
            inside.open()?;
            if inside.asks {
                return Err(VaultFault::Refused("it wants to ask".to_owned()));
            }
            let before = inside.entries.len();
            inside.entries.retain(|(known, _)| known.id != entry.id);
            if inside.entries.len() == before {
                return Err(VaultFault::Gone);
            }
            if inside.dies {
                inside.absent = true;
                return Err(VaultFault::Refused("it did not answer".to_owned()));
            }
            Ok(())
        })
    }

    fn put(
        &self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<(), VaultFault> {
        self.inside(|inside| {
            inside.open()?;
            if ring != RING {
                return Err(VaultFault::Gone);
            }
            if inside.read_only {
                return Err(VaultFault::Refused("nothing can be added to it".to_owned()));
            }
            inside.add(label, attributes, secret);
            inside.put += 1;
            Ok(())
        })
    }
}
