//! A registry in memory, for tests.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::{Registry, RegistryFault, RegistryValue};
use crate::model::{RegistryData, RegistryKey};

/// What a test sets and looks at.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) keys: BTreeMap<RegistryKey, BTreeMap<String, RegistryData>>,
    /// Nothing can be changed.
    pub(crate) read_only: bool,
    /// How often programs were told.
    pub(crate) announced: u32,
}

/// The registry.
#[derive(Clone, Default)]
pub(crate) struct MemoryRegistry(Arc<Mutex<Inside>>);

impl MemoryRegistry {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Looks at it, or sets it.
    pub(crate) fn inside<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// Sets a value, as another program would.
    pub(crate) fn put(&self, key: &RegistryKey, name: &str, data: RegistryData) {
        self.inside(|inside| {
            let values = inside.keys.entry(key.clone()).or_default();
            values.insert(name.to_owned(), data);
        });
    }

    /// All values of the person's, by key and name.
    pub(crate) fn all(&self) -> Vec<(String, String, RegistryData)> {
        self.inside(|inside| {
            let keys = inside.keys.iter();
            let all = keys.flat_map(|(key, values)| {
                let named = values.iter();
                named.map(|(name, data)| (key.path.clone(), name.clone(), data.clone()))
            });
            all.collect()
        })
    }
}

impl Inside {
    fn key(&self, key: &RegistryKey) -> Option<&BTreeMap<String, RegistryData>> {
        let same = |known: &RegistryKey| {
            known.hive == key.hive && known.path.eq_ignore_ascii_case(&key.path)
        };
        let mut keys = self.keys.iter();
        keys.find(|(known, _)| same(known))
            .map(|(_, values)| values)
    }

    fn has_below(&self, key: &RegistryKey) -> bool {
        let start = format!(r"{}\", key.path);
        let mut known = self.keys.keys();
        known.any(|known| known.hive == key.hive && known.path.starts_with(&start))
    }

    fn writable(
        &mut self,
        path: &str,
    ) -> Result<&mut BTreeMap<String, RegistryData>, RegistryFault> {
        if self.read_only {
            return Err(RegistryFault::Refused("nothing can be changed".to_owned()));
        }
        let key = RegistryKey::of_person(path);
        Ok(self.keys.entry(key).or_default())
    }
}

impl Registry for MemoryRegistry {
    fn values(&self, key: &RegistryKey) -> Result<Vec<RegistryValue>, RegistryFault> {
        self.inside(|inside| {
            // A key is there, too, where only one below it has values.
            let none = BTreeMap::new();
            let below = || inside.has_below(key).then_some(&none);
            let values = inside.key(key).or_else(below);
            let values = values.ok_or(RegistryFault::Absent)?.iter();
            let values = values.map(|(name, data)| RegistryValue {
                name: name.clone(),
                data: Ok(data.clone()),
            });
            Ok(values.collect())
        })
    }

    fn keys(&self, key: &RegistryKey) -> Result<Vec<String>, RegistryFault> {
        self.inside(|inside| {
            let start = format!(r"{}\", key.path);
            let below = inside.keys.keys().filter(|known| known.hive == key.hive);
            let below = below.filter_map(|known| known.path.strip_prefix(&start));
            let mut names: Vec<_> = below
                .map(|rest| rest.split('\\').next().unwrap_or_default().to_owned())
                .collect();
            names.dedup();
            if names.is_empty() && inside.key(key).is_none() {
                return Err(RegistryFault::Absent);
            }
            Ok(names)
        })
    }

    fn written(&self, _key: &RegistryKey) -> Option<Timestamp> {
        Some("2026-09-01T08:00:00Z".parse().unwrap())
    }

    fn set(&self, path: &str, name: &str, data: &RegistryData) -> Result<(), RegistryFault> {
        self.inside(|inside| {
            inside.writable(path)?.insert(name.to_owned(), data.clone());
            Ok(())
        })
    }

    fn delete(&self, path: &str, name: &str) -> Result<(), RegistryFault> {
        self.inside(|inside| {
            let gone = inside.writable(path)?.remove(name);
            gone.map(drop).ok_or(RegistryFault::Absent)
        })
    }

    fn delete_empty(&self, path: &str) -> Result<(), RegistryFault> {
        if self.keys(&RegistryKey::of_person(path)) != Ok(Vec::new()) {
            return Err(RegistryFault::Refused("it has keys".to_owned()));
        }
        self.inside(|inside| {
            if !inside.writable(path)?.is_empty() {
                return Err(RegistryFault::Refused("it has values".to_owned()));
            }
            inside.keys.remove(&RegistryKey::of_person(path));
            Ok(())
        })
    }

    fn announce_variables(&self) {
        self.inside(|inside| inside.announced += 1);
    }
}
