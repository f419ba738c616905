//! Managed preferences in memory, for tests.

use std::collections::BTreeMap;

use super::Preferences;
use crate::model::PropertyValue;

/// Preferences of a test: what is imposed, and what the person has set.
#[derive(Clone, Default)]
pub(crate) struct MemoryPreferences {
    forced: BTreeMap<String, PropertyValue>,
    of_person: Vec<String>,
    unlisted: bool,
    of_programs: BTreeMap<(String, String), PropertyValue>,
}

impl MemoryPreferences {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Management sets a value.
    pub(crate) fn force(mut self, name: &str, value: PropertyValue) -> Self {
        self.forced.insert(name.to_owned(), value);
        self
    }

    /// The person has set something of this name.
    pub(crate) fn set_by_person(mut self, name: &str) -> Self {
        self.of_person.push(name.to_owned());
        self
    }

    /// Another program has a value.
    pub(crate) fn of_another(mut self, domain: &str, name: &str, value: PropertyValue) -> Self {
        let name = (domain.to_owned(), name.to_owned());
        self.of_programs.insert(name, value);
        self
    }

    /// Names cannot be listed.
    pub(crate) fn unlisted(mut self) -> Self {
        self.unlisted = true;
        self
    }
}

impl Preferences for MemoryPreferences {
    fn names(&self) -> Vec<String> {
        if self.unlisted {
            return Vec::new();
        }
        let names = self.forced.keys().chain(&self.of_person);
        names.cloned().collect()
    }

    fn forced(&self, name: &str) -> Option<PropertyValue> {
        self.forced.get(name).cloned()
    }

    fn of_program(&self, domain: &str, name: &str) -> Option<PropertyValue> {
        let name = (domain.to_owned(), name.to_owned());
        self.of_programs.get(&name).cloned()
    }
}
